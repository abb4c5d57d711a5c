/* places.h - the places for bought contents: the CAR (--output), the file in it (--extract), or both. */
#ifndef TOOL_PLACES_H
#define TOOL_PLACES_H

#include "tool/tool.h"

/** struct places - both borrow from the tool's arguments; NULL for no place. */
struct places {
	struct tool *t;
	const char *car;    /* a file, a folder, or "-" */
	const char *folder; /* of files; or "-", for the one file */
};

/** places_read - from the tool's options; exits with a clear message if the operands don't fit the places. */
void places_read(struct places *p, struct tool *t);
/** places_look - make the folders; exits if a place can't be written to. Called before anything is paid. */
void places_look(const struct places *p);
/** places_check_room - is there room for @bytes more in each of the places? IO, explained, if not. Called before anything is paid. */
MUST_CHECK enum status places_check_room(const struct places *p, uint64_t bytes);
/**
 * places_check_name - is the name for the content @payload free of a folder that would be in the way? IO, explained, if
 * not. A folder in the place of a file or folder to extract is found for a raw payload only, which is a file for sure.
 * Called before anything is paid.
 */
MUST_CHECK enum status places_check_name(const struct places *p, const struct cid *payload);
/** places_deliver - write the content of a complete deal to its places. */
MUST_CHECK enum status places_deliver(const struct places *p, uint64_t deal);

/** places_car, places_extract - append the path for the CAR of @payload, and the path for the extracted file or folder; nothing if there is no such place. NO_MEMORY. */
MUST_CHECK enum status places_car(const struct places *p, struct bytes *path, const struct cid *payload);
MUST_CHECK enum status places_extract(const struct places *p, struct bytes *path, const struct cid *payload);
/** places_use_standard_output - is standard output one of the places? */
bool places_use_standard_output(const struct places *p);

#endif
