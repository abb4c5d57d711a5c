/* recorder_meta.c - records everything about the deal except its frames: events, terms, results, content. */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "record/recorder_private.h"
#include "store/channels.h"
#include "store/contents.h"
#include "store/events.h"

#define CONTENT_COPY_MAX (64u << 20) /* bytes; a larger CAR is recorded by its path, not copied */

/* Events. */

/** struct adding - a walk over the events of one side. */
struct adding {
	struct recorder *r;
	enum status failed;
};

static const char *event_name(const struct event *e)
{
	if (e->side == SIDE_CLIENT)
		return e->event < CLIENT_EVENT_COUNT ? client_event_name((enum client_event)e->event) : "";
	return e->event < PROVIDER_EVENT_COUNT ? provider_event_name((enum provider_event)e->event) : "";
}

static enum status add_event(void *ctx, const struct event *e)
{
	struct adding *adding = ctx;
	struct recorder *r = adding->r;
	char funds[AMOUNT_TEXT_MAX], message[DEAL_MESSAGE_MAX];
	struct event_line line = {.from = e->side == SIDE_CLIENT ? SIDE_CLIENT : SIDE_PROVIDER,
		.event = event_name(e),
		.state = deal_state_name((unsigned)e->state),
		.message = span_clean(message, sizeof(message), e->message),
		.bytes = e->bytes,
		.interval = e->interval,
		.funds = amount_decimal(funds, &e->funds),
		.own = e->sequence,
		.sequence = recorder_next(r)};

	if (e->sequence <= r->last_event[line.from])
		return STATUS_OK;
	adding->failed = recorder_append(&r->events, event_line_json(&line));
	r->last_event[line.from] = e->sequence;
	return adding->failed;
}

enum status recorder_add_events(struct recorder *r)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct adding adding = {.r = r};
	enum status s = kv_begin_read(store_kv(r->party->store), &txn);

	for (int side = 0; side < 2 && s == STATUS_OK; side++) {
		struct deal_name name = {(enum deal_side)side, r->ids.deal};

		s = store_each_event(
			txn, &(struct event_range){r->last_event[side] + 1, &name, SIZE_MAX}, add_event, &adding);
	}
	return s == STATUS_OK ? adding.failed : s;
}

/* Terms, results and content. */

/* The current meta.json; an empty object if the file is missing or malformed; NULL without memory. */
static json_t *read_meta(const struct recorder *r)
{
	json_t *meta = NULL;
	enum status s = recording_read_meta(&meta, r->folder);

	return s == STATUS_OK || s == STATUS_NO_MEMORY ? meta : json_object();
}

void recorder_recall(struct recorder *r)
{
	json_t *meta = read_meta(r);

	r->bound = field_hex(r->ids.request, REQUEST_ID_SIZE, meta, "request") && *field_text(meta, "transfer") != '\0';
	if (r->bound) {
		r->ids.transfer = field_number(meta, "transfer");
		r->ids.deal = field_number(meta, "deal_id");
		if (cid_parse(&r->ids.payload, span_text(field_text(meta, "root"))) != STATUS_OK)
			r->ids.payload = (struct cid){0};
	}
	for (int by = 0; by < 2; by++) {
		const json_t *list =
			json_object_get(json_object_get(meta, "noted"), recording_side((enum deal_side)by));

		for (int from = 0; from < 2; from++)
			r->noted[by][from] = (uint64_t)json_integer_value(json_array_get(list, (size_t)from));
	}
	json_decref(meta);
}

static enum status write_file(const char *path, struct span content, mode_t mode)
{
	struct file_out out;
	enum status s = file_out_open(&out, path, mode);

	if (s != STATUS_OK)
		return s;
	s = file_write_full(out.fd, content.data, content.len);
	if (s == STATUS_OK)
		s = file_out_commit(&out);
	file_out_release(&out);
	return s;
}

static bool has_key(const json_t *meta)
{
	return json_object_get(meta, "client_key") != NULL || json_object_get(meta, "provider_key") != NULL;
}

static enum status write_meta(const struct recorder *r, const json_t *meta)
{
	char path[RECORDING_PATH_MAX];
	char *text = json_dumps(meta, JSON_INDENT(1) | JSON_SORT_KEYS);
	size_t len;
	enum status s;

