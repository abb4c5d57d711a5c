/* kinds.h - what a thing may be: a table of kinds. */
#ifndef SHOW_KINDS_H
#define SHOW_KINDS_H

#include "show/thing.h"

/** struct kind - one sort of thing: how it is told from others, and shown. */
struct kind {
	const char *name;
	bool (*guess)(const struct thing *x);
	enum status (*show)(struct tool *t, const struct thing *x);
};

/** thing_kind - the sort of @x; the empty last one if it is none. */
const struct kind *thing_kind(const struct thing *x);
/** kinds - all that are known, ending with an empty one; the first whose guess holds is it. */
extern const struct kind kinds[];

#endif
