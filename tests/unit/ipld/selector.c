/* selector.c - selectors: ours, those not supported, and what is none. */
#include "../../support/test.h"

#include <time.h>

#include "../../support/hex.h"
#include "ipld/cbor.h"
#include "ipld/selector.h"

#define KIND     STATUS_BAD_SELECTOR_KIND
#define BAD      STATUS_BAD_SELECTOR
#define MATCH    "a1612ea0"
#define EDGE     "a16140a0"
#define ALL_EDGE "a16161a1613e" EDGE
#define NONE     "616c a1646e6f6e65a0"

static const struct {
	const char *hex;
	enum status want;
	const char *why;
} rows[] = {
	{"", STATUS_OK, "nothing means all"},
	{"f6", STATUS_OK, "null means all"},
	{"a16152a2" NONE "623a3e" ALL_EDGE, STATUS_OK, "all"},
	{"a16152a2" NONE "623a3e a1617c82" MATCH ALL_EDGE, STATUS_OK, "all, each matched: as Lotus asks"},
	{"a16152a2 623a3e" ALL_EDGE NONE, KIND, "all, keys in another order"},
	{"a16152a2 616c a165646570746801 623a3e" ALL_EDGE, KIND, "to a depth"},
	{MATCH, KIND, "a matcher"},
	{"a1612ea166737562736574a2615b00615d05", KIND, "a slice"},
	{"a16161a1613e" MATCH, KIND, "explore all"},
	{"a16166a162663ea0", KIND, "no fields"},
	{"a16169a2616905613e" MATCH, KIND, "an index"},
	{"a16172a3612402613e" MATCH "615e01", KIND, "a range"},
	{"a1617c80", KIND, "an empty union"},
	{"a16126a2613e" MATCH "6126f6", KIND, "a conditional"},
	{"a1617ea2613e" MATCH "62617366756e69786673", KIND, "interpret as"},
	{"a16161a2613e" MATCH "617800", KIND, "an unknown field beside is passed over"},
	{"a16152a2" NONE "623a3e a16161a1613e a16152a2" NONE "623a3e" ALL_EDGE, BAD,
		"an outer recursion without its own edge"},
	{"a16152a2" NONE "623a3e a1617c82" EDGE "a16152a2" NONE "623a3e" ALL_EDGE, KIND,
		"each recursion with its edge"},
	{"00", BAD, "a number"},
	{"80", BAD, "an array"},
	{"a0", BAD, "an empty map"},
	{"a2612ea06161a1613e" MATCH, BAD, "two keys"},
	{"a16178a0", BAD, "an unknown kind"},
	{"a10000", BAD, "a key that is no text"},
	{"a1612e00", BAD, "a matcher that is no map"},
	{"a1612ea166737562736574a1615b00", BAD, "a slice without end"},
	{"a1612ea166737562736574a2615b06615d05", BAD, "a slice that ends before it begins"},
	{"a1612ea166737562736574a2615b20615d05", BAD, "a slice from below zero"},
	{EDGE, BAD, "an edge outside"},
	{"a16152a2" NONE "623a3e" MATCH, BAD, "no edge"},
	{"a16152a1 623a3e" ALL_EDGE, BAD, "no limit"},
	{"a16152a1" NONE, BAD, "no sequence"},
	{"a16152a2 616c a1656465707468 6178 623a3e" ALL_EDGE, BAD, "a depth that is no number"},
	{"a16152a2 616c a0 623a3e" ALL_EDGE, BAD, "an empty limit"},
	{"a16152a2 616c a16178a0 623a3e" ALL_EDGE, BAD, "an unknown limit"},
	{"a16152a3 6121 a1612f00" NONE "623a3e" ALL_EDGE, BAD, "stop at no link"},
	{"a16161a0", BAD, "explore all of nothing"},
	{"a16166a0", BAD, "no field map"},
	{"a16166a162663e80", BAD, "fields in an array"},
	{"a16166a162663ea1617800", BAD, "a field's selector that is none"},
	{"a16169a1613e" MATCH, BAD, "an index without a number"},
	{"a16172a3612401613e" MATCH "615e01", BAD, "an empty range"},
	{"a16172a2613e" MATCH "615e01", BAD, "a range without end"},
	{"a1617ca0", BAD, "a union that is a map"},
	{"a1617c8100", BAD, "a union of a number"},
	{"a16126a16126f6", BAD, "a conditional without next"},
	{"a1617ea1613e" MATCH, BAD, "interpret as nothing"},
	{"a2612ea0612ea0", BAD, "a key twice"},
	{MATCH "00", BAD, "bytes behind"},
	{"a1612e", BAD, "cut"},
	{"bf612ea0ff", BAD, "indefinite"},
};

/* @depth selectors, each inside the one before. */
static void put_nested(struct bytes *b, unsigned depth)
{
	for (unsigned i = 1; i < depth; i++) {
		cbor_put_map(b, 1);
		cbor_put_text(b, "a");
		cbor_put_map(b, 1);
		cbor_put_text(b, ">");
	}
	cbor_put_map(b, 1);
	cbor_put_text(b, ".");
	cbor_put_map(b, 0);
}

static void put_union(struct bytes *b, unsigned members)
{
	cbor_put_map(b, 1);
	cbor_put_text(b, "|");
	cbor_put_array(b, members);
	for (unsigned i = 0; i < members; i++)
		put_nested(b, 1);
}

static void test_budget(void)
{
	static const struct {
		void (*put)(struct bytes *b, unsigned n);
		unsigned n;
		enum status want;
		const char *why;
	} sizes[] = {
		{put_nested, 100, KIND, "100 deep"},
		{put_nested, 101, BAD, "101 deep"},
		{put_nested, 100000, BAD, "100,000 deep"},
		{put_union, 8192, KIND, "8,192 members"},
		{put_union, 8193, BAD, "8,193 members"},
	};
	clock_t begin = clock();

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		enum selector_kind kind;
		struct bytes b = {0};

		sizes[i].put(&b, sizes[i].n);
		CHECK_EQUAL(selector_parse(&kind, bytes_span(&b)), sizes[i].want, sizes[i].why);
		bytes_release(&b);
	}
	CHECK(clock() - begin < CLOCKS_PER_SEC, "in less than a second");
}

int main(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bytes in = hex_bytes(rows[i].hex);
		enum selector_kind kind;

		CHECK_EQUAL(selector_parse(&kind, bytes_span(&in)), rows[i].want, rows[i].why);
		bytes_release(&in);
	}
	test_budget();
	return test_end();
}
