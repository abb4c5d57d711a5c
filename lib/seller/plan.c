/* plan.c - which links come next, and which of their blocks are sent.
 *
 * DATA 5: sending always begins at the last point that is paid for, so a run
 * whose bytes got lost is repaired by another run: the same bytes are sent, and
 * nothing is counted twice.
 * MONEY 14: the blocks that the client had before the deal are walked like all
 * others, but do not count as sent. These blocks are found by walking, not
 * stored: a client that claims to have all of a large content costs the store
 * nothing.
 */
#include <string.h>

#include "base/array.h"
#include "seller/best_vouchers.h"
#include "seller/sender_private.h"
#include "store/deal_texts.h"
#include "store/deals.h"

#define BATCH_BYTES (16u << 20) /* bytes per durable commit, at most */
#define BATCH_LINKS 16384

/* Enter the block of a link, if the walk needs the block: raw blocks have no links. */
static enum status enter(struct sender *sender, const struct cid *link, const struct block_place *place)
{
	enum status s = STATUS_OK;

	bytes_clear(&sender->scratch);
	if (link->codec != CODEC_RAW)
		s = content_read(&sender->content, &sender->scratch, link, place);
	return s == STATUS_OK ? walk_enter(sender->walk, bytes_span(&sender->scratch)) : s;
}

/* An identity link carries its own bytes: the link is neither announced nor billed. */
static enum status enter_identity(struct sender *sender, const struct cid *link)
{
	bytes_clear(&sender->scratch);
	bytes_append(&sender->scratch, cid_digest(link).data, cid_digest(link).len);
	return walk_enter(sender->walk, bytes_span(&sender->scratch));
}

static enum status seed_link(struct sender *sender, struct kv_txn *txn, const struct cid *link)
{
	struct block_place place;
	bool added;
	enum status s;

	if (link->hash == HASH_IDENTITY)
		return enter_identity(sender, link);
	s = content_find(&sender->content, txn, &place, link);
	if (s != STATUS_OK)
		return s;
	s = offset_set_add(&sender->seeded, &added, place.offset);
	return s == STATUS_OK ? enter(sender, link, &place) : s;
}

/* Take some of the links that the client had before the deal; END after the last of them. */
static enum status seed_batch(struct sender *sender)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_read(store_kv(sender->party->store), &txn);
	struct cid link;

	for (size_t n = 0; n < BATCH_LINKS && s == STATUS_OK; n++) {
		if (walk_links(sender->walk) >= sender->deal.skip_links)
			return STATUS_END;
		s = walk_next(sender->walk, &link);
		if (s == STATUS_OK)
			s = seed_link(sender, txn, &link);
	}
	return s;
}

/* Walk over the links that the client had. The walk may take long and sends nothing, so the sink does its due work. */
static enum status seed(struct sender *sender)
{
	enum status s = walk_new(&sender->walk, SELECTOR_ALL, &sender->deal.payload);

	while (s == STATUS_OK && sender->deal.skip_links != 0) {
		s = seed_batch(sender);
		if (s == STATUS_OK)
			s = sender->sink->bytes(sender->sink->ctx, (struct span){0});
	}
	return s == STATUS_END ? STATUS_OK : s;
}

static enum status load_claims(struct sender *sender)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_read(store_kv(sender->party->store), &txn);

	return s == STATUS_OK ? claims_load(txn, &sender->claims, sender->deal.id) : s;
}

static enum status get_cursor(struct sender *sender, struct bytes *cursor)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_read(store_kv(sender->party->store), &txn);

	return s == STATUS_OK ? store_get_cursor(txn, cursor, SIDE_PROVIDER, sender->deal.id, CURSOR_PAID) : s;
}

/*
 * The client has fewer blocks than the client has paid for: its store may have been restored and lack later vouchers.
 */
static enum status give_back(struct sender *sender)
{
	CLEAN_BYTES struct bytes frames = {0};
	enum status s = best_vouchers_of_deal(sender->party, &frames, &sender->deal);

	if (s != STATUS_OK || frames.len == 0)
		return s;
	return sender->sink->bytes(sender->sink->ctx, bytes_span(&frames));
}

/*
 * Move the walk to the last point that is paid for; END if there is none, or if the client has not reached that point.
 */
static enum status go_to_paid(struct sender *sender)
{
	CLEAN_BYTES struct bytes cursor = {0};
	struct walk *walk = NULL;
	enum status s = get_cursor(sender, &cursor);

	if (s != STATUS_OK)
		return s == STATUS_NOT_FOUND ? STATUS_END : s;
	s = walk_restore(&walk, bytes_span(&cursor), content_load, &sender->content);
	if (s != STATUS_OK)
		return s;
	if (sender->deal.resend && sender->deal.resend_links < walk_links(walk)) {
		walk_free(walk);
		s = give_back(sender);
		return s == STATUS_OK ? STATUS_END : s;
	}
	walk_free(sender->walk);
	sender->walk = walk;
	return STATUS_OK;
}

enum status sender_begin(struct sender *sender)
{
	enum status s = content_open_deal(&sender->content, sender->party, &sender->deal);

