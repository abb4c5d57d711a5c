/* content.h - a CAR that is offered, and reading its blocks.
 *
 * The blocks stay in the CAR; the store's index holds the place of each block.
 * Content that can't be read now is NOT_NOW, explained: its file is gone, has
 * changed, is on a disk that is not mounted, or no longer matches its CIDs. The
 * seller can repair the content, and no deal ends because of it.
 */
#ifndef CONTENT_CONTENT_H
#define CONTENT_CONTENT_H

#include "party/party.h"
#include "store/blocks.h"

/** struct content_reader - an open content; all zero but fd -1 before content_open(). */
struct content_reader {
	struct party *party;
	int fd;
	uint64_t number;
	struct bytes path; /* for messages */
};

/** content_open - open the CAR of content @number. NOT_NOW. */
MUST_CHECK enum status content_open(struct content_reader *reader, struct party *party, uint64_t number);
/**
 * content_open_deal - open the content that @deal sells: the content offered for the payload now, because the seller
 * keeps that one in order; otherwise the content offered when the deal was made. NOT_NOW.
 */
MUST_CHECK enum status content_open_deal(
	struct content_reader *reader, struct party *party, const struct provider_deal *deal);
/** content_find - the place of a block. NOT_NOW if the index does not have the block. */
MUST_CHECK enum status content_find(
	struct content_reader *reader, struct kv_txn *txn, struct block_place *place, const struct cid *cid);
/**
 * content_read - append the bytes of the block @cid, which lies at @place; NOT_NOW, with nothing appended, if the bytes
 * do not match @cid.
 */
MUST_CHECK enum status content_read(
	struct content_reader *reader, struct bytes *out, const struct cid *cid, const struct block_place *place);
/** content_copy - append the bytes at @place, which content_read() has checked. */
MUST_CHECK enum status content_copy(struct content_reader *reader, struct bytes *out, const struct block_place *place);
/** content_load - append a block by its CID, in a transaction of its own; for walk_restore(), with @ctx the reader. */
MUST_CHECK enum status content_load(void *ctx, struct bytes *out, const struct cid *cid);
/** content_close - harmless on a reader that is closed, or all zero but fd -1. */
void content_close(struct content_reader *reader);
#define CLEAN_CONTENT __attribute__((cleanup(content_close)))

#endif
