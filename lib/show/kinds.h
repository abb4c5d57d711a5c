/* kinds.h - what a thing may be: a table of kinds. */
#ifndef SHOW_KINDS_H
#define SHOW_KINDS_H

#include "show/show.h"

/** struct thing - what is to be told. */
struct thing {
	const char *name;
	struct show_options options;
	int fd;               /* stands at the start and can be read anywhere; -1 for a folder */
	bool folder, whole;   /* whole: all of it is in @head */
	bool string;          /* the argument itself, not a file */
	struct bytes head;    /* its first bytes */
	struct bytes decoded; /* what its first line stands for, if that is base64url */
	struct span item;     /* the decoded bytes, or else the head */
	json_t **shown; /* what would be printed goes here instead, if not NULL; not for streams, CARs and folders */
};

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
