/* recording_meta.c - what a recording says of the deal besides its frames: events, terms, results, content. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/channels.h"
#include "store/contents.h"
#include "store/events.h"
#include "tool/recording_private.h"
#include "tool/tool_private.h"

#define CONTENT_COPY_MAX (64u << 20) /* bytes; a larger CAR is named, not copied */

/* Events. */

struct adding {
	struct recorder *r;
	enum status failed;
};

static enum status add_event(void *ctx, const struct event *e)
{
	struct adding *a = ctx;
	struct recorder *r = a->r;
	bool client = e->side == SIDE_CLIENT;
	char funds[AMOUNT_TEXT_MAX], message[DEAL_MESSAGE_MAX];
	const char *name = client && e->event < CLIENT_EVENT_COUNT ? client_event_name((enum client_event)e->event)
			   : !client && e->event < PROVIDER_EVENT_COUNT
				   ? provider_event_name((enum provider_event)e->event)
				   : "";

	if (e->sequence <= r->last_event[e->side])
		return STATUS_OK;
	span_clean(message, sizeof(message), e->message);
	a->failed = recording_append(&r->events,
		json_pack("{s:I, s:s, s:s, s:s, s:s, s:I, s:I, s:s, s:I}", "currentInterval", (json_int_t)e->interval,
			"event", name, "from", client ? "client" : "provider", client ? "fundsSpent" : "fundsReceived",
			amount_decimal(funds, &e->funds), "message", message, "seq", recording_next(r), "sequence",
			(json_int_t)e->sequence, "status", deal_state_name((unsigned)e->state),
			client ? "totalReceived" : "totalSent", (json_int_t)e->bytes));
	r->last_event[e->side] = e->sequence;
	return a->failed;
}

enum status recording_add_events(struct tool *t, struct recorder *r)
{
	struct adding adding = {.r = r};
	struct kv_txn *txn;
	enum status s = kv_begin_read(store_kv(t->party.store), &txn);

	for (int side = 0; side < 2 && s == STATUS_OK; side++) {
		struct deal_name name = {(enum deal_side)side, r->deal};

		s = store_each_event(txn, r->last_event[side] + 1, &name, SIZE_MAX, add_event, &adding);
	}
	kv_abort(&txn);
	return s;
}

/* Terms, results and content. */

json_t *recording_read_meta(const struct recorder *r)
{
	char path[sizeof(r->folder) + 32];
	json_t *meta;

	snprintf(path, sizeof(path), "%s/meta.json", r->folder);
	meta = tool_read_json(path);
	return meta != NULL ? meta : json_object();
}

/* A file with a key in it is for its owner only. */
static mode_t mode_of(const json_t *meta)
{
	bool secret = json_object_get(meta, "client_key") != NULL || json_object_get(meta, "provider_key") != NULL;

	return secret ? 0600 : 0644;
}

static enum status write_meta(const struct recorder *r, json_t *meta)
{
	char path[sizeof(r->folder) + 32];
	struct file_out out;
	char *text = report_failed() ? NULL : json_dumps(meta, JSON_INDENT(1) | JSON_SORT_KEYS);
	enum status s = text != NULL ? STATUS_OK : STATUS_NO_MEMORY;

	snprintf(path, sizeof(path), "%s/meta.json", r->folder);
	if (s == STATUS_OK)
		s = file_out_open(&out, path, mode_of(meta));
	if (s == STATUS_OK) {
		s = file_write_full(out.fd, text, strlen(text));
		if (s == STATUS_OK)
			s = file_write_full(out.fd, "\n", 1);
		if (s == STATUS_OK)
			s = file_out_commit(&out);
		file_out_release(&out);
	}
	if (text != NULL)
		explicit_bzero(text, strlen(text)); /* there may be a key in it */
	free(text);
	return s;
}

static void set_amount(json_t *object, const char *name, const struct amount *a)
{
	json_object_set_new(object, name, tool_json_amount(a));
}

static void set_address(const struct tool *t, json_t *object, const char *name, const struct address *a)
{
	char text[ADDRESS_TEXT_MAX];

	if (!address_is_none(a))
		json_object_set_new(object, name, json_string(address_text(text, a, t->party.network)));
}

static void set_number(json_t *object, const char *name, uint64_t n)
{
	json_object_set_new(object, name, json_integer((json_int_t)n));
}

static void set_terms(json_t *scenario, const struct deal_params *p)
{
	set_amount(scenario, "price_per_byte", &p->price_per_byte);
	set_amount(scenario, "unseal_price", &p->unseal_price);
	set_number(scenario, "payment_interval", p->payment_interval);
	set_number(scenario, "payment_interval_increase", p->payment_interval_increase);
}

static void set_key(const struct tool *t, json_t *meta, const char *name)
{
	const char *wanted = getenv("RETRIEVAL_RECORD_KEYS");
	char text[2 * KEY_SECRET_SIZE + 1];

	if (wanted == NULL || strcmp(wanted, "1") != 0 || !t->party.has_key)
		return;
	for (size_t i = 0; i < KEY_SECRET_SIZE; i++)
		snprintf(text + 2 * i, 3, "%02x", t->party.key.secret[i]);
	json_object_set_new(meta, name, json_string(text));
	explicit_bzero(text, sizeof(text));
}

