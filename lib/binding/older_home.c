/* older_home.c - compares the messages of our account, as the ledger counts them, with the home's own book of nonces.
 *
 * MONEY 18: there is one book, by address (store/pending.h). A message that the
 * ledger has refused to take is taken back from it.
 */
#include "binding/older_home.h"

#include <stdlib.h>

#include "base/array.h"
#include "binding/lanes.h"
#include "store/channels.h"
#include "store/pending.h"

/** struct outbound - the channels that @who pays through. */
struct outbound {
	const struct address *who;
	struct channel *list;
	size_t count, room;
};

static enum status add_outbound(void *ctx, const struct channel *channel)
{
	struct outbound *outbound = ctx;
	struct channel *grown;

	if (!channel->outbound || channel->collected || !address_equal(&channel->from, outbound->who))
		return STATUS_OK;
	grown = array_grow(outbound->list, outbound->count, &outbound->room, sizeof(*grown));
	if (grown == NULL)
		return STATUS_NO_MEMORY;
	outbound->list = grown;
	outbound->list[outbound->count++] = *channel;
	return STATUS_OK;
}

static enum status draw_all(struct party *p, struct kv_txn *txn, const struct address *who)
{
	static const struct lane_history unasked = {.any = false}; /* who opens a deal's channel asks the ledger */
	struct outbound outbound = {.who = who};
	enum status s = store_each_channel(txn, add_outbound, &outbound);

	for (size_t i = 0; i < outbound.count && s == STATUS_OK; i++) {
		s = lanes_draw_first(p, txn, &outbound.list[i], &unasked);
		if (s == STATUS_OK)
			s = store_put_channel(txn, &outbound.list[i]);
	}
	free(outbound.list);
	return s;
}

/*
 * The ledger, or a new message, has reached @nonce: if the book of @who has not, the home does not know all messages below
 * it, and is an older copy; a home whose book is empty has sent nothing yet.
 */
static enum status catch_up(struct party *p, struct kv_txn *txn, const struct address *who, uint64_t nonce)
{
	uint64_t known;
	enum status s = store_get_next_nonce(txn, &known, who);

	if (s != STATUS_OK || known >= nonce)
		return s;
	if (known != 0)
		s = draw_all(p, txn, who);
	return s == STATUS_OK ? store_put_next_nonce(txn, nonce, who) : s;
}

static enum status catch_up_now(struct party *p, const struct address *who, uint64_t nonce)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_write(store_kv(p->store), &txn);

	if (s != STATUS_OK)
		return s;
	s = catch_up(p, txn, who, nonce);
	return s == STATUS_OK ? kv_commit(&txn) : s;
}

static enum status is_known(struct party *p, bool *yes, const struct address *who, uint64_t nonce)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	uint64_t known = 0;
	enum status s = kv_begin_read(store_kv(p->store), &txn);

	if (s == STATUS_OK)
		s = store_get_next_nonce(txn, &known, who);
	*yes = known >= nonce;
	return s;
}

enum status older_home_check(struct party *p)
{
	struct address us;
	uint64_t nonce;
	bool known;
	enum status s = party_address(p, &us);

	if (s != STATUS_OK)
		return s;
	s = ledger_nonce(p->ledger, &nonce, &us);
	if (s != STATUS_OK)
		return s;
	s = is_known(p, &known, &us, nonce);
	return s != STATUS_OK || known ? s : catch_up_now(p, &us, nonce);
}

enum status older_home_note(struct party *p, struct kv_txn *txn, const struct address *who, uint64_t nonce)
{
	enum status s = catch_up(p, txn, who, nonce);

	return s == STATUS_OK ? store_put_next_nonce(txn, nonce + 1, who) : s;
}
