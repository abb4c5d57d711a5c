/* arrivals.c - is each block what it says, and is it the one that comes next?
 *
 * Knows the order of the walk and the form of a message; nothing of deals.
 */
#include "party/arrivals.h"

#include <stdlib.h>

/** struct arrival - a block of the message, its CID computed from its bytes. */
struct arrival {
	struct cid cid;
	struct span data;
	bool used;
};

struct arrivals {
	struct kept *k;
	struct arrival_count *count;
	struct arrival *list;
	size_t list_count;
	struct blockset index; /* CID to place in the list */
	uint64_t good;
};

/* DATA 1, first half: a prefix can't lie about a hash, because the CID is made from the bytes. */
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
		struct arrival *next = &a->list[a->list_count];

		s = cid_from_prefix(&next->cid, block.prefix, block.data);
		next->data = block.data;
		if (s == STATUS_OK && blockset_find(&a->index, &next->cid) == NULL)
			s = blockset_add(&a->index, &next->cid, &(struct block_place){a->list_count, block.data.len});
		a->list_count++;
	}
	return s;
}

static struct arrival *find_arrival(struct arrivals *a, const struct cid *c)
{
	const struct block_place *place = blockset_find(&a->index, c);

	return place != NULL ? &a->list[place->offset] : NULL;
}

/* The next block is announced, but its bytes are not there: were other bytes sent in its place? */
static enum status explain_absence(struct arrivals *a, const struct cid *next)
{
	char wanted[CID_TEXT_MAX], given[CID_TEXT_MAX];

	for (size_t i = 0; i < a->list_count; i++) {
		const struct cid *other = &a->list[i].cid;

		if (!a->list[i].used && other->codec == next->codec && other->hash == next->hash)
			return party_fail(a->k->p, STATUS_BAD_HASH,
				"a block does not match its CID: said %s, is %s; deal stopped, %llu bytes were good",
				cid_text(wanted, next), cid_text(given, other), (unsigned long long)a->good);
	}
	return party_fail(a->k->p, STATUS_BAD_MESSAGE, "block %s is announced but was not sent; %llu bytes were good",
		cid_text(wanted, next), (unsigned long long)a->good);
}

/* DATA 1, second half: the provider says that this link, whose block we lack, comes now. */
static enum status take_new(
	struct arrivals *a, struct arrival *arrival, const struct cid *link, enum graphsync_link kind)
{
	char said[CID_TEXT_MAX], wanted[CID_TEXT_MAX];
	struct cid next;
	enum status s;

	if (kind == LINK_MISSING)
		return party_fail(
			a->k->p, STATUS_BAD_MESSAGE, "the provider does not have block %s", cid_text(said, link));
	s = kept_next(a->k, &next);
	if (s == STATUS_END)
		return party_fail(a->k->p, STATUS_BAD_MESSAGE, "block %s comes after the end", cid_text(said, link));
	if (s != STATUS_OK)
		return s;
	if (!cid_equal(&next, link))
		return party_fail(a->k->p, STATUS_BAD_MESSAGE,
			"block %s is not the next one, %s is; %llu bytes were good", cid_text(said, link),
			cid_text(wanted, &next), (unsigned long long)a->good);
	if (kind != LINK_PRESENT || arrival == NULL)
		return explain_absence(a, &next);
	arrival->used = true;
	s = kept_add(a->k, link, arrival->data);
	if (s == STATUS_OK) {
		a->count->blocks++;
		a->count->bytes += arrival->data.len;
	}
	return s;
}

static enum status take_links(struct arrivals *a, const struct graphsync_response *response)
{
	struct span links = response->links;
	struct block_place place;
	enum graphsync_link kind;
	struct cid link;
	enum status s = STATUS_OK;

	while (s == STATUS_OK && graphsync_next_link(&link, &kind, &links)) {
		struct arrival *arrival = find_arrival(a, &link);

		if (link.hash == HASH_IDENTITY) /* carries its own bytes: nothing to send, nothing to pay */
			continue;
		s = kept_find(a->k, &place, &link);
		if (s == STATUS_NOT_FOUND)
			s = take_new(a, arrival, &link, kind);
		else if (s == STATUS_OK && arrival != NULL)
			arrival->used = true;
	}
	return s;
}

static enum status check_all_asked(struct arrivals *a)
{
	char text[CID_TEXT_MAX];
	struct block_place place;

	for (size_t i = 0; i < a->list_count; i++) {
		if (!a->list[i].used && kept_find(a->k, &place, &a->list[i].cid) == STATUS_NOT_FOUND)
			return party_fail(a->k->p, STATUS_BAD_MESSAGE, "block %s was not asked for",
				cid_text(text, &a->list[i].cid));
	}
	return STATUS_OK;
}

enum status arrivals_take(struct kept *k, struct arrival_count *count, const struct graphsync_message *m,
	const struct graphsync_response *response, uint64_t good)
{
	struct arrivals a = {.k = k, .count = count, .good = good};
	enum status s;

	*count = (struct arrival_count){0};
	s = hash_blocks(&a, m);
	if (s == STATUS_OK)
		s = take_links(&a, response);
	if (s == STATUS_OK)
		s = check_all_asked(&a);
	blockset_release(&a.index);
	free(a.list);
	return s;
}
