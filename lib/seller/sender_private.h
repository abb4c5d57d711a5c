/* sender_private.h - shared by the files that send the blocks of a deal; for lib/seller only.
 *
 * A batch is planned (walk, look up, check), written to the store, then sent.
 */
#ifndef SELLER_SENDER_PRIVATE_H
#define SELLER_SENDER_PRIVATE_H

#include "content/content.h"
#include "content/offset_set.h"
#include "ipld/walk.h"
#include "seller/claims.h"
#include "seller/message_builder.h"
#include "seller/send.h"
#include "store/block_set.h"

enum batch_end { BATCH_FULL, BATCH_PAUSE, BATCH_LAST };

/** struct planned - one link to announce, and its block unless the block was sent before. */
struct planned {
	struct cid cid;
	struct block_place place;
	bool duplicate;
	bool skip;    /* the client has the block: at most announced */
	bool claimed; /* the same, by the block's CID: announced */
};

struct sender {
	struct party *party;
	const struct limits *limits; /* of the debt of the deal's client; NULL for none */
	struct provider_deal deal;   /* the deal as stored */
	uint64_t skip_links;         /* links whose blocks the client has: billed, not sent again */
	/* The position of this run, which may be behind the deal's when blocks are sent again. */
	uint64_t sent;   /* bytes */
	uint64_t blocks; /* unique blocks of the walk, from its start */
	struct content_reader content;
	bool open; /* the walk stands at @sent and @blocks */
	struct walk *walk;
	/*
	 * MONEY 14: blocks that the client had before the deal, as places in the content: these do not count as sent.
	 */
	struct offset_set seeded;
	struct claims claims;
	uint8_t request[REQUEST_ID_SIZE]; /* the request that the walk answers */
	/* The batch: its links, its end, and its blocks that were not sent before. */
	struct planned *plan;
	size_t plan_count, plan_room;
	enum batch_end end;
	struct block_set fresh;
	struct bytes scratch;
	struct message_builder message; /* the current message */
	const struct sink *sink;
};

/** sender_begin - move the walk to the last point that is paid for. NOT_NOW if the content can't be read. */
MUST_CHECK enum status sender_begin(struct sender *sender);
/** sender_rewind - forget the position of the walk. */
void sender_rewind(struct sender *sender);
/**
 * plan_batch - plan links until the interval, the batch or the DAG ends; hashes each block that was sent before and not
 * paid for. NOT_NOW.
 */
MUST_CHECK enum status plan_batch(struct sender *sender);
/**
 * commit_batch - write a batch to the store before the batch is sent. A batch that was sent before writes nothing.
 * OWES_TOO_MUCH.
 */
MUST_CHECK enum status commit_batch(struct sender *sender);
/** send_batch - send the planned links; the last message of a pause carries the request for payment. */
MUST_CHECK enum status send_batch(struct sender *sender);
/**
 * finish_deal - report that all blocks are sent, and either request the last payment (PAYMENT_NEEDED) or end the deal.
 */
MUST_CHECK enum status finish_deal(struct sender *sender);
/**
 * sender_note_stalled - record that our content can't be read. The client can't use an incomplete content, so the
 * client's debt for the deal does not count meanwhile.
 */
MUST_CHECK enum status sender_note_stalled(struct sender *sender);
/**
 * sender_not_now - answer the client that the content can't be read now; the client may come again. Returns NOT_NOW, or
 * the status of a failed answer.
 */
MUST_CHECK enum status sender_not_now(struct sender *sender);

#endif
