/* send.h - sending the blocks of a deal. */
#ifndef SELLER_SEND_H
#define SELLER_SEND_H

#include "content/limits.h"
#include "party/party.h"
#include "peer/sink.h"

/**
 * seller_send - send the blocks of a deal up to its interval or end, to @sink.
 * Begins at the last point that is paid for, or at the position that the client reports: a second run sends the same
 * bytes again.
 * @limits: of the debt of the deal's client; NULL for none. Borrowed.
 * PAYMENT_NEEDED at a pause; OK at the end; NOT_NOW, which the client is sent too, if the content can't be read;
 * OWES_TOO_MUCH, and no new byte is sent, if other deals of the client have to be paid first (MONEY 15).
 */
MUST_CHECK enum status seller_send(
	struct party *p, uint64_t deal, const struct limits *limits, const struct sink *sink);
/**
 * struct sender - seller_send() for one deal again and again: the sender keeps its position from one interval to the
 * next.
 */
struct sender;
MUST_CHECK enum status sender_new(struct sender **s, struct party *p, uint64_t deal, const struct limits *limits);
MUST_CHECK enum status sender_go(struct sender *sender, const struct sink *sink);
uint64_t sender_deal(const struct sender *s);
/** sender_is_behind - other processes have sent more of the deal than this sender has. */
bool sender_is_behind(const struct sender *sender, const struct provider_deal *deal);
void sender_free(struct sender *s);
/** seller_not_now - answer the client that the deal can't go on now, which does not end the deal. */
MUST_CHECK enum status seller_not_now(const struct provider_deal *deal, const struct sink *sink);
/** seller_conclude - send once more that a completed deal is complete. */
MUST_CHECK enum status seller_conclude(struct party *p, uint64_t deal, const struct sink *sink);

#endif
