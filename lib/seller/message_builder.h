/* message_builder.h - one message with blocks, while the message is built.
 *
 * The data of a block stays in its file until the message is sent, and then
 * goes from file to pipe without a copy in memory, if the sink can do so.
 */
#ifndef SELLER_MESSAGE_BUILDER_H
#define SELLER_MESSAGE_BUILDER_H

#include "content/content.h"
#include "peer/sink.h"
#include "seller/answers.h"

/** struct message_builder - all zero is an empty one; released by message_builder_release(). */
struct message_builder {
	struct bytes links,
		items; /* of the message's lists: announced links, and blocks without the data that is in a file */
	size_t link_count, block_count;
	struct file_part *gaps; /* the places of the data that is in a file */
	size_t gap_count, gap_room;
	uint64_t gap_bytes;
	struct bytes frame;
};

/** message_builder_announce - add a link whose block is not in this message. */
MUST_CHECK enum status message_builder_announce(
	struct message_builder *builder, const struct cid *link, enum graphsync_link kind);
/**
 * message_builder_add - add a link and its block, which lies at @place of @content. @whole: the sink needs whole
 * frames.
 */
MUST_CHECK enum status message_builder_add(struct message_builder *builder, const struct cid *link,
	struct content_reader *content, const struct block_place *place, bool whole);
/** message_builder_size - approximate bytes of the blocks. */
uint64_t message_builder_size(const struct message_builder *builder);
/**
 * struct message_head - the part before the blocks: the receiver of the response, the status of the request, and an
 * answer or NULL.
 */
struct message_head {
	const struct response_head *response;
	enum graphsync_status status;
	const struct deal_answer *answer;
};
/**
 * message_builder_send - send the message to @sink, and empty the builder. An empty builder sends a message without
 * blocks.
 */
MUST_CHECK enum status message_builder_send(struct message_builder *builder, const struct message_head *head,
	struct content_reader *content, const struct sink *sink);
void message_builder_release(struct message_builder *builder);

#endif
