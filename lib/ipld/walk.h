/* walk.h - the order in which a selector loads links, as a pure state machine.
 *
 * The walk does no I/O: walk_next() says which link comes next, the caller
 * finds the block (or reads it off the wire), and walk_enter() shows it to
 * the walk.  Provider and client run the same code, so they agree on the
 * order by construction.  Order: go-ipld-prime's, depth first, links as they
 * lie in each block; a link that repeats is walked again.
 *
 * A walk can be saved as a short cursor and restored: blocks whose links are
 * exhausted are dropped before descending, so the cursor of a long chain has
 * length one, and restoring costs the depth of the DAG, not its size.
 */
#ifndef IPLD_WALK_H
#define IPLD_WALK_H

#include "ipld/cid.h"
#include "ipld/selector.h"

#define WALK_DEPTH_MAX   1024
#define WALK_PENDING_MAX (32u << 20) /* bytes of links held at a time */
#define WALK_LINKS_MAX   (1u << 28)  /* links walked in one deal: a DAG that folds onto itself can't run for ever */

struct walk;

MUST_CHECK enum status walk_new(struct walk **w, enum selector_kind selector, const struct cid *root);
void walk_free(struct walk *w);
/**
 * walk_next - the link to load next, the root first; END when the walk is over.
 * The same link is returned again until walk_enter() or walk_skip() is called.  TOO_LARGE after WALK_LINKS_MAX.
 */
MUST_CHECK enum status walk_next(struct walk *w, struct cid *link);
/** walk_enter - the block of the current link: its links come next. Identity CIDs need no block: pass their digest. Does not check the hash. BAD_BLOCK if it does not decode under the link's codec, TOO_DEEP or TOO_LARGE past the limits above, END after the end; the walk then stands where it stood. */
MUST_CHECK enum status walk_enter(struct walk *w, struct span block);
/** walk_skip - leave the current link's block out (missing). */
void walk_skip(struct walk *w);
/** walk_links - links entered or skipped so far. */
uint64_t walk_links(const struct walk *w);
/** walk_save - append the cursor: versioned, and checked on restore. Call between blocks. */
void walk_save(const struct walk *w, struct bytes *cursor);
/**
 * walk_restore - go on from a cursor. @load: gives the bytes of a block on the path; appended to @out.
 * CORRUPT if the cursor is not one, NEWER_VERSION if it is a later version's, or the status of @load. Does not check hashes.
 */
MUST_CHECK enum status walk_restore(struct walk **w, struct span cursor,
	enum status (*load)(void *ctx, struct bytes *out, const struct cid *c), void *ctx);

#endif
