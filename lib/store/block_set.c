/* block_set.c - a hash table of the blocks of one run.
 *
 * The hash is keyed because a stranger chooses the CIDs.
 */
#include "store/block_set.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/keyed_hash.h"

struct block_set_entry {
	size_t item; /* index + 1; 0: the slot is free */
};

static size_t slot_of(const struct block_set *b, const struct cid *c)
{
	return (size_t)keyed_hash(cid_span(c)) & (b->size - 1);
}

/* The slot that holds @c, or the free slot where @c belongs. */
static size_t probe(const struct block_set *b, const struct cid *c)
{
	size_t slot = slot_of(b, c);

	while (b->entries[slot].item != 0 && !cid_equal(&b->items[b->entries[slot].item - 1].cid, c))
		slot = (slot + 1) & (b->size - 1);
	return slot;
}

const struct block_place *block_set_find(const struct block_set *b, const struct cid *c)
{
	size_t slot;

	if (b->size == 0)
		return NULL;
	slot = probe(b, c);
	return b->entries[slot].item != 0 ? &b->items[b->entries[slot].item - 1].place : NULL;
}

static void rebuild(struct block_set *b)
{
	memset(b->entries, 0, b->size * sizeof(*b->entries));
	for (size_t i = 0; i < b->item_count; i++)
		b->entries[probe(b, &b->items[i].cid)].item = i + 1;
}

static enum status grow(struct block_set *b)
{
	size_t size = b->size != 0 ? 2 * b->size : 64;
	struct block_set_entry *entries = calloc(size, sizeof(*entries));

	if (entries == NULL)
		return STATUS_NO_MEMORY;
	free(b->entries);
	b->entries = entries;
	b->size = size;
	rebuild(b);
	return STATUS_OK;
}

enum status block_set_add(struct block_set *b, const struct cid *c, const struct block_place *place)
{
	struct block_set_item *items;

	if (2 * (b->item_count + 1) > b->size) {
		enum status s = grow(b);

		if (s != STATUS_OK)
			return s;
	}
	items = array_grow(b->items, b->item_count, &b->item_room, sizeof(*items));
	if (items == NULL)
		return STATUS_NO_MEMORY;
	b->items = items;
	b->items[b->item_count] = (struct block_set_item){*c, *place};
	b->entries[probe(b, c)].item = b->item_count + 1;
	b->item_count++;
	return STATUS_OK;
}

void block_set_truncate(struct block_set *b, size_t count)
{
	if (count < b->item_count) {
		b->item_count = count;
		rebuild(b);
	}
}

enum status block_set_write(struct block_set *b, struct kv_txn *t, enum deal_side side, uint64_t deal)
{
	for (size_t i = 0; i < b->item_count; i++) {
		enum status s = store_put_kept(t, side, deal, &b->items[i].cid, &b->items[i].place);

		if (s != STATUS_OK)
			return s;
	}
	return STATUS_OK;
}

void block_set_release(struct block_set *b)
{
	free(b->entries);
	free(b->items);
	*b = (struct block_set){0};
}