	if (text == NULL)
		return STATUS_NO_MEMORY;
	len = strlen(text);
	text[len] = '\n'; /* the newline replaces the final zero */
	s = write_file(
		recording_path(path, r->folder, RECORDING_META), span_of(text, len + 1), has_key(meta) ? 0600 : 0644);
	explicit_bzero(text, len);
	free(text);
	return s;
}

/** struct results - the new meta.json. */
struct results {
	const struct recorder *r;
	json_t *meta, *scenario; /* the scenario is part of it */
	bool failed;             /* memory ran out for a field */
};

/* Set a field of meta.json or of its scenario to @value, which is stolen. */
static void set(struct results *m, json_t *object, const char *name, json_t *value)
{
	if (json_object_set_new(object, name, value) != 0)
		m->failed = true;
}

static void set_amount(struct results *m, json_t *object, const char *name, const struct amount *a)
{
	char text[AMOUNT_TEXT_MAX];

	set(m, object, name, json_string(amount_decimal(text, a)));
}

static void set_address(struct results *m, const char *name, const struct address *a)
{
	char text[ADDRESS_TEXT_MAX];

	if (!address_is_none(a))
		set(m, m->meta, name, json_string(address_text(text, a, m->r->party->network)));
}

static void set_number(struct results *m, json_t *object, const char *name, uint64_t n)
{
	set(m, object, name, json_integer((json_int_t)n));
}

static void set_text(struct results *m, const char *name, const char *text)
{
	set(m, m->meta, name, json_string(text));
}

static void set_terms(struct results *m, const struct deal_params *p)
{
	set_amount(m, m->scenario, "price_per_byte", &p->price_per_byte);
	set_amount(m, m->scenario, "unseal_price", &p->unseal_price);
	set_number(m, m->scenario, "payment_interval", p->payment_interval);
	set_number(m, m->scenario, "payment_interval_increase", p->payment_interval_increase);
}

static void set_key(struct results *m, const char *name)
{
	if (m->r->with_keys && m->r->party->has_key)
		set(m, m->meta, name, hex_json(m->r->party->key.secret, KEY_SECRET_SIZE));
}

/* The balance of the channel on the ledger; none if the ledger does not have the channel, or is not open. */
static enum status read_balance(struct amount *balance, bool *known, const struct recorder *r, const struct address *a)
{
	struct paych head = {0};
	enum status s;

	*known = false;
	if (address_is_none(a) || r->party->ledger == NULL)
		return STATUS_OK;
	s = ledger_channel(r->party->ledger, &head, a);
	if (s != STATUS_OK)
		return s == STATUS_NOT_FOUND ? STATUS_OK : s;
	*balance = head.balance;
	*known = true;
	paych_release(&head);
	return STATUS_OK;
}

/* Subtract the amounts that other deals have of the channel. NOT_FOUND if the store does not have the channel. */
static enum status leave_lane(struct amount *left, struct channel *c, const struct recorder *r,
	const struct address *channel, uint64_t lane_number)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct lane_record lane;
	enum status s = kv_begin_read(store_kv(r->party->store), &txn);

	if (s != STATUS_OK)
		return s;
	s = store_get_channel(txn, c, channel);
	if (s != STATUS_OK)
		return s;
	if (store_get_lane(txn, &lane, channel, lane_number) != STATUS_OK)
		return STATUS_OK;
	return amount_sub(left, left, &c->committed) && amount_add(left, left, &lane.amount) ? STATUS_OK
											     : STATUS_BAD_AMOUNT;
}

/*
 * The amount that the deal's channel could pay when it was first seen, and its growth since. The amounts of other deals are
 * subtracted. Only a tool that has the ledger open can compute this.
 */
static enum status set_channel(struct results *m, const struct address *address, uint64_t lane)
{
	struct amount left, before, grown;
	struct channel channel;
	const char *first;
	bool known;
	enum status s;

