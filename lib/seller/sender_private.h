/* sender_private.h - what the files that send the blocks of a deal share; for lib/seller only.
 *
 * One batch is planned (walk, look up, check), written down, then sent.
 */
#ifndef SELLER_SENDER_PRIVATE_H
#define SELLER_SENDER_PRIVATE_H

#include "content/content.h"
#include "content/offset_set.h"
#include "ipld/walk.h"
#include "seller/message_builder.h"
#include "seller/send.h"
#include "store/block_set.h"

enum batch_end { BATCH_FULL, BATCH_PAUSE, BATCH_LAST };

/** struct planned - one link to announce, and its block unless it was sent before. */
struct planned {
	struct cid cid;
	struct block_place place;
	bool duplicate;
	bool skip; /* the client has it: at most announced */
};

struct sender {
	struct party *party;
	struct provider_deal deal; /* as it is in the store */
	uint64_t skip_links;       /* links whose blocks the client has: billed, not sent again */
	/* How far this run has come; it may be behind the deal when sending again. */
	uint64_t sent;   /* bytes */
	uint64_t blocks; /* unique blocks of the walk, from its start */
	struct content_reader content;
	bool open; /* the walk stands where @sent and @blocks say */
	struct walk *walk;
	/* MONEY 14: what the client had before the deal, as places in the content: it counts as nothing that was sent. */
	struct offset_set seeded;
	/* The batch: its links, how it ends, and its blocks that were not sent before. */
	struct planned *plan;
	size_t plan_count, plan_room;
	enum batch_end end;
	struct block_set fresh;
	struct bytes scratch;
	struct message_builder message; /* the message being made */
	const struct sink *sink;
};

/** sender_begin - put the walk at the last point that is paid for. NOT_NOW if the content can't be read. */
MUST_CHECK enum status sender_begin(struct sender *sender);
/** sender_rewind - forget where the walk stands. */
void sender_rewind(struct sender *sender);
/** plan_batch - plan links until the interval, the batch or the DAG ends; checks the bytes of each block that was sent before, and did not get paid. NOT_NOW. */
MUST_CHECK enum status plan_batch(struct sender *sender);
/** commit_batch - write a batch down before it is sent. Sending again what was sent before writes nothing. */
MUST_CHECK enum status commit_batch(struct sender *sender);
/** send_batch - send the planned links; the last message of a pause carries the request for payment. */
MUST_CHECK enum status send_batch(struct sender *sender);
/** finish_deal - all blocks are out: say so, and either ask for the rest (PAYMENT_NEEDED) or end the deal. */
MUST_CHECK enum status finish_deal(struct sender *sender);
/**
 * sender_note_stalled - our content can't be read. What the client got so far is of no use to it while it can't get the
 * rest: it does not owe for that meanwhile.
 */
MUST_CHECK enum status sender_note_stalled(struct sender *sender);
/** sender_not_now - the content can't be read: say so to the client, who may come again. Returns NOT_NOW, or why that failed. */
MUST_CHECK enum status sender_not_now(struct sender *sender);

#endif
