/* replay_compare.c - compares two accounts of one deal, field by field. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proof/receipt.h"
#include "replay/replay_private.h"
#include "store/events.h"

#define SHOWN     64 /* characters of a value */
#define PATH_SIZE 512

/* The place of a difference: "frame 5 at 701 of client.frames: "; "" without a frame. */
static const char *where(char *text, size_t size, const struct replay *r, int64_t frame)
{
	const struct recorded_frame *f;

	*text = '\0';
	if (frame < 0)
		return text;
	f = replay_frame(r, (size_t)frame);
	snprintf(text, size, "frame %" PRId64 " at %" PRIu64 " of %s: ", frame, f->offset, recording_stream(f->from));
	return text;
}

void replay_differ(struct replay *r, int64_t frame, const char *path, const char *recorded, const char *ours)
{
	char place[80];
	json_t *object;

	where(place, sizeof(place), r, frame);
	if (r->excused) {
		if (r->first[0] == '\0')
			snprintf(r->first, sizeof(r->first), "%s%s: recorded %s, ours %s", place, path, recorded, ours);
		return;
	}
	r->differences++;
	object = json_pack("{s:o, s:o, s:o, s:o}", "recording", tool_json_text(r->name), "path", tool_json_text(path),
		"recorded", tool_json_text(recorded), "ours", tool_json_text(ours));
	if (frame >= 0) {
		json_object_set_new(object, "frame", json_integer((json_int_t)frame));
		json_object_set_new(object, "offset", json_integer((json_int_t)replay_frame(r, (size_t)frame)->offset));
	}
	tool_report(r->tool, object, "%s: %s%s: recorded %s, ours %s\n", r->name, place, path, recorded, ours);
}

/* A message as a tree of JSON, with nothing left out. */

static const char *const voucher_names[] = {"ChannelAddr", "TimeLockMin", "TimeLockMax", "SecretPreimage", "Extra",
	"Lane", "Nonce", "Amount", "MinSettleHeight", "Merges", "Signature"};
#define VOUCHER_FIELDS (sizeof(voucher_names) / sizeof(voucher_names[0]))

static json_t *tree_of(struct cbor_reader *r, const char *name, unsigned depth);

static json_t *bytes_tree(struct span bytes, const char *name)
{
	char text[AMOUNT_TEXT_MAX];
	struct amount a;
	struct address address;
	json_t *shown;
	char *hex;

	if ((strcmp(name, "Amount") == 0 || strcmp(name, "PaymentOwed") == 0 || strcmp(name, "PricePerByte") == 0 ||
		    strcmp(name, "UnsealPrice") == 0) &&
		amount_decode(&a, bytes.data, bytes.len) == STATUS_OK)
		return json_string(amount_decimal(text, &a));
	if ((strcmp(name, "ChannelAddr") == 0 || strcmp(name, "PaymentChannel") == 0) &&
		address_decode(&address, bytes) == STATUS_OK)
		return json_string(address_text(text, &address, NETWORK_MAIN));
	hex = malloc(2 * bytes.len + 1);
	if (hex == NULL)
		return json_null();
	hex[0] = '\0';
	for (size_t i = 0; i < bytes.len; i++)
		snprintf(hex + 2 * i, 3, "%02x", bytes.data[i]);
	shown = json_string(hex);
	free(hex);
	return shown;
}

static json_t *array_tree(struct cbor_reader *r, const char *name, unsigned depth)
{
	size_t n = cbor_read_array(r);
	bool voucher = strcmp(name, "PaymentVoucher") == 0 && n == VOUCHER_FIELDS;
	json_t *tree = voucher ? json_object() : json_array();

	for (size_t i = 0; i < n && r->status == STATUS_OK; i++) {
		if (voucher)
			json_object_set_new(tree, voucher_names[i], tree_of(r, voucher_names[i], depth));
		else
			json_array_append_new(tree, tree_of(r, "", depth));
	}
	return tree;
}

static json_t *map_tree(struct cbor_reader *r, unsigned depth)
{
	size_t n = cbor_read_map(r);
	json_t *tree = json_object();
	char key[128];

	for (size_t i = 0; i < n && r->status == STATUS_OK; i++) {
		span_clean(key, sizeof(key), cbor_read_text(r, SIZE_MAX));
		json_object_set_new(tree, key, tree_of(r, key, depth));
	}
	return tree;
}

