/* selector.c - IPLD selectors: tells invalid, unsupported and supported selectors apart.
 *
 * Knows the whole grammar, so that a refusal says whether the selector is
 * invalid or unsupported; refuses to know the selected data.
 * Judges as go-ipld-prime's traversal/selector does, with a budget of its own.
 *
 * Source: https://ipld.io/specs/selectors/
 */
#include "ipld/selector.h"

#include "ipld/cbor.h"

#define DEPTH_MAX    100        /* selectors inside selectors */
#define MEMBERS_MAX  8192       /* of all unions together */
#define SELECTOR_MAX (1u << 20) /* bytes */

/* {"R": {"l": {"none": {}}, ":>": {"a": {">": {"@": {}}}}}} */
static const uint8_t all[] = {0xa1, 0x61, 'R', 0xa2, 0x61, 'l', 0xa1, 0x64, 'n', 'o', 'n', 'e', 0xa0, 0x62, ':', '>',
	0xa1, 0x61, 'a', 0xa1, 0x61, '>', 0xa1, 0x61, '@', 0xa0};
/* The same with a matcher beside the edge: {... ":>": {"|": [{".": {}}, {"a": {">": {"@": {}}}}]}}: it loads the same links. */
static const uint8_t match_all[] = {0xa1, 0x61, 'R', 0xa2, 0x61, 'l', 0xa1, 0x64, 'n', 'o', 'n', 'e', 0xa0, 0x62, ':',
	'>', 0xa1, 0x61, '|', 0x82, 0xa1, 0x61, '.', 0xa0, 0xa1, 0x61, 'a', 0xa1, 0x61, '>', 0xa1, 0x61, '@', 0xa0};

/* The state of the parser, and its remaining budget. */
struct parser {
	struct cbor_reader r;
	unsigned depth, members;
	bool in_recursion; /* below an ExploreRecursive */
	bool edge_seen;    /* an edge of the nearest ExploreRecursive */
};

static void parse_selector(struct parser *p);

static void fail(struct parser *p)
{
	cbor_fail(&p->r, STATUS_BAD_SELECTOR);
}

/* Every body but a union's is a map; unknown fields are skipped, as by go-ipld-prime. */
static void skip_field(struct parser *p)
{
	cbor_read_any(&p->r, CBOR_ANY_ORDER);
}

/* Read the key of the next field of a map. */
static struct span read_key(struct parser *p)
{
	return cbor_read_text(&p->r, SIZE_MAX);
}

/* {">": selector}, and for the conditional also a condition. */
static void parse_next(struct parser *p)
{
	bool next = false;

	for (size_t n = cbor_read_map(&p->r); n > 0 && !p->r.status; n--) {
		if (span_is(read_key(p), ">")) {
			parse_selector(p);
			next = true;
		} else {
			skip_field(p);
		}
	}
	if (!next)
		fail(p);
}

/* {"f>": {name: selector, ...}} */
static void parse_fields(struct parser *p)
{
	bool fields = false;

	for (size_t n = cbor_read_map(&p->r); n > 0 && !p->r.status; n--) {
		if (!span_is(read_key(p), "f>")) {
			skip_field(p);
			continue;
		}
		for (size_t m = cbor_read_map(&p->r); m > 0 && !p->r.status; m--) {
			read_key(p);
			parse_selector(p);
		}
		fields = true;
	}
	if (!fields)
		fail(p);
}

/* {"i": number, ">": selector} */
static void parse_index(struct parser *p)
{
	bool index = false, next = false;

	for (size_t n = cbor_read_map(&p->r); n > 0 && !p->r.status; n--) {
		struct span key = read_key(p);

		if (span_is(key, "i")) {
			cbor_read_int(&p->r);
			index = true;
		} else if (span_is(key, ">")) {
			parse_selector(p);
			next = true;
		} else {
			skip_field(p);
		}
	}
	if (!index || !next)
		fail(p);
}

/* {"^": start, "$": end, ">": selector}, start below end */
static void parse_range(struct parser *p)
{
	bool has_start = false, has_end = false, next = false;
	int64_t start = 0, end = 0;

	for (size_t n = cbor_read_map(&p->r); n > 0 && !p->r.status; n--) {
		struct span key = read_key(p);

		if (span_is(key, "^")) {
			start = cbor_read_int(&p->r);
			has_start = true;
		} else if (span_is(key, "$")) {
			end = cbor_read_int(&p->r);
			has_end = true;
		} else if (span_is(key, ">")) {
			parse_selector(p);
			next = true;
		} else {
			skip_field(p);
		}
	}
	if (!has_start || !has_end || !next || start >= end)
		fail(p);
}

/* {"none": {}} or {"depth": number} */
static void parse_limit(struct parser *p)
{
	struct span kind;

	cbor_expect_map(&p->r, 1);
	kind = read_key(p);
	if (span_is(kind, "depth"))
		cbor_read_int(&p->r);
	else if (span_is(kind, "none"))
		skip_field(p);
	else
		fail(p);
}