/*
 * What the deal's channel could pay, as it was first seen, and how much it has grown since. What other deals had of it is
 * left out. Only a tool that has the ledger open can tell.
 */
static enum status set_channel(
	struct tool *t, json_t *meta, json_t *scenario, const struct address *channel, uint64_t lane_number)
{
	struct amount left, before, grown;
	struct lane_record lane;
	struct paych head = {0};
	struct channel c;
	struct kv_txn *txn;
	const char *first;
	enum status s;

	set_address(t, meta, "channel", channel);
	if (address_is_none(channel) || t->party.ledger == NULL)
		return STATUS_OK;
	s = ledger_channel(t->party.ledger, &head, channel);
	if (s != STATUS_OK)
		return s == STATUS_NOT_FOUND ? STATUS_OK : s;
	left = head.balance;
	paych_release(&head);
	s = kv_begin_read(store_kv(t->party.store), &txn);
	if (s != STATUS_OK)
		return s;
	s = store_get_channel(txn, &c, channel);
	if (s == STATUS_OK)
		set_address(t, meta, "client_address", &c.from);
	if (s == STATUS_OK && store_get_lane(txn, &lane, channel, lane_number) == STATUS_OK &&
		!(amount_sub(&left, &left, &c.committed) && amount_add(&left, &left, &lane.amount)))
		s = STATUS_BAD_AMOUNT;
	kv_abort(&txn);
	if (s != STATUS_OK)
		return s == STATUS_NOT_FOUND ? STATUS_OK : s;
	set_number(scenario, "lane", lane_number);
	first = json_string_value(json_object_get(scenario, "channel_balance"));
	if (first == NULL)
		set_amount(scenario, "channel_balance", &left);
	else if (amount_from_decimal(&before, first) == STATUS_OK && amount_sub(&grown, &left, &before) &&
		 !amount_is_negative(&grown))
		set_amount(scenario, "top_up", &grown);
	return STATUS_OK;
}

/* @path as seen from @folder; both absolute, without links. */
static void relative_path(struct bytes *out, const char *folder, const char *path)
{
	size_t common = 0, i = 0;

	while (folder[i] != '\0' && folder[i] == path[i]) {
		i++;
		if (path[i] == '/' && (folder[i] == '/' || folder[i] == '\0'))
			common = i;
	}
	for (const char *rest = folder + common; *rest != '\0'; rest++) {
		if (*rest == '/')
			bytes_append_text(out, "../");
	}
	bytes_append_text(out, path + common + 1);
}

static enum status copy_file(const char *from, const char *to)
{
	struct bytes content = {0};
	struct file_out out;
	enum status s = file_slurp_path(&content, from, CONTENT_COPY_MAX);

	if (s == STATUS_OK)
		s = file_out_open(&out, to, 0644);
	if (s == STATUS_OK) {
		s = file_write_full(out.fd, content.data, content.len);
		if (s == STATUS_OK)
			s = file_out_commit(&out);
		file_out_release(&out);
	}
	bytes_release(&content);
	return s;
}

/* The CAR at @path is the content: a copy of it, or its name if it is large. */
static enum status set_content(const struct recorder *r, json_t *meta, const char *path)
{
	char copy[sizeof(r->folder) + 32], full[PATH_MAX];
	struct bytes relative = {0};
	struct stat st;
	enum status s = STATUS_OK;

	if (json_object_get(meta, "content") != NULL || realpath(path, full) == NULL || stat(full, &st) != 0)
		return STATUS_OK;
	snprintf(copy, sizeof(copy), "%s/content.car", r->folder);
	if (st.st_size <= (off_t)CONTENT_COPY_MAX) {
		s = copy_file(full, copy);
		if (s == STATUS_OK)
			json_object_set_new(meta, "content", json_string("content.car"));
		return s;
	}
	relative_path(&relative, r->folder, full);
	s = bytes_status(&relative);
	if (s == STATUS_OK)
		json_object_set_new(meta, "content", tool_json_text(bytes_text(&relative)));
	bytes_release(&relative);
	return s;
}

static enum status set_client(struct tool *t, const struct recorder *r, json_t *meta, json_t *scenario)
{
	struct client_deal d;
	struct bytes path = {0};
	char name[40];
	enum status s = party_get_client(&t->party, &d, r->deal);

	if (s != STATUS_OK)
		return s == STATUS_NOT_FOUND ? STATUS_OK : s;
	set_address(t, meta, "client_address", &d.client);
	set_address(t, meta, "provider_address", &d.provider);
	json_object_set_new(meta, "final_client_status", json_string(deal_state_name(d.state)));
	set_amount(meta, "total_funds", &d.total_funds);
	set_amount(meta, "client_spent", &d.funds_spent);
	set_number(meta, "client_received", d.total_received);
	set_number(scenario, "size", d.size);
	set_terms(scenario, &d.params);
	set_key(t, meta, "client_key");
	if (d.has_lane)
		s = set_channel(t, meta, scenario, &d.channel, d.lane);
	if (s == STATUS_OK && d.state == DEAL_COMPLETED) {
		snprintf(name, sizeof(name), "blocks/%llu.car", (unsigned long long)d.id);
		store_path(&path, t->party.store, name);
		s = bytes_status(&path);
		if (s == STATUS_OK)
			s = set_content(r, meta, (const char *)path.data);
	}
	bytes_release(&path);
	return s;
}

