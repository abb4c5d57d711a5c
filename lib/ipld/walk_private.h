/* walk_private.h - what a folded walk remembers; for lib/ipld only. */
#ifndef IPLD_WALK_PRIVATE_H
#define IPLD_WALK_PRIVATE_H

#include "ipld/memo.h"

/** struct fold - the blocks with links that were walked whole, and how many links each walk of one takes. All zero is an empty one. */
struct fold {
	struct memo walked;     /* the links of each */
	struct fold_open *open; /* the blocks whose walk is not over, the innermost last */
	size_t open_count, open_room;
};

/** fold_begin - the walk of @c begins, after @links links; it lasts until no more than @floor frames are left, and a link is taken off one of them. */
MUST_CHECK enum status fold_begin(struct fold *f, const struct cid *c, uint64_t links, size_t floor);
/** fold_end - @depth frames are left, after @links links: take note of the walks that this ends. */
MUST_CHECK enum status fold_end(struct fold *f, uint64_t links, size_t depth);
/** fold_links - the links that another walk of @c would take; 0 if it was not walked whole. */
uint64_t fold_links(const struct fold *f, const struct cid *c);
void fold_release(struct fold *f);

#endif
