/* check.h - does a store, a ledger or a recording hold together?
 *
 * The invariants are numbered as in the project's list (retrieval(7) has
 * them in words); a recording has none, and its findings carry no number.
 */
#ifndef SHOW_CHECK_H
#define SHOW_CHECK_H

#include "show/show.h"

/** struct findings - what is broken; gathered first, so that nothing is printed while a transaction is open. */
struct findings {
	json_t *lines;
	uint64_t count;
};

/** finding - note that @invariant (0 for none) is broken, and how. Beyond a few hundred they are only counted. */
void finding(struct findings *f, unsigned invariant, const char *format, ...) __attribute__((format(printf, 3, 4)));
/** findings_print - a line for each; CORRUPT, explained, if there are any. Releases them. */
MUST_CHECK enum status findings_print(struct tool *t, struct findings *f, const char *name);

/**
 * check_store - all invariants that a store can be held to, in one moment of it.
 * @home: where it lies. @ledger: to compare channels with; NULL if there is none. @network: how addresses are written.
 * OK if the check could be made; what it found is in @f.
 */
MUST_CHECK enum status check_store(
	struct findings *f, struct store *store, struct kv_txn *t, struct ledger *ledger, enum network network);
/** check_kept - DATA 15 and 16, for one client deal: its CAR has each block that the store speaks of, in the order of the walk. @whole: the walk ends. */
MUST_CHECK enum status check_kept(
	struct findings *f, bool *whole, struct store *store, struct kv_txn *t, const struct client_deal *d);
/** check_recording - read the recording in folder @path, and hold it against itself; @summary gets what is in it. @meta is its meta.json. */
MUST_CHECK enum status check_recording(struct findings *f, json_t **summary, const char *path, const json_t *meta);

#endif
