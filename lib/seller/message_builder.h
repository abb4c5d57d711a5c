/* message_builder.h - one message with blocks, being put together.
 *
 * The data of a block stays in its file until the message goes out, and then
 * goes from file to pipe without passing through here, if the sink can do so.
 */
#ifndef SELLER_MESSAGE_BUILDER_H
#define SELLER_MESSAGE_BUILDER_H

#include "content/content.h"
#include "peer/sink.h"
#include "seller/answers.h"

/** struct message_builder - all zero is an empty one; released by message_builder_release(). */
struct message_builder {
	struct bytes links,
		items; /* of the message's lists: announced links; blocks, less the data that is in a file */
	size_t link_count, block_count;
	struct file_part *gaps; /* where that data goes */
	size_t gap_count, gap_room;
	uint64_t gap_bytes;
	struct bytes frame;
};

/** message_builder_announce - add a link whose block is not in this message. */
MUST_CHECK enum status message_builder_announce(
	struct message_builder *builder, const struct cid *link, enum graphsync_link kind);
/** message_builder_add - add a link and its block, which lies at @place of @content. @whole: the sink wants whole frames. */
MUST_CHECK enum status message_builder_add(struct message_builder *builder, const struct cid *link,
	struct content_reader *content, const struct block_place *place, bool whole);
/** message_builder_size - bytes of the blocks, about. */
uint64_t message_builder_size(const struct message_builder *builder);
/** struct message_head - what goes before the blocks: whom the response is for, how the request stands, and an answer or NULL. */
struct message_head {
	const struct response_head *response;
	enum graphsync_status status;
	const struct deal_answer *answer;
};
/** message_builder_send - send the message to @sink, and empty it. An empty one is a message without blocks. */
MUST_CHECK enum status message_builder_send(struct message_builder *builder, const struct message_head *head,
	struct content_reader *content, const struct sink *sink);
void message_builder_release(struct message_builder *builder);

#endif
