/* store.h - what a party remembers between invocations: one folder, one key-value store.
 *
 * The headers beside this one, one for each noun, say what is in it. All
 * their functions work inside a transaction that the caller began, so that a
 * deal, its counters, its voucher and its events change together or not at
 * all. Nothing here is a rule of the protocol.
 *
 * Keys: one letter, then big-endian numbers or bytes, so that order is order of making.
 *   M        counters            D/d      client/provider deal by decimal id
 *   T/t R/r  deal by transfer id, by request id
 *   N        deals by number     K/k      cursor of a client/provider deal
 *   O        offer by payload    C        content (a CAR) by number
 *   B        block of a content  S/s      block kept/sent of a deal
 *   H        channel             L        lane of a channel
 *   V        voucher             E/e      event; event of a deal
 *   X        chain message in flight      U   text of a deal (output path, client)
 *   P        newest complete deal of a payload        p   deals of a payload that have a part of it
 *   A        tally of a client by name    a   open unpaid deal of a client by name, 0, number
 *   !kind    what this store is (kv.h)    !ledger   the ledger that this store belongs to
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "kv/kv.h"
#include "wire/ledger_id.h"

struct store;

/** store_open - open the store in folder @home; KV_CREATE makes one. As kv_open(); IS_LEDGER if a ledger lives there. */
MUST_CHECK enum status store_open(struct store **store, const char *home, enum kv_mode mode);
void store_close(struct store *store);
struct kv *store_kv(struct store *store);
/** store_path - append "HOME/name" and a final zero to @out. */
void store_path(struct bytes *out, const struct store *store, const char *name);

/* Identities come from the store, never from the clock. */
/** store_init_ids - set up the counters and the kind of a new store; @salt, random, keeps two stores apart. Harmless on one that has them. */
MUST_CHECK enum status store_init_ids(struct kv_txn *t, const uint8_t salt[32]);
/** store_next_number - the number of a new deal. */
MUST_CHECK enum status store_next_number(struct kv_txn *t, uint64_t *number);
/** store_next_content - the number of a new content. */
MUST_CHECK enum status store_next_content(struct kv_txn *t, uint64_t *number);
/** store_next_event - the number of a new event. */
MUST_CHECK enum status store_next_event(struct kv_txn *t, uint64_t *number);
/**
 * store_draw - 32 bytes for the ids of the deal with this number. @entropy, random, is the process's own: a store that was
 * put back to an older copy gives other ids than it gave before.
 */
MUST_CHECK enum status store_draw(struct kv_txn *t, uint8_t out[32], const uint8_t entropy[32], uint64_t number);
/** store_derive - 32 bytes that only this store gives for @label and @number; for request and transfer ids. */
MUST_CHECK enum status store_derive(struct kv_txn *t, uint8_t out[32], const char *label, uint64_t number);

/* Which ledger the store belongs to, and the greatest height at which the store has seen the ledger; NOT_FOUND if it never met one. */
MUST_CHECK enum status store_get_ledger(struct kv_txn *t, struct ledger_id *id, uint64_t *height);
MUST_CHECK enum status store_put_ledger(struct kv_txn *t, const struct ledger_id *id, uint64_t height);

/** store_each_record - every pair of the store by its key's letter, and whether its checksum verifies: OK or CORRUPT. */
MUST_CHECK enum status store_each_record(
	struct kv_txn *t, void (*each)(void *ctx, char letter, enum status verified), void *ctx);

#endif
