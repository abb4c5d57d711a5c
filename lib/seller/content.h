/* content.h - a CAR that is for sale: finding and reading its blocks. */
#ifndef SELLER_CONTENT_H
#define SELLER_CONTENT_H

#include "party/party.h"
#include "store/blocks.h"

/** struct content_reader - an open content; all zero but fd -1 before content_open(). */
struct content_reader {
	struct party *p;
	int fd;
	uint64_t number;
};

/** content_open - open the CAR of content @number; NOT_FOUND, explained, if the file is gone or was changed. */
MUST_CHECK enum status content_open(struct content_reader *c, struct party *p, uint64_t number);
/** content_find - where a block lies. */
MUST_CHECK enum status content_find(
	struct content_reader *c, struct kv_txn *t, struct block_place *place, const struct cid *cid);
/** content_read - append the bytes at @place. */
MUST_CHECK enum status content_read(struct content_reader *c, struct bytes *out, const struct block_place *place);
/** content_load - append a block by its CID, in a transaction of its own; for walk_restore(), with @ctx the reader. */
MUST_CHECK enum status content_load(void *ctx, struct bytes *out, const struct cid *cid);
void content_close(struct content_reader *c);

#endif