static json_t *text_tree(struct span text)
{
	char clean[1024];

	span_clean(clean, sizeof(clean), text);
	return json_string(clean);
}

static json_t *tree_of(struct cbor_reader *r, const char *name, unsigned depth)
{
	char text[CID_TEXT_MAX];
	struct cid c = {0};

	if (depth == 0) {
		cbor_fail(r, STATUS_TOO_DEEP);
		return json_null();
	}
	switch (cbor_peek(r)) {
	case CBOR_UINT:
		return tool_json_id(cbor_read_uint(r));
	case CBOR_NEGATIVE:
		return json_integer((json_int_t)cbor_read_int(r));
	case CBOR_BYTES:
		return bytes_tree(cbor_read_bytes(r, SIZE_MAX), name);
	case CBOR_TEXT:
		return text_tree(cbor_read_text(r, SIZE_MAX));
	case CBOR_ARRAY:
		return array_tree(r, name, depth - 1);
	case CBOR_MAP:
		return map_tree(r, depth - 1);
	case CBOR_LINK:
		cbor_read_link(r, &c);
		return json_string(r->status == STATUS_OK ? cid_text(text, &c) : "");
	case CBOR_FALSE:
	case CBOR_TRUE:
		return json_boolean(cbor_read_bool(r));
	case CBOR_NULL:
		cbor_read_null(r);
		return json_null();
	case CBOR_FLOAT:
		return bytes_tree(cbor_read_any(r, CBOR_ANY_ORDER), "");
	case CBOR_NONE:
		break;
	}
	cbor_fail(r, STATUS_BAD_TYPE);
	return json_null();
}

static json_t *tree(struct span body, enum status *s)
{
	struct cbor_reader r = cbor_reader(body);
	json_t *object = tree_of(&r, "", 32);

	*s = cbor_end(&r);
	return object;
}

/* Values for people: short, and on one line. */
static const char *shown(char *text, const json_t *value)
{
	char *dump;

	if (value == NULL)
		return "nothing";
	if (json_is_string(value) && strlen(json_string_value(value)) <= SHOWN)
		return *json_string_value(value) != '\0' ? json_string_value(value) : "''";
	dump = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS);
	if (dump == NULL)
		return "?";
	snprintf(text, SHOWN + 40, strlen(dump) > SHOWN ? "%.*s... (%zu characters)" : "%.*s", SHOWN, dump,
		strlen(dump));
	free(dump);
	return text;
}

/** struct walk_over - two trees being compared. */
struct pair {
	struct replay *r;
	int64_t frame;
	char path[PATH_SIZE];
	bool receipt; /* the recorded one has a receipt, so the bytes differ */
};

/* Fields that need not agree: signatures without the key, and free choices of another implementation. */
static bool is_free_to_differ(const struct replay *r, const char *path)
{
	static const char dedup[] = "graphsync/dedup-by-key", signature[] = "PaymentVoucher.Signature";
	size_t n = strlen(path);

	if (!r->has_key && n >= sizeof(signature) - 1 && strcmp(path + n - sizeof(signature) + 1, signature) == 0)
		return true;
	if (!r->has_key && strstr(path, dedup) != NULL)
		return true; /* the key has the address of the client, who is another one here */
	return r->o->foreign && (strstr(path, dedup) != NULL || (n > 4 && strcmp(path + n - 4, ".pri") == 0));
}

static void compare(struct pair *p, const json_t *recorded, const json_t *ours);

static void compare_child(struct pair *p, const char *name, const json_t *recorded, const json_t *ours)
{
	size_t n = strlen(p->path);

	snprintf(p->path + n, sizeof(p->path) - n, "%s%s", n != 0 ? "." : "", name);
	compare(p, recorded, ours);
	p->path[n] = '\0';
}

static void compare_objects(struct pair *p, const json_t *recorded, const json_t *ours)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)recorded, key, value)
		compare_child(p, key, value, json_object_get(ours, key));
	json_object_foreach((json_t *)(uintptr_t)ours, key, value)
	{
		if (json_object_get(recorded, key) == NULL)
			compare_child(p, key, NULL, value);
	}
}

/* The provider of a replay has no key, so that it makes no receipts. */
static bool is_receipt(const struct pair *p, const json_t *recorded)
{
	static const char name[] = ".Message";
	size_t n = strlen(p->path);

	return n >= sizeof(name) - 1 && strcmp(p->path + n - sizeof(name) + 1, name) == 0 && json_is_string(recorded) &&
	       strncmp(json_string_value(recorded), RECEIPT_PROOF, sizeof(RECEIPT_PROOF) - 1) == 0;
}

