/* seed_deal.c - a new deal begins with the blocks of the same payload from an older deal or a file. */
#include "buyer/receiver_private.h"
#include "buyer/seed.h"

/*
 * Make one step of seeding durable at once, so that neither the group nor the work that a kill undoes grows with the
 * content.
 */
static enum status keep_seeded(struct receiver *r)
{
	enum status s = deal_blocks_is_dirty(&r->blocks) ? receiver_put_deal(r) : STATUS_OK;

	return s == STATUS_OK ? kv_group_commit(store_kv(r->p->store)) : s;
}

/* Take one more block of @older; END if there are no more. */
static enum status take_one(struct receiver *r, struct seed *older)
{
	uint64_t bytes;
	enum status s = seed_next(older, &bytes, &r->blocks);

	if (s != STATUS_OK)
		return s;
	s = client_inherit(&r->deal, bytes, 1, deal_blocks_position(&r->blocks));
	return s == STATUS_OK && receiver_is_full(r) ? keep_seeded(r) : s;
}

/* Take all blocks of @older, as long as the walk stands below link @links. */
static enum status take_all(struct receiver *r, struct seed *older, uint64_t links)
{
	enum status s = STATUS_OK;

	while (s == STATUS_OK && deal_blocks_position(&r->blocks) < links)
		s = take_one(r, older);
	return s == STATUS_OK || s == STATUS_END ? keep_seeded(r) : s;
}

enum status receiver_seed(struct receiver *r, uint64_t from)
{
	struct seed older;
	enum status s;

	if (!client_may_inherit(&r->deal) || from == r->deal.id)
		return STATUS_OK;
	s = seed_open(&older, r->p, from, &r->deal.payload);
	if (s == STATUS_OK)
		s = take_all(r, &older, UINT64_MAX);
	seed_close(&older);
	return s;
}

enum status receiver_seed_file(struct receiver *r, const char *car, uint64_t links)
{
	struct seed older;
	enum status s;

	if (!client_may_inherit(&r->deal))
		return STATUS_OK;
	s = seed_open_file(&older, r->p, car);
	if (s == STATUS_OK)
		s = take_all(r, &older, links);
	seed_close(&older);
	return s;
}
