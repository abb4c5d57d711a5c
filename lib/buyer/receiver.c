/* receiver.c - a receiver, bound to a deal and written to the store with the deal.
 *
 * DATA 3: a message is applied whole or not at all. Each event is one
 * transaction with the blocks that led to the event.
 */
#include "buyer/receive.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "buyer/receiver_private.h"
#include "buyer/requests.h"
#include "store/deals.h"

#define COMMIT_BYTES  (32u << 20) /* one sync to disk costs about as much as hashing this many bytes */
#define COMMIT_BLOCKS 16384

enum status receiver_new(struct receiver **out, struct party *p)
{
	struct receiver *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return STATUS_NO_MEMORY;
	r->p = p;
	r->blocks.fd = -1;
	*out = r;
	return STATUS_OK;
}

void receiver_free(struct receiver *r)
{
	if (r == NULL)
		return;
	deal_blocks_close(&r->blocks);
	bytes_release(&r->before.cursor);
	free(r);
}

const struct client_deal *receiver_deal(const struct receiver *r)
{
	return r->bound ? &r->deal : NULL;
}

bool receiver_asked(const struct receiver *r)
{
	return r->asked;
}

struct amount receiver_early(const struct receiver *r)
{
	return r->early;
}

unsigned receiver_recoveries(const struct receiver *r)
{
	return r->recoveries;
}

static enum status find_deal(struct receiver *r, const uint8_t *request, uint64_t transfer)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	uint64_t id;
	enum status s = kv_begin_read(store_kv(r->p->store), &txn);

	if (s != STATUS_OK)
		return s;
	s = request != NULL ? store_find_request(txn, &id, SIDE_CLIENT, request)
			    : store_find_transfer(txn, &id, SIDE_CLIENT, transfer);
	if (s == STATUS_OK)
		s = store_get_client(txn, &r->deal, id);
	if (s == STATUS_NOT_FOUND)
		return party_fail(r->p, STATUS_WRONG_DEAL, "the stream answers a request that this home never made");
	return s;
}

bool receiver_is_current(const struct receiver *r, const uint8_t *request)
{
	return memcmp(request, r->deal.request, REQUEST_ID_SIZE) == 0;
}

/* Does the frame belong to the deal of the stream? */
static enum status check_same_deal(struct receiver *r, const uint8_t *request, uint64_t transfer)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	uint64_t id;
	enum status s;

	if (request != NULL ? receiver_is_current(r, request) : transfer == r->deal.transfer)
		return STATUS_OK;
	if (request != NULL) {
		s = kv_begin_read(store_kv(r->p->store), &txn);
		if (s != STATUS_OK)
			return s;
		s = store_find_request(txn, &id, SIDE_CLIENT, request);
		if ((s == STATUS_OK && id == r->deal.id) || (s != STATUS_OK && s != STATUS_NOT_FOUND))
			return s;
	}
	return party_fail(r->p, STATUS_WRONG_DEAL, "the stream turns to another deal");
}

enum status receiver_find(struct party *p, uint64_t *deal, const struct received_frame *received)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	const struct frame *frame = &received->frame;
	struct graphsync_response response;
	struct span responses = frame->message.responses;
	enum status s;

	*deal = 0;
	if (frame->decoded != STATUS_OK || frame->from_client || frame->kind != FRAME_GRAPHSYNC ||
		!graphsync_next_response(&response, &responses))
		return STATUS_OK;
	s = kv_begin_read(store_kv(p->store), &txn);
	if (s == STATUS_OK)
		s = store_find_request(txn, deal, SIDE_CLIENT, response.id);
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

enum status receiver_bind(struct receiver *r, const uint8_t *request, uint64_t transfer)
{
	enum status s;

