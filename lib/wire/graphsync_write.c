/* graphsync_write.c - encodes graphsync 2.0 messages, part by part.
 *
 * Knows the order of keys and the optional parts.  Does not check the meaning or
 * the size of a message.
 */
#include "wire/graphsync.h"

#include <assert.h>
#include <string.h>

#define V0_PREFIX_SIZE 4 /* bytes: version 0, dag-pb, sha2-256, 32 */

/* The order of DAG-CBOR: shorter keys first, then bytewise. */
static bool key_below(const char *a, const char *b)
{
	size_t alen = strlen(a), blen = strlen(b);

	return alen != blen ? alen < blen : memcmp(a, b, alen) < 0;
}

struct graphsync_extension_item graphsync_not_final(void)
{
	static const uint8_t null[] = {0xf6}; /* CBOR's null */

	return (struct graphsync_extension_item){EXT_NOT_FINAL, span_of(null, sizeof(null))};
}

void graphsync_extensions(struct bytes *out, const struct graphsync_extension_item *items, size_t n)
{
	const struct graphsync_extension_item *last = NULL;

	cbor_put_map(out, n);
	for (size_t done = 0; done < n; done++) {
		const struct graphsync_extension_item *next = NULL;

		for (size_t i = 0; i < n; i++)
			if ((!last || key_below(last->name, items[i].name)) &&
				(!next || key_below(items[i].name, next->name)))
				next = &items[i];
		assert(next); /* no two extensions have the same name */
		cbor_put_text(out, next->name);
		cbor_put_raw(out, next->value);
		last = next;
	}
}

static void put_pair(struct bytes *b, const char *key, struct span item)
{
	if (item.len == 0)
		return;
	cbor_put_text(b, key);
	cbor_put_raw(b, item);
}

static void put_id(struct bytes *b, const char *key, const uint8_t id[GRAPHSYNC_ID_SIZE])
{
	cbor_put_text(b, key);
	cbor_put_bytes(b, span_of(id, GRAPHSYNC_ID_SIZE));
}

static void put_letter(struct bytes *b, char letter)
{
	cbor_put_text_span(b, span_of(&letter, 1));
}

void graphsync_put_request(struct bytes *requests, const struct graphsync_request *r)
{
	bool has_root = !cid_is_none(&r->root);

	cbor_put_map(requests, 2u + (r->extensions.len > 0) + r->has_priority + (r->selector.len > 0) + has_root);
	put_id(requests, "id", r->id);
	put_pair(requests, "ext", r->extensions);
	if (r->has_priority) {
		cbor_put_text(requests, "pri");
		cbor_put_int(requests, r->priority);
	}
	put_pair(requests, "sel", r->selector);
	if (has_root) {
		cbor_put_text(requests, "root");
		cbor_put_link(requests, &r->root);
	}
	cbor_put_text(requests, "type");
	put_letter(requests, (char)r->type);
}

static void put_list(struct bytes *b, const char *key, size_t count, struct span items)
{
	cbor_put_text(b, key);
	cbor_put_array(b, count);
	cbor_put_raw(b, items);
}

void graphsync_put_response(struct bytes *responses, const struct graphsync_response *r)
{
	cbor_put_map(responses, 2u + (r->extensions.len > 0) + r->has_links);
	put_pair(responses, "ext", r->extensions);
	if (r->has_links)
		put_list(responses, "meta", r->link_count, r->links);
	cbor_put_text(responses, "stat");
	cbor_put_int(responses, r->status);
	put_id(responses, "reqid", r->id);
}

void graphsync_put_link(struct bytes *links, const struct cid *c, enum graphsync_link kind)
{
	cbor_put_array(links, 2);
	cbor_put_link(links, c);
	put_letter(links, (char)kind);
}

void graphsync_put_block_head(struct bytes *blocks, const struct cid *c, size_t len)
{
	/* A prefix is the CID without its digest; a v0 CID leaves out the first two varints. */
	size_t prefix = c->version == 0 ? V0_PREFIX_SIZE : (size_t)c->len - c->digest_len, from;

	cbor_put_array(blocks, 2);
	cbor_put_bytes_head(blocks, prefix);
	from = blocks->len;
	cid_prefix(blocks, c);
	assert(blocks->failed || blocks->len - from == prefix);
	cbor_put_bytes_head(blocks, len);
}

void graphsync_encode_before(struct bytes *out, const struct graphsync_message *m)
{
	cbor_put_map(out, 1);
	cbor_put_text(out, "gs2");
	cbor_put_map(out, (size_t)m->has_blocks + m->has_requests + m->has_responses);
	if (m->has_blocks)
		put_list(out, "blk", m->block_count, (struct span){0});
}

void graphsync_encode_after(struct bytes *out, const struct graphsync_message *m)
{
	if (m->has_requests)
		put_list(out, "req", m->request_count, m->requests);
	if (m->has_responses)
		put_list(out, "rsp", m->response_count, m->responses);
}

void graphsync_encode(struct bytes *out, const struct graphsync_message *m)
{
	graphsync_encode_before(out, m);
	cbor_put_raw(out, m->blocks);
	graphsync_encode_after(out, m);
}
