/* show_folders.c - stores, ledgers and recordings: counted, shown, and checked. */
#include "show/show_folders.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "binding/binding.h"
#include "check/check.h"
#include "embedded/embedded.h"
#include "party/deal_list.h"
#include "party/ledger_place.h"
#include "show/deal_view.h"
#include "store/channels.h"

/* Findings. */

/* The worst of the findings: damage, then content that is not there now, then a lack of money. */
static enum status worst(const struct findings *f)
{
	if (f->count == 0)
		return STATUS_OK;
	if (f->absent + f->owed < f->count)
		return STATUS_CORRUPT;
	return f->absent != 0 ? STATUS_NOT_NOW : STATUS_NO_FUNDS;
}

static const char *worst_text(enum status s)
{
	if (s == STATUS_CORRUPT)
		return "does not hold together";
	return s == STATUS_NOT_NOW ? "lacks content that is not there now"
				   : "has channels that hold less than was promised";
}

/* A line for each of @f, which is released; explained, if there are any: see worst(). */
enum status show_findings(struct tool *t, struct findings *f, const char *name)
{
	uint64_t count = f->count, more = count - findings_kept(f);
	enum status s = worst(f);

	for (size_t i = 0; i < findings_kept(f); i++) {
		const struct finding *found = findings_at(f, i);

		if (t->json && found->rule != 0)
			show_print_line(
				t, json_pack("{s:s, s:i}", "broken", found->text, "invariant", (int)found->rule));
		else if (t->json)
			show_print_line(t, json_pack("{s:s}", "broken", found->text));
		else if (found->rule != 0)
			tool_print("broken (%u): %s\n", found->rule, found->text);
		else
			tool_print("broken: %s\n", found->text);
	}
	if (more != 0 && t->json)
		tool_print("{\"broken\":\"and %" PRIu64 " more\"}\n", more);
	else if (more != 0)
		tool_print("and %" PRIu64 " more\n", more);
	findings_release(f);
	if (s == STATUS_OK)
		return s;
	return party_fail(
		&t->party, s, "'%.200s' %s: %" PRIu64 " finding%s", name, worst_text(s), count, count == 1 ? "" : "s");
}

/* A ledger. */

struct ledger_counts {
	uint64_t accounts, channels, settling;
};

static enum status count_account(void *ctx, const struct address *who, const struct amount *balance)
{
	struct ledger_counts *n = ctx;

	(void)who;
	(void)balance;
	n->accounts++;
	return STATUS_OK;
}

static enum status count_ledger_channel(void *ctx, const struct address *channel, const struct paych *head)
{
	struct ledger_counts *n = ctx;

	(void)channel;
	n->channels++;
	n->settling += head->settling_at != 0;
	return STATUS_OK;
}

static enum status count_ledger(
	struct ledger_counts *n, struct embedded_options *about, int64_t *epoch, struct embedded *e)
{
	enum status s = embedded_about(e, about);

	if (s != STATUS_OK)
		return s;
	s = embedded_ops.epoch(e, epoch);
	if (s != STATUS_OK)
		return s;
	s = embedded_accounts(e, count_account, n);
	if (s != STATUS_OK)
		return s;
	return embedded_channels(e, count_ledger_channel, n);
}

static enum status show_ledger(struct tool *t, struct embedded *e, const struct show_options *o)
{
	struct embedded_options about;
	struct amount present = amount_zero();
	struct ledger_counts n = {0};
	struct findings f = {0};
	json_t *object;
	int64_t epoch = 0;
	enum status s = count_ledger(&n, &about, &epoch, e), checked;

