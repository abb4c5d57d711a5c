/* message_builder.c - one message with blocks: gathered as heads and gaps, sent as frame bytes and stretches of a file.
 *
 * Small blocks are copied into the message: a system call for each would cost more.
 */
#include "seller/message_builder.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "peer/sink.h"
#include "seller/answers.h"
#include "seller/content.h"
#include "wire/frame.h"

#define COPY_BELOW (16u << 10) /* bytes of a block that is cheaper to copy than to splice */

/** struct file_part - data that belongs before the byte @at of the items. */
struct file_part {
	size_t at;
	struct block_place place;
};

static enum status add_gap(struct message_builder *p, const struct block_place *place)
{
	struct file_part *gaps = array_grow(p->gaps, p->gap_count, &p->gap_room, sizeof(*gaps));

	if (gaps == NULL)
		return STATUS_NO_MEMORY;
	p->gaps = gaps;
	p->gaps[p->gap_count++] = (struct file_part){p->items.len, *place};
	p->gap_bytes += place->len;
	return STATUS_OK;
}

enum status message_builder_announce(struct message_builder *p, const struct cid *link, enum graphsync_link kind)
{
	graphsync_put_link(&p->links, link, kind);
	p->link_count++;
	return bytes_status(&p->links);
}

enum status message_builder_add(struct message_builder *p, const struct cid *link, struct content_reader *content,
	const struct block_place *place, bool whole)
{
	enum status s = message_builder_announce(p, link, LINK_PRESENT);

	if (s != STATUS_OK)
		return s;
	graphsync_put_block_head(&p->items, link, place->len);
	p->block_count++;
	s = bytes_status(&p->items);
	if (s != STATUS_OK)
		return s;
	return whole || place->len < COPY_BELOW ? content_read(content, &p->items, place) : add_gap(p, place);
}

uint64_t message_builder_size(const struct message_builder *p)
{
	return p->items.len + p->gap_bytes;
}

static void empty(struct message_builder *p)
{
	bytes_clear(&p->links);
	bytes_clear(&p->items);
	p->link_count = p->block_count = p->gap_count = 0;
	p->gap_bytes = 0;
}

/* The message around the blocks: what goes before the first one, and (from *@tail on) what goes after the last. */
static enum status make_frame(struct message_builder *p, size_t *tail, const struct response_head *head,
	enum graphsync_status status, const struct deal_answer *answer)
{
	struct graphsync_response response = {
		.status = status, .has_links = p->link_count != 0, .link_count = p->link_count};
	struct graphsync_message message = {.response_count = 1,
		.has_responses = true,
		.block_count = p->block_count,
		.has_blocks = p->block_count != 0};
	struct bytes extensions = {0}, item = {0}, before = {0}, after = {0};
	bool failed;

	answer_extensions(&extensions, head, answer, EXT_TRANSFER, EXT_OUTGOING_BLOCK);
	memcpy(response.id, head->request, REQUEST_ID_SIZE);
	response.links = bytes_span(&p->links);
	response.extensions = bytes_span(&extensions);
	graphsync_put_response(&item, &response);
	message.responses = bytes_span(&item);
	graphsync_encode_before(&before, &message);
	graphsync_encode_after(&after, &message);
	bytes_clear(&p->frame);
	frame_put_head(&p->frame, before.len + p->items.len + p->gap_bytes + after.len);
	bytes_append(&p->frame, before.data, before.len);
	*tail = p->frame.len;
	bytes_append(&p->frame, after.data, after.len);
	failed = extensions.failed || item.failed || before.failed || after.failed || p->frame.failed;
	bytes_release(&extensions);
	bytes_release(&item);
	bytes_release(&before);
	bytes_release(&after);
	return failed ? STATUS_NO_MEMORY : STATUS_OK;
}

static enum status say(const struct sink *sink, const struct bytes *b, size_t from, size_t to)
{
	return from == to ? STATUS_OK : sink->bytes(sink->ctx, span_of(b->data + from, to - from));
}

static enum status send_whole(struct message_builder *p, size_t tail, const struct sink *sink)
{
	struct bytes whole = {0};
	enum status s;

	bytes_append(&whole, p->frame.data, tail);
	bytes_append(&whole, p->items.data, p->items.len);
	bytes_append(&whole, p->frame.data + tail, p->frame.len - tail);
	s = bytes_status(&whole);
	if (s == STATUS_OK)
		s = sink->bytes(sink->ctx, bytes_span(&whole));
	bytes_release(&whole);
	return s;
}

static enum status send_pieces(
	struct message_builder *p, size_t tail, struct content_reader *content, const struct sink *sink)
{
	size_t from = 0;
	enum status s = say(sink, &p->frame, 0, tail);

	for (size_t i = 0; i < p->gap_count && s == STATUS_OK; i++) {
		const struct file_part *gap = &p->gaps[i];

		s = say(sink, &p->items, from, gap->at);
		if (s == STATUS_OK)
			s = sink->file(sink->ctx, content->fd, gap->place.offset, gap->place.len);
		from = gap->at;
	}
	if (s == STATUS_OK)
		s = say(sink, &p->items, from, p->items.len);
	return s == STATUS_OK ? say(sink, &p->frame, tail, p->frame.len) : s;
}

enum status message_builder_send(struct message_builder *p, const struct response_head *head,
	struct content_reader *content, enum graphsync_status status, const struct deal_answer *answer,
	const struct sink *sink)
{
	size_t tail = 0;
	enum status s = make_frame(p, &tail, head, status, answer);

	if (s == STATUS_OK)
		s = p->gap_count == 0 ? send_whole(p, tail, sink) : send_pieces(p, tail, content, sink);
	empty(p);
	return s;
}

void message_builder_release(struct message_builder *p)
{
	bytes_release(&p->links);
	bytes_release(&p->items);
	bytes_release(&p->frame);
	free(p->gaps);
	*p = (struct message_builder){0};
}
