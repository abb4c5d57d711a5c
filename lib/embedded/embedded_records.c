/* embedded_records.c - the tables and keys of the records of the embedded ledger.
 *
 * Knows the stored form of each record.  Refuses to know the rules of the ledger.
 */
#include <assert.h>
#include <string.h>

#include "embedded/embedded_names.h"

/* The books as stored: the identity is a byte string, which is absent in older ledgers. */
struct stored_books {
	struct books books;
	struct span identity;
};
#define BOOKS(member) offsetof(struct stored_books, books.member)
static const struct field books_fields[] = {
	{NULL, FIELD_UINT, BOOKS(network)},
	{NULL, FIELD_BOOL, BOOKS(manual)},
	{NULL, FIELD_INT, BOOKS(genesis)},
	{NULL, FIELD_INT, BOOKS(advanced)},
	{NULL, FIELD_AMOUNT, BOOKS(funded)},
	{NULL, FIELD_UINT, BOOKS(next_entry)},
	{NULL, FIELD_BYTES, offsetof(struct stored_books, identity), .since = 1},
	{NULL, FIELD_INT, BOOKS(delay), .since = 2},
	{NULL, FIELD_BOOL, BOOKS(chain_addresses), .since = 2},
	{NULL, FIELD_UINT, BOOKS(next_queued), .since = 2},
	{NULL, FIELD_AMOUNT, BOOKS(gas_price), .since = 3},
	{NULL, FIELD_INT, BOOKS(finality), .since = 4},
};
static const struct record books_record = TUPLE(books_fields);

static const struct field account_fields[] = {
	{NULL, FIELD_AMOUNT, offsetof(struct account, balance)},
	{NULL, FIELD_UINT, offsetof(struct account, nonce)},
	{NULL, FIELD_UINT, offsetof(struct account, queued), .since = 1},
};
static const struct record account_record = TUPLE(account_fields);

static const struct field channel_fields[] = {
	{NULL, FIELD_ADDRESS, offsetof(struct paych, from)},
	{NULL, FIELD_ADDRESS, offsetof(struct paych, to)},
	{NULL, FIELD_AMOUNT, offsetof(struct paych, balance)},
	{NULL, FIELD_AMOUNT, offsetof(struct paych, to_send)},
	{NULL, FIELD_INT, offsetof(struct paych, settling_at)},
	{NULL, FIELD_INT, offsetof(struct paych, min_settle_height)},
};
static const struct record channel_record = TUPLE(channel_fields);

static const struct field lane_fields[] = {
	{NULL, FIELD_UINT, offsetof(struct paych_lane, id)},
	{NULL, FIELD_UINT, offsetof(struct paych_lane, nonce)},
	{NULL, FIELD_AMOUNT, offsetof(struct paych_lane, redeemed)},
};
static const struct record lane_record = TUPLE(lane_fields);

/* A receipt as stored: a missing address or CID is an empty byte string. */
struct stored_receipt {
	int64_t epoch, exit_code;
	struct span text, created;
	struct amount paid, returned;
	int64_t gas_used;
};
static const struct field receipt_fields[] = {
	{NULL, FIELD_INT, offsetof(struct stored_receipt, epoch)},
	{NULL, FIELD_INT, offsetof(struct stored_receipt, exit_code)},
	{NULL, FIELD_TEXT, offsetof(struct stored_receipt, text)},
	{NULL, FIELD_BYTES, offsetof(struct stored_receipt, created)},
	{NULL, FIELD_AMOUNT, offsetof(struct stored_receipt, paid)},
	{NULL, FIELD_AMOUNT, offsetof(struct stored_receipt, returned)},
	{NULL, FIELD_INT, offsetof(struct stored_receipt, gas_used), .since = 1},
};
static const struct record receipt_record = TUPLE(receipt_fields);