	if (s != STATUS_OK)
		return s;
	s = load_claims(sender);
	if (s != STATUS_OK)
		return s;
	s = seed(sender);
	if (s != STATUS_OK)
		return s;
	s = go_to_paid(sender);
	if (s != STATUS_OK && s != STATUS_END)
		return s;
	sender->sent = s == STATUS_OK ? sender->deal.resume_sent : 0;
	sender->blocks = sender->seeded.count + (s == STATUS_OK ? sender->deal.resume_blocks : 0);
	walk_set_stop(sender->walk, sender->party->stop);
	memcpy(sender->request, sender->deal.request, REQUEST_ID_SIZE);
	sender->open = true;
	return STATUS_OK;
}

void sender_rewind(struct sender *sender)
{
	content_close(&sender->content);
	walk_free(sender->walk);
	sender->walk = NULL;
	offset_set_release(&sender->seeded);
	claims_release(&sender->claims);
	sender->claims = (struct claims){0};
	block_set_truncate(&sender->fresh, 0);
	sender->open = false;
}

/*
 * Was this block sent before this point of the walk, or did the client have the block? The store numbers the blocks of
 * a deal in walk order; a number at or beyond this run's position is left from a run whose bytes are being sent again.
 */
static enum status is_duplicate(struct sender *sender, struct kv_txn *txn, struct planned *next)
{
	struct block_place order;
	enum status s;

	next->duplicate = block_set_find(&sender->fresh, &next->cid) != NULL ||
			  block_set_find(&sender->claims.own, &next->cid) != NULL ||
			  offset_set_has(&sender->seeded, next->place.offset);
	if (next->duplicate)
		return STATUS_OK;
	s = store_get_kept(txn, &order, SIDE_PROVIDER, sender->deal.id, &next->cid);
	if (s == STATUS_OK)
		next->duplicate = order.offset < sender->blocks - sender->fresh.item_count;
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

/*
 * A block that was sent before and was not paid for is hashed: the client may have refused the block because the block
 * has rotted on our disk. Only the client hashes a block that is sent for the first time: hashing the block here too
 * would double the cost.
 */
static enum status check_bytes(struct sender *sender, const struct planned *next)
{
	bool first_time = sender->sent >= sender->deal.total_sent;

	if (first_time || next->duplicate || next->skip || next->claimed || next->cid.codec != CODEC_RAW)
		return STATUS_OK; /* not sent, or read anyway for the walk */
	bytes_clear(&sender->scratch);
	return content_read(&sender->content, &sender->scratch, &next->cid, &next->place);
}

/* Decide on the current link of the walk, and step to the next. */
static enum status plan_link(struct sender *sender, struct kv_txn *txn, const struct cid *link)
{
	struct planned *plan = array_grow(sender->plan, sender->plan_count, &sender->plan_room, sizeof(*plan)), *next;
	enum status s;

	if (plan == NULL)
		return STATUS_NO_MEMORY;
	sender->plan = plan;
	if (link->hash == HASH_IDENTITY)
		return enter_identity(sender, link);
	next = &plan[sender->plan_count];
	*next = (struct planned){.cid = *link,
		.skip = walk_links(sender->walk) < sender->skip_links,
		.claimed = block_set_find(&sender->claims.received, link) != NULL};
	s = content_find(&sender->content, txn, &next->place, link);
	if (s != STATUS_OK)
		return s;
	s = is_duplicate(sender, txn, next);
	if (s != STATUS_OK)
		return s;
	s = check_bytes(sender, next);
	if (s != STATUS_OK)
		return s;
	s = enter(sender, link, &next->place);
	if (s != STATUS_OK)
		return s;
	sender->plan_count++;
	if (next->duplicate)
		return STATUS_OK;
	s = block_set_add(&sender->fresh, link, &(struct block_place){sender->blocks, next->place.len});
	if (s != STATUS_OK)
		return s;
	sender->blocks++;
	sender->sent += next->place.len;
	return STATUS_OK;
}

/* Plan one link; END once the batch is over. */
static enum status plan_next(struct sender *sender, struct kv_txn *txn)
{
	struct cid link;
	enum status s;

	if (provider_must_pause(&sender->deal, sender->sent)) {
		sender->end = BATCH_PAUSE;
		return STATUS_END;
	}
	s = walk_next(sender->walk, &link);
	if (s == STATUS_END)
		sender->end = BATCH_LAST;
	return s == STATUS_OK ? plan_link(sender, txn, &link) : s;
}

enum status plan_batch(struct sender *sender)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	uint64_t start = sender->sent;
	enum status s = kv_begin_read(store_kv(sender->party->store), &txn);

	sender->plan_count = 0;
	sender->end = BATCH_FULL;
	while (s == STATUS_OK && sender->plan_count < BATCH_LINKS && sender->sent - start < BATCH_BYTES)
		s = plan_next(sender, txn);
	if (s == STATUS_END)
		return STATUS_OK;
	if (s == STATUS_OK && provider_must_pause(&sender->deal, sender->sent))
		sender->end = BATCH_PAUSE;
	return s;
}
