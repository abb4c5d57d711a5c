/* store.h - the data that a party keeps between invocations: one folder, one key-value store.
 *
 * The other headers of this folder, one for each noun, describe the records.
 * All their functions work inside a transaction that the caller began, so that
 * a deal, its counters, its voucher and its events change together or not at
 * all. The store knows no rule of the protocol.
 *
 * Keys: one letter, then big-endian numbers or bytes, so that key order is the order of creation.
 *   M        counters            D/d      client/provider deal by decimal id
 *   T/t R/r  deal by transfer id, by request id
 *   N        deals by number     K/k      cursor of a client/provider deal
 *   O        offer by payload    C        content (a CAR) by number
 *   B        block of a content  S/s      block kept/sent of a deal
 *   H        channel             L        lane of a channel
 *   V        voucher             E/e      event; event of a deal
 *   F        order of money for a channel    f   number of batches of such orders
 *   q        voucher that waits for its time        Q   secret of a voucher
 *   X        chain message in flight      U   text of a deal (output path, client, blocks that the client has)
 *   W        amount that a message in flight brings, and since when    Y   older tries of a message in flight
 *   J        next nonce of an address of ours    G   content that no offer names
 *   P        newest complete deal of a payload        p   deals that have a part of a payload
 *   A        tally of a client by name    a   open unpaid deal of a client by name, 0, number
 *   !kind    the kind of this store (kv.h)    !ledger   the ledger that this store belongs to
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "kv/kv.h"
#include "wire/ledger_id.h"

struct store;

/** store_open - open the store in folder @home; KV_CREATE makes a new store. Statuses of kv_open(); IS_LEDGER if the folder holds a ledger. */
MUST_CHECK enum status store_open(struct store **store, const char *home, enum kv_mode mode);
void store_close(struct store *store);
struct kv *store_kv(struct store *store);
/** store_path - append "HOME/name" and a final zero to @out. */
void store_path(struct bytes *out, const struct store *store, const char *name);

/* Ids come from the store, never from the clock. */
/** store_init_ids - set the counters and the kind of a new store. @salt: random bytes that tell two stores apart. Changes nothing in a store that has counters. */
MUST_CHECK enum status store_init_ids(struct kv_txn *t, const uint8_t salt[32]);
/** store_next_number - the number of a new deal. */
MUST_CHECK enum status store_next_number(struct kv_txn *t, uint64_t *number);
/** store_next_content - the number of a new content. */
MUST_CHECK enum status store_next_content(struct kv_txn *t, uint64_t *number);
/** store_next_event - the number of a new event. */
MUST_CHECK enum status store_next_event(struct kv_txn *t, uint64_t *number);
/**
 * store_draw - 32 bytes for the ids of the deal with this number.
 * @entropy: random bytes of this process, so that a store restored from an older copy does not give the same ids again.
 */
MUST_CHECK enum status store_draw(struct kv_txn *t, uint8_t out[32], const uint8_t entropy[32], uint64_t number);
/** store_derive - 32 bytes that depend on the salt, @label and @number; for request and transfer ids. */
MUST_CHECK enum status store_derive(struct kv_txn *t, uint8_t out[32], const char *label, uint64_t number);

/* The ledger that the store belongs to, and the greatest height of the ledger that the store has seen; NOT_FOUND if the store has no ledger yet. */
MUST_CHECK enum status store_get_ledger(struct kv_txn *t, struct ledger_id *id, uint64_t *height);
MUST_CHECK enum status store_put_ledger(struct kv_txn *t, const struct ledger_id *id, uint64_t height);

/** store_each_record - call @each for every pair of the store, with the letter of its key and the result of its checksum: OK or CORRUPT. */
MUST_CHECK enum status store_each_record(
	struct kv_txn *t, void (*each)(void *ctx, char letter, enum status verified), void *ctx);

#endif