	if (s == STATUS_CORRUPT && o->verify) {
		finding(&f, 24, "its accounts or channels can't be read: a record is damaged");
		s = STATUS_OK;
	}
	if (s != STATUS_OK)
		return party_fail(&t->party, s, "the ledger '%.200s': %s", o->name, status_text(s));
	object = json_pack("{s:o, s:s, s:s, s:s, s:I, s:o, s:o, s:o}", "thing", tool_json_text(o->name), "kind",
		"ledger", "network", about.network == NETWORK_MAIN ? "main" : "test", "clock",
		about.manual ? "manual" : "running", "epoch", (json_int_t)epoch, "accounts", show_bytes(n.accounts),
		"channels", show_bytes(n.channels), "settling", show_bytes(n.settling));
	checked = o->verify ? check_ledger(&f, &present, e) : STATUS_OK;
	if (o->verify && checked == STATUS_OK && f.count == 0) {
		json_object_set_new(object, "held", tool_json_amount(&present));
		json_object_set_new(object, "verified", json_true());
	}
	show_print(t, object);
	s = show_findings(t, &f, o->name);
	return checked != STATUS_OK ? checked : s;
}

/* A store. */

struct store_counts {
	json_t *states[2]; /* by side: state -> count */
	uint64_t deals, records, events, vouchers, channels, outbound, contents, offers, blocks, messages;
	struct amount committed[2]; /* inbound, outbound */
};

/** struct deal_count - deals being counted. */
struct deal_count {
	struct tool *t;
	struct store_counts *n;
};

static enum status count_deal(void *ctx, const struct deal_name *name)
{
	struct deal_count *count = ctx;
	json_t *states = count->n->states[name->side];
	const char *state = "unreadable";
	struct deal_view view;
	enum status s = deal_view_load(count->t, &view, name);

	if (s != STATUS_OK && s != STATUS_CORRUPT)
		return s;
	if (s == STATUS_OK)
		state = deal_short_state(deal_view_state(&view));
	json_object_set_new(states, state, json_integer(json_integer_value(json_object_get(states, state)) + 1));
	count->n->deals++;
	return STATUS_OK;
}

static void count_record(void *ctx, char letter, enum status verified)
{
	struct store_counts *n = ctx;

	(void)verified;
	n->records++;
	n->events += letter == 'E';
	n->vouchers += letter == 'V';
	n->contents += letter == 'C';
	n->offers += letter == 'O';
	n->blocks += letter == 'B';
	n->messages += letter == 'X';
}

static enum status count_channel(void *ctx, const struct channel *c)
{
	struct store_counts *n = ctx;

	n->channels++;
	n->outbound += c->outbound;
	return amount_add(&n->committed[c->outbound], &n->committed[c->outbound], &c->committed) ? STATUS_OK
												 : STATUS_BAD_AMOUNT;
}

static enum status count_all(struct tool *t, struct store_counts *n)
{
	struct deal_count deals = {t, n};
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_read(store_kv(t->party.store), &txn);

	if (s != STATUS_OK)
		return s;
	s = store_each_record(txn, count_record, n);
	if (s != STATUS_OK)
		return s;
	s = store_each_channel(txn, count_channel, n);
	if (s != STATUS_OK)
		return s;
	kv_abort(&txn);
	return party_each_deal(&t->party, 0, 0, count_deal, &deals);
}

static json_t *describe_store(const struct store_counts *n, const struct show_options *o)
{
	json_t *object = json_pack("{s:o, s:s, s:o, s:O, s:O}", "thing", tool_json_text(o->name), "kind", "store",
		"deals", show_bytes(n->deals), "buying", n->states[SIDE_CLIENT], "selling", n->states[SIDE_PROVIDER]);

	json_object_update_new(
		object, json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "channels", show_bytes(n->channels), "outbound",
				show_bytes(n->outbound), "signed", tool_json_amount(&n->committed[1]), "held",
				tool_json_amount(&n->committed[0]), "vouchers", show_bytes(n->vouchers), "events",
				show_bytes(n->events)));
	json_object_update_new(
		object, json_pack("{s:o, s:o, s:o, s:o, s:o}", "contents", show_bytes(n->contents), "offers",
				show_bytes(n->offers), "indexed_blocks", show_bytes(n->blocks), "chain_messages",
				show_bytes(n->messages), "records", show_bytes(n->records)));
	return object;
}

