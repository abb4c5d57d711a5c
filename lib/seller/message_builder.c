/* message_builder.c - one message with blocks: gathered as heads and gaps, sent as frame bytes and ranges of a file.
 *
 * Small blocks are copied into the message: a system call for each small block
 * would cost more.
 */
#include "seller/message_builder.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "content/content.h"
#include "peer/sink.h"
#include "seller/answers.h"
#include "wire/frame.h"

#define COPY_BELOW (16u << 10) /* bytes; a smaller block is cheaper to copy than to splice */

/** struct file_part - data that belongs before byte @at of the items. */
struct file_part {
	size_t at;
	struct block_place place;
};

static enum status add_gap(struct message_builder *builder, const struct block_place *place)
{
	struct file_part *gaps = array_grow(builder->gaps, builder->gap_count, &builder->gap_room, sizeof(*gaps));

	if (gaps == NULL)
		return STATUS_NO_MEMORY;
	builder->gaps = gaps;
	builder->gaps[builder->gap_count++] = (struct file_part){builder->items.len, *place};
	builder->gap_bytes += place->len;
	return STATUS_OK;
}

enum status message_builder_announce(struct message_builder *builder, const struct cid *link, enum graphsync_link kind)
{
	graphsync_put_link(&builder->links, link, kind);
	builder->link_count++;
	return bytes_status(&builder->links);
}

enum status message_builder_add(struct message_builder *builder, const struct cid *link, struct content_reader *content,
	const struct block_place *place, bool whole)
{
	enum status s = message_builder_announce(builder, link, LINK_PRESENT);

	if (s != STATUS_OK)
		return s;
	graphsync_put_block_head(&builder->items, link, place->len);
	builder->block_count++;
	s = bytes_status(&builder->items);
	if (s != STATUS_OK)
		return s;
	return whole || place->len < COPY_BELOW ? content_copy(content, &builder->items, place)
						: add_gap(builder, place);
}

uint64_t message_builder_size(const struct message_builder *builder)
{
	return builder->items.len + builder->gap_bytes;
}

static void empty(struct message_builder *builder)
{
	bytes_clear(&builder->links);
	bytes_clear(&builder->items);
	builder->link_count = builder->block_count = builder->gap_count = 0;
	builder->gap_bytes = 0;
}

/*
 * Make the frame around the blocks: the bytes before the first block, and (from *@tail on) the bytes after the last
 * block.
 */
static enum status make_frame(struct message_builder *builder, size_t *tail, const struct message_head *head)
{
	struct graphsync_response response = {
		.status = head->status, .has_links = builder->link_count != 0, .link_count = builder->link_count};
	struct graphsync_message message = {.response_count = 1,
		.has_responses = true,
		.block_count = builder->block_count,
		.has_blocks = builder->block_count != 0};
	CLEAN_BYTES struct bytes extensions = {0};
	CLEAN_BYTES struct bytes item = {0};
	CLEAN_BYTES struct bytes before = {0};
	CLEAN_BYTES struct bytes after = {0};

	answer_extensions(&extensions, head->response, head->answer, EXT_OUTGOING_BLOCK);
	memcpy(response.id, head->response->request, REQUEST_ID_SIZE);
	response.links = bytes_span(&builder->links);
	response.extensions = bytes_span(&extensions);
	graphsync_put_response(&item, &response);
	message.responses = bytes_span(&item);
	graphsync_encode_before(&before, &message);
	graphsync_encode_after(&after, &message);
	bytes_clear(&builder->frame);
	frame_put_head(&builder->frame, before.len + builder->items.len + builder->gap_bytes + after.len);
	bytes_append(&builder->frame, before.data, before.len);
	*tail = builder->frame.len;
	bytes_append(&builder->frame, after.data, after.len);
	return extensions.failed || item.failed || before.failed || after.failed || builder->frame.failed
		       ? STATUS_NO_MEMORY
		       : STATUS_OK;
}

static enum status send_span(const struct sink *sink, const struct bytes *b, size_t from, size_t to)
{
	return from == to ? STATUS_OK : sink->bytes(sink->ctx, span_of(b->data + from, to - from));
}

static enum status send_whole(struct message_builder *builder, size_t tail, const struct sink *sink)
{
	CLEAN_BYTES struct bytes whole = {0};
	enum status s;

	bytes_append(&whole, builder->frame.data, tail);
	bytes_append(&whole, builder->items.data, builder->items.len);
	bytes_append(&whole, builder->frame.data + tail, builder->frame.len - tail);
	s = bytes_status(&whole);
	return s == STATUS_OK ? sink->bytes(sink->ctx, bytes_span(&whole)) : s;
}

static enum status send_gap(struct message_builder *builder, const struct file_part *gap, size_t from,
	const struct content_reader *content, const struct sink *sink)
{
	enum status s = send_span(sink, &builder->items, from, gap->at);

	return s == STATUS_OK ? sink->file(sink->ctx, content->fd, gap->place.offset, gap->place.len) : s;
}

static enum status send_pieces(
	struct message_builder *builder, size_t tail, struct content_reader *content, const struct sink *sink)
{
	size_t from = 0;
	enum status s = send_span(sink, &builder->frame, 0, tail);

	for (size_t i = 0; i < builder->gap_count && s == STATUS_OK; i++) {
		s = send_gap(builder, &builder->gaps[i], from, content, sink);
		from = builder->gaps[i].at;
	}
	if (s != STATUS_OK)
		return s;
	s = send_span(sink, &builder->items, from, builder->items.len);
	if (s != STATUS_OK)
		return s;
	return send_span(sink, &builder->frame, tail, builder->frame.len);
}

enum status message_builder_send(struct message_builder *builder, const struct message_head *head,
	struct content_reader *content, const struct sink *sink)
{
	size_t tail = 0;
	enum status s = make_frame(builder, &tail, head);

	if (s == STATUS_OK)
		s = builder->gap_count == 0 ? send_whole(builder, tail, sink)
					    : send_pieces(builder, tail, content, sink);
	empty(builder);
	return s;
}

void message_builder_release(struct message_builder *builder)
{
	bytes_release(&builder->links);
	bytes_release(&builder->items);
	bytes_release(&builder->frame);
	free(builder->gaps);
	*builder = (struct message_builder){0};
}
