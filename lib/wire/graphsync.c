/* graphsync.c - graphsync 2.0 messages.
 *
 * Knows the schema.  Does not hash blocks, does not match responses to requests,
 * and checks extensions only for being CBOR.
 *
 * A message is read twice: first completely, to check every part, and then part
 * by part, which can't fail any more.  So no part is copied and no memory is
 * allocated.
 */
#include "wire/graphsync.h"

#include <assert.h>
#include <string.h>

#include "wire/frame_reader.h"

#define KEY_MAX    16 /* bytes of a key in a message; the longest that is known has 5 */
#define PREFIX_MAX 40 /* bytes of a block's prefix: four varints */

/* struct sparse - a map being read whose keys, in sorted order, may each be absent. */
struct sparse {
	struct cbor_reader *r;
	size_t left;   /* pairs whose key has not been read */
	bool key_read; /* @key has been read, its value has not */
	struct span key;
};

static struct sparse sparse_open(struct cbor_reader *r)
{
	return (struct sparse){.r = r, .left = cbor_read_map(r)};
}

/* True if the next pair has the key @key; the caller then reads its value. */
static bool sparse_has(struct sparse *m, const char *key)
{
	if (!m->key_read && m->left > 0) {
		m->key = cbor_read_text(m->r, KEY_MAX);
		m->left--;
		m->key_read = true;
	}
	if (m->r->status != STATUS_OK || !m->key_read || !span_is(m->key, key))
		return false;
	m->key_read = false;
	return true;
}

/* The same for a required key. */
static void sparse_need(struct sparse *m, const char *key)
{
	if (!sparse_has(m, key))
		cbor_fail(m->r, STATUS_BAD_KEY);
}

static void sparse_close(struct sparse *m)
{
	if (m->key_read || m->left > 0)
		cbor_fail(m->r, STATUS_BAD_KEY);
}

static void read_id(struct cbor_reader *r, uint8_t id[GRAPHSYNC_ID_SIZE])
{
	struct span in = cbor_read_bytes(r, GRAPHSYNC_ID_SIZE);

	if (in.len == GRAPHSYNC_ID_SIZE)
		memcpy(id, in.data, in.len);
	else
		cbor_fail(r, STATUS_BAD_VALUE);
}

/* Read a text of one character, which must be in @known. */
static char read_letter(struct cbor_reader *r, const char *known)
{
	struct span in = cbor_read_text(r, 1);

	if (in.len == 1 && in.data[0] != 0 && strchr(known, in.data[0]))
		return (char)in.data[0];
	cbor_fail(r, STATUS_BAD_VALUE);
	return known[0];
}

static struct span read_extensions(struct cbor_reader *r)
{
	if (cbor_peek(r) != CBOR_MAP)
		cbor_fail(r, STATUS_BAD_TYPE);
	return cbor_read_any(r, CBOR_SORTED);
}

/* Read a list of items, each checked by @check: returns their bytes and sets @count. */
static struct span read_items(struct cbor_reader *r, size_t *count, void (*check)(struct cbor_reader *r))
{
	const uint8_t *from;

	*count = cbor_read_array(r);
	from = r->at;
	for (size_t i = 0; i < *count && r->status == STATUS_OK; i++)
		check(r);
	return r->status == STATUS_OK ? span_of(from, (size_t)(r->at - from)) : (struct span){0};
}

static void read_link(struct cbor_reader *r, struct cid *c, enum graphsync_link *kind)
{
	cbor_expect_array(r, 2);
	cbor_read_link(r, c);
	*kind = (enum graphsync_link)read_letter(r, "pdms");
}

static void check_link(struct cbor_reader *r)
{
	enum graphsync_link kind;
	struct cid c;

	read_link(r, &c, &kind);
}

static void read_request(struct cbor_reader *r, struct graphsync_request *q)
{
	struct sparse m = sparse_open(r);

	*q = (struct graphsync_request){0};
	sparse_need(&m, "id");
	read_id(r, q->id);
	if (sparse_has(&m, "ext"))
		q->extensions = read_extensions(r);
	q->has_priority = sparse_has(&m, "pri");
	if (q->has_priority)
		q->priority = cbor_read_int(r);
	if (sparse_has(&m, "sel"))
		q->selector = cbor_read_any(r, CBOR_SORTED);
	if (sparse_has(&m, "root"))
		cbor_read_link(r, &q->root);
	sparse_need(&m, "type");
	q->type = (enum graphsync_request_type)read_letter(r, "ncu");
	sparse_close(&m);
}

