/* receive.c - a buyer takes in the provider's stream.
 *
 * DATA 1: a block is kept only if its bytes match its CID and it is the next
 * one that a local walk of (root, selector) asks for; so the CAR that grows
 * in the store is in walk order by construction.
 * DATA 2: a block that we have already is announced, not sent, and not paid
 * for; the walk goes through it without waiting for the provider. So what a
 * provider sends twice is ignored, wherever it begins again.
 * DATA 3: a message is applied whole or not at all.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "ipld/car.h"
#include "ipld/walk.h"
#include "party/blockset.h"
#include "party/frames.h"
#include "party/party.h"

#define COMMIT_BYTES (16u << 20)              /* a sync to disk costs about as much as hashing this much */
#define COMMIT_BLOCKS 16384

/** struct checkpoint - what a wrong message must leave behind. */
struct checkpoint {
	struct client_deal deal;
	uint64_t car_size;
	size_t blocks;
	struct bytes cursor;
};

struct receiver {
	struct party *p;
	bool bound;                           /* the deal is known and loaded */
	struct client_deal deal;
	struct walk *walk;
	int fd;                               /* the deal's CAR in the store */
	uint64_t car_size;
	uint64_t committed_size;
	struct blockset kept;                 /* of this run, not yet in the store */
	struct checkpoint before;             /* as it was before the current message */
	struct bytes scratch;
};

enum status receiver_new(struct receiver **out, struct party *p)
{
	struct receiver *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return STATUS_NO_MEMORY;
	r->p = p;
	r->fd = -1;
	*out = r;
	return STATUS_OK;
}

void receiver_free(struct receiver *r)
{
	if (r == NULL)
		return;
	if (r->fd >= 0)
		close(r->fd);
	walk_free(r->walk);
	blockset_release(&r->kept);
	bytes_release(&r->before.cursor);
	bytes_release(&r->scratch);
	free(r);
}

const struct client_deal *receiver_deal(const struct receiver *r)
{
	return r->bound ? &r->deal : NULL;
}

static void car_path(struct bytes *path, const struct party *p, uint64_t deal)
{
	char name[40];

	snprintf(name, sizeof(name), "blocks/%llu.car", (unsigned long long)deal);
	store_path(path, p->store, name);
}

/* Where a block of this deal lies in the CAR: of this run, or of an earlier one. */
static enum status find_kept(struct receiver *r, struct block_place *place, const struct cid *c)
{
	const struct block_place *here = blockset_find(&r->kept, c);
	struct kv_txn *t;
	enum status s;

	if (here != NULL) {
		*place = *here;
		return STATUS_OK;
	}
	if (r->committed_size == 0)
		return STATUS_NOT_FOUND;
	s = kv_begin_read(store_kv(r->p->store), &t);
	if (s != STATUS_OK)
		return s;
	s = store_get_kept(t, place, SIDE_CLIENT, r->deal.id, c);
	kv_abort(t);
	return s;
}

static enum status load_kept(void *ctx, struct bytes *out, const struct cid *c)
{
	struct receiver *r = ctx;
	struct block_place place;
	uint8_t *room;
	enum status s;

	if (c->hash == HASH_IDENTITY) {
		struct span inline_bytes = cid_digest(c);

		bytes_append(out, inline_bytes.data, inline_bytes.len);
		return bytes_status(out);
	}
	s = find_kept(r, &place, c);
	if (s != STATUS_OK)
		return s;
	if (place.len > FRAME_MAX)
		return STATUS_CORRUPT;
	room = bytes_grow(out, place.len);
	if (room == NULL)
		return STATUS_NO_MEMORY;
	s = file_pread_full(r->fd, room, place.len, place.offset);
	return s == STATUS_OK ? cid_verify(c, span_of(room, place.len)) : s;
}

/* Open the deal's CAR and cut off what a killed run left behind its last commit. */
static enum status open_car(struct receiver *r)
{
	struct bytes path = {0};
	enum status s;

