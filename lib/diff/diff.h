/* diff.h - where two things of one sort differ. */
#ifndef DIFF_DIFF_H
#define DIFF_DIFF_H

#include "kinds/kinds.h"

/**
 * diff_things - print the first differences of @a and @b, a line each; DIFFERS, explained, if there are any.
 * Frames by frame and field, CARs by block and order, other things by field.
 */
MUST_CHECK enum status diff_things(struct tool *t, const struct thing *a, const struct thing *b);

/** struct differences - printed as they are found, up to a limit. */
struct differences {
	struct tool *t;
	uint64_t count;
};
/** difference - one line: @object, which is stolen, as JSON, or the formatted text. */
void difference(struct differences *d, json_t *object, const char *format, ...) __attribute__((format(printf, 3, 4)));
/** diff_json - the fields in which @a and @b differ; @where goes before each path, with a point between unless it ends with a space. The number of them. */
uint64_t diff_json(struct differences *d, const char *where, const json_t *a, const json_t *b);
/** diff_bytes - the first byte in which they differ. */
void diff_bytes(struct differences *d, const char *where, struct span a, struct span b);

/* Whole files. */
MUST_CHECK enum status diff_frames(struct differences *d, const struct thing *a, const struct thing *b);
MUST_CHECK enum status diff_cars(struct differences *d, const struct thing *a, const struct thing *b);

#endif