static void compare(struct pair *p, const json_t *recorded, const json_t *ours)
{
	char left[SHOWN + 40], right[SHOWN + 40], number[24];

	if ((recorded != NULL && ours != NULL && json_equal(recorded, ours)) || is_free_to_differ(p->r, p->path))
		return;
	if (is_receipt(p, recorded)) {
		p->receipt = true;
		return;
	}
	if (json_is_object(recorded) && json_is_object(ours)) {
		compare_objects(p, recorded, ours);
		return;
	}
	if (json_is_array(recorded) && json_is_array(ours) && json_array_size(recorded) == json_array_size(ours)) {
		for (size_t i = 0; i < json_array_size(ours); i++) {
			snprintf(number, sizeof(number), "%zu", i);
			compare_child(p, number, json_array_get(recorded, i), json_array_get(ours, i));
		}
		return;
	}
	replay_differ(p->r, p->frame, p->path, shown(left, recorded), shown(right, ours));
}

void replay_compare(struct replay *r, size_t frame, struct span ours)
{
	struct span recorded = replay_frame(r, frame)->frame.body;
	struct pair p = {.r = r, .frame = (int64_t)frame};
	enum status first = STATUS_OK, second = STATUS_OK;
	uint64_t before = r->differences;
	json_t *left, *right;

	if (ours.len == recorded.len && memcmp(ours.data, recorded.data, ours.len) == 0)
		return;
	if (ours.len == 0) {
		replay_differ(r, (int64_t)frame, "frame", "a frame", "nothing to say");
		return;
	}
	left = tree(recorded, &first);
	right = tree(ours, &second);
	if (replay_frame(r, frame)->frame.kind == FRAME_TRANSFER)
		snprintf(p.path, sizeof(p.path), "transfer");
	compare(&p, left, right);
	if (r->differences == before && !r->o->foreign && r->has_key && !p.receipt)
		replay_differ(r, (int64_t)frame, "bytes", "the same fields", "in other bytes");
	json_decref(left);
	json_decref(right);
}

/* The end of the deal. */

static void compare_text(struct replay *r, const char *path, const char *recorded, const char *ours)
{
	if (*recorded != '\0' && strcmp(recorded, ours) != 0)
		replay_differ(r, -1, path, recorded, ours);
}

/*
 * Events that depend on the number of runs of the tools, or on the access to the ledger, are not compared by themselves:
 * the events that follow include their changes.
 */
static bool is_incidental(const char *event)
{
	static const char *const names[] = {"ClientEventBlocksReceived", "ProviderEventBlockSent",
		"ClientEventPaymentChannel", "ClientEventLaneAllocated", "ClientEventRecheckFunds",
		"ClientEventPaymentRequested", "ClientEventLastPaymentRequested", "ClientEventSendFunds"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strncmp(event, names[i], strlen(names[i])) == 0)
			return true;
	}
	return false;
}

/* An event as one line; each new line is added to @list. */
static void add_line(json_t *list, const struct event_line *e)
{
	char line[512];
	size_t i;
	json_t *old;

	if (is_incidental(e->event))
		return;
	snprintf(line, sizeof(line), "%s, %s, %" PRIu64 " bytes, interval %" PRIu64 ", %s afil%s%s", e->event, e->state,
		e->bytes, e->interval, e->funds, *e->message != '\0' ? ": " : "", e->message);
	json_array_foreach(list, i, old)
	{
		if (strcmp(json_string_value(old), line) == 0)
			return;
	}
	json_array_append_new(list, json_string(line));
}

static json_t *recorded_events(const struct recording *recording, enum deal_side side)
{
	json_t *list = json_array();

	for (size_t i = 0; i < recording->event_count; i++) {
		const struct event_line *e = &recording->events[i];

		if (e->from == side)
			add_line(list, e);
	}
	return list;
}

static enum status note_event(void *ctx, const struct event *e)
{
	char funds[AMOUNT_TEXT_MAX], message[DEAL_MESSAGE_MAX];

	struct event_line line = {.from = e->side,
		.event = e->side == SIDE_CLIENT ? client_event_name((enum client_event)e->event)
						: provider_event_name((enum provider_event)e->event),
		.state = deal_state_name((unsigned)e->state),
		.message = message,
		.bytes = e->bytes,
		.interval = e->interval,
		.funds = amount_decimal(funds, &e->funds)};

