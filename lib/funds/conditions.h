/* conditions.h - vouchers with conditions that pay us: would the ledger redeem them?
 *
 * The ledger enforces conditions, so the ledger judges them, by a dry run of the
 * message that submits the voucher.
 */
#ifndef FUNDS_CONDITIONS_H
#define FUNDS_CONDITIONS_H

#include "funds/take_voucher.h"

/**
 * conditions_judge - would the ledger redeem @v, with @secret? @facts must be new; tried or waits is set in it. OK for a
 * voucher without conditions too, and sets neither.
 * A voucher waits if its time lock is all that is in its way, by the rules of the channel at that epoch.
 * NOT_SPENDABLE, with the ledger's words in @why.
 */
MUST_CHECK enum status conditions_judge(
	struct party *p, struct refusal *why, struct voucher_facts *facts, const struct voucher *v, struct span secret);

/** struct due_voucher - a voucher that waited, and whose time has come. */
struct due_voucher {
	const struct voucher *voucher;
	enum status status; /* OK: it is on its lane now; else why not */
	const char *reason; /* the words of a refusal; "" if @status is OK */
	bool over;          /* it was refused for good, and is deleted: a better voucher is held, or it has expired */
};
/**
 * conditions_take_due - put the vouchers of @channel whose time has come on their lanes; @each is called for each of them.
 * One that is refused, and not for good, waits on.
 */
MUST_CHECK enum status conditions_take_due(struct party *p, const struct address *channel,
	void (*each)(void *ctx, const struct due_voucher *due), void *ctx);
/** conditions_redeemable - do the voucher's own conditions let the ledger redeem it at @epoch? The time locks are judged; the secret and an extra call were when the voucher was taken. */
bool conditions_redeemable(const struct voucher *v, int64_t epoch);

#endif
