/* tree.h - a file or a folder on disk that is being made from its DAG: the other side of unpack_tree(). */
#ifndef TOOL_TREE_H
#define TOOL_TREE_H

#include "base/file.h"
#include "unixfs/unpack.h"

/** struct tree - all zero but @base before the first call; released by tree_release(). */
struct tree {
	const char *base;    /* the path for the root, borrowed; "-": standard output, for a file alone */
	struct bytes path;   /* final path of the current file or folder; after a failure, the path of the failure */
	char *part;          /* owned; the path of a new folder until it is complete; NULL if there is none */
	int lock;            /* the descriptor that holds @part */
	bool stops;          /* signals are put off until the end */
	struct bytes real;   /* path of the current file or folder, below @part */
	struct file_out out; /* the current file, if not below @part: whole or not at all */
	int fd;              /* the current file below @part */
};

/**
 * tree_unpack - have @u, which was measured, write @root below @t->base. A new folder appears whole or not at all; one that
 * exists already is filled, file by file.
 * As unpack_tree(), and IO, with ENOSPC before anything is written if there is no room for all of it; UNSUPPORTED for a
 * folder to standard output.
 */
MUST_CHECK enum status tree_unpack(struct tree *t, struct unpack *u, const struct cid *root);
/** tree_has_room - IO with ENOSPC if the file system where @path is to be made lacks room for @u->size bytes or @u->files files. */
MUST_CHECK enum status tree_has_room(const char *path, const struct unpack *u);
/** tree_release - remove what is unfinished. A signal that came during tree_unpack() ends the tool now. */
void tree_release(struct tree *t);

#endif