/* What was for sale, and whether it was there. */
static enum status set_offer(struct tool *t, const struct recorder *r, json_t *meta, json_t *scenario)
{
	struct bytes owned = {0}, path = {0};
	struct content content;
	struct offer offer;
	struct kv_txn *txn;
	uint64_t number;
	enum status s = kv_begin_read(store_kv(t->party.store), &txn);

	if (s != STATUS_OK)
		return s;
	s = store_get_offer(txn, &offer, &number, &owned, &r->payload);
	if (s == STATUS_OK) {
		set_address(t, meta, "provider_address", &offer.payment_address);
		set_amount(scenario, "offer_min_price", &offer.min_price_per_byte);
		set_amount(scenario, "offer_unseal_price", &offer.unseal_price);
		set_number(scenario, "offer_payment_interval", offer.max_payment_interval);
		set_number(scenario, "offer_payment_interval_increase", offer.max_payment_interval_increase);
		bytes_clear(&owned);
		s = store_get_content(txn, &content, &owned, number);
	}
	if (s == STATUS_OK) {
		bytes_append(&path, content.path.data, content.path.len);
		s = bytes_status(&path);
	}
	kv_abort(&txn);
	if (json_object_get(scenario, "no_data") == NULL)
		json_object_set_new(scenario, "no_data",
			json_boolean(
				s == STATUS_NOT_FOUND || (s == STATUS_OK && access(bytes_text(&path), R_OK) != 0)));
	if (s == STATUS_OK)
		s = set_content(r, meta, bytes_text(&path));
	bytes_release(&owned);
	bytes_release(&path);
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

static enum status set_provider(struct tool *t, const struct recorder *r, json_t *meta, json_t *scenario)
{
	struct provider_deal d;
	enum status s = party_get_provider(&t->party, &d, r->deal);

	if (s == STATUS_NOT_FOUND && !r->sold)
		return STATUS_OK;
	set_key(t, meta, "provider_key");
	if (s == STATUS_OK) {
		json_object_set_new(meta, "final_provider_status", json_string(deal_state_name(d.state)));
		set_amount(meta, "provider_received", &d.funds_received);
		set_number(meta, "provider_sent", d.total_sent);
		set_terms(scenario, &d.params);
		s = set_channel(t, meta, scenario, &d.channel, d.lane);
	}
	if (s == STATUS_OK || s == STATUS_NOT_FOUND)
		s = set_offer(t, r, meta, scenario);
	return s;
}

static void set_identity(struct tool *t, const struct recorder *r, json_t *meta)
{
	const char *seed = tool_setting(t, "seed", "RETRIEVAL_SEED");
	char text[2 * REQUEST_ID_SIZE + 1], cid[CID_TEXT_MAX];
	json_t *noted;

	for (size_t i = 0; i < REQUEST_ID_SIZE; i++)
		snprintf(text + 2 * i, 3, "%02x", r->request[i]);
	set_number(meta, "deal_id", r->deal);
	json_object_set_new(meta, "request", json_string(text));
	/* How far each side has come in the two streams; what the other side did meanwhile stays. */
	noted = json_object_get(meta, "noted");
	if (!json_is_object(noted))
		json_object_set_new(meta, "noted", noted = json_object());
	for (int by = 0; by < 2; by++) {
		if (r->noted[by][0] != 0 || r->noted[by][1] != 0)
			json_object_set_new(noted, by == SIDE_CLIENT ? "client" : "provider",
				json_pack("[I, I]", (json_int_t)r->noted[by][0], (json_int_t)r->noted[by][1]));
	}
	json_object_set_new(meta, "transfer", tool_json_id(r->transfer));
	if (!cid_is_none(&r->payload))
		json_object_set_new(meta, "root", json_string(cid_text(cid, &r->payload)));
	if (json_object_get(meta, "clock") == NULL)
		json_object_set_new(meta, "clock", json_integer((json_int_t)t->party.now));
	if (seed != NULL && json_object_get(meta, "seed") == NULL)
		json_object_set_new(meta, "seed", tool_json_text(seed));
}

enum status recording_update_meta(struct tool *t, struct recorder *r)
{
	json_t *meta = recording_read_meta(r), *scenario = json_object_get(meta, "scenario");
	enum status s;

	if (!json_is_object(scenario))
		json_object_set_new(meta, "scenario", scenario = json_object());
	set_identity(t, r, meta);
	s = set_client(t, r, meta, scenario);
	if (s == STATUS_OK)
		s = set_provider(t, r, meta, scenario);
	if (s == STATUS_OK)
		s = write_meta(r, meta);
	json_decref(meta);
	return s;
}