	set_address(m, "channel", address);
	s = read_balance(&left, &known, m->r, address);
	if (s != STATUS_OK || !known)
		return s;
	s = leave_lane(&left, &channel, m->r, address, lane);
	if (s != STATUS_OK)
		return s == STATUS_NOT_FOUND ? STATUS_OK : s;
	set_address(m, "client_address", &channel.from);
	set_number(m, m->scenario, "lane", lane);
	first = field_text(m->scenario, "channel_balance");
	if (*first == '\0')
		set_amount(m, m->scenario, "channel_balance", &left);
	else if (amount_from_decimal(&before, first) == STATUS_OK && amount_sub(&grown, &left, &before) &&
		 !amount_is_negative(&grown))
		set_amount(m, m->scenario, "top_up", &grown);
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

static enum status copy_content(struct results *m, const char *from)
{
	CLEAN_BYTES struct bytes content = {0};
	char path[RECORDING_PATH_MAX];
	enum status s = file_slurp_path(&content, from, CONTENT_COPY_MAX);

	if (s != STATUS_OK)
		return s;
	s = write_file(recording_path(path, m->r->folder, RECORDING_CONTENT), bytes_span(&content), 0644);
	if (s != STATUS_OK)
		return s;
	set_text(m, "content", RECORDING_CONTENT);
	return STATUS_OK;
}

/* Record the CAR at @path as the content: a copy, or the path of a large CAR. */
static enum status set_content(struct results *m, const char *path)
{
	CLEAN_BYTES struct bytes relative = {0};
	char full[PATH_MAX];
	struct stat st;

	if (json_object_get(m->meta, "content") != NULL || realpath(path, full) == NULL || stat(full, &st) != 0)
		return STATUS_OK;
	if (st.st_size <= (off_t)CONTENT_COPY_MAX)
		return copy_content(m, full);
	relative_path(&relative, m->r->folder, full);
	if (bytes_status(&relative) != STATUS_OK)
		return STATUS_NO_MEMORY;
	set(m, m->meta, "content", text_json(bytes_text(&relative)));
	return STATUS_OK;
}

/* The CAR of a deal that is complete. */
static enum status set_received(struct results *m, const struct client_deal *deal)
{
	CLEAN_BYTES struct bytes path = {0};
	char name[40];

	if (deal->state != DEAL_COMPLETED)
		return STATUS_OK;
	snprintf(name, sizeof(name), "blocks/%" PRIu64 ".car", deal->id);
	store_path(&path, m->r->party->store, name);
	return bytes_status(&path) == STATUS_OK ? set_content(m, (const char *)path.data) : STATUS_NO_MEMORY;
}

static enum status set_client(struct results *m)
{
	struct client_deal deal;
	enum status s = party_get_client(m->r->party, &deal, m->r->ids.deal);

	if (s != STATUS_OK)
		return s == STATUS_NOT_FOUND ? STATUS_OK : s;
	set_address(m, "client_address", &deal.client);
	set_address(m, "provider_address", &deal.provider);
	set_text(m, "final_client_status", deal_state_name(deal.state));
	set_amount(m, m->meta, "total_funds", &deal.total_funds);
	set_amount(m, m->meta, "client_spent", &deal.funds_spent);
	set_number(m, m->meta, "client_received", deal.total_received);
	set_number(m, m->scenario, "size", deal.size);
	set_terms(m, &deal.params);
	set_key(m, "client_key");
	if (deal.has_lane) {
		s = set_channel(m, &deal.channel, deal.lane);
		if (s != STATUS_OK)
			return s;
	}
	return set_received(m, &deal);
}

/* The offer for the payload, and the path of its CAR; NOT_FOUND if there is no offer any more. */
static enum status find_offer(struct offer *offer, struct bytes *owned, struct bytes *path, const struct recorder *r)
{
	CLEAN_BYTES struct bytes content_owned = {0};
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct content content;
	uint64_t number;
	enum status s = kv_begin_read(store_kv(r->party->store), &txn);

	if (s != STATUS_OK)
		return s;
	s = store_get_offer(txn, offer, &number, owned, &r->ids.payload);
	if (s != STATUS_OK)
		return s;
	s = store_get_content(txn, &content, &content_owned, number);
	if (s == STATUS_NOT_FOUND)
		return STATUS_OK;
	if (s != STATUS_OK)
		return s;
	bytes_append(path, content.path.data, content.path.len);
	return bytes_status(path);
}

/* Record the offer, and whether its content was present. */
static enum status set_offer(struct results *m)
{
	CLEAN_BYTES struct bytes owned = {0}, path = {0};
	struct offer offer;
	enum status s = find_offer(&offer, &owned, &path, m->r);