	if (r->bound)
		return check_same_deal(r, request, transfer);
	s = find_deal(r, request, transfer);
	if (s != STATUS_OK)
		return s;
	s = deal_blocks_open(&r->blocks, r->p, r->deal.id, &r->deal.payload, receiver_is_over(r));
	r->stored = r->deal;
	r->first_nonce = r->deal.voucher_nonce;
	r->bound = s == STATUS_OK;
	return s;
}

enum status receiver_open(struct receiver *r, uint64_t deal)
{
	struct client_deal found;
	enum status s = party_get_client(r->p, &found, deal);

	if (s != STATUS_OK)
		return s;
	r->live = true;
	return receiver_bind(r, found.request, 0);
}

/* Two processes that receive the same deal at once would overwrite each other's work: the second one stops. */
static enum status check_unchanged(struct receiver *r, struct kv_txn *txn)
{
	const struct client_deal *stored = &r->stored;
	struct client_deal now;
	enum status s = store_get_client(txn, &now, r->deal.id);

	if (s != STATUS_OK)
		return s;
	if (now.state == stored->state && now.total_received == stored->total_received &&
		now.voucher_nonce == stored->voucher_nonce && now.inherited == stored->inherited &&
		now.unasked == stored->unasked && memcmp(now.request, stored->request, REQUEST_ID_SIZE) == 0)
		return STATUS_OK;
	return party_fail(r->p, STATUS_BUSY, "another process works on deal %" PRIu64, r->deal.id);
}

/* Begin to write the deal, if no other process has changed it. */
static enum status begin(struct receiver *r, struct kv_txn **txn)
{
	enum status s = kv_begin_write(store_kv(r->p->store), txn);

	return s == STATUS_OK ? check_unchanged(r, *txn) : s;
}

/* Commit; the blocks that were written are in the store now. */
static enum status commit(struct receiver *r, struct kv_txn **txn)
{
	enum status s = kv_commit(txn);

	if (s == STATUS_OK)
		deal_blocks_committed(&r->blocks);
	return s;
}

/* Write the new blocks, and the event for the blocks. */
static enum status put_blocks(struct receiver *r, struct kv_txn *txn, struct client_deal *next)
{
	struct client_input progress = {.number = r->deal.total_received};
	enum status s;

	if (!deal_blocks_is_dirty(&r->blocks))
		return STATUS_OK;
	s = deal_blocks_put(&r->blocks, txn);
	return s == STATUS_OK ? party_client_event(r->p, txn, next, CLIENT_BLOCKS_RECEIVED, &progress) : s;
}

enum status receiver_apply_all(
	struct receiver *r, const enum client_event *events, size_t n, const struct client_input *in)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct client_deal next = r->deal;
	enum status s = deal_blocks_sync(&r->blocks);

	if (s != STATUS_OK || (n == 0 && !deal_blocks_is_dirty(&r->blocks)))
		return s;
	s = begin(r, &txn);
	if (s != STATUS_OK)
		return s;
	s = put_blocks(r, txn, &next);
	for (size_t i = 0; i < n && s == STATUS_OK; i++)
		s = party_client_event(r->p, txn, &next, events[i], in);
	if (s != STATUS_OK)
		return s;
	s = commit(r, &txn);
	if (s != STATUS_OK)
		return s;
	r->deal = r->stored = next;
	r->commits++;
	return STATUS_OK;
}

enum status receiver_apply(struct receiver *r, enum client_event event, const struct client_input *in)
{
	return receiver_apply_all(r, &event, 1, in);
}

enum status receiver_commit(struct receiver *r)
{
	return receiver_apply_all(r, NULL, 0, NULL);
}

static enum status draw_request(struct receiver *r, struct kv_txn *txn)
{
	uint8_t drawn[32];
	uint64_t number;
	enum status s = store_next_number(txn, &number);

	if (s != STATUS_OK)
		return s;
	s = store_draw(txn, drawn, r->p->entropy, number);
	if (s == STATUS_OK)
		request_id_of(r->deal.request, drawn);
	return s;
}

