/* thing.h - an argument of inspect: a file, a folder, a stream or a string. */
#ifndef KINDS_THING_H
#define KINDS_THING_H

#include "show/show.h"

/** struct thing - one thing whose kind is to be found. */
struct thing {
	const char *name;
	struct show_options options;
	int fd;               /* stands at the start and can be read anywhere; -1 for a folder */
	bool folder, whole;   /* whole: all of it is in @head */
	bool string;          /* the argument itself, not a file */
	struct bytes head;    /* its first bytes */
	struct bytes decoded; /* the decoded first line, if that is base64url */
	struct span item;     /* the decoded bytes, or else the head */
	json_t **shown; /* if not NULL, gets the object instead of printing it; not for streams, CARs and folders */
};

/** thing_open - open what x->name names, "-" for standard input, and read the head; explained. */
MUST_CHECK enum status thing_open(struct tool *t, struct thing *x);
/** thing_close - release the thing, and wipe the head, which may be a key. */
void thing_close(struct thing *x);

#endif
