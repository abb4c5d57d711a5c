/* open_party.c - opens the parts of its party that a tool needs: the store, the key, the ledger.
 *
 * The store and the ledger of a program that goes on for days may be opened
 * again and again: a failure is a status with words, and tool_open_party()
 * turns it into the end of the tool.
 */
#include <errno.h>
#include <string.h>

#include "binding/binding.h"
#include "party/ledger_place.h"
#include "rpc/node_place.h"
#include "tool/tool_private.h"

#define MAX_FEE 70000000000000000u /* afil, 0.07 fil: the default of Lotus nodes */

/* A command that changes nothing also works on a read-only disk. */
static enum kv_mode store_mode(const struct tool *t, unsigned needs)
{
	if (t->dry_run || (needs & NEED_READ_STORE))
		return KV_READ_ONLY;
	return needs & NEED_NEW_STORE ? KV_CREATE : KV_READ_WRITE;
}

static enum status init_ids(struct tool *t)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	uint8_t salt[32];
	enum status s;

	tool_random(t, salt, "store");
	s = kv_begin_write(store_kv(t->party.store), &txn);
	if (s != STATUS_OK)
		return s;
	s = store_init_ids(txn, salt);
	return s == STATUS_OK ? kv_commit(&txn) : s;
}

static enum status explain_store(struct tool *t, enum status s, const char *home)
{
	struct party *p = &t->party;

	if (s == STATUS_NOT_FOUND)
		return party_fail(p, s, "there is no store in '%s' yet", home);
	if (s == STATUS_INSECURE)
		return party_fail(p, s, "'%s' must belong to you and be closed to others (chmod 700)", home);
	return party_fail(
		p, s, "cannot open the store in '%s': %s", home, s == STATUS_IO ? strerror(errno) : status_text(s));
}

/* The store, with the ids of a new one set up. */
static enum status open_store(struct tool *t, unsigned needs)
{
	const char *home = tool_home(t);
	enum kv_mode mode = store_mode(t, needs);
	enum status s = store_open(&t->party.store, home, mode);

	if (s == STATUS_NOT_FOUND && mode == KV_READ_ONLY && (needs & NEED_NEW_STORE)) {
		mode = KV_CREATE;
		s = store_open(&t->party.store, home, mode);
	}
	t->reads_only = mode == KV_READ_ONLY;
	if (s == STATUS_OK && mode == KV_CREATE)
		s = init_ids(t);
	return s == STATUS_OK ? s : explain_store(t, s, home);
}

/* A token is only for a ledger on a node: for others the setting has no meaning. */
enum status tool_open_ledger(struct tool *t, const char *where)
{
	const struct ledger_place place = {where, tool_setting(t, "ledger-token", "RETRIEVAL_LEDGER_TOKEN")};
	enum status s = ledger_open_place(&t->party.ledger, &place, &t->party.error);

	if (s == STATUS_OK)
		party_guard_ledger(&t->party);
	return s;
}

static enum status explain_no_ledger(struct party *p, const char *where)
{
	if (node_place_lacks_scheme(where))
		party_hint(p, "--ledger http://%s", where);
	else
		party_hint(p, "ledger init");
	return party_fail(p, STATUS_USAGE, "there is no ledger in '%s'", where);
}

void tool_fail_no_ledger(struct tool *t, const char *where)
{
	enum status s = explain_no_ledger(&t->party, where);

	tool_fail(t, s, "%s", party_words(&t->party, s));
}

static enum status explain_ledger(struct tool *t, enum status s, const char *where)
{
	struct party *p = &t->party;
	struct error cause;

	if (s == STATUS_NOT_FOUND)
		return explain_no_ledger(p, where);
	party_explain(p, s, "%s", status_text(s));
	cause = p->error;
	ledger_close(p->ledger); /* or the end of the tool would ask again */
	p->ledger = NULL;
	return party_fail(p, s, "cannot open the ledger in '%s': %s", ledger_place_name(where), error_text(&cause, s));
}

