/* tree.h - a file or a folder on disk that is being made from its DAG: the other side of unpack_tree(). */
#ifndef TOOL_TREE_H
#define TOOL_TREE_H

#include "base/file.h"
#include "ipld/pack.h"

/** struct tree - all zero but @base before the first call; released by tree_release(). */
struct tree {
	const char *base;    /* where the root goes, borrowed; "-": standard output, for a file alone */
	struct bytes path;   /* of what is being made; where it failed */
	struct file_out out; /* the file at hand: whole or not at all */
};

/** tree_unpack - have @u write @root below @t->base. As unpack_tree(), and IO; UNSUPPORTED for a folder to standard output. */
MUST_CHECK enum status tree_unpack(struct tree *t, struct unpack *u, const struct cid *root);
void tree_release(struct tree *t);

#endif
