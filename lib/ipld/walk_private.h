/* walk_private.h - the table of a folded walk; for lib/ipld only. */
#ifndef IPLD_WALK_PRIVATE_H
#define IPLD_WALK_PRIVATE_H

#include "ipld/memo.h"

/** struct fold - the blocks with links that were walked completely, and the number of links of each walk. All zero is an empty table. */
struct fold {
	struct memo walked;     /* the number of links of each block's walk */
	struct fold_open *open; /* the blocks whose walk is not over, the innermost last */
	size_t open_count, open_room;
};

/** fold_begin - begin the walk of @c, after @links links. This walk ends when at most @floor frames are left and a link is taken off one of these frames. */
MUST_CHECK enum status fold_begin(struct fold *f, const struct cid *c, uint64_t links, size_t floor);
/** fold_end - record the walks that end because @depth frames are left, after @links links. */
MUST_CHECK enum status fold_end(struct fold *f, uint64_t links, size_t depth);
/** fold_links - the number of links of a walk of @c; 0 if @c was not walked completely. */
uint64_t fold_links(const struct fold *f, const struct cid *c);
void fold_release(struct fold *f);

#endif
