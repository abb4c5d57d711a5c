/* graphsync.c - tests of wire/graphsync.h: the schema, and what breaks it. */
#include "../../support/test.h"

#include "wire/graphsync.h"

#define ROW(text) text, sizeof(text) - 1
#define ID                                                                                                             \
	"\x50"                                                                                                         \
	"0123456789abcdef"
#define CID                                                                                                            \
	"\xd8\x2a\x58\x25\x00\x01\x55\x12\x20"                                                                         \
	"01234567890123456789012345678901"
#define GS2(lists) ROW("\xa1\x63gs2" lists)
#define REQ(items) "\xa1\x63req" items
#define RSP(items) "\xa1\x63rsp" items
#define BLK(items)                                                                                                     \
	"\xa1\x63"                                                                                                     \
	"blk" items
#define FULL_REQ                                                                                                       \
	"\xa6\x62id" ID "\x63"                                                                                         \
	"ext\xa1\x61"                                                                                                  \
	"a\x01\x63pri\x20\x63sel\xa0\x64root" CID "\x64type\x61n"
#define LEAST_REQ                                                                                                      \
	"\xa2\x62id" ID "\x64type\x61"                                                                                 \
	"c"
#define LINK(kind) "\x82" CID "\x61" kind
#define FULL_RSP                                                                                                       \
	"\xa4\x63"                                                                                                     \
	"ext\xa0\x64meta\x84" LINK("p") LINK("d") LINK("m") LINK("s") "\x64stat\x0e\x65reqid" ID
#define STAT(n) "\xa2\x64stat" n "\x65reqid" ID
#define BLOCK   "\x82\x44\x01\x55\x12\x20\x41x"

