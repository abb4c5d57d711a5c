/* array.h - lists that grow one by one. */
#ifndef BASE_ARRAY_H
#define BASE_ARRAY_H

#include <stddef.h>

/** COUNT - how many items the array has, which is no pointer. */
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/**
 * array_grow - room for one more behind the @count items of @list, each of @each bytes.
 * @room: for how many there is room; 0 for a @list that is NULL.
 * Returns the list, which may have moved; NULL without memory, and then the old one is as it was.
 */
void *array_grow(void *list, size_t count, size_t *room, size_t each);

#endif
