/* vectors.h - what the tests need to read the recorded vectors (tests/data/vectors; its README says what is there). */
#ifndef TESTS_VECTORS_H
#define TESTS_VECTORS_H

#include <jansson.h>

#include "base/bytes.h"

/** vectors_load - the JSON in the file @name below @dir; NULL if it is absent or no JSON (which is reported). The caller drops it with json_decref(). */
json_t *vectors_load(const char *dir, const char *name);
/** vectors_file - append the bytes of the file @name below @dir to @out; false if it is absent. */
bool vectors_file(struct bytes *out, const char *dir, const char *name);
/** vectors_text - the text in @field of @row, borrowed; "" if it is absent or no text. */
const char *vectors_text(json_t *row, const char *field);
/** vectors_hex - put the bytes that @hex stands for into @out, in place of what it held; @out is marked failed if @hex is not hex. */
void vectors_hex(struct bytes *out, const char *hex);
/** vectors_bytes_equal - 1 if @got is exactly what @hex stands for, else 0. */
int vectors_bytes_equal(struct span got, const char *hex);

#endif