static const struct {
	const char *in;
	size_t len;
	enum status want;
	const char *why;
} rows[] = {
	{GS2("\xa0"), STATUS_OK, "nothing in it"},
	{GS2("\xa3\x63"
	     "blk\x81" BLOCK "\x63req\x81" FULL_REQ "\x63rsp\x81" FULL_RSP),
		STATUS_OK, "everything"},
	{GS2("\xa3\x63"
	     "blk\x80\x63req\x80\x63rsp\x80"),
		STATUS_OK, "lists that are empty but there"},
	{GS2(REQ("\x82" LEAST_REQ FULL_REQ)), STATUS_OK, "two requests"},
	{GS2(RSP("\x81" STAT("\x18\x23"))), STATUS_OK, "a status and nothing else"},
	{GS2("\xa2\x63rsp\x80\x63"
	     "blk\x80"),
		STATUS_BAD_KEY, "lists in the wrong order"},
	{GS2("\xa2\x63req\x80\x63req\x80"), STATUS_BAD_KEY, "a list twice"},
	{GS2("\xa1\x63xyz\x80"), STATUS_BAD_KEY, "an unknown list"},
	{GS2(REQ("\xa0")), STATUS_BAD_TYPE, "a map for a list"},
	{GS2("\xa0\x00"), STATUS_TRAILING, "a byte more"},
	{ROW("\xa1\x63gs1\xa0"), STATUS_BAD_KEY, "another protocol"},
	{ROW("\xa2\x63gs2\xa0\x63gs3\xa0"), STATUS_BAD_KEY, "another key"},
	{ROW("\xa0"), STATUS_BAD_KEY, "no key"},
	{ROW(""), STATUS_TRUNCATED, "nothing"},
	{ROW("\xf6"), STATUS_BAD_TYPE, "null"},
	/* requests */
	{GS2(REQ("\x81\xa2\x62id\x4f"
		 "0123456789abcde\x64type\x61n")),
		STATUS_BAD_VALUE, "an id of 15 bytes"},
	{GS2(REQ("\x81\xa2\x62id\x51"
		 "0123456789abcdefg\x64type\x61n")),
		STATUS_TOO_LARGE, "an id of 17 bytes"},
	{GS2(REQ("\x81\xa2\x62id\x01\x64type\x61n")), STATUS_BAD_TYPE, "a number for an id"},
	{GS2(REQ("\x81\xa2\x62id" ID "\x64type\x61x")), STATUS_BAD_VALUE, "an unknown type"},
	{GS2(REQ("\x81\xa2\x62id" ID "\x64type\x60")), STATUS_BAD_VALUE, "an empty type"},
	{GS2(REQ("\x81\xa2\x62id" ID "\x64type\x61\x00")), STATUS_BAD_VALUE, "a type of zero"},
	{GS2(REQ("\x81\xa2\x62id" ID "\x64type\x62no")), STATUS_TOO_LARGE, "a type of two letters"},
	{GS2(REQ("\x81\xa1\x62id" ID)), STATUS_BAD_KEY, "no type"},
	{GS2(REQ("\x81\xa1\x64type\x61n")), STATUS_BAD_KEY, "no id"},
	{GS2(REQ("\x81\xa2\x64type\x61n\x62id" ID)), STATUS_BAD_KEY, "keys in the wrong order"},
	{GS2(REQ("\x81\xa3\x62id" ID "\x64type\x61n\x65later\x00")), STATUS_BAD_KEY, "an unknown key"},
	{GS2(REQ("\x81\xa3\x62id" ID "\x63"
		 "ext\xf6\x64type\x61n")),
		STATUS_BAD_TYPE, "extensions that are null"},
	{GS2(REQ("\x81\xa3\x62id" ID "\x63"
		 "ext\xa2\x62"
		 "bb\x00\x61"
		 "a\x00\x64type\x61n")),
		STATUS_BAD_KEY, "extensions out of order"},
	{GS2(REQ("\x81\xa3\x62id" ID "\x63"
		 "ext\xa2\x61"
		 "a\x00\x61"
		 "a\x00\x64type\x61n")),
		STATUS_DUPLICATE_KEY, "an extension twice"},
	{GS2(REQ("\x81\xa3\x62id" ID "\x63"
		 "ext\xa1\x01\x00\x64type\x61n")),
		STATUS_BAD_TYPE, "an extension with a number"},
	{GS2(REQ("\x81\xa3\x62id" ID "\x64root\xf6\x64type\x61n")), STATUS_BAD_TYPE, "a root that is null"},
	{GS2(REQ("\x81\xa3\x62id" ID "\x64root\xd8\x2a\x42\x00\x01\x64type\x61n")), STATUS_BAD_CID,
		"a root that is no CID"},
	/* responses */
	{GS2(RSP("\x81" STAT("\x00"))), STATUS_OK, "status 0: for the rules to pass over"},
	{GS2(RSP("\x81" STAT("\x0b"))), STATUS_OK, "status 11, additional peers"},
	{GS2(RSP("\x81" STAT("\x0d"))), STATUS_OK, "status 13, other protocol"},
	{GS2(RSP("\x81" STAT("\x18\x24"))), STATUS_OK, "status 36, which nobody knows"},
	{GS2(RSP("\x81" STAT("\x2e"))), STATUS_OK, "status -15"},
	{GS2(RSP("\x81" STAT("\x61x"))), STATUS_BAD_TYPE, "a text for a status"},
	{GS2(RSP("\x81\xa2\x64stat\x0e\x65reqid\x40")), STATUS_BAD_VALUE, "an empty id"},
	{GS2(RSP("\x81\xa1\x64stat\x0e")), STATUS_BAD_KEY, "no id"},
	{GS2(RSP("\x81\xa3\x64meta\x81" LINK("x") "\x64stat\x0e\x65reqid" ID)), STATUS_BAD_VALUE,
		"an unknown kind of link"},
	{GS2(RSP("\x81\xa3\x64meta\x81\x81" CID "\x64stat\x0e\x65reqid" ID)), STATUS_BAD_VALUE,
		"a link without a kind"},
	{GS2(RSP("\x81\xa3\x64meta\xf6\x64stat\x0e\x65reqid" ID)), STATUS_BAD_TYPE, "links that are null"},
	{GS2(RSP("\x81\xa3\x64meta\x9a\x0f\xff\xff\xff\x64stat\x0e\x65reqid" ID)), STATUS_TRUNCATED,
		"2^28 links claimed"},
	/* blocks */
	{GS2(BLK("\x81\x81\x41x")), STATUS_BAD_VALUE, "a block without data"},
	{GS2(BLK("\x81\x82\x61x\x41x")), STATUS_BAD_TYPE, "a text for a prefix"},
	{GS2(BLK("\x81\x82\x58\x29"
		 "01234567890123456789012345678901234567890\x41x")),
		STATUS_TOO_LARGE, "a prefix of 41 bytes"},
	{GS2(BLK("\x81\x82\x41x\x5b\x40\x00\x00\x00\x00\x00\x00\x00")), STATUS_TRUNCATED, "2^62 bytes claimed"},
	{GS2(BLK("\x81\x82\x41x\x5f\x41x\xff")), STATUS_BAD_TYPE, "an indefinite length"},
	{GS2(BLK("\x82" BLOCK)), STATUS_TRUNCATED, "one block of two"},
};

