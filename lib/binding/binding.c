/* binding.c - binding a store to its ledger.
 *
 * SETTLE 3: no conclusion is drawn from the ignorance of another ledger, or of
 * an older copy of the ledger.
 *
 * INVARIANT 26: the ledger is read while no transaction is open. The store's note
 * is read before the ledger's height: another process may move both on in
 * between, and then the ledger is only further on. A height that is a moment old
 * is too low, and a note that is too low only finds an older copy later.
 */
#include "binding/binding.h"

#include <inttypes.h>
#include <string.h>

#include "store/channel_lists.h"

#define NOTE_EVERY 16 /* changes of the ledger by others before a new note */

/** struct binding - the store's note of its ledger, and the ledger's own state. */
struct binding {
	struct party *p;
	struct ledger_id known, given;
	uint64_t seen, height;
	bool bound, has_channels;
	struct address missing; /* a channel that the store has as open, and that the ledger never had */
};

static enum status get_note(struct binding *binding, struct kv_txn *txn)
{
	enum status s = store_get_ledger(txn, &binding->known, &binding->seen);

	binding->bound = s == STATUS_OK;
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

static enum status ask_store(struct binding *binding)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_read(store_kv(binding->p->store), &txn);

	return s == STATUS_OK ? get_note(binding, txn) : s;
}

static enum status ask_ledger(struct binding *binding)
{
	enum status s = ledger_identity(binding->p->ledger, &binding->given);

	if (s != STATUS_OK)
		return s;
	s = ledger_height(binding->p->ledger, &binding->height);
	if (s != STATUS_NOT_FOUND)
		return s;
	binding->height = binding->seen; /* a chain: nothing is noted, and nothing is missed */
	return STATUS_OK;
}

/* The ledger must have the channel, or have had the channel. */
static enum status look_for_channel(struct binding *binding, const struct channel *channel)
{
	CLEAN_PAYCH struct paych head = {0};
	struct receipt receipt;
	enum status s;

	if (channel->collected)
		return STATUS_OK;
	s = ledger_channel(binding->p->ledger, &head, &channel->address);
	if (s == STATUS_NOT_FOUND)
		s = ledger_collected(binding->p->ledger, &receipt, &channel->address);
	if (s == STATUS_NOT_FOUND) {
		binding->missing = channel->address;
		return STATUS_OK;
	}
	return s;
}

/* Look for the first open channel of the store that the ledger never had. */
static enum status look_for_channels(struct binding *binding)
{
	CLEAN_CHANNELS struct channel_list list = {0};
	enum status s = store_list_channels(binding->p->store, &list);

	binding->has_channels = list.count != 0;
	for (size_t i = 0; s == STATUS_OK && i < list.count && address_is_none(&binding->missing); i++)
		s = look_for_channel(binding, &list.at[i]);
	return s;
}

/* A ledger from before ledgers had an identity looks like any other of that time: only its channels tell them apart. */
static bool is_nameless(const struct ledger_id *id)
{
	static const uint8_t none[LEDGER_GENESIS_SIZE];

	return memcmp(id->genesis, none, sizeof(none)) == 0;
}

/* Read the state of store and ledger. */
static enum status look(struct binding *binding)
{
	enum status s = ask_store(binding);

	if (s != STATUS_OK)
		return s;
	s = ask_ledger(binding);
	if (s != STATUS_OK)
		return s;
	if (binding->bound && !is_nameless(&binding->given) && binding->height < binding->seen + NOTE_EVERY)
		return STATUS_OK;
	return look_for_channels(binding);
}

/* The home's folder, for messages. */
static const char *home_of(struct bytes *path, const struct party *p)
{
	store_path(path, p->store, "");
	if (bytes_status(path) != STATUS_OK)
		return "";
	path->data[path->len - 2] = '\0'; /* the slash before the empty name */
	return bytes_text(path);
}

/* Only the user knows whether the newer state comes back. */
static void hint_at_accept(struct party *p)
{
	party_hint(p, "channel accept-ledger -n");
}

static enum status judge(struct binding *binding, const char *where)
{
	char known[LEDGER_ID_TEXT_MAX], given[LEDGER_ID_TEXT_MAX], channel[ADDRESS_TEXT_MAX];
	CLEAN_BYTES struct bytes path = {0};
	struct party *p = binding->p;
	const char *home = home_of(&path, p);