/* Give the deal the request id @next, or one that is drawn as the first one was, and keep the old id too. */
static enum status renew_request(struct receiver *r, struct kv_txn *txn, const uint8_t *next)
{
	enum status s = next == NULL ? draw_request(r, txn) : STATUS_OK;

	if (s != STATUS_OK)
		return s;
	if (next != NULL)
		memcpy(r->deal.request, next, REQUEST_ID_SIZE);
	return store_put_request(txn, SIDE_CLIENT, r->deal.id, r->deal.request);
}

/* Write the deal in its current state, under a new request id if the deal is to be resumed: @next, or a drawn one. */
static enum status put_deal(struct receiver *r, bool resumed, const uint8_t *next)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = deal_blocks_sync(&r->blocks);

	if (s != STATUS_OK)
		return s;
	s = begin(r, &txn);
	if (s != STATUS_OK)
		return s;
	if (resumed)
		s = renew_request(r, txn, next);
	if (s != STATUS_OK)
		return s;
	if (deal_blocks_is_dirty(&r->blocks))
		s = deal_blocks_put(&r->blocks, txn);
	if (s != STATUS_OK)
		return s;
	s = store_put_client(txn, &r->deal);
	if (s != STATUS_OK)
		return s;
	s = commit(r, &txn);
	if (s != STATUS_OK)
		return s;
	r->stored = r->deal;
	return STATUS_OK;
}

enum status receiver_put_deal(struct receiver *r)
{
	return put_deal(r, false, NULL);
}

bool receiver_is_full(const struct receiver *r)
{
	return r->blocks.size - r->blocks.committed_size >= COMMIT_BYTES || r->blocks.fresh.item_count >= COMMIT_BLOCKS;
}

bool receiver_is_over(const struct receiver *r)
{
	return deal_is_final(SIDE_CLIENT, r->deal.state);
}

enum status receiver_walk_is_over(struct receiver *r, bool *over)
{
	struct cid next;
	enum status s = deal_blocks_next(&r->blocks, &next);

	*over = s == STATUS_END;
	return s == STATUS_END ? STATUS_OK : s;
}

bool receiver_resume_due(struct receiver *r)
{
	bool due = r->resume_due;

	r->resume_due = false;
	return due;
}

enum status receiver_resume_as(struct receiver *r, struct bytes *frames, const uint8_t *next)
{
	uint8_t before[REQUEST_ID_SIZE];
	struct client_deal old = r->deal;
	enum status s;

	memcpy(before, r->deal.request, REQUEST_ID_SIZE);
	s = put_deal(r, true, next);
	if (s != STATUS_OK) {
		r->deal = old;
		return s;
	}
	frames_resume(frames, &r->deal, before, deal_blocks_position(&r->blocks));
	return bytes_status(frames);
}

enum status receiver_resume(struct receiver *r, struct bytes *frames)
{
	return receiver_resume_as(r, frames, NULL);
}

enum status receiver_request(struct receiver *r, struct bytes *frames)
{
	enum status s = STATUS_OK;

	if (r->deal.state != DEAL_WAIT_FOR_ACCEPTANCE)
		return receiver_resume(r, frames);
	/* The request may never have reached the provider: a provider that does not know the deal needs a proposal. */
	r->asked_again = !r->deal.unasked;
	if (r->deal.unasked) {
		r->deal.unasked = false;
		s = receiver_put_deal(r);
	}
	if (s != STATUS_OK)
		return s;
	frames_proposal(frames, &r->deal, deal_blocks_position(&r->blocks));
	return bytes_status(frames);
}

enum status receiver_reload(struct receiver *r)
{
	enum status s = r->bound ? party_get_client(r->p, &r->deal, r->deal.id) : STATUS_OK;

	r->stored = r->deal;
	return s;
}

enum status receiver_finish(struct receiver *r)
{
	return r->bound ? receiver_commit(r) : STATUS_OK;
}
