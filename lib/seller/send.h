/* send.h - sending the blocks of a deal. */
#ifndef SELLER_SEND_H
#define SELLER_SEND_H

#include "party/party.h"
#include "peer/sink.h"

/**
 * seller_send - send the blocks of a deal up to its interval or end, to @sink.
 * Begins at the last point that is paid for: run again, it sends the same bytes again. PAYMENT_NEEDED at a pause; OK at the end.
 */
MUST_CHECK enum status seller_send(struct party *p, uint64_t deal, const struct sink *sink);
/** struct sender - the same for one deal again and again: it keeps its place from one interval to the next. */
struct sender;
MUST_CHECK enum status sender_new(struct sender **s, struct party *p, uint64_t deal);
/** sender_go - as seller_send(), without the blocks of the first @skip links of the walk, which the client has. */
MUST_CHECK enum status sender_go(struct sender *s, uint64_t skip, const struct sink *sink);
uint64_t sender_deal(const struct sender *s);
void sender_free(struct sender *s);
/** seller_conclude - say once more that a completed deal is complete. */
MUST_CHECK enum status seller_conclude(struct party *p, uint64_t deal, const struct sink *sink);

#endif
