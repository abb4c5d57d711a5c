/* requests.h - the frames that a client sends, built from its deal. */
#ifndef BUYER_REQUESTS_H
#define BUYER_REQUESTS_H

#include "deal/client.h"

/**
 * frames_proposal - the request for a new deal; @skip: the number of links at the start of the walk that the provider
 * need not send again.
 */
void frames_proposal(struct bytes *out, const struct client_deal *d, uint64_t skip);
/**
 * frames_resume - continue an accepted deal: cancel the request @before, and restart the same transfer with the same
 * proposal under the deal's new request.
 * Source: PROTOCOL section 8; a Go provider accepts a resume in no other form.
 */
void frames_resume(struct bytes *out, const struct client_deal *d, const uint8_t *before, uint64_t skip);
/** frames_restart - the second half of frames_resume(): the new request alone. */
void frames_restart(struct bytes *out, const struct client_deal *d, uint64_t skip);
/**
 * request_id_of - a graphsync request id from REQUEST_ID_SIZE random bytes in @drawn: a version 4 UUID, as go-graphsync
 * makes.
 */
void request_id_of(uint8_t id[REQUEST_ID_SIZE], const uint8_t drawn[REQUEST_ID_SIZE]);
/** frames_payment - a voucher for a deal; @voucher is the signed voucher. */
void frames_payment(struct bytes *out, const struct client_deal *d, const struct voucher *voucher);
/** frames_query - a query for terms, which belongs to no deal. */
void frames_query(struct bytes *out, const struct query *q);
/** frames_client_cancel - the cancellations of the request and of the transfer. */
void frames_client_cancel(struct bytes *out, const struct client_deal *d);

#endif
