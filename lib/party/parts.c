/* parts.c - takes messages for several deals apart, without copying their blocks. */
#include "party/parts.h"

#include <stdlib.h>

void parts_request(struct bytes *out, const struct graphsync_request *q)
{
	struct graphsync_message m = {.has_requests = true, .request_count = 1};
	struct bytes item = {0};

	graphsync_put_request(&item, q);
	m.requests = bytes_span(&item);
	graphsync_encode(out, &m);
	out->failed |= item.failed;
	bytes_release(&item);
}

static enum status note_links(struct blockset *links, struct span items)
{
	struct block_place nowhere = {0};
	enum graphsync_link kind;
	enum status s = STATUS_OK;
	struct cid link;

	while (s == STATUS_OK && graphsync_next_link(&link, &kind, &items))
		if (blockset_find(links, &link) == NULL)
			s = blockset_add(links, &link, &nowhere);
	return s;
}

/* DATA 3: whether each block was asked for is known before any of them is taken. */
static enum status check_blocks(struct parts *parts, struct party *p)
{
	struct graphsync_response response;
	struct span responses = parts->left;
	char text[CID_TEXT_MAX];
	enum status s = STATUS_OK;

	while (s == STATUS_OK && graphsync_next_response(&response, &responses))
		s = note_links(&parts->links, response.links);
	for (size_t i = 0; i < parts->whole->message.block_count && s == STATUS_OK; i++)
		if (blockset_find(&parts->links, &parts->whole->cids[i]) == NULL)
			s = party_fail(p, STATUS_BAD_MESSAGE, "block %s was not asked for",
				cid_text(text, &parts->whole->cids[i]));
	return s;
}

enum status parts_open(struct parts *parts, struct party *p, const struct delivery *whole)
{
	size_t room = whole->message.block_count;

	*parts = (struct parts){.whole = whole, .left = whole->message.responses, .part = *whole};
	parts->part.blocks = NULL;
	parts->part.cids = NULL;
	if (room != 0) {
		parts->part.blocks = calloc(room, sizeof(*whole->blocks));
		parts->part.cids = calloc(room, sizeof(*whole->cids));
		if (parts->part.blocks == NULL || parts->part.cids == NULL)
			return STATUS_NO_MEMORY;
	}
	return check_blocks(parts, p);
}

bool parts_left(const struct parts *parts)
{
	return parts->left.len != 0;
}

enum status parts_next(struct parts *parts, const struct delivery **d)
{
	struct graphsync_message *m = &parts->part.message;
	struct graphsync_response response;
	struct span from = parts->left;
	enum status s;

	if (!graphsync_next_response(&response, &parts->left))
		return STATUS_END;
	blockset_truncate(&parts->links, 0);
	s = note_links(&parts->links, response.links);
	m->responses = span_of(from.data, from.len - parts->left.len);
	m->response_count = 1;
	m->block_count = 0;
	for (size_t i = 0; i < parts->whole->message.block_count; i++)
		if (blockset_find(&parts->links, &parts->whole->cids[i]) != NULL) {
			parts->part.blocks[m->block_count] = parts->whole->blocks[i];
			parts->part.cids[m->block_count++] = parts->whole->cids[i];
		}
	*d = &parts->part;
	return s;
}

void parts_release(struct parts *parts)
{
	free(parts->part.blocks);
	free(parts->part.cids);
	blockset_release(&parts->links);
	*parts = (struct parts){0};
}