/* Makes the message again from its parts. */
static void rebuild(struct bytes *out, struct graphsync_message m)
{
	struct bytes requests = {0}, responses = {0};
	struct graphsync_request q;
	struct graphsync_response p;

	while (graphsync_next_request(&q, &m.requests))
		graphsync_put_request(&requests, &q);
	while (graphsync_next_response(&p, &m.responses)) {
		struct span left = p.links;
		struct bytes links = {0};
		enum graphsync_link kind;
		struct cid c;

		while (graphsync_next_link(&c, &kind, &left))
			graphsync_put_link(&links, &c, kind);
		p.links = bytes_span(&links);
		graphsync_put_response(&responses, &p);
		bytes_release(&links);
	}
	m.requests = bytes_span(&requests);
	m.responses = bytes_span(&responses);
	graphsync_encode(out, &m);
	bytes_release(&responses);
	bytes_release(&requests);
}

static void check_rows(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct span in = span_of(rows[i].in, rows[i].len);
		struct graphsync_message m, before;
		struct bytes back = {0};
		enum status s;

		memset(&m, 0x5a, sizeof(m));
		before = m;
		s = graphsync_decode(&m, in);
		CHECK_EQUAL(s, rows[i].want, rows[i].why);
		if (s == STATUS_OK) {
			rebuild(&back, m);
			CHECK(span_equal(bytes_span(&back), in), "what decodes encodes back");
		} else {
			CHECK(memcmp(&m, &before, sizeof(m)) == 0, "the output is untouched on failure");
		}
		bytes_release(&back);
	}
}