	store_path(&path, r->p->store, "blocks");
	s = bytes_status(&path);
	if (s == STATUS_OK)
		s = file_make_folders(bytes_text(&path), 0700);
	bytes_clear(&path);
	car_path(&path, r->p, r->deal.id);
	if (s == STATUS_OK)
		s = bytes_status(&path);
	if (s == STATUS_OK) {
		r->fd = open(bytes_text(&path), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (r->fd < 0 || lseek(r->fd, 0, SEEK_END) < (off_t)r->committed_size ||
			ftruncate(r->fd, (off_t)r->committed_size) != 0)
			s = r->fd < 0 ? STATUS_IO : STATUS_CORRUPT;
	}
	if (s != STATUS_OK)
		s = party_fail(r->p, s, "the blocks of deal %llu can't be used: %s", (unsigned long long)r->deal.id,
			bytes_text(&path));
	bytes_release(&path);
	return s;
}

/* The walk's cursor and the size of the CAR are kept together: eight bytes, then the cursor. */
static enum status load_position(struct receiver *r)
{
	struct bytes saved = {0};
	struct kv_txn *t;
	enum status s = kv_begin_read(store_kv(r->p->store), &t);

	if (s != STATUS_OK)
		return s;
	s = store_get_cursor(t, &saved, SIDE_CLIENT, r->deal.id, CURSOR_NEXT);
	kv_abort(t);
	if (s == STATUS_OK && saved.len < 8)
		s = STATUS_CORRUPT;
	for (size_t i = 0; s == STATUS_OK && i < 8; i++)
		r->car_size = r->car_size << 8 | saved.data[i];
	r->committed_size = r->car_size;
	if (s == STATUS_OK || s == STATUS_NOT_FOUND) {
		enum status opened = open_car(r);

		if (opened != STATUS_OK)
			s = opened;
	}
	if (s == STATUS_OK)
		s = walk_restore(&r->walk, span_of(saved.data + 8, saved.len - 8), load_kept, r);
	else if (s == STATUS_NOT_FOUND)
		s = walk_new(&r->walk, SELECTOR_ALL, &r->deal.payload);
	bytes_release(&saved);
	return s;
}

static void put_position(struct bytes *out, uint64_t car_size, struct span cursor)
{
	for (int shift = 56; shift >= 0; shift -= 8)
		bytes_append_byte(out, (uint8_t)(car_size >> shift));
	bytes_append(out, cursor.data, cursor.len);
}

static enum status advance(struct receiver *r);

/* Bind the stream to the deal that its first frame is about. */
static enum status bind(struct receiver *r, const uint8_t *request, uint64_t transfer)
{
	struct party *p = r->p;
	struct kv_txn *t;
	uint64_t id = 0;
	enum status s;

	if (r->bound) {
		if ((request != NULL && memcmp(request, r->deal.request, REQUEST_ID_SIZE) != 0) ||
			(request == NULL && transfer != r->deal.transfer))
			return party_fail(p, STATUS_WRONG_DEAL, "the stream turns to another deal");
		return STATUS_OK;
	}
	s = kv_begin_read(store_kv(p->store), &t);
	if (s != STATUS_OK)
		return s;
	s = request != NULL ? store_find_request(t, &id, SIDE_CLIENT, request)
			    : store_find_transfer(t, &id, SIDE_CLIENT, transfer);
	if (s == STATUS_OK)
		s = store_get_client(t, &r->deal, id);
	kv_abort(t);
	if (s == STATUS_NOT_FOUND)
		return party_fail(p, STATUS_WRONG_DEAL, "the stream answers a request that this home never made");
	if (s == STATUS_OK)
		s = load_position(r);
	if (s == STATUS_OK)
		s = advance(r);
	r->bound = s == STATUS_OK;
	return s;
}

static bool has_uncommitted(const struct receiver *r)
{
	return r->car_size != r->committed_size;
}

/* Inside a transaction: the index of the new blocks, where the walk stands, and the event that tells of them. */
static enum status put_blocks(struct receiver *r, struct kv_txn *t, struct client_deal *next)
{
	struct client_input in = {.number = r->deal.total_received};
	struct bytes cursor = {0}, position = {0};
	enum status s;

