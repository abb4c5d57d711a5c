/* accept_older.c - accepting, by the user's word, a ledger that was put back to an older state for good.
 *
 * No other function draws a conclusion from what an older ledger does not have
 * (SETTLE 3). Here the user has said that the later state does not come back.
 * Vouchers and lanes stay: a channel that is opened again may get the same
 * address, and then the old vouchers count on it.
 */
#include "funds/accept_older.h"

#include <inttypes.h>

#include "funds/binding.h"
#include "store/channel_lists.h"

/** struct accepting - the work of one call. */
struct accepting {
	struct party *p;
	struct kv_txn *txn;
	bool plan, any;
	void (*changed)(void *ctx, const struct accepted_channel *c);
	void *ctx;
};

void accept_return(struct channel *c)
{
	c->collected = 0;
	c->lost = amount_zero();
	c->written_off = false;
}

/* Nothing is ever paid from this channel again: a payee loses all vouchers, a payer has the money in the account. */
static void end_channel(struct channel *c)
{
	c->collected = 1;
	c->lost = c->outbound ? amount_zero() : c->committed;
}

/* What has become of the channel on the ledger? @has: it is there now. @had: it was there and was collected. */
static enum status look(struct party *p, const struct address *channel, bool *has, bool *had)
{
	CLEAN_PAYCH struct paych head = {0};
	struct receipt receipt;
	enum status s = ledger_channel(p->ledger, &head, channel);

	*has = s == STATUS_OK;
	*had = false;
	if (s != STATUS_NOT_FOUND)
		return s;
	s = ledger_collected(p->ledger, &receipt, channel);
	*had = s == STATUS_OK;
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

static enum status accept_channel(struct accepting *a, const struct address *address)
{
	struct accepted_channel c;
	bool has, had;
	enum status s = store_get_channel(a->txn, &c.channel, address);

	if (s != STATUS_OK)
		return s;
	s = look(a->p, address, &has, &had);
	if (s != STATUS_OK)
		return s;
	c.is_back = has && c.channel.collected;
	if (!c.is_back && (has || had || c.channel.collected))
		return STATUS_OK;
	if (c.is_back)
		accept_return(&c.channel);
	else
		end_channel(&c.channel);
	a->any = true;
	a->changed(a->ctx, &c);
	return a->plan ? STATUS_OK : store_put_channel(a->txn, &c.channel);
}

static enum status accept_channels(struct accepting *a, const struct channel_list *list)
{
	enum status s = STATUS_OK;

	for (size_t i = 0; s == STATUS_OK && i < list->count; i++)
		s = accept_channel(a, &list->at[i].address);
	return s;
}

/* Is this the store's ledger? @seen: out; the height that the store has noted. */
static enum status check_same(
	struct party *p, struct kv_txn *txn, const char *where, const struct ledger_id *given, uint64_t *seen)
{
	char known_text[LEDGER_ID_TEXT_MAX], given_text[LEDGER_ID_TEXT_MAX];
	struct ledger_id known;
	enum status s = store_get_ledger(txn, &known, seen);

	ledger_id_text(given_text, given);
	if (s == STATUS_NOT_FOUND)
		return party_fail(p, STATUS_BAD_STATE,
			"this home belongs to no ledger yet: there is nothing to accept in '%s'", where);
	if (s != STATUS_OK || ledger_id_equal(&known, given))
		return s;
	return party_fail(p, STATUS_OTHER_LEDGER,
		"this home belongs to the ledger %s, but the ledger in '%s' is %s: another ledger is never accepted",
		ledger_id_text(known_text, &known), where, given_text);
}

enum status accept_older_ledger(struct party *p, const char *where, bool plan,
	void (*changed)(void *ctx, const struct accepted_channel *c), void *ctx)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	CLEAN_CHANNELS struct channel_list list = {0};
	struct accepting a = {.p = p, .plan = plan, .changed = changed, .ctx = ctx};
	char text[LEDGER_ID_TEXT_MAX];
	uint64_t height, seen;
	struct ledger_id given;
	enum status s = ledger_identity(p->ledger, &given);

	if (s != STATUS_OK)
		return s;
	s = ledger_height(p->ledger, &height);
	if (s == STATUS_NOT_FOUND)
		return party_fail(p, STATUS_BAD_STATE,
			"the ledger in '%s' is a chain, which nobody puts back: there is nothing to accept", where);
	if (s != STATUS_OK)
		return s;
	s = store_list_channels(p->store, &list);
	if (s != STATUS_OK)
		return s;
	s = plan ? kv_begin_read(store_kv(p->store), &txn) : kv_begin_write(store_kv(p->store), &txn);
	if (s != STATUS_OK)
		return s;
	s = check_same(p, txn, where, &given, &seen);
	if (s != STATUS_OK)
		return s;
	a.txn = txn;
	s = accept_channels(&a, &list);
	if (s != STATUS_OK)
		return s;
	ledger_id_text(text, &given);
	if (!a.any && height >= seen)
		return party_fail(p, STATUS_BAD_STATE,
			"the ledger %s in '%s' is not older than what this home has seen: there is nothing to accept",
			text, where);
	party_done(p, "%s the ledger %s as it is, with %" PRIu64 " entries; this home had seen %" PRIu64,
		plan ? "would accept" : "accepted", text, height, seen);
	if (plan)
		return STATUS_OK;
	s = store_put_ledger(txn, &given, height);
	return s == STATUS_OK ? kv_commit(&txn) : s;
}
