/* raise_fee.h - a further try of a message to the ledger: the same call and nonce, with more for its gas.
 *
 * Of all tries the ledger executes at most one, so the fee of the message is at
 * most the fee of its dearest try, and the ceiling holds for all of them.
 */
#ifndef MESSAGES_RAISE_FEE_H
#define MESSAGES_RAISE_FEE_H

#include "party/party.h"

enum raise_reason {
	RAISE_PRICE, /* the message waits: the new try takes its place */
	RAISE_GAS,   /* the message was turned away: the new try has a higher gas limit */
};

/** struct raised - a try, and the one before it. */
struct raised {
	struct message before, after; /* without their parameters */
	uint64_t tries;               /* with the new one */
};
/**
 * raise_fee - sign a further try of the message stored under @about, and store the try beside the others. Nothing is
 * submitted. The premium rises to 125 %, or to the ledger's estimate, if that is more; fee cap and gas limit never fall.
 * @plan: only say what the try would be.
 * TOO_DEAR, explained, if a try that the ledger would take is above @p->max_fee. NO_FUNDS, explained. BAD_STATE,
 * explained, if gas is free. NOT_FOUND if there is no message. BUSY if another process has made a try meanwhile.
 */
MUST_CHECK enum status raise_fee(
	struct party *p, struct raised *out, struct span about, enum raise_reason why, bool plan);

#endif