	walk_save(r->walk, &cursor);
	put_position(&position, r->car_size, bytes_span(&cursor));
	s = cursor.failed ? STATUS_NO_MEMORY : bytes_status(&position);
	if (s == STATUS_OK)
		s = blockset_write(&r->kept, t, SIDE_CLIENT, r->deal.id);
	if (s == STATUS_OK)
		s = store_put_cursor(t, SIDE_CLIENT, r->deal.id, CURSOR_NEXT, bytes_span(&position));
	if (s == STATUS_OK)
		s = party_client_event(r->p, t, next, CLIENT_BLOCKS_RECEIVED, &in);
	bytes_release(&cursor);
	bytes_release(&position);
	return s;
}

/*
 * Let events happen, together with everything that led to them, in one transaction: first the CAR is made durable,
 * then all that speaks of it. Without events: only make durable.
 */
static enum status happen_all(
	struct receiver *r, const enum client_event *events, size_t n, const struct client_input *in)
{
	struct client_deal next = r->deal;
	struct kv_txn *t;
	enum status s;

	if (n == 0 && !has_uncommitted(r))
		return STATUS_OK;
	if (has_uncommitted(r) && fdatasync(r->fd) != 0)
		return party_fail(r->p, STATUS_IO, "the received blocks can't be made durable: %s", strerror(errno));
	s = kv_begin_write(store_kv(r->p->store), &t);
	if (s != STATUS_OK)
		return s;
	if (has_uncommitted(r))
		s = put_blocks(r, t, &next);
	for (size_t i = 0; i < n && s == STATUS_OK; i++)
		s = party_client_event(r->p, t, &next, events[i], in);
	if (s != STATUS_OK) {
		kv_abort(t);
		return s;
	}
	s = kv_commit(t);
	if (s == STATUS_OK) {
		blockset_truncate(&r->kept, 0);
		r->committed_size = r->car_size;
		r->deal = next;
	}
	return s;
}

static enum status commit(struct receiver *r)
{
	return happen_all(r, NULL, 0, NULL);
}

static enum status happen(struct receiver *r, enum client_event event, const struct client_input *in)
{
	return happen_all(r, &event, 1, in);
}

/* Go through every link that needs nothing from the provider: identity CIDs and blocks that we keep. */
static enum status advance(struct receiver *r)
{
	struct block_place place;
	struct cid next;
	enum status s;

	for (;;) {
		s = walk_next(r->walk, &next);
		if (s != STATUS_OK)
			return s == STATUS_END ? STATUS_OK : s;
		if (next.hash != HASH_IDENTITY) {
			s = find_kept(r, &place, &next);
			if (s == STATUS_NOT_FOUND)
				return STATUS_OK;
			if (s != STATUS_OK)
				return s;
		}
		bytes_clear(&r->scratch);
		if (next.codec != CODEC_RAW) {
			s = load_kept(r, &r->scratch, &next);
			if (s != STATUS_OK)
				return s;
		}
		s = walk_enter(r->walk, bytes_span(&r->scratch));
		if (s != STATUS_OK)
			return s;
	}
}

/** struct arrival - a block of the current message, its CID computed from its bytes. */
struct arrival {
	struct cid cid;
	struct span data;
	bool used;
};
/** struct arrivals - all of them, found by CID through a table of places in the list. */
struct arrivals {
	struct arrival *list;
	size_t count;
	struct blockset index;
};

/* DATA 1, first half: what is not what it says never gets further than here; a prefix can't lie about a hash. */
static enum status hash_blocks(struct arrivals *a, const struct graphsync_message *m)
{
	struct span blocks = m->blocks;
	struct graphsync_block block;
	enum status s = STATUS_OK;