static void check_request(struct cbor_reader *r)
{
	struct graphsync_request q;

	read_request(r, &q);
}

static void read_response(struct cbor_reader *r, struct graphsync_response *p)
{
	struct sparse m = sparse_open(r);

	*p = (struct graphsync_response){0};
	if (sparse_has(&m, "ext"))
		p->extensions = read_extensions(r);
	p->has_links = sparse_has(&m, "meta");
	if (p->has_links)
		p->links = read_items(r, &p->link_count, check_link);
	sparse_need(&m, "stat");
	p->status = cbor_read_int(r);
	sparse_need(&m, "reqid");
	read_id(r, p->id);
	sparse_close(&m);
}

static void check_response(struct cbor_reader *r)
{
	struct graphsync_response p;

	read_response(r, &p);
}

static void read_block(struct cbor_reader *r, struct graphsync_block *b)
{
	cbor_expect_array(r, 2);
	b->prefix = cbor_read_bytes(r, PREFIX_MAX);
	b->data = cbor_read_bytes(r, FRAME_MAX);
}

static void check_block(struct cbor_reader *r)
{
	struct graphsync_block b;

	read_block(r, &b);
}

enum status graphsync_decode(struct graphsync_message *out, struct span in)
{
	struct cbor_reader r = cbor_reader(in);
	struct graphsync_message local = {0};
	struct sparse m;
	enum status s;

	cbor_expect_map(&r, 1);
	cbor_expect_key(&r, "gs2");
	m = sparse_open(&r);
	local.has_blocks = sparse_has(&m, "blk");
	if (local.has_blocks)
		local.blocks = read_items(&r, &local.block_count, check_block);
	local.has_requests = sparse_has(&m, "req");
	if (local.has_requests)
		local.requests = read_items(&r, &local.request_count, check_request);
	local.has_responses = sparse_has(&m, "rsp");
	if (local.has_responses)
		local.responses = read_items(&r, &local.response_count, check_response);
	sparse_close(&m);
	s = cbor_end(&r);
	if (s != STATUS_OK)
		return s;
	*out = local;
	return STATUS_OK;
}

/* Take the bytes that @r has read off @list, which graphsync_decode() has checked. */
static bool taken(struct span *list, const struct cbor_reader *r)
{
	size_t used = cbor_offset(r);

	assert(r->status == STATUS_OK);
	*list = span_of(list->data + used, list->len - used);
	return true;
}

bool graphsync_next_request(struct graphsync_request *q, struct span *requests)
{
	struct cbor_reader r = cbor_reader(*requests);

	if (requests->len == 0)
		return false;
	read_request(&r, q);
	return taken(requests, &r);
}

bool graphsync_next_response(struct graphsync_response *p, struct span *responses)
{
	struct cbor_reader r = cbor_reader(*responses);

	if (responses->len == 0)
		return false;
	read_response(&r, p);
	return taken(responses, &r);
}

bool graphsync_next_link(struct cid *c, enum graphsync_link *kind, struct span *links)
{
	struct cbor_reader r = cbor_reader(*links);

	if (links->len == 0)
		return false;
	read_link(&r, c, kind);
	return taken(links, &r);
}

bool graphsync_next_block(struct graphsync_block *b, struct span *blocks)
{
	struct cbor_reader r = cbor_reader(*blocks);

	if (blocks->len == 0)
		return false;
	read_block(&r, b);
	return taken(blocks, &r);
}

enum status graphsync_extension(struct span *value, struct span extensions, const char *name)
{
	struct cbor_reader r = cbor_reader(extensions);
	size_t count = extensions.len > 0 ? cbor_read_map(&r) : 0;

	for (size_t i = 0; i < count; i++) {
		struct span key = cbor_read_text(&r, SIZE_MAX);
		struct span item = cbor_read_any(&r, CBOR_SORTED);

		assert(r.status == STATUS_OK); /* checked when the message was decoded */
		if (span_is(key, name)) {
			*value = item;
			return STATUS_OK;
		}
	}
	return STATUS_NOT_FOUND;
}
