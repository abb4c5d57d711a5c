/* nearest.h - the distance between a mistyped word and a known word. */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#include <stdbool.h>
#include <stddef.h>

/** word_distance - how many letters must be added, dropped, changed or swapped to make @b of @a; SIZE_MAX for words of more than 31 letters. */
size_t word_distance(const char *a, const char *b);
/** word_is_near - true if @a is probably a mistyped @b: one slip in a short word, two slips in a longer word. */
bool word_is_near(const char *a, const char *b);

#endif
