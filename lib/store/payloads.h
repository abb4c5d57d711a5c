/* payloads.h - which of our client deals brought what of a payload. */
#ifndef STORE_PAYLOADS_H
#define STORE_PAYLOADS_H

#include "ipld/cid.h"
#include "store/store.h"

/** store_put_part - client deal @id has kept blocks of @payload, and is not complete. */
MUST_CHECK enum status store_put_part(struct kv_txn *t, const struct cid *payload, uint64_t id);
/** store_put_complete - client deal @id brought all of @payload: from now on the newest that did, and no part any more. */
MUST_CHECK enum status store_put_complete(struct kv_txn *t, const struct cid *payload, uint64_t id);
/** store_drop_complete - what client deal @id brought of @payload is damaged: it is a part from now on. */
MUST_CHECK enum status store_drop_complete(struct kv_txn *t, const struct cid *payload, uint64_t id);
/** store_get_complete - the newest of our client deals that brought all of @payload; NOT_FOUND. */
MUST_CHECK enum status store_get_complete(struct kv_txn *t, uint64_t *id, const struct cid *payload);
/** store_each_part - the deals that have a part of @payload, the oldest first. Ends early with what @each returns, if that is not OK. */
MUST_CHECK enum status store_each_part(
	struct kv_txn *t, const struct cid *payload, enum status (*each)(void *ctx, uint64_t id), void *ctx);

#endif
