/* content.h - a CAR that is for sale: taking it in, and reading its blocks.
 *
 * The blocks stay in the CAR; the store's index holds where each one lies.
 * Content that can't be read now (its file is gone, changed, on a disk that is
 * not mounted, or does not match its CIDs any more) is NOT_NOW, explained: that
 * can be mended, and no deal ends by it.
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
	struct bytes path; /* for words */
};

/** content_open - open the CAR of content @number. NOT_NOW. */
MUST_CHECK enum status content_open(struct content_reader *reader, struct party *party, uint64_t number);
/**
 * content_open_deal - open what @deal sells: the content that is offered for its payload now, because that is the one
 * that its seller keeps in order; else the one that was offered when the deal was made. NOT_NOW.
 */
MUST_CHECK enum status content_open_deal(
	struct content_reader *reader, struct party *party, const struct provider_deal *deal);
/** content_find - where a block lies. NOT_NOW if the index does not have it. */
MUST_CHECK enum status content_find(
	struct content_reader *reader, struct kv_txn *txn, struct block_place *place, const struct cid *cid);
/** content_read - append the bytes of the block @cid, which lies at @place; NOT_NOW, and nothing appended, if its hash is another one. */
MUST_CHECK enum status content_read(
	struct content_reader *reader, struct bytes *out, const struct cid *cid, const struct block_place *place);
/** content_copy - append the bytes at @place, which content_read() has found right. */
MUST_CHECK enum status content_copy(struct content_reader *reader, struct bytes *out, const struct block_place *place);
/** content_load - append a block by its CID, in a transaction of its own; for walk_restore(), with @ctx the reader. */
MUST_CHECK enum status content_load(void *ctx, struct bytes *out, const struct cid *cid);
/** content_close - harmless on a reader that is closed, or all zero but fd -1. */
void content_close(struct content_reader *reader);
#define CLEAN_CONTENT __attribute__((cleanup(content_close)))

#endif