struct stored_entry {
	uint64_t number, lane, nonce;
	int64_t epoch, exit_code;
	struct span what, text, from, to, channel, message;
	struct amount value, fee;
};
static const struct field entry_fields[] = {
	{NULL, FIELD_UINT, offsetof(struct stored_entry, number)},
	{NULL, FIELD_INT, offsetof(struct stored_entry, epoch)},
	{NULL, FIELD_TEXT, offsetof(struct stored_entry, what)},
	{NULL, FIELD_BYTES, offsetof(struct stored_entry, from)},
	{NULL, FIELD_BYTES, offsetof(struct stored_entry, to)},
	{NULL, FIELD_BYTES, offsetof(struct stored_entry, channel)},
	{NULL, FIELD_AMOUNT, offsetof(struct stored_entry, value)},
	{NULL, FIELD_UINT, offsetof(struct stored_entry, lane)},
	{NULL, FIELD_UINT, offsetof(struct stored_entry, nonce)},
	{NULL, FIELD_INT, offsetof(struct stored_entry, exit_code)},
	{NULL, FIELD_TEXT, offsetof(struct stored_entry, text)},
	{NULL, FIELD_BYTES, offsetof(struct stored_entry, message)},
	{NULL, FIELD_AMOUNT, offsetof(struct stored_entry, fee), .since = 1},
};
static const struct record entry_record = TUPLE(entry_fields);

struct name name_of(char letter, struct span rest)
{
	struct name n = {.len = 1 + rest.len};

	assert(n.len <= sizeof(n.bytes));
	n.bytes[0] = (uint8_t)letter;
	if (rest.len)
		memcpy(n.bytes + 1, rest.data, rest.len);
	return n;
}

void name_add_number(struct name *n, uint64_t number)
{
	for (int shift = 56; shift >= 0; shift -= 8)
		n->bytes[n->len++] = (uint8_t)(number >> shift);
}

/* The prefix of all lanes of a channel: the length keeps an address from being a prefix of a longer address. */
static struct name name_of_lanes(const struct address *channel)
{
	struct name n = {.len = 2 + (size_t)channel->len};

	n.bytes[0] = 'l';
	n.bytes[1] = channel->len;
	memcpy(n.bytes + 2, channel->bytes, channel->len);
	return n;
}

static struct name name_of_lane(const struct address *channel, uint64_t id)
{
	struct name n = name_of_lanes(channel);

	name_add_number(&n, id);
	return n;
}

enum status record_load(struct kv_txn *txn, void *out, size_t size, const struct record *rec, struct name name)
{
	struct span value;
	enum status s = kv_get(txn, &value, name_span(&name));

	return s == STATUS_OK ? stored_decode(out, size, rec, value) : s;
}

enum status record_save(struct kv_txn *txn, const struct record *rec, const void *in, struct name name)
{
	CLEAN_BYTES struct bytes b = {0};
	enum status s;

	stored_write(&b, rec, in);
	s = bytes_status(&b);
	if (s != STATUS_OK)
		return s;
	return kv_put(txn, name_span(&name), bytes_span(&b));
}

enum status books_load(struct kv_txn *txn, struct books *b)
{
	struct stored_books stored;
	enum status s = record_load(txn, &stored, sizeof(stored), &books_record, name_of('m', span_of(NULL, 0)));

	if (s != STATUS_OK)
		return s;
	if (stored.identity.len != 0 && stored.identity.len != sizeof(b->identity))
		return STATUS_CORRUPT;
	*b = stored.books;
	if (stored.identity.len != 0)
		memcpy(b->identity, stored.identity.data, sizeof(b->identity));
	return STATUS_OK;
}

enum status books_save(struct kv_txn *txn, const struct books *b)
{
	struct stored_books stored = {*b, span_of(b->identity, sizeof(b->identity))};

	return record_save(txn, &books_record, &stored, name_of('m', span_of(NULL, 0)));
}

enum status account_decode(struct account *a, struct span value)
{
	return stored_decode(a, sizeof(*a), &account_record, value);
}

enum status account_load(struct kv_txn *txn, struct account *a, const struct address *who)
{
	return record_load(txn, a, sizeof(*a), &account_record, name_of('a', address_span(who)));
}

enum status account_get(struct kv_txn *txn, struct account *a, const struct address *who)
{
	struct account found = {.balance = amount_zero()};
	enum status s = account_load(txn, &found, who);

	if (s != STATUS_OK && s != STATUS_NOT_FOUND)
		return s;
	*a = found;
	return STATUS_OK;
}

enum status account_save(struct kv_txn *txn, const struct account *a, const struct address *who)
{
	return record_save(txn, &account_record, a, name_of('a', address_span(who)));
}

