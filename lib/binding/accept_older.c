/* accept_older.c - accepting, by the user's word, a ledger that was put back to an older state for good.
 *
 * No other function draws a conclusion from what an older ledger does not have
 * (SETTLE 3). Here the user has said that the later state does not come back.
 * Vouchers and lanes stay: a channel that is opened again may get the same
 * address, and then the old vouchers count on it.
 */
#include "binding/accept_older.h"

#include <inttypes.h>
#include <stdlib.h>

#include "binding/binding.h"
#include "store/channel_lists.h"

/** struct looked_at - a channel of the store, and what has become of it on the ledger. */
struct looked_at {
	struct accepted_channel c;
	bool has, had; /* the channel is there now; it was there, and was collected */
	bool changes;
};

/** struct accepting - the work of one call. */
struct accepting {
	struct party *p;
	struct kv_txn *txn;
	bool plan, any;
	struct looked_at *at;
	size_t count;
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

/* What has become of the channel on the ledger? */
static enum status look(struct party *p, struct looked_at *at)
{
	CLEAN_PAYCH struct paych head = {0};
	struct receipt receipt;
	enum status s = ledger_channel(p->ledger, &head, &at->c.channel.address);

	at->has = s == STATUS_OK;
	if (s != STATUS_NOT_FOUND)
		return s;
	s = ledger_collected(p->ledger, &receipt, &at->c.channel.address);
	at->had = s == STATUS_OK;
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

/* Ask the ledger for all channels, before the transaction. */
static enum status look_at_all(struct accepting *a)
{
	CLEAN_CHANNELS struct channel_list list = {0};
	enum status s = store_list_channels(a->p->store, &list);

	if (s != STATUS_OK || list.count == 0)
		return s;
	a->at = calloc(list.count, sizeof(*a->at));
	if (a->at == NULL)
		return STATUS_NO_MEMORY;
	for (; s == STATUS_OK && a->count < list.count; a->count++) {
		a->at[a->count].c.channel = list.at[a->count];
		s = look(a->p, &a->at[a->count]);
	}
	return s;
}

static enum status accept_channel(struct accepting *a, struct looked_at *at)
{
	struct address address = at->c.channel.address;
	enum status s = store_get_channel(a->txn, &at->c.channel, &address);

	if (s != STATUS_OK)
		return s;
	at->c.is_back = at->has && at->c.channel.collected;
	if (!at->c.is_back && (at->has || at->had || at->c.channel.collected))
		return STATUS_OK;
	if (at->c.is_back)
		accept_return(&at->c.channel);
	else
		end_channel(&at->c.channel);
	a->any = at->changes = true;
	return a->plan ? STATUS_OK : store_put_channel(a->txn, &at->c.channel);
}

static enum status accept_channels(struct accepting *a)
{
	enum status s = STATUS_OK;

	for (size_t i = 0; s == STATUS_OK && i < a->count; i++)
		s = accept_channel(a, &a->at[i]);
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

/** struct older - the ledger as it is now. */
struct older {
	const char *where;
	struct ledger_id id;
	uint64_t height;
};

static enum status ask_ledger(struct accepting *a, struct older *older)
{
	enum status s = ledger_identity(a->p->ledger, &older->id);

	if (s != STATUS_OK)
		return s;
	s = ledger_height(a->p->ledger, &older->height);
	if (s == STATUS_NOT_FOUND)
		return party_fail(a->p, STATUS_BAD_STATE,
			"the ledger in '%s' is a chain, which nobody puts back: there is nothing to accept",
			older->where);
	return s == STATUS_OK ? look_at_all(a) : s;
}

/* Judge and write in one transaction. */
static enum status accept_all(struct accepting *a, const struct older *older)
{
	struct party *p = a->p;
	char text[LEDGER_ID_TEXT_MAX];
	uint64_t seen;
	enum status s =
		a->plan ? kv_begin_read(store_kv(p->store), &a->txn) : kv_begin_write(store_kv(p->store), &a->txn);

	if (s != STATUS_OK)
		return s;
	s = check_same(p, a->txn, older->where, &older->id, &seen);
	if (s != STATUS_OK)
		return s;
	s = accept_channels(a);
	if (s != STATUS_OK)
		return s;
	ledger_id_text(text, &older->id);
	if (!a->any && older->height >= seen)
		return party_fail(p, STATUS_BAD_STATE,
			"the ledger %s in '%s' is not older than what this home has seen: there is nothing to accept",
			text, older->where);
	party_done(p, "%s the ledger %s as it is, with %" PRIu64 " entries; this home had seen %" PRIu64,
		a->plan ? "would accept" : "accepted", text, older->height, seen);
	if (a->plan)
		return STATUS_OK;
	s = store_put_ledger(a->txn, &older->id, older->height);
	return s == STATUS_OK ? kv_commit(&a->txn) : s;
}

enum status accept_older_ledger(struct party *p, const char *where, bool plan,
	void (*changed)(void *ctx, const struct accepted_channel *c), void *ctx)
{
	struct accepting a = {.p = p, .plan = plan};
	struct older older = {.where = where};
	enum status s = ask_ledger(&a, &older);

	if (s == STATUS_OK)
		s = accept_all(&a, &older);
	kv_abort(&a.txn);
	for (size_t i = 0; s == STATUS_OK && i < a.count; i++)
		if (a.at[i].changes)
			changed(ctx, &a.at[i].c);
	free(a.at);
	return s;
}
