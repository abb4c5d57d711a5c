/* array.c - lists that grow item by item. */
#include "base/array.h"

#include <stdint.h>
#include <stdlib.h>

#define FIRST 16 /* items */

void *array_grow(void *list, size_t count, size_t *room, size_t each)
{
	size_t more = *room != 0 ? 2 * *room : FIRST;
	void *grown;

	if (count < *room)
		return list;
	if (more > SIZE_MAX / each)
		return NULL;
	grown = realloc(list, more * each);
	if (grown != NULL)
		*room = more;
	return grown;
}
