/* older_home.c - compares the messages of our account, as the ledger counts them, with those that this home knows. */
#include "funds/older_home.h"

#include <stdlib.h>

#include "base/array.h"
#include "funds/lanes.h"
#include "store/channels.h"
#include "store/pending.h"

static const char known_name[] = "nonce of our account";

/* The nonce that the next message of our account must have, as this home knows; NOT_FOUND in a home that has sent none. */
static enum status get_known(struct kv_txn *txn, uint64_t *nonce)
{
	CLEAN_BYTES struct bytes value = {0};
	enum status s = store_get_pending(txn, &value, span_text(known_name));

	if (s != STATUS_OK)
		return s;
	if (value.len != 8)
		return STATUS_CORRUPT;
	*nonce = span_number(bytes_span(&value), 0);
	return STATUS_OK;
}

static enum status put_known(struct kv_txn *txn, uint64_t nonce)
{
	CLEAN_BYTES struct bytes value = {0};
	enum status s;

	bytes_append_number(&value, nonce);
	s = bytes_status(&value);
	return s == STATUS_OK ? store_put_pending(txn, span_text(known_name), bytes_span(&value)) : s;
}

/** struct outbound - the channels that we pay through. */
struct outbound {
	struct channel *list;
	size_t count, room;
};

static enum status add_outbound(void *ctx, const struct channel *channel)
{
	struct outbound *outbound = ctx;
	struct channel *grown;

	if (!channel->outbound || channel->collected)
		return STATUS_OK;
	grown = array_grow(outbound->list, outbound->count, &outbound->room, sizeof(*grown));
	if (grown == NULL)
		return STATUS_NO_MEMORY;
	outbound->list = grown;
	outbound->list[outbound->count++] = *channel;
	return STATUS_OK;
}

static enum status draw_all(struct party *p, struct kv_txn *txn)
{
	static const struct lane_history unasked = {.any = false}; /* who opens a deal's channel asks the ledger */
	struct outbound outbound = {0};
	enum status s = store_each_channel(txn, add_outbound, &outbound);

	for (size_t i = 0; i < outbound.count && s == STATUS_OK; i++) {
		s = lanes_draw_first(p, txn, &outbound.list[i], &unasked);
		if (s == STATUS_OK)
			s = store_put_channel(txn, &outbound.list[i]);
	}
	free(outbound.list);
	return s;
}

/* The home knows all messages below @next from now on; if it did not know some of them, it is an older copy. */
static enum status learn(struct party *p, struct kv_txn *txn, uint64_t sent, uint64_t next)
{
	uint64_t known;
	enum status s = get_known(txn, &known);

	if (s == STATUS_OK && known >= next)
		return STATUS_OK;
	if (s == STATUS_OK && known < sent)
		s = draw_all(p, txn);
	return s == STATUS_OK || s == STATUS_NOT_FOUND ? put_known(txn, next) : s;
}

static enum status catch_up(struct party *p, uint64_t nonce)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_write(store_kv(p->store), &txn);

	if (s != STATUS_OK)
		return s;
	s = learn(p, txn, nonce, nonce);
	return s == STATUS_OK ? kv_commit(&txn) : s;
}

static enum status is_known(struct party *p, bool *yes, uint64_t nonce)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	uint64_t known = 0;
	enum status s = kv_begin_read(store_kv(p->store), &txn);

	if (s == STATUS_OK)
		s = get_known(txn, &known);
	*yes = s == STATUS_OK && known >= nonce;
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
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
	s = is_known(p, &known, nonce);
	return s != STATUS_OK || known ? s : catch_up(p, nonce);
}

enum status older_home_note(struct party *p, struct kv_txn *txn, uint64_t nonce)
{
	return learn(p, txn, nonce, nonce + 1);
}