	span_clean(message, sizeof(message), e->message);
	add_line(ctx, &line);
	return STATUS_OK;
}

/* The events of a side of ours; an empty list if the store can't be read. */
static json_t *our_events(struct party *p, enum deal_side side, uint64_t deal)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct deal_name name = {side, deal};
	json_t *list = json_array();

	if (kv_begin_read(store_kv(p->store), &txn) != STATUS_OK)
		return list;
	if (store_each_event(txn, &(struct event_range){1, &name, SIZE_MAX}, note_event, list) != STATUS_OK)
		json_array_clear(list);
	return list;
}

static void compare_events(struct replay *r, struct party *p, enum deal_side side)
{
	json_t *recorded = recorded_events(&r->recording, side), *ours = our_events(p, side, r->deal);
	char what[64];

	snprintf(what, sizeof(what), "%s event", recording_side(side));
	replay_compare_lists(r, what, recorded, ours);
	json_decref(recorded);
	json_decref(ours);
}

/* Compare the counters of a side with its last recorded event. */
static void compare_last_funds(
	struct replay *r, const struct event_line *last, const char *name, const struct amount *funds)
{
	char text[AMOUNT_TEXT_MAX];

	if (last != NULL && *last->funds != '\0')
		compare_text(r, name, last->funds, amount_decimal(text, funds));
}

static void compare_last_bytes(struct replay *r, const struct event_line *last, const char *name, uint64_t bytes)
{
	char left[AMOUNT_TEXT_MAX], right[AMOUNT_TEXT_MAX];

	if (last == NULL || !last->has_bytes)
		return;
	snprintf(left, sizeof(left), "%" PRIu64, last->bytes);
	snprintf(right, sizeof(right), "%" PRIu64, bytes);
	compare_text(r, name, left, right);
}

static void compare_client(struct replay *r)
{
	const struct event_line *last = recording_last_event(&r->recording, SIDE_CLIENT);
	struct client_deal deal;

	if (party_get_client(&r->client, &deal, r->deal) != STATUS_OK)
		return;
	compare_text(r, "final_client_status", field_text(r->recording.meta, "final_client_status"),
		deal_state_name(deal.state));
	compare_last_funds(r, last, "fundsSpent", &deal.funds_spent);
	compare_last_bytes(r, last, "totalReceived", deal.total_received);
	if (!r->o->foreign && last != NULL)
		compare_events(r, &r->client, SIDE_CLIENT);
}

static void compare_provider(struct replay *r)
{
	const struct event_line *last = recording_last_event(&r->recording, SIDE_PROVIDER);
	struct provider_deal deal;

	if (party_get_provider(&r->provider, &deal, r->deal) != STATUS_OK)
		return;
	compare_text(r, "final_provider_status",
		r->o->foreign && last != NULL ? last->state : field_text(r->recording.meta, "final_provider_status"),
		deal_state_name(deal.state));
	compare_last_funds(r, last, "fundsReceived", &deal.funds_received);
	compare_last_bytes(r, last, "totalSent", deal.total_sent);
	if (!r->o->foreign && last != NULL)
		compare_events(r, &r->provider, SIDE_PROVIDER);
}

void replay_compare_ends(struct replay *r)
{
	if (r->o->client)
		compare_client(r);
	if (r->o->provider)
		compare_provider(r);
}

bool replay_is_excused(const struct replay *r, char *why, size_t size)
{
	const char *end = field_text(r->recording.meta, "final_client_status");
	struct amount price = field_amount(r->recording.scenario, "price_per_byte");
	struct amount unseal = field_amount(r->recording.scenario, "unseal_price");
	const char *reason = "the original failed";

	if (!r->o->foreign || (strcmp(end, "timeout") != 0 && strcmp(end, "DealStatusErrored") != 0))
		return false;
	if (json_is_true(json_object_get(r->recording.scenario, "no_data")))
		reason = "its provider has no data and does not tell the client, which waits for ever";
	else if (!amount_is_zero(&unseal))
		reason = "its client signs the same amount twice where there is an unseal price, and the deal errs";
	else if (amount_is_zero(&price))
		reason = "its client waits for ever for a lane that a free deal does not need";
	snprintf(why, size, "the original ended in %s: %s", end, reason);
	return true;
}
