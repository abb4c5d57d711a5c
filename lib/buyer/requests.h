/* requests.h - the frames that a client sends, from its deal. */
#ifndef BUYER_REQUESTS_H
#define BUYER_REQUESTS_H

#include "deal/client.h"

/** frames_proposal - the request for a new deal; @skip: the provider need not send the first so many links of the walk again. */
void frames_proposal(struct bytes *out, const struct client_deal *d, uint64_t skip);
/**
 * frames_resume - go on with a deal that was accepted: the request @before is cancelled, and the deal's new one restarts the
 * same transfer with the same proposal. Source: PROTOCOL section 8; a Go provider takes a resume in no other form.
 */
void frames_resume(struct bytes *out, const struct client_deal *d, const uint8_t *before, uint64_t skip);
/** frames_restart - the second half of it: the new request alone. */
void frames_restart(struct bytes *out, const struct client_deal *d, uint64_t skip);
/** request_id_of - a graphsync request id from @drawn bytes, as many as it has: a version 4 UUID, as go-graphsync makes. */
void request_id_of(uint8_t id[REQUEST_ID_SIZE], const uint8_t drawn[REQUEST_ID_SIZE]);
/** frames_payment - a voucher for a deal; @voucher is its signed form. */
void frames_payment(struct bytes *out, const struct client_deal *d, const struct voucher *voucher);
/** frames_query - a question for terms, which belongs to no deal. */
void frames_query(struct bytes *out, const struct query *q);
/** frames_client_cancel - both cancellations: of the request and of the transfer. */
void frames_client_cancel(struct bytes *out, const struct client_deal *d);

#endif