	if (m->block_count == 0)
		return STATUS_OK;
	a->list = calloc(m->block_count, sizeof(*a->list));
	if (a->list == NULL)
		return STATUS_NO_MEMORY;
	while (s == STATUS_OK && graphsync_next_block(&block, &blocks)) {
		struct arrival *next = &a->list[a->count];

		s = cid_from_prefix(&next->cid, block.prefix, block.data);
		next->data = block.data;
		if (s == STATUS_OK && blockset_find(&a->index, &next->cid) == NULL)
			s = blockset_add(&a->index, &next->cid, &(struct block_place){a->count, block.data.len});
		if (s == STATUS_OK)
			a->count++;
	}
	return s;
}

static struct arrival *find_arrival(struct arrivals *a, const struct cid *c)
{
	const struct block_place *place = blockset_find(&a->index, c);

	return place != NULL ? &a->list[place->offset] : NULL;
}

/* Append a verified block to the CAR. */
static enum status keep(struct receiver *r, const struct cid *c, struct span block)
{
	struct bytes *head = &r->scratch;
	struct block_place place;
	enum status s;

	bytes_clear(head);
	if (r->car_size == 0)
		car_put_header(head, &r->deal.payload);
	car_put_section_head(head, c, block.len);
	s = bytes_status(head);
	if (s == STATUS_OK)
		s = file_pwrite_full(r->fd, head->data, head->len, r->car_size);
	place = (struct block_place){r->car_size + head->len, block.len};
	if (s == STATUS_OK)
		s = file_pwrite_full(r->fd, block.data, block.len, place.offset);
	if (s != STATUS_OK)
		return party_fail(r->p, s, "a block can't be written: %s", strerror(errno));
	s = blockset_add(&r->kept, c, &place);
	if (s == STATUS_OK) {
		r->car_size = place.offset + block.len;
		r->deal.total_received += block.len;
		r->deal.blocks_received++;
	}
	return s;
}

/* What to tell about a block that is not the next one. */
static enum status wrong_block(struct receiver *r, const struct arrivals *a, const struct cid *next)
{
	char wanted[CID_TEXT_MAX], given[CID_TEXT_MAX];

	for (size_t i = 0; i < a->count; i++) {
		if (!a->list[i].used && a->list[i].cid.codec == next->codec && a->list[i].cid.hash == next->hash)
			return party_fail(r->p, STATUS_BAD_HASH,
				"block %llu does not match its CID: said %s, is %s; deal stopped, %llu bytes were good",
				(unsigned long long)r->deal.blocks_received, cid_text(wanted, next),
				cid_text(given, &a->list[i].cid), (unsigned long long)r->before.deal.total_received);
	}
	return party_fail(r->p, STATUS_BAD_MESSAGE, "block %s is announced but was not sent; %llu bytes were good",
		cid_text(wanted, next), (unsigned long long)r->before.deal.total_received);
}

/* DATA 1, second half: the provider says that this link comes now. */
static enum status take_link(struct receiver *r, struct arrivals *a, const struct cid *link, enum graphsync_link kind)
{
	char said[CID_TEXT_MAX], wanted[CID_TEXT_MAX];
	struct arrival *arrival = find_arrival(a, link);
	struct block_place place;
	struct cid next;
	enum status s, at_end;

