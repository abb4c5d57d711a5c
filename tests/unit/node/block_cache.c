/* block_cache.c - the blocks that a node remembers: found by CID, the one used longest ago is forgotten first. */
#include "node/block_cache.h"

#include <stdlib.h>

#include "../../support/test.h"

#define BLOCK_SIZE (1u << 20)
#define FULL       (BLOCK_CACHE_MAX / BLOCK_SIZE) /* so many blocks do not fit quite */

static uint8_t block[BLOCK_SIZE];

static struct cid put(struct block_cache *cache, uint32_t number)
{
	struct cid cid = {0};

	memcpy(block, &number, sizeof(number));
	CHECK_EQUAL(
		cid_of(&cid, 1, CODEC_DAG_CBOR, HASH_BLAKE2B_256, span_of(block, sizeof(block))), STATUS_OK, "a CID");
	CHECK_EQUAL(block_cache_put(cache, &cid, span_of(block, sizeof(block))), STATUS_OK, "put");
	return cid;
}

static bool has(struct block_cache *cache, const struct cid *cid, uint32_t number)
{
	struct span found;
	uint32_t got;

	if (!block_cache_get(cache, &found, cid))
		return false;
	memcpy(&got, found.data, sizeof(got));
	return found.len == BLOCK_SIZE && got == number;
}

int main(void)
{
	struct block_cache *cache = block_cache_new();
	struct cid first, second, third, none = {0};
	uint32_t number = 3;

	if (!CHECK(cache != NULL, "a cache"))
		return test_end();
	CHECK(!block_cache_get(cache, NULL, &none), "nothing is in a new cache");
	first = put(cache, 0);
	second = put(cache, 1);
	third = put(cache, 2);
	CHECK(has(cache, &first, 0) && has(cache, &second, 1) && has(cache, &third, 2), "each by its CID");
	while (number < FULL - 1)
		put(cache, number++);
	CHECK(has(cache, &first, 0), "all of them fit");
	put(cache, 1); /* again: as good as read */
	put(cache, number++);
	put(cache, number++);
	CHECK(has(cache, &first, 0), "a block that was read lately stays");
	CHECK(has(cache, &second, 1), "a block that was put again stays");
	CHECK(!block_cache_get(cache, NULL, &third), "the one used longest ago is forgotten");
	block_cache_free(cache);
	block_cache_free(NULL);
	return test_end();
}
