/* contents.h - the contents that a provider sells, and their offers. */
#ifndef STORE_CONTENTS_H
#define STORE_CONTENTS_H

#include "store/store.h"
#include "wire/deal_types.h"

/** struct content - a CAR on disk. */
struct content {
	uint64_t number;        /* from store_next_content() */
	struct span path;       /* absolute; borrowed from the @owned of the call that loads the content */
	uint64_t file_size;     /* bytes, when the CAR was indexed; a CAR of another size must be indexed again */
	uint64_t blocks, bytes; /* unique blocks of the DAG, and their bytes */
};
MUST_CHECK enum status store_get_content(struct kv_txn *t, struct content *c, struct bytes *owned, uint64_t number);
MUST_CHECK enum status store_put_content(struct kv_txn *t, const struct content *c);

/** store_get_offer - the offer for a payload, and the content that holds the payload; spans borrow from @owned. */
MUST_CHECK enum status store_get_offer(
	struct kv_txn *t, struct offer *o, uint64_t *content, struct bytes *owned, const struct cid *payload);
/** store_get_offer_proof - append the signed statement of the offer for a payload; nothing if the offer was not signed. */
MUST_CHECK enum status store_get_offer_proof(struct kv_txn *t, struct bytes *proof, const struct cid *payload);
/** store_put_offer - save an offer and its signed statement (proof/offer_statement.h); @proof is empty if there is none. */
MUST_CHECK enum status store_put_offer(struct kv_txn *t, const struct offer *o, uint64_t content, struct span proof);
MUST_CHECK enum status store_delete_offer(struct kv_txn *t, const struct cid *payload);
MUST_CHECK enum status store_each_offer(
	struct kv_txn *t, enum status (*each)(void *ctx, const struct offer *o, uint64_t content), void *ctx);

#endif
