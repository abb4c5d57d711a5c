/* kinds.h - the table of kinds of things. */
#ifndef KINDS_KINDS_H
#define KINDS_KINDS_H

#include "kinds/thing.h"

/** struct kind - one sort of thing: how to recognize and show it. */
struct kind {
	const char *name;
	bool (*guess)(const struct thing *x);
	enum status (*show)(struct tool *t, const struct thing *x);
};

/** thing_kind - the kind of @x; the empty last kind if no kind fits. */
const struct kind *thing_kind(const struct thing *x);
/** kinds - all known kinds, ending with an empty kind; the first kind that fits is the result. */
extern const struct kind kinds[];

#endif
