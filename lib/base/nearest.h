/* nearest.h - how far a mistyped word is from the one that was meant. */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#include <stdbool.h>
#include <stddef.h>

/** word_distance - how many letters must be added, dropped, changed or swapped to make @b of @a; SIZE_MAX for words of more than 31 letters. */
size_t word_distance(const char *a, const char *b);
/** word_is_near - is @b likely what was meant by @a? One slip in a short word, two in a longer one. */
bool word_is_near(const char *a, const char *b);

#endif