/* Open the ledger of the settings, if it exists: the store's channels are compared with it. */
static void open_ledger(struct tool *t)
{
	const char *path = tool_setting(t, "ledger", "RETRIEVAL_LEDGER");

	if (path != NULL && tool_open_ledger(t, path) == STATUS_OK) {
		if (ledger_network(t->party.ledger, &t->party.network) != STATUS_OK)
			t->party.network = NETWORK_MAIN;
		if (binding_check(&t->party, ledger_place_name(path), false) != STATUS_OK) {
			tool_warn(t, "%s: channels are not compared with the ledger",
				error_text(&t->party.error, STATUS_OTHER_LEDGER));
			error_clear(&t->party.error);
			ledger_close(t->party.ledger);
			t->party.ledger = NULL;
		}
	} else {
		t->party.ledger = NULL;
	}
}

static enum status verify_alone(struct tool *t, struct findings *f, struct channel_claims *claims)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_read(store_kv(t->party.store), &txn);

	return s == STATUS_OK ? check_store(f, t->party.store, txn, t->party.network, claims) : s;
}

static enum status verify_store(struct tool *t, struct findings *f)
{
	CLEAN_CLAIMS struct channel_claims claims = {0};
	enum status s;

	open_ledger(t);
	s = verify_alone(t, f, &claims);
	if (s == STATUS_OK && t->party.ledger != NULL)
		s = check_claims(f, t->party.ledger, &claims, t->party.network);
	ledger_close(t->party.ledger);
	t->party.ledger = NULL;
	return s;
}

static enum status show_store(struct tool *t, const struct show_options *o)
{
	struct store_counts n = {.states = {json_object(), json_object()}};
	struct findings f = {0};
	enum status s = count_all(t, &n), found;

	if (s == STATUS_CORRUPT && o->verify)
		s = STATUS_OK; /* the check says where */
	if (s == STATUS_OK && o->verify)
		s = verify_store(t, &f);
	if (s == STATUS_OK) {
		json_t *object = describe_store(&n, o);

		if (o->verify && f.count == 0)
			json_object_set_new(object, "verified", json_true());
		show_print(t, object);
	}
	json_decref(n.states[0]);
	json_decref(n.states[1]);
	found = show_findings(t, &f, o->name);
	if (s != STATUS_OK)
		return party_fail(&t->party, s, "the store '%.200s': %s", o->name, status_text(s));
	return found;
}

/* A store and a ledger have this file; a folder of another kind may be open to others. */
static bool has_database(const char *folder)
{
	CLEAN_BYTES struct bytes path = {0};

	bytes_append_format(&path, "%s/data.mdb", folder);
	return bytes_status(&path) == STATUS_OK && access(bytes_text(&path), F_OK) == 0;
}

/* Find the kind of the folder. */

enum status show_folder(struct tool *t, const struct show_options *o)
{
	struct embedded *e;
	enum status s, opened;

	if (show_is_recording(o->name))
		return show_recording(t, o);
	opened = embedded_open(&e, o->name);
	if (opened == STATUS_OK) {
		if (tool_setting(t, "clock", "RETRIEVAL_CLOCK") != NULL)
			embedded_set_clock(e, t->party.now);
		s = show_ledger(t, e, o);
		embedded_close(e);
		return s;
	}
	s = store_open(&t->party.store, o->name, KV_READ_ONLY);
	if (s == STATUS_IS_LEDGER) {
		s = opened;
	} else if (s == STATUS_OK) {
		s = show_store(t, o);
		store_close(t->party.store);
		t->party.store = NULL;
		return s;
	}
	t->party.store = NULL;
	if (s == STATUS_NOT_FOUND || (s == STATUS_INSECURE && !has_database(o->name)))
		return party_fail(&t->party, STATUS_NOT_FOUND,
			"'%.200s' is a folder, but neither a store, a ledger nor a recording", o->name);
	if (s == STATUS_INSECURE)
		return party_fail(
			&t->party, s, "'%.200s' must belong to you and be closed to others (chmod 700)", o->name);
	return party_fail(
		&t->party, s, "cannot open '%.200s': %s", o->name, s == STATUS_IO ? strerror(errno) : status_text(s));
}