	if (link->hash == HASH_IDENTITY)
		return STATUS_OK;
	s = find_kept(r, &place, link);
	if (s != STATUS_NOT_FOUND) {
		if (arrival != NULL)
			arrival->used = true;
		return s;
	}
	if (kind == LINK_MISSING)
		return party_fail(r->p, STATUS_BAD_MESSAGE, "the provider does not have block %s", cid_text(said, link));
	at_end = walk_next(r->walk, &next);
	if (at_end == STATUS_END)
		return party_fail(r->p, STATUS_BAD_MESSAGE, "block %s comes after the end of the walk", cid_text(said, link));
	if (at_end != STATUS_OK)
		return at_end;
	if (!cid_equal(&next, link))
		return party_fail(r->p, STATUS_BAD_MESSAGE, "block %s is not the next one, %s is; %llu bytes were good",
			cid_text(said, link), cid_text(wanted, &next), (unsigned long long)r->before.deal.total_received);
	if (kind != LINK_PRESENT || arrival == NULL)
		return wrong_block(r, a, &next);
	if (client_step(r->deal.state, CLIENT_BLOCKS_RECEIVED).kind == STEP_INVALID)
		return party_fail(r->p, STATUS_BAD_STATE, "deal %llu is %s: it takes no blocks now",
			(unsigned long long)r->deal.id, deal_state_name(r->deal.state));
	arrival->used = true;
	s = keep(r, link, arrival->data);
	if (s == STATUS_OK)
		s = walk_enter(r->walk, arrival->data);
	return s == STATUS_OK ? advance(r) : s;
}

static enum status take_links(struct receiver *r, struct arrivals *a, const struct graphsync_response *response)
{
	struct span links = response->links;
	enum graphsync_link kind;
	struct cid link;
	enum status s = STATUS_OK;

	while (s == STATUS_OK && graphsync_next_link(&link, &kind, &links))
		s = take_link(r, a, &link, kind);
	return s;
}

static enum status check_unasked(struct receiver *r, struct arrivals *a)
{
	char text[CID_TEXT_MAX];
	struct block_place place;

	for (size_t i = 0; i < a->count; i++) {
		if (!a->list[i].used && find_kept(r, &place, &a->list[i].cid) == STATUS_NOT_FOUND)
			return party_fail(r->p, STATUS_BAD_MESSAGE, "block %s was not asked for", cid_text(text, &a->list[i].cid));
	}
	return STATUS_OK;
}

/* An ended deal is told nothing new; what it hears again changes nothing. */
static bool is_over(const struct receiver *r)
{
	return deal_is_final(SIDE_CLIENT, r->deal.state);
}

static enum status walk_is_over(struct receiver *r, bool *over)
{
	struct cid next;
	enum status s = walk_next(r->walk, &next);

	*over = s == STATUS_END;
	return s == STATUS_END ? STATUS_OK : s;
}

/* DATA 4: the provider says that it asks for money; by our own count it can't be more than what we have verified. */
static enum status take_demand(struct receiver *r, enum client_event event, const struct response *response)
{
	char asked[AMOUNT_TEXT_MAX], limit_text[AMOUNT_TEXT_MAX];
	struct client_input in = {.amount = response->owed};
	struct amount limit;

	if (!client_owed_limit(&limit, &r->deal))
		return STATUS_BAD_AMOUNT;
	if (event == CLIENT_UNSEAL_PAYMENT_REQUESTED && amount_cmp(&limit, &r->deal.params.unseal_price) < 0)
		limit = r->deal.params.unseal_price;
	if (amount_is_negative(&response->owed) || amount_cmp(&response->owed, &limit) > 0)
		return party_fail(r->p, STATUS_BAD_MESSAGE, "the provider asks for %s afil, but no more than %s afil is due",
			amount_decimal(asked, &response->owed), amount_decimal(limit_text, &limit));
	if (amount_cmp(&response->owed, &r->deal.payment_requested) == 0 &&
		(r->deal.state == DEAL_FUNDS_NEEDED || r->deal.state == DEAL_FUNDS_NEEDED_LAST_PAYMENT ||
			r->deal.state == DEAL_SEND_FUNDS_LAST_PAYMENT || r->deal.state == DEAL_INSUFFICIENT_FUNDS))
		return STATUS_OK; /* the same request again, under another name or in a stream sent twice */
	if (r->deal.state == DEAL_FINALIZING || r->deal.state == DEAL_INSUFFICIENT_FUNDS)
		return STATUS_OK; /* paid, or waiting for funds: asked for again */
	return happen(r, event, &in);
}

static enum status take_complete(struct receiver *r)
{
	bool over;
	enum status s = walk_is_over(r, &over);

