/* payloads.h - the client deals that received all of a payload, or a part. */
#ifndef STORE_PAYLOADS_H
#define STORE_PAYLOADS_H

#include "ipld/cid.h"
#include "store/store.h"

/** store_put_part - record that client deal @id keeps blocks of @payload and is not complete. */
MUST_CHECK enum status store_put_part(struct kv_txn *t, const struct cid *payload, uint64_t id);
/** store_put_complete - record that client deal @id received all of @payload: the deal becomes the newest complete deal and leaves the list of parts. */
MUST_CHECK enum status store_put_complete(struct kv_txn *t, const struct cid *payload, uint64_t id);
/** store_drop_complete - record that the blocks of client deal @id are damaged: the deal is no longer the complete deal and joins the list of parts. */
MUST_CHECK enum status store_drop_complete(struct kv_txn *t, const struct cid *payload, uint64_t id);
/** store_get_complete - the newest client deal that received all of @payload; NOT_FOUND. */
MUST_CHECK enum status store_get_complete(struct kv_txn *t, uint64_t *id, const struct cid *payload);
/** store_each_part - call @each for the deals that have a part of @payload, the oldest first. A status other than OK from @each stops the walk and is returned. */
MUST_CHECK enum status store_each_part(
	struct kv_txn *t, const struct cid *payload, enum status (*each)(void *ctx, uint64_t id), void *ctx);

#endif
