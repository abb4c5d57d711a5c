/* conditional.h - what belongs to vouchers with conditions that pay us: their secrets, and the vouchers whose time has not come.
 *
 * A voucher that waits is on no lane: its money counts nowhere until the ledger
 * would redeem it.
 */
#ifndef STORE_CONDITIONAL_H
#define STORE_CONDITIONAL_H

#include "store/channels.h"

/** store_put_secret - keep the secret that redeems the voucher of this lane and nonce. */
MUST_CHECK enum status store_put_secret(
	struct kv_txn *t, const struct address *channel, uint64_t lane, uint64_t nonce, struct span secret);
/** store_get_secret - append the secret to @secret; nothing if there is none. */
MUST_CHECK enum status store_get_secret(
	struct kv_txn *t, struct bytes *secret, const struct address *channel, uint64_t lane, uint64_t nonce);

/** store_put_waiting - keep a signed voucher apart. EXISTS if another voucher of this lane and nonce waits. */
MUST_CHECK enum status store_put_waiting(
	struct kv_txn *t, const struct address *channel, uint64_t lane, uint64_t nonce, struct span voucher);
/** store_has_waiting - does the voucher of this lane and nonce wait? */
MUST_CHECK enum status store_has_waiting(
	struct kv_txn *t, bool *waits, const struct address *channel, uint64_t lane, uint64_t nonce);
/** store_drop_waiting - the voucher waits no more; OK too if it did not. */
MUST_CHECK enum status store_drop_waiting(
	struct kv_txn *t, const struct address *channel, uint64_t lane, uint64_t nonce);
/** store_each_waiting - the same as store_each_voucher() for the vouchers that wait. */
MUST_CHECK enum status store_each_waiting(struct kv_txn *t, const struct address *channel,
	enum status (*each)(void *ctx, uint64_t lane, uint64_t nonce, struct span voucher), void *ctx);

#endif
