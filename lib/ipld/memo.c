/* memo.c - a hash table whose keys are hashes already. */
#include "ipld/memo.h"

#include <stdlib.h>

static bool is_free(const struct memo_entry *e)
{
	return e->key.half[0] == 0 && e->key.half[1] == 0;
}

/* The entry of @key, or the free entry where @key belongs. */
static struct memo_entry *probe(struct memo_entry *entries, size_t size, struct wide_hash key)
{
	size_t slot = (size_t)key.half[0] & (size - 1);

	while (!is_free(&entries[slot]) && !wide_hash_equal(entries[slot].key, key))
		slot = (slot + 1) & (size - 1);
	return &entries[slot];
}

static enum status grow(struct memo *m)
{
	size_t size = m->size != 0 ? 2 * m->size : 64;
	struct memo_entry *grown = calloc(size, sizeof(*grown));

	if (grown == NULL)
		return STATUS_NO_MEMORY;
	for (size_t i = 0; i < m->size; i++)
		if (!is_free(&m->entries[i]))
			*probe(grown, size, m->entries[i].key) = m->entries[i];
	free(m->entries);
	m->entries = grown;
	m->size = size;
	return STATUS_OK;
}

const struct memo_entry *memo_find(const struct memo *m, struct wide_hash key)
{
	const struct memo_entry *e;

	if (m->size == 0)
		return NULL;
	e = probe(m->entries, m->size, key);
	return is_free(e) ? NULL : e;
}

enum status memo_put(struct memo *m, struct wide_hash key, uint64_t first, uint64_t second)
{
	struct memo_entry *e;

	if (2 * (m->count + 1) > m->size) {
		enum status s = grow(m);

		if (s != STATUS_OK)
			return s;
	}
	e = probe(m->entries, m->size, key);
	m->count += is_free(e);
	*e = (struct memo_entry){key, {first, second}};
	return STATUS_OK;
}

void memo_release(struct memo *m)
{
	free(m->entries);
	*m = (struct memo){0};
}
