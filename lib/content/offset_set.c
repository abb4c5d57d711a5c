/* offset_set.c - a set of places in a file, by open addressing. */
#include "content/offset_set.h"

#include <stdlib.h>

#define SIZE_MIN 1024

static size_t slot_of(const struct offset_set *set, uint64_t offset)
{
	size_t i = (size_t)(offset * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (set->size - 1);

	while (set->slots[i] != 0 && set->slots[i] != offset)
		i = (i + 1) & (set->size - 1);
	return i;
}

static enum status grow(struct offset_set *set)
{
	struct offset_set larger = {.size = set->size != 0 ? set->size * 2 : SIZE_MIN, .count = set->count};

	if (set->count < set->size / 2)
		return STATUS_OK;
	larger.slots = calloc(larger.size, sizeof(*larger.slots));
	if (larger.slots == NULL)
		return STATUS_NO_MEMORY;
	for (size_t i = 0; i < set->size; i++)
		if (set->slots[i] != 0)
			larger.slots[slot_of(&larger, set->slots[i])] = set->slots[i];
	free(set->slots);
	*set = larger;
	return STATUS_OK;
}

enum status offset_set_add(struct offset_set *set, bool *added, uint64_t offset)
{
	enum status s = grow(set);
	size_t i;

	if (s != STATUS_OK)
		return s;
	i = slot_of(set, offset);
	*added = set->slots[i] == 0;
	set->slots[i] = offset;
	set->count += *added;
	return STATUS_OK;
}

bool offset_set_has(const struct offset_set *set, uint64_t offset)
{
	return set->count != 0 && set->slots[slot_of(set, offset)] == offset;
}

void offset_set_release(struct offset_set *set)
{
	free(set->slots);
	*set = (struct offset_set){0};
}
