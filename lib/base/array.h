/* array.h - lists that grow item by item. */
#ifndef BASE_ARRAY_H
#define BASE_ARRAY_H

#include <stddef.h>

/** COUNT - the number of items of an array (not of a pointer). */
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/**
 * array_grow - make room for one more item behind the @count items of @list, each of @each bytes.
 * @room: in and out; the number of items that @list has room for; 0 for a @list that is NULL.
 * Returns the list, which may have moved; NULL without memory, with the old list unchanged.
 */
void *array_grow(void *list, size_t count, size_t *room, size_t each);

#endif
