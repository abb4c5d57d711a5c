/* offset_set.h - a set of places in a file: eight bytes for each, so that a large DAG is measured in little memory. */
#ifndef CONTENT_OFFSET_SET_H
#define CONTENT_OFFSET_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/** struct offset_set - all zero is an empty one; released by offset_set_release(). */
struct offset_set {
	uint64_t *slots; /* 0 is a free one */
	size_t size;     /* slots; a power of two */
	size_t count;
};
/** offset_set_add - add @offset, which must not be 0; *@added is set if @offset is new. NO_MEMORY. */
MUST_CHECK enum status offset_set_add(struct offset_set *set, bool *added, uint64_t offset);
bool offset_set_has(const struct offset_set *set, uint64_t offset);
void offset_set_release(struct offset_set *set);

#endif