	ledger_id_text(known, &binding->known);
	ledger_id_text(given, &binding->given);
	if (binding->bound && !ledger_id_equal(&binding->known, &binding->given))
		return party_fail(p, STATUS_OTHER_LEDGER, "'%s' belongs to the ledger %s, but the ledger in '%s' is %s",
			home, known, where, given);
	if (!address_is_none(&binding->missing) && binding->bound && !is_nameless(&binding->given))
		return binding_explain_unknown(p, &binding->missing);
	if (!address_is_none(&binding->missing))
		return party_fail(p, STATUS_OTHER_LEDGER,
			"'%s' has channel %s, which the ledger %s in '%s' never had: it belongs to another ledger",
			home, address_text(channel, &binding->missing, p->network), given, where);
	if (binding->bound && binding->height < binding->seen) {
		hint_at_accept(p);
		return party_fail(p, STATUS_ROLLED_BACK,
			"the ledger %s in '%s' was put back to an older state: it has %" PRIu64
			" entries, and '%s' has seen "
			"%" PRIu64,
			given, where, binding->height, home, binding->seen);
	}
	return STATUS_OK;
}

/* Another process may have noted more since @binding was read. */
static enum status put_note(const struct binding *binding)
{
	struct binding now = {.p = binding->p};
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_write(store_kv(now.p->store), &txn);

	if (s != STATUS_OK)
		return s;
	s = get_note(&now, txn);
	if (s != STATUS_OK)
		return s;
	if (now.bound && !ledger_id_equal(&now.known, &binding->given))
		return STATUS_OTHER_LEDGER;
	if (now.bound && binding->height <= now.seen)
		return STATUS_OK;
	s = store_put_ledger(txn, &binding->given, binding->height);
	return s == STATUS_OK ? kv_commit(&txn) : s;
}

/* Read everything again, and write the note. */
static enum status note(struct party *p, bool bind)
{
	struct binding binding = {.p = p};
	enum status s = ask_store(&binding);

	if (s != STATUS_OK || (!binding.bound && !bind))
		return s;
	s = ask_ledger(&binding);
	if (s != STATUS_OK)
		return s;
	if (binding.bound && !ledger_id_equal(&binding.known, &binding.given))
		return STATUS_OTHER_LEDGER;
	if (binding.bound && binding.height <= binding.seen)
		return STATUS_OK;
	s = look_for_channels(&binding);
	if (s != STATUS_OK ||
		!address_is_none(&binding.missing)) /* an older copy of the ledger that has gone on: nothing is noted */
		return s;
	return put_note(&binding);
}

enum status binding_check(struct party *p, const char *where, bool writable)
{
	struct binding binding = {.p = p};
	enum status s = look(&binding);

	if (s != STATUS_OK)
		return s;
	s = judge(&binding, where);
	if (s != STATUS_OK || !writable)
		return s;
	if (!binding.bound &&
		!binding.has_channels) /* no channel yet: a first run with a wrong setting binds nothing */
		return STATUS_OK;
	return !binding.bound || binding.height >= binding.seen + NOTE_EVERY ? note(p, true) : STATUS_OK;
}

void binding_begin(struct party *p)
{
	struct binding binding = {.p = p};
	enum status s = look(&binding);

	if (s == STATUS_OK && !binding.bound && binding.has_channels)
		s = note(p, true);
	(void)s;
}

void binding_note(struct party *p)
{
	enum status s = note(p, false);

	(void)s; /* a later run writes the note */
}

enum status binding_explain_unknown(struct party *p, const struct address *channel)
{
	char text[ADDRESS_TEXT_MAX], given[LEDGER_ID_TEXT_MAX];
	CLEAN_BYTES struct bytes path = {0};
	struct ledger_id id;
	enum status s = ledger_identity(p->ledger, &id);

	if (s != STATUS_OK)
		return s;
	hint_at_accept(p);
	return party_fail(p, STATUS_ROLLED_BACK,
		"the ledger %s does not have channel %s, which '%s' has: was the ledger put back to an older state?",
		ledger_id_text(given, &id), address_text(text, channel, p->network), home_of(&path, p));
}

enum status binding_was_collected(struct party *p, const struct address *channel)
{
	struct receipt receipt;
	enum status s = ledger_collected(p->ledger, &receipt, channel);

	return s == STATUS_NOT_FOUND ? binding_explain_unknown(p, channel) : s;
}
