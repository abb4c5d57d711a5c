/* walk.h - the order in which a selector loads links, as a pure state machine.
 *
 * The walk does no I/O: walk_next() returns the next link, the caller
 * finds the block (or reads the block off the wire), and walk_enter() gives the
 * block to the walk.  Provider and client run the same code, so both have the
 * same order.  The order is go-ipld-prime's: depth first, links in the order of
 * each block.  A repeated link is walked again, so a walk has a budget; a
 * folded walk walks each block with links only once.
 *
 * A walk can be saved as a short cursor and restored: blocks whose links are
 * exhausted are dropped before descending, so the cursor of a long chain has
 * length one, and restoring costs the depth of the DAG, not its size.
 */
#ifndef IPLD_WALK_H
#define IPLD_WALK_H

#include "ipld/cid.h"
#include "ipld/selector.h"

#define WALK_DEPTH_MAX      1024
#define WALK_PENDING_MAX    (32u << 20) /* bytes of links that a walk keeps at one time */
#define WALK_LINKS_MAX      (1u << 28)  /* links of any walk */
#define WALK_LINKS_FREE     (1u << 21)  /* links that content of any size may have: see walk_set_budget() */
#define WALK_BYTES_PER_LINK 16          /* bytes of content that allow one more link */

struct walk;

MUST_CHECK enum status walk_new(struct walk **w, enum selector_kind selector, const struct cid *root);
/**
 * walk_new_folded - a walk that meets the same blocks in the same order, but walks each block with links only once:
 * at a repeated link to such a block, its links are counted and not walked. Blocks without links are returned again.
 * So the cost depends on the bytes of the blocks, not on walk_links(). A folded walk can't be saved.
 * Memory: 64 to 128 bytes for each block with links.
 */
MUST_CHECK enum status walk_new_folded(struct walk **w, enum selector_kind selector, const struct cid *root);
/** walk_add_root - continue a finished folded walk below another root; blocks walked before are not walked again. */
void walk_add_root(struct walk *w, const struct cid *root);
void walk_free(struct walk *w);
/**
 * walk_set_budget - allow as many links as are in proportion to @bytes, the bytes of the different blocks met so far:
 * WALK_LINKS_FREE, and one for each WALK_BYTES_PER_LINK. A DAG whose blocks link to each other again and again has more
 * paths than any walk can take; both sides of a deal refuse such a DAG by this rule. Without a budget the limit is WALK_LINKS_MAX; a folded walk has none.
 */
void walk_set_budget(struct walk *w, uint64_t bytes);
/** walk_set_stop - make walk_next() return STOPPED once *@stop is not 0; @stop is borrowed for the walk's life; NULL: never. */
void walk_set_stop(struct walk *w, const volatile int *stop);
/**
 * walk_next - the link to load next, the root first; END when the walk is over.
 * The same link is returned again until walk_enter() or walk_skip() is called.  TOO_LARGE past the budget; STOPPED.
 */
MUST_CHECK enum status walk_next(struct walk *w, struct cid *link);
/** walk_enter - enter the block of the current link: its links come next. For an identity CID, pass its digest. Does not check the hash. BAD_BLOCK if the block does not decode under the link's codec, UNKNOWN_CODEC for an unsupported codec, TOO_DEEP or TOO_LARGE past the limits above, END after the end; on failure the walk does not move. */
MUST_CHECK enum status walk_enter(struct walk *w, struct span block);
/** walk_skip - skip the current link, whose block is missing. */
void walk_skip(struct walk *w);
/** walk_links - links entered or skipped so far; in a folded walk also the links that were only counted. Never above INT64_MAX. */
uint64_t walk_links(const struct walk *w);
/** walk_save - append the cursor, which has a version and is checked on restore. Call between blocks. */
void walk_save(const struct walk *w, struct bytes *cursor);
/**
 * walk_restore - continue from a cursor. @load: appends the bytes of a block on the path to @out.
 * CORRUPT for an invalid cursor, NEWER_VERSION for a cursor of a later version, or the status of @load. Does not check hashes.
 */
MUST_CHECK enum status walk_restore(struct walk **w, struct span cursor,
	enum status (*load)(void *ctx, struct bytes *out, const struct cid *c), void *ctx);

/**
 * walk_count - the number of links of the walk of all below @root, with each block loaded only once.
 * @links: out; not above INT64_MAX. @load: as for walk_restore(). @stop: as for walk_set_stop().
 * The statuses of @load and walk_enter(). Does not check hashes, and does not load blocks without links.
 */
MUST_CHECK enum status walk_count(uint64_t *links, const struct cid *root,
	enum status (*load)(void *ctx, struct bytes *out, const struct cid *c), void *ctx, const volatile int *stop);

#endif