enum status account_credit(struct kv_txn *txn, const struct address *who, const struct amount *value)
{
	struct account a;
	enum status s = account_get(txn, &a, who);

	if (s != STATUS_OK)
		return s;
	if (!amount_add(&a.balance, &a.balance, value))
		return STATUS_BAD_AMOUNT;
	return account_save(txn, &a, who);
}

enum status channel_decode(struct paych *head, struct span value)
{
	struct paych p = {0};
	enum status s = stored_decode(&p, sizeof(p), &channel_record, value);

	if (s != STATUS_OK)
		return s;
	p.lanes = NULL;
	p.lane_count = 0;
	*head = p;
	return STATUS_OK;
}

enum status channel_load(struct kv_txn *txn, struct paych *head, const struct address *channel)
{
	struct name name = name_of('c', address_span(channel));
	struct span value;
	enum status s = kv_get(txn, &value, name_span(&name));

	return s == STATUS_OK ? channel_decode(head, value) : s;
}

enum status channel_save(struct kv_txn *txn, const struct paych *head, const struct address *channel)
{
	return record_save(txn, &channel_record, head, name_of('c', address_span(channel)));
}

enum status channel_delete(struct kv_txn *txn, const struct address *channel)
{
	struct name head = name_of('c', address_span(channel)), lanes = name_of_lanes(channel), one;
	CLEAN_WALK struct kv_walk walk = {0};
	enum status s = kv_delete(txn, name_span(&head));

	if (s != STATUS_OK)
		return s;
	walk = kv_walk(txn, name_span(&lanes), (struct span){0});
	while (kv_walk_next(&walk)) {
		if (walk.key.len > sizeof(one.bytes))
			return STATUS_CORRUPT;
		/* The delete below changes the memory that the walk's key borrows. */
		memcpy(one.bytes, walk.key.data, walk.key.len);
		one.len = walk.key.len;
		s = kv_delete(txn, name_span(&one));
		if (s != STATUS_OK)
			return s;
	}
	return walk.status;
}

enum status lane_load(struct kv_txn *txn, struct paych_lane *lane, const struct address *channel, uint64_t id)
{
	return record_load(txn, lane, sizeof(*lane), &lane_record, name_of_lane(channel, id));
}

enum status lane_save(struct kv_txn *txn, const struct paych_lane *lane, const struct address *channel)
{
	return record_save(txn, &lane_record, lane, name_of_lane(channel, lane->id));
}

enum status lane_decode(struct paych_lane *lane, struct span value)
{
	return stored_decode(lane, sizeof(*lane), &lane_record, value);
}

enum status lane_last(struct kv_txn *txn, uint64_t *id, const struct address *channel)
{
	struct name lanes = name_of_lanes(channel);
	CLEAN_CURSOR struct kv_cursor *cursor = NULL;
	struct paych_lane lane;
	struct span key, value;
	enum status s = kv_seek_last(txn, &cursor, name_span(&lanes));

	if (s != STATUS_OK)
		return s;
	s = kv_prev(cursor, &key, &value);
	if (s != STATUS_OK)
		return s;
	s = lane_decode(&lane, value);
	if (s != STATUS_OK)
		return s;
	*id = lane.id;
	return STATUS_OK;
}

struct kv_walk lanes_walk(struct kv_txn *txn, const struct address *channel)
{
	struct name lanes = name_of_lanes(channel);

	return kv_walk(txn, name_span(&lanes), (struct span){0});
}

/* Functions that copy stored spans; each refuses a span that does not fit. */
static bool take_text(char *out, size_t size, struct span in)
{
	if (in.len >= size)
		return false;
	if (in.len)
		memcpy(out, in.data, in.len);
	out[in.len] = '\0';
	return true;
}

static bool take_address(struct address *out, struct span in)
{
	return in.len == 0 || address_decode(out, in) == STATUS_OK;
}

enum status receipt_load(struct kv_txn *txn, struct receipt *out, const struct cid *message)
{
	struct stored_receipt in;
	struct receipt r = {0};
	enum status s = record_load(txn, &in, sizeof(in), &receipt_record, name_of('r', cid_span(message)));

