/* places.h - where contents go that were bought: the CAR (--output), the file in it (--extract), or both. */
#ifndef TOOL_PLACES_H
#define TOOL_PLACES_H

#include "tool/tool.h"

/** struct places - both borrow from the tool's arguments; NULL: nowhere. */
struct places {
	struct tool *t;
	const char *car;    /* a file, a folder, or "-" */
	const char *folder; /* of files; or "-", for the one file */
};

/** places_read - from the tool's options; exits with a clear message if its operands don't fit there. */
void places_read(struct places *p, struct tool *t);
/** places_look - make the folders; exits if something can't be written: found out before anything is paid for it. */
void places_look(const struct places *p);
/** places_check_room - is there room for @bytes more in each of the places? Explained, IO if not. Asked before anything is paid. */
MUST_CHECK enum status places_check_room(const struct places *p, uint64_t bytes);
/** places_deliver - put what a complete deal has brought there. */
MUST_CHECK enum status places_deliver(const struct places *p, uint64_t deal);

/** places_car, places_extract - append where the CAR of @payload goes, and what is extracted of it; nothing if nowhere. NO_MEMORY. */
MUST_CHECK enum status places_car(const struct places *p, struct bytes *path, const struct cid *payload);
MUST_CHECK enum status places_extract(const struct places *p, struct bytes *path, const struct cid *payload);
/** places_use_standard_output - does one of them go there? */
bool places_use_standard_output(const struct places *p);

#endif