	if (s == STATUS_OK && r->deal.state == DEAL_ACCEPTED && over)
		s = happen(r, CLIENT_CHANNEL_SKIP, NULL); /* nothing to pay, as it turns out */
	if (s == STATUS_OK && over && !r->deal.all_blocks_received)
		s = happen(r, CLIENT_ALL_BLOCKS_RECEIVED, NULL);
	if (s == STATUS_OK && r->deal.state == DEAL_INSUFFICIENT_FUNDS)
		return STATUS_OK;
	if (s == STATUS_OK)
		s = happen(r, CLIENT_COMPLETE, NULL);
	if (s != STATUS_OK || r->deal.state != DEAL_CHECK_COMPLETE)
		return s;
	if (r->deal.all_blocks_received)
		return happen(r, CLIENT_COMPLETE_VERIFIED, NULL);
	s = happen(r, CLIENT_EARLY_TERMINATION, NULL);
	return s == STATUS_OK ? party_fail(r->p, STATUS_BAD_MESSAGE, "%s", r->deal.message) : s;
}

/* Text from a stranger, fit for a terminal and a record. */
static const char *clean_text(char *out, size_t size, struct span text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len && n + 1 < size; i++)
		out[n++] = text.data[i] >= 0x20 && text.data[i] < 0x7f ? (char)text.data[i] : '?';
	out[n] = '\0';
	return out;
}

static enum status take_deal_response(struct receiver *r, const struct response *response)
{
	enum client_event event = client_response_event(response->status);
	char reason[DEAL_MESSAGE_MAX - 32], asked[64];
	struct client_input in = {.reason = clean_text(reason, sizeof(reason), response->message)};
	enum status s;

	if (response->id != r->deal.id)
		return party_fail(r->p, STATUS_WRONG_DEAL, "the answer is for deal %llu, not %llu",
			(unsigned long long)response->id, (unsigned long long)r->deal.id);
	if (is_over(r))
		return STATUS_OK;
	switch (event) {
	case CLIENT_DEAL_ACCEPTED:
		if (r->deal.state != DEAL_WAIT_FOR_ACCEPTANCE)
			return STATUS_OK;
		s = happen(r, event, NULL);
		return s == STATUS_OK && client_is_free(&r->deal) ? happen(r, CLIENT_CHANNEL_SKIP, NULL) : s;
	case CLIENT_DEAL_REJECTED:
	case CLIENT_DEAL_NOT_FOUND:
		if (r->deal.state != DEAL_WAIT_FOR_ACCEPTANCE)
			event = CLIENT_PROVIDER_ERRORED;
		return happen(r, event, &in);
	case CLIENT_COMPLETE:
		return take_complete(r);
	case CLIENT_PAYMENT_REQUESTED:
	case CLIENT_LAST_PAYMENT_REQUESTED:
	case CLIENT_UNSEAL_PAYMENT_REQUESTED:
		return take_demand(r, event, response);
	case CLIENT_PROVIDER_ERRORED:
		return happen(r, event, &in);
	default:
		snprintf(asked, sizeof(asked), "unexpected deal status %llu", (unsigned long long)response->status);
		return party_fail(r->p, STATUS_BAD_MESSAGE, "%s", asked);
	}
}

static enum status take_cancel(struct receiver *r)
{
	static const enum client_event events[] = {CLIENT_PROVIDER_CANCELLED, CLIENT_CANCEL_COMPLETE};

	return is_over(r) ? STATUS_OK : happen_all(r, events, 2, NULL);
}

/* A data-transfer response, alone or in an extension. */
static enum status take_transfer(struct receiver *r, const struct transfer *t, enum record_order order)
{
	struct response response;
	enum status s;