	if (s != STATUS_OK)
		return s;
	r.epoch = in.epoch;
	r.exit_code = (int)in.exit_code;
	r.gas_used = in.gas_used;
	r.has_payout = true;
	r.paid = in.paid;
	r.returned = in.returned;
	if (!take_text(r.text, sizeof(r.text), in.text) || !take_address(&r.created, in.created))
		return STATUS_CORRUPT;
	*out = r;
	return STATUS_OK;
}

enum status receipt_save(struct kv_txn *txn, const struct receipt *r, const struct cid *message)
{
	struct stored_receipt out = {r->epoch, r->exit_code, span_text(r->text), address_span(&r->created), r->paid,
		r->returned, r->gas_used};

	return record_save(txn, &receipt_record, &out, name_of('r', cid_span(message)));
}

enum status message_load(struct kv_txn *txn, struct bytes *encoded, const struct cid *signed_cid)
{
	struct name name = name_of('s', cid_span(signed_cid));
	struct span value;
	enum status s = kv_get(txn, &value, name_span(&name));

	if (s != STATUS_OK)
		return s;
	bytes_append(encoded, value.data, value.len);
	return bytes_status(encoded);
}

enum status message_known(
	struct kv_txn *txn, struct signed_message *m, struct bytes *encoded, const struct cid *signed_cid)
{
	enum status s = message_load(txn, encoded, signed_cid);

	if (s != STATUS_OK)
		return s == STATUS_NOT_FOUND ? STATUS_CORRUPT : s;
	s = signed_message_decode(m, bytes_span(encoded));
	return s == STATUS_OK || s == STATUS_NO_MEMORY ? s : STATUS_CORRUPT;
}

enum status message_save(struct kv_txn *txn, const struct signed_message *m, const struct cid *signed_cid)
{
	struct name name = name_of('s', cid_span(signed_cid));
	CLEAN_BYTES struct bytes encoded = {0};
	enum status s;

	signed_message_encode(&encoded, m);
	s = bytes_status(&encoded);
	return s == STATUS_OK ? kv_put(txn, name_span(&name), bytes_span(&encoded)) : s;
}

enum status entry_decode(struct embedded_entry *out, struct span value)
{
	struct embedded_entry e = {0};
	struct stored_entry in;
	enum status s = stored_decode(&in, sizeof(in), &entry_record, value);

	if (s != STATUS_OK)
		return s;
	e.number = in.number;
	e.epoch = in.epoch;
	e.value = in.value;
	e.fee = in.fee;
	e.lane = in.lane;
	e.nonce = in.nonce;
	e.exit_code = (int)in.exit_code;
	if (!take_text(e.what, sizeof(e.what), in.what) || !take_text(e.text, sizeof(e.text), in.text))
		return STATUS_CORRUPT;
	if (!take_address(&e.from, in.from) || !take_address(&e.to, in.to) || !take_address(&e.channel, in.channel))
		return STATUS_CORRUPT;
	if (in.message.len && cid_decode(&e.message, in.message) != STATUS_OK)
		return STATUS_CORRUPT;
	*out = e;
	return STATUS_OK;
}

enum status entry_load(struct kv_txn *txn, struct embedded_entry *entry, uint64_t number)
{
	struct name name = {.bytes = {'e'}, .len = 1};
	struct span value;
	enum status s;

	name_add_number(&name, number);
	s = kv_get(txn, &value, name_span(&name));
	return s == STATUS_OK ? entry_decode(entry, value) : s;
}

enum status entry_append(struct kv_txn *txn, struct books *b, struct embedded_entry *entry)
{
	struct name name = {.bytes = {'e'}, .len = 1};
	struct stored_entry out;
	enum status s;

	entry->number = b->next_entry++;
	out = (struct stored_entry){
		.number = entry->number,
		.lane = entry->lane,
		.nonce = entry->nonce,
		.epoch = entry->epoch,
		.exit_code = entry->exit_code,
		.what = span_text(entry->what),
		.text = span_text(entry->text),
		.from = address_span(&entry->from),
		.to = address_span(&entry->to),
		.channel = address_span(&entry->channel),
		.message = cid_span(&entry->message),
		.value = entry->value,
		.fee = entry->fee,
	};
	name_add_number(&name, entry->number);
	s = record_save(txn, &entry_record, &out, name);
	return s == STATUS_OK ? books_save(txn, b) : s;
}
