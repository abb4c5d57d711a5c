/* block_cache.c - a table of blocks with a list in the order of their use. */
#include "node/block_cache.h"

#include <stdlib.h>
#include <string.h>

#include "base/keyed_hash.h"

#define BUCKETS 4096u

/** struct kept - one block, in its bucket and in the list. */
struct kept {
	struct kept *next;          /* in the bucket */
	struct kept *newer, *older; /* in the list */
	struct cid cid;
	size_t len;
	uint8_t bytes[];
};

struct block_cache {
	struct kept *buckets[BUCKETS];
	struct kept *newest, *oldest;
	size_t size; /* bytes, with those of struct kept */
};

struct block_cache *block_cache_new(void)
{
	return calloc(1, sizeof(struct block_cache));
}

void block_cache_free(struct block_cache *cache)
{
	struct kept *older;

	if (!cache)
		return;
	for (struct kept *k = cache->newest; k; k = older) {
		older = k->older;
		free(k);
	}
	free(cache);
}

static struct kept **bucket_of(struct block_cache *cache, const struct cid *cid)
{
	return &cache->buckets[keyed_hash(cid_span(cid)) % BUCKETS];
}

static void list_add(struct block_cache *cache, struct kept *k)
{
	k->newer = NULL;
	k->older = cache->newest;
	if (cache->newest)
		cache->newest->newer = k;
	else
		cache->oldest = k;
	cache->newest = k;
}

static void list_remove(struct block_cache *cache, struct kept *k)
{
	if (k->newer)
		k->newer->older = k->older;
	else
		cache->newest = k->older;
	if (k->older)
		k->older->newer = k->newer;
	else
		cache->oldest = k->newer;
}

static struct kept *find(struct block_cache *cache, const struct cid *cid)
{
	for (struct kept *k = *bucket_of(cache, cid); k; k = k->next)
		if (cid_equal(&k->cid, cid))
			return k;
	return NULL;
}

static void forget(struct block_cache *cache, struct kept *k)
{
	struct kept **at = bucket_of(cache, &k->cid);

	while (*at != k)
		at = &(*at)->next;
	*at = k->next;
	list_remove(cache, k);
	cache->size -= sizeof(*k) + k->len;
	free(k);
}

static void use(struct block_cache *cache, struct kept *k)
{
	list_remove(cache, k);
	list_add(cache, k);
}

enum status block_cache_put(struct block_cache *cache, const struct cid *cid, struct span block)
{
	struct kept *k = find(cache, cid), **bucket = bucket_of(cache, cid);

	if (k) {
		use(cache, k);
		return STATUS_OK;
	}
	k = malloc(sizeof(*k) + block.len);
	if (!k)
		return STATUS_NO_MEMORY;
	k->cid = *cid;
	k->len = block.len;
	if (block.len)
		memcpy(k->bytes, block.data, block.len);
	k->next = *bucket;
	*bucket = k;
	list_add(cache, k);
	cache->size += sizeof(*k) + k->len;
	while (cache->size > BLOCK_CACHE_MAX && cache->oldest != k)
		forget(cache, cache->oldest);
	return STATUS_OK;
}

bool block_cache_get(struct block_cache *cache, struct span *block, const struct cid *cid)
{
	struct kept *k = find(cache, cid);

	if (!k)
		return false;
	use(cache, k);
	if (block)
		*block = span_of(k->bytes, k->len);
	return true;
}
