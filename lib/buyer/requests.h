/* requests.h - the frames that a client sends, from its deal. */
#ifndef BUYER_REQUESTS_H
#define BUYER_REQUESTS_H

#include "deal/client.h"

/** frames_proposal - the request for a new deal; @skip: the provider need not send the first so many links of the walk again. */
void frames_proposal(struct bytes *out, const struct client_deal *d, uint64_t skip);
/** frames_payment - a voucher for a deal; @voucher is its signed form. */
void frames_payment(struct bytes *out, const struct client_deal *d, const struct voucher *voucher);
/** frames_query - a question for terms, which belongs to no deal. */
void frames_query(struct bytes *out, const struct query *q);
/** frames_client_cancel - both cancellations: of the request and of the transfer. */
void frames_client_cancel(struct bytes *out, const struct client_deal *d);

#endif