static enum status open_ledger(struct tool *t)
{
	const char *where = tool_ledger_path(t);
	enum status s = tool_open_ledger(t, where);

	if (s == STATUS_OK && t->party.stop != NULL)
		ledger_set_stop(t->party.ledger, t->party.stop);
	if (s == STATUS_OK)
		s = ledger_network(t->party.ledger, &t->party.network);
	if (s != STATUS_OK)
		return explain_ledger(t, s, where);
	if (tool_setting(t, "clock", "RETRIEVAL_CLOCK") != NULL)
		ledger_set_clock(t->party.ledger, t->party.now);
	t->party.risk = tool_ceiling(t, "risk", "RETRIEVAL_RISK");
	t->party.max_fee = tool_amount(t, "max-fee", "RETRIEVAL_MAX_FEE", amount_u64(MAX_FEE));
	return STATUS_OK;
}

/* Another ledger, or an older copy of the ledger, is not used. */
static enum status bind_ledger(struct tool *t, bool needed)
{
	enum status s = binding_check(&t->party, tool_ledger_name(t), needed && !t->reads_only);

	if (s == STATUS_OK || needed)
		return s;
	tool_warn(t, "%s", party_words(&t->party, s));
	error_clear(&t->party.error);
	ledger_close(t->party.ledger);
	t->party.ledger = NULL;
	return STATUS_OK;
}

/* Open a ledger that is optional: the tool goes on without a ledger that is missing or can't be read. */
static void try_ledger(struct tool *t)
{
	if (tool_open_ledger(t, tool_ledger_path(t)) != STATUS_OK) {
		t->party.ledger = NULL;
		return;
	}
	if (ledger_network(t->party.ledger, &t->party.network) != STATUS_OK)
		t->party.network = NETWORK_MAIN;
	if (tool_setting(t, "clock", "RETRIEVAL_CLOCK") != NULL)
		ledger_set_clock(t->party.ledger, t->party.now);
}

static enum status open_parts(struct tool *t, unsigned needs)
{
	enum status s = STATUS_OK;

	if (needs & (NEED_STORE | NEED_NEW_STORE | NEED_READ_STORE))
		s = open_store(t, needs);
	if (s != STATUS_OK)
		return s;
	tool_random(t, t->party.entropy, "ids");
	if ((needs & (NEED_KEY | WANT_KEY)) && !t->party.has_key)
		tool_open_key(t, (needs & NEED_KEY) != 0);
	else if ((needs & MAY_SIGN) && !t->party.has_key)
		tool_try_key(t);
	if (needs & NEED_LEDGER)
		s = open_ledger(t);
	else if (needs & WANT_LEDGER)
		try_ledger(t);
	if (s != STATUS_OK || t->party.ledger == NULL || t->party.store == NULL || (needs & LEDGER_AS_IS))
		return s;
	return bind_ledger(t, needs & NEED_LEDGER);
}

struct party *tool_open_party(struct tool *t, unsigned needs)
{
	enum status s = open_parts(t, needs);

	if (s != STATUS_OK)
		tool_fail(t, s, "%s", party_words(&t->party, s));
	return &t->party;
}

enum status tool_try_party(struct tool *t, unsigned needs)
{
	enum status s;

	tool_close_party(t);
	error_clear(&t->party.error);
	t->party.now = tool_now(t);
	s = open_parts(t, needs);
	if (s != STATUS_OK) {
		party_explain(
			&t->party, s, "%s", party_words(&t->party, s)); /* the ledger's words go with the ledger */
		tool_close_party(t);
	}
	return s;
}

void tool_close_party(struct tool *t)
{
	if (t->party.store != NULL && t->party.ledger != NULL && !t->reads_only)
		binding_begin(&t->party);
	store_close(t->party.store);
	ledger_close(t->party.ledger);
	t->party.store = NULL;
	t->party.ledger = NULL;
}