	if (t->is_request)
		return party_fail(r->p, STATUS_BAD_MESSAGE, "a request, where the provider's answers are expected");
	s = bind(r, NULL, t->response.id);
	if (s != STATUS_OK)
		return s;
	if (t->response.type == TRANSFER_CANCEL)
		return take_cancel(r);
	if (t->response.result.len == 0)
		return STATUS_OK;
	if (!span_is(t->response.result_type, TYPE_RESPONSE))
		return STATUS_UNKNOWN_TYPE;
	s = response_decode(&response, t->response.result, order);
	return s == STATUS_OK ? take_deal_response(r, &response) : s;
}

/* PROTOCOL 1: the same message under several extension names is one message. */
static enum status take_extensions(struct receiver *r, const struct graphsync_response *response)
{
	static const char *const names[] = {EXT_TRANSFER, EXT_INCOMING_REQUEST, EXT_OUTGOING_BLOCK};
	struct span seen[3], value;
	size_t count = 0;
	enum status s;

	for (size_t i = 0; i < 3; i++) {
		struct transfer t;
		bool repeated = false;

		if (response->extensions.len == 0 ||
			graphsync_extension(&value, response->extensions, names[i]) != STATUS_OK)
			continue;
		for (size_t j = 0; j < count; j++)
			repeated = repeated || span_equal(seen[j], value);
		if (repeated)
			continue;
		seen[count++] = value;
		s = transfer_decode(&t, value, RECORD_SORTED);
		if (s == STATUS_OK)
			s = take_transfer(r, &t, RECORD_SORTED);
		if (s != STATUS_OK)
			return s;
	}
	return STATUS_OK;
}

/* What the status of a response says about the transfer, once its blocks and messages were taken. */
static enum status take_status(struct receiver *r, int64_t status)
{
	char reason[64];
	struct client_input in = {.reason = reason};
	bool over;
	enum status s;

	if (is_over(r))
		return STATUS_OK;
	if (status == GRAPHSYNC_COMPLETE || status == GRAPHSYNC_COMPLETE_PARTIAL) {
		s = walk_is_over(r, &over);
		if (s != STATUS_OK || r->deal.all_blocks_received)
			return s;
		if (over)
			return happen(r, CLIENT_ALL_BLOCKS_RECEIVED, NULL);
		snprintf(reason, sizeof(reason), "the provider ended the transfer with blocks missing");
	} else if (status == GRAPHSYNC_CANCELLED) {
		return take_cancel(r);
	} else if (status >= GRAPHSYNC_REJECTED) {
		snprintf(reason, sizeof(reason), "the provider's transfer failed with status %lld", (long long)status);
	} else {
		return STATUS_OK;
	}
	s = happen(r, CLIENT_DATA_TRANSFER_ERROR, &in);
	return s == STATUS_OK ? party_fail(r->p, STATUS_BAD_MESSAGE, "%s", reason) : s;
}

/* Undo what the current message did, and make durable what came before it. */
static enum status back_out(struct receiver *r, enum status why)
{
	enum status s;

	r->deal = r->before.deal;
	r->car_size = r->before.car_size;
	blockset_truncate(&r->kept, r->before.blocks);
	walk_free(r->walk);
	r->walk = NULL;
	s = walk_restore(&r->walk, bytes_span(&r->before.cursor), load_kept, r);
	if (s == STATUS_OK)
		s = commit(r);
	return s == STATUS_OK ? why : s;
}

static void set_checkpoint(struct receiver *r)
{
	r->before.deal = r->deal;
	r->before.car_size = r->car_size;
	r->before.blocks = r->kept.item_count;
	bytes_clear(&r->before.cursor);
	walk_save(r->walk, &r->before.cursor);
}

