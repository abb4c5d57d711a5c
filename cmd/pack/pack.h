/* pack.h - the two directions of pack. */
#ifndef CMD_PACK_H
#define CMD_PACK_H

#include "tool/tool.h"
#include "unixfs/unpack.h"

/** pack_create - write the CAR of the file or folder that the first argument names. */
MUST_CHECK enum status pack_create(struct tool *t);
/** pack_extract - write the file or folder that the CAR of the first argument holds. */
MUST_CHECK enum status pack_extract(struct tool *t);

/** pack_explain - set the words for the failure @s of an extraction, which @u ended at the block u->at. Returns the status. */
enum status pack_explain(struct tool *t, enum status s, struct unpack *u);

/** pack_open_input - open @path to read, or standard input for "-"; exits with a message if it can't be opened. */
int pack_open_input(struct tool *t, const char *path);
/** pack_write - write @bytes as by tool_write(); @ctx is the struct tool. */
MUST_CHECK enum status pack_write(void *ctx, struct span bytes);

#endif