/* Every cut is refused; every flipped bit is refused, or iterates and encodes back. */
static void check_damage(void)
{
	struct bytes in = {0}, back = {0};
	struct graphsync_message m;

	bytes_append(&in, rows[1].in, rows[1].len);
	for (size_t len = 0; len < in.len; len++)
		CHECK(graphsync_decode(&m, span_of(in.data, len)) != STATUS_OK, "a cut message is refused");
	for (size_t i = 0; i < 8 * in.len; i++) {
		in.data[i / 8] ^= (uint8_t)(1 << i % 8);
		if (graphsync_decode(&m, bytes_span(&in)) == STATUS_OK) {
			bytes_clear(&back);
			rebuild(&back, m);
			CHECK(span_equal(bytes_span(&back), bytes_span(&in)), "a changed message encodes back");
		}
		in.data[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	bytes_release(&back);
	bytes_release(&in);
}

static void check_parts(void)
{
	struct graphsync_message m = {0};
	struct graphsync_request q;
	struct graphsync_response p;
	struct graphsync_block b;
	struct span left, value;

	CHECK_EQUAL(graphsync_decode(&m, span_of(rows[1].in, rows[1].len)), STATUS_OK, "it decodes");
	CHECK(m.request_count == 1 && m.response_count == 1 && m.block_count == 1, "one of each");
	left = m.requests;
	if (CHECK(graphsync_next_request(&q, &left), "a request")) {
		CHECK_EQUAL(q.type, GRAPHSYNC_NEW, "a new one");
		CHECK(q.has_priority && q.priority == -1, "its priority");
		CHECK(!cid_is_none(&q.root) && q.root.codec == CODEC_RAW, "its root");
		CHECK_EQUAL(graphsync_extension(&value, q.extensions, "a"), STATUS_OK, "its extension");
		CHECK(value.len == 1 && value.data[0] == 1, "the extension's value");
		CHECK_EQUAL(graphsync_extension(&value, q.extensions, "b"), STATUS_NOT_FOUND, "it has no other");
	}
	CHECK(!graphsync_next_request(&q, &left), "and no further request");
	left = m.responses;
	if (CHECK(graphsync_next_response(&p, &left), "a response")) {
		CHECK(p.status == GRAPHSYNC_PARTIAL && p.link_count == 4, "partial, of four links");
		CHECK_EQUAL(graphsync_extension(&value, p.extensions, "a"), STATUS_NOT_FOUND, "no extension");
	}
	CHECK(!graphsync_next_response(&p, &left), "and no further response");
	left = m.blocks;
	CHECK(graphsync_next_block(&b, &left) && span_is(b.data, "x"), "a block");
	CHECK(!graphsync_next_block(&b, &left), "and no further block");
	CHECK_EQUAL(
		graphsync_extension(&value, (struct span){0}, "a"), STATUS_NOT_FOUND, "absent extensions have none");
}

/* Extensions are written in the order of DAG-CBOR, whatever order they are given in. */
static void check_extension_order(void)
{
	struct span one = span_of("\x01", 1);
	const struct graphsync_extension_item items[] = {{EXT_INCOMING_REQUEST, one}, {"bb", one}, {EXT_TRANSFER, one},
		{"ba", one}, {"c", one}, {EXT_DEDUP_BY_KEY, one}};
	struct bytes out = {0};
	struct span value;

	graphsync_extensions(&out, items, sizeof(items) / sizeof(items[0]));
	CHECK_EQUAL(cbor_check(bytes_span(&out), CBOR_SORTED), STATUS_OK, "they are sorted");
	for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++)
		CHECK_EQUAL(graphsync_extension(&value, bytes_span(&out), items[i].name), STATUS_OK, "and all there");
	bytes_clear(&out);
	graphsync_extensions(&out, NULL, 0);
	CHECK(span_equal(bytes_span(&out), span_of("\xa0", 1)), "none is an empty map");
	bytes_release(&out);
}

static void check_block_heads(void)
{
	static const struct {
		unsigned version;
		enum cid_codec codec;
		enum cid_hash hash;
	} kinds[] = {
		{0, CODEC_DAG_PB, HASH_SHA2_256},
		{1, CODEC_RAW, HASH_SHA2_256},
		{1, CODEC_DAG_CBOR, HASH_BLAKE2B_256},
		{1, CODEC_RAW, HASH_IDENTITY},
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct span data = span_text("some data"), left;
		struct bytes blocks = {0};
		struct cid c = {0}, got = {0};
		struct graphsync_block b = {0};

		CHECK_EQUAL(cid_of(&c, kinds[i].version, kinds[i].codec, kinds[i].hash, data), STATUS_OK, "a CID");
		graphsync_put_block_head(&blocks, &c, data.len);
		bytes_append(&blocks, data.data, data.len);
		left = bytes_span(&blocks);
		CHECK(graphsync_next_block(&b, &left), "a block");
		CHECK_EQUAL(cid_from_prefix(&got, b.prefix, b.data), STATUS_OK, "its CID comes from its prefix");
		CHECK(cid_equal(&got, &c), "and is the same");
		bytes_release(&blocks);
	}
}

int main(void)
{
	check_rows();
	check_damage();
	check_parts();
	check_extension_order();
	check_block_heads();
	return test_end();
}