static enum status take_blocks(struct receiver *r, const struct graphsync_message *m,
	const struct graphsync_response *response)
{
	struct arrivals arrivals = {0};
	bool over;
	enum status s = hash_blocks(&arrivals, m);

	set_checkpoint(r);
	if (s == STATUS_OK)
		s = take_links(r, &arrivals, response);
	if (s == STATUS_OK)
		s = check_unasked(r, &arrivals);
	blockset_release(&arrivals.index);
	free(arrivals.list);
	if (s == STATUS_OK)
		s = walk_is_over(r, &over);
	if (s != STATUS_OK)
		return back_out(r, s);
	if (over && !r->deal.all_blocks_received && !is_over(r))
		return happen(r, CLIENT_ALL_BLOCKS_RECEIVED, NULL);
	if (r->car_size - r->committed_size >= COMMIT_BYTES || r->kept.item_count >= COMMIT_BLOCKS)
		s = commit(r);
	return s;
}

static enum status take_response(struct receiver *r, const struct graphsync_message *m,
	const struct graphsync_response *response)
{
	enum status s = bind(r, response->id, 0);

	if (s == STATUS_OK && !(is_over(r) && r->deal.state != DEAL_COMPLETED))
		s = take_blocks(r, m, response);
	if (s == STATUS_OK)
		s = take_extensions(r, response);
	return s == STATUS_OK ? take_status(r, response->status) : s;
}

enum status receiver_take(struct receiver *r, struct span body)
{
	struct graphsync_response response;
	struct graphsync_message m;
	enum frame_kind kind;
	struct transfer t;
	struct span responses;
	enum status s = frame_kind(&kind, body);

	if (s == STATUS_OK && kind == FRAME_TRANSFER) {
		s = transfer_decode(&t, body, RECORD_DECLARED);
		return s == STATUS_OK ? take_transfer(r, &t, RECORD_DECLARED) : s;
	}
	if (s == STATUS_OK)
		s = graphsync_decode(&m, body);
	if (s == STATUS_OK && (m.request_count != 0 || m.response_count != 1))
		s = party_fail(r->p, STATUS_BAD_MESSAGE, "expected one response in a message");
	if (s != STATUS_OK)
		return s;
	responses = m.responses;
	if (!graphsync_next_response(&response, &responses))
		return STATUS_BAD_MESSAGE;
	return take_response(r, &m, &response);
}

enum status receiver_reload(struct receiver *r)
{
	return r->bound ? party_get_client(r->p, &r->deal, r->deal.id) : STATUS_OK;
}

enum status receiver_finish(struct receiver *r)
{
	return r->bound ? commit(r) : STATUS_OK;
}

/* Copy @from to @path, whole or not at all; the file system may share the bytes. */
static enum status copy_whole(const char *from, const char *path)
{
	struct file_out out = {.fd = -1};
	enum status s = STATUS_OK;
	ssize_t n = 1;
	int fd = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return STATUS_IO;
	s = file_out_open(&out, path, 0644);
	while (s == STATUS_OK && n > 0) {
		n = copy_file_range(fd, NULL, out.fd, NULL, 1u << 30, 0);
		if (n < 0)
			break;
	}
	if (s == STATUS_OK && n < 0) {
		uint8_t buffer[1 << 16];

		while (s == STATUS_OK && (n = read(fd, buffer, sizeof(buffer))) > 0)
			s = file_write_full(out.fd, buffer, (size_t)n);
		if (n < 0)
			s = STATUS_IO;
	}
	if (s == STATUS_OK)
		s = file_out_commit(&out);
	file_out_release(&out);
	close(fd);
	return s;
}

enum status buyer_publish(struct party *p, uint64_t deal, const char *path)
{
	struct bytes from = {0};
	struct client_deal d;
	enum status s = party_get_client(p, &d, deal);

	if (s == STATUS_OK && !d.all_blocks_received)
		s = party_fail(p, STATUS_BAD_STATE, "deal %llu still lacks blocks", (unsigned long long)deal);
	if (s != STATUS_OK)
		return s;
	car_path(&from, p, deal);
	s = bytes_status(&from);
	if (s == STATUS_OK)
		s = copy_whole(bytes_text(&from), path);
	if (s == STATUS_IO)
		s = party_fail(p, s, "cannot write '%s': %s", path, strerror(errno));
	bytes_release(&from);
	return s;
}