	if (s != STATUS_OK && s != STATUS_NOT_FOUND)
		return s;
	if (json_object_get(m->scenario, "no_data") == NULL)
		set(m, m->scenario, "no_data", json_boolean(path.len == 0 || access(bytes_text(&path), R_OK) != 0));
	if (s == STATUS_NOT_FOUND)
		return STATUS_OK;
	set_address(m, "provider_address", &offer.payment_address);
	set_amount(m, m->scenario, "offer_min_price", &offer.min_price_per_byte);
	set_amount(m, m->scenario, "offer_unseal_price", &offer.unseal_price);
	set_number(m, m->scenario, "offer_payment_interval", offer.max_payment_interval);
	set_number(m, m->scenario, "offer_payment_interval_increase", offer.max_payment_interval_increase);
	return path.len != 0 ? set_content(m, bytes_text(&path)) : STATUS_OK;
}

static enum status set_provider(struct results *m)
{
	struct provider_deal deal;
	enum status s = party_get_provider(m->r->party, &deal, m->r->ids.deal);

	if (s != STATUS_OK && s != STATUS_NOT_FOUND)
		return s;
	if (s == STATUS_NOT_FOUND && !m->r->sold)
		return STATUS_OK;
	set_key(m, "provider_key");
	if (s == STATUS_OK) {
		set_text(m, "final_provider_status", deal_state_name(deal.state));
		set_amount(m, m->meta, "provider_received", &deal.funds_received);
		set_number(m, m->meta, "provider_sent", deal.total_sent);
		set_terms(m, &deal.params);
		s = set_channel(m, &deal.channel, deal.lane);
		if (s != STATUS_OK)
			return s;
	}
	return set_offer(m);
}

/* Record the position of this side in the two streams; the other side's position stays unchanged. */
static void set_noted(struct results *m)
{
	json_t *noted = json_object_get(m->meta, "noted");

	if (!json_is_object(noted))
		set(m, m->meta, "noted", noted = json_object());
	for (int by = 0; by < 2; by++) {
		if (m->r->noted[by][0] != 0 || m->r->noted[by][1] != 0)
			set(m, noted, recording_side((enum deal_side)by),
				json_pack("[I, I]", (json_int_t)m->r->noted[by][0], (json_int_t)m->r->noted[by][1]));
	}
}

static void set_identity(struct results *m)
{
	char transfer[24], cid[CID_TEXT_MAX];

	snprintf(transfer, sizeof(transfer), "%" PRIu64, m->r->ids.transfer);
	set_number(m, m->meta, "deal_id", m->r->ids.deal);
	set(m, m->meta, "request", hex_json(m->r->ids.request, REQUEST_ID_SIZE));
	set_text(m, "transfer", transfer);
	set_noted(m);
	if (!cid_is_none(&m->r->ids.payload))
		set_text(m, "root", cid_text(cid, &m->r->ids.payload));
	if (json_object_get(m->meta, "clock") == NULL)
		set(m, m->meta, "clock", json_integer((json_int_t)m->r->party->now));
	if (m->r->seed != NULL && json_object_get(m->meta, "seed") == NULL)
		set(m, m->meta, "seed", text_json(m->r->seed));
}

static enum status set_results(struct results *m)
{
	enum status s;

	set_identity(m);
	s = set_client(m);
	if (s != STATUS_OK)
		return s;
	s = set_provider(m);
	if (s != STATUS_OK)
		return s;
	return m->failed ? STATUS_NO_MEMORY : write_meta(m->r, m->meta);
}

enum status recorder_update_meta(struct recorder *r)
{
	struct results m = {.r = r, .meta = read_meta(r)};
	enum status s;

	m.scenario = json_object_get(m.meta, "scenario");
	if (!json_is_object(m.scenario))
		set(&m, m.meta, "scenario", m.scenario = json_object());
	s = set_results(&m);
	json_decref(m.meta);
	return s;
}