/* {"/": link}: the one condition that go-ipld-prime has. */
static void parse_condition(struct parser *p)
{
	struct cid link;

	cbor_expect_map(&p->r, 1);
	cbor_expect_key(&p->r, "/");
	cbor_read_link(&p->r, &link);
}

/* {"l": limit, ":>": selector, "!": condition}; the selector must have an edge that leads back here. */
static void parse_recursive(struct parser *p)
{
	bool outer_recursion = p->in_recursion, outer_edge = p->edge_seen, limit = false;

	p->in_recursion = true;
	p->edge_seen = false;
	for (size_t n = cbor_read_map(&p->r); n > 0 && !p->r.status; n--) {
		struct span key = read_key(p);

		if (span_is(key, "l")) {
			parse_limit(p);
			limit = true;
		} else if (span_is(key, ":>")) {
			parse_selector(p);
		} else if (span_is(key, "!")) {
			parse_condition(p);
		} else {
			skip_field(p);
		}
	}
	if (!limit || !p->edge_seen)
		fail(p);
	p->in_recursion = outer_recursion;
	p->edge_seen = outer_edge;
}

/* [selector, ...] */
static void parse_union(struct parser *p)
{
	size_t n = cbor_read_array(&p->r);

	if (n > MEMBERS_MAX - p->members) {
		fail(p);
		return;
	}
	p->members += (unsigned)n;
	for (; n > 0 && !p->r.status; n--)
		parse_selector(p);
}

/* {} below an ExploreRecursive */
static void parse_edge(struct parser *p)
{
	if (cbor_peek(&p->r) != CBOR_MAP || !p->in_recursion)
		fail(p);
	skip_field(p);
	p->edge_seen = true;
}

/* {"as": text, ">": selector} */
static void parse_interpret(struct parser *p)
{
	bool as = false, next = false;

	for (size_t n = cbor_read_map(&p->r); n > 0 && !p->r.status; n--) {
		struct span key = read_key(p);

		if (span_is(key, "as")) {
			cbor_read_text(&p->r, SIZE_MAX);
			as = true;
		} else if (span_is(key, ">")) {
			parse_selector(p);
			next = true;
		} else {
			skip_field(p);
		}
	}
	if (!as || !next)
		fail(p);
}

/* {"[": from, "]": to}, 0 <= from <= to */
static void parse_subset(struct parser *p)
{
	int64_t from = -1, to = -1;

	for (size_t n = cbor_read_map(&p->r); n > 0 && !p->r.status; n--) {
		struct span key = read_key(p);

		if (span_is(key, "["))
			from = cbor_read_int(&p->r);
		else if (span_is(key, "]"))
			to = cbor_read_int(&p->r);
		else
			skip_field(p);
	}
	if (from < 0 || from > to)
		fail(p);
}

/* {} or {"subset": range} */
static void parse_matcher(struct parser *p)
{
	for (size_t n = cbor_read_map(&p->r); n > 0 && !p->r.status; n--) {
		if (span_is(read_key(p), "subset"))
			parse_subset(p);
		else
			skip_field(p);
	}
}

/* The parser of the body for each key.  The depth of C calls is bounded by DEPTH_MAX. */
static void parse_selector(struct parser *p)
{
	static const struct {
		const char *key;
		void (*parse)(struct parser *p);
	} kinds[] = {
		{"a", parse_next},      /* ExploreAll */
		{"f", parse_fields},    /* ExploreFields */
		{"i", parse_index},     /* ExploreIndex */
		{"r", parse_range},     /* ExploreRange */
		{"R", parse_recursive}, /* ExploreRecursive */
		{"|", parse_union},     /* ExploreUnion */
		{"&", parse_next},      /* ExploreConditional: in the specification, in no program */
		{"@", parse_edge},      /* ExploreRecursiveEdge */
		{"~", parse_interpret}, /* ExploreInterpretAs */
		{".", parse_matcher},   /* Matcher */
	};
	struct span key;

	if (++p->depth > DEPTH_MAX)
		fail(p);
	cbor_expect_map(&p->r, 1);
	key = read_key(p);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && !p->r.status; i++) {
		if (span_is(key, kinds[i].key)) {
			kinds[i].parse(p);
			p->depth--;
			return;
		}
	}
	fail(p);
}

enum status selector_parse(enum selector_kind *kind, struct span cbor)
{
	struct parser p = {.r = cbor_reader(cbor)};

	if (cbor.len == 0 || (cbor.len == 1 && cbor_peek(&p.r) == CBOR_NULL) || span_equal(cbor, selector_all()) ||
		span_equal(cbor, span_of(match_all, sizeof(match_all)))) {
		*kind = SELECTOR_ALL;
		return STATUS_OK;
	}
	/* First check the rules of all CBOR (mainly duplicate keys), then the grammar. */
	if (cbor.len > SELECTOR_MAX || cbor_check(cbor, CBOR_ANY_ORDER) != STATUS_OK)
		return STATUS_BAD_SELECTOR;
	parse_selector(&p);
	return cbor_end(&p.r) == STATUS_OK ? STATUS_BAD_SELECTOR_KIND : STATUS_BAD_SELECTOR;
}

struct span selector_all(void)
{
	return span_of(all, sizeof(all));
}
