/* walk.h - the order in which a selector loads links, as a pure state machine.
 *
 * The walk does no I/O: walk_next() says which link comes next, the caller
 * finds the block (or reads it off the wire), and walk_enter() shows it to
 * the walk.  Provider and client run the same code, so they agree on the
 * order by construction.  Order: go-ipld-prime's, depth first, links as they
 * lie in each block; a link that repeats is walked again, so a walk has a
 * budget, and who only needs to see each block once folds it.
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
#define WALK_PENDING_MAX    (32u << 20) /* bytes of links that a walk keeps at a time */
#define WALK_LINKS_MAX      (1u << 28)  /* links of any walk */
#define WALK_LINKS_FREE     (1u << 21)  /* links that content of any size may have: see walk_set_budget() */
#define WALK_BYTES_PER_LINK 16          /* bytes of content that allow one more link */

struct walk;

MUST_CHECK enum status walk_new(struct walk **w, enum selector_kind selector, const struct cid *root);
/**
 * walk_new_folded - a walk that meets the same blocks in the same order, but goes through each block with links once:
 * when a link to it comes again, the links of its walk are counted, not walked. Blocks without links come again.
 * So its cost follows the bytes of the blocks, whatever walk_links() comes to. It can't be saved.
 * Memory: 64 to 128 bytes for each block with links.
 */
MUST_CHECK enum status walk_new_folded(struct walk **w, enum selector_kind selector, const struct cid *root);
/** walk_add_root - go on below another root; for a folded walk that is over, which goes through no block again. */
void walk_add_root(struct walk *w, const struct cid *root);
void walk_free(struct walk *w);
/**
 * walk_set_budget - allow as many links as are in proportion to @bytes, the bytes of the different blocks met so far:
 * WALK_LINKS_FREE, and one for each WALK_BYTES_PER_LINK. A DAG whose blocks link to each other again and again has more
 * paths than anybody can walk; both sides of a deal refuse it by this rule. Without a budget the limit is WALK_LINKS_MAX; a folded walk has none.
 */
void walk_set_budget(struct walk *w, uint64_t bytes);
/** walk_set_stop - have walk_next() give STOPPED once *@stop, borrowed for the walk's life, is not 0; NULL: never. */
void walk_set_stop(struct walk *w, const volatile int *stop);
/**
 * walk_next - the link to load next, the root first; END when the walk is over.
 * The same link is returned again until walk_enter() or walk_skip() is called.  TOO_LARGE past the budget; STOPPED.
 */
MUST_CHECK enum status walk_next(struct walk *w, struct cid *link);
/** walk_enter - the block of the current link: its links come next. Identity CIDs need no block: pass their digest. Does not check the hash. BAD_BLOCK if it does not decode under the link's codec, UNKNOWN_CODEC if that is none we read, TOO_DEEP or TOO_LARGE past the limits above, END after the end; the walk then stands where it stood. */
MUST_CHECK enum status walk_enter(struct walk *w, struct span block);
/** walk_skip - leave the current link's block out (missing). */
void walk_skip(struct walk *w);
/** walk_links - links entered or skipped so far; of a folded walk also those that were counted only. Never above INT64_MAX. */
uint64_t walk_links(const struct walk *w);
/** walk_save - append the cursor: versioned, and checked on restore. Call between blocks. */
void walk_save(const struct walk *w, struct bytes *cursor);
/**
 * walk_restore - go on from a cursor. @load: gives the bytes of a block on the path; appended to @out.
 * CORRUPT if the cursor is not one, NEWER_VERSION if it is a later version's, or the status of @load. Does not check hashes.
 */
MUST_CHECK enum status walk_restore(struct walk **w, struct span cursor,
	enum status (*load)(void *ctx, struct bytes *out, const struct cid *c), void *ctx);

/**
 * walk_count - how many links the walk of all below @root takes, without taking them: each block is loaded once.
 * @links: out; not above INT64_MAX. @load: as for walk_restore(). @stop: as for walk_set_stop().
 * The statuses of @load and walk_enter(). Does not check hashes, and does not ask for blocks without links.
 */
MUST_CHECK enum status walk_count(uint64_t *links, const struct cid *root,
	enum status (*load)(void *ctx, struct bytes *out, const struct cid *c), void *ctx, const volatile int *stop);

#endif
