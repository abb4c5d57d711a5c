/* stored.c - tests of wire/stored.h: what an older program wrote is read, what a newer one wrote is refused. */
#include "../../support/test.h"

#include "wire/stored.h"

struct part {
	uint64_t early, late;
};
struct thing {
	uint64_t number;
	struct part part;
	uint64_t added;
};

static const struct field part_fields[] = {
	{"e", FIELD_UINT, offsetof(struct part, early)},
	{"l", FIELD_UINT, offsetof(struct part, late), .since = 2},
};
static const struct record part_record = RECORD(part_fields);
static const struct field thing_fields[] = {
	{"n", FIELD_UINT, offsetof(struct thing, number)},
	{"p", FIELD_RECORD, offsetof(struct thing, part), &part_record},
	{"a", FIELD_UINT, offsetof(struct thing, added), .since = 1},
};
static const struct record thing_record = RECORD(thing_fields);

/* The same, without keys. */
static const struct field row_fields[] = {
	{NULL, FIELD_UINT, offsetof(struct part, early)},
	{NULL, FIELD_UINT, offsetof(struct part, late), .since = 1},
};
static const struct record row_record = TUPLE(row_fields);

/* Never changed since it was first written. */
static const struct record part_first_record = {part_fields, 1, false};

#define N "\x61n\x01"
#define A                                                                                                              \
	"\x61"                                                                                                         \
	"a\x04"
#define P0                                                                                                             \
	"\x61p\xa1\x61"                                                                                                \
	"e\x02"
#define P2                                                                                                             \
	"\x61p\xa2\x61"                                                                                                \
	"e\x02\x61l\x03"
#define ROW(text)                                                                                                      \
	{                                                                                                              \
		(const uint8_t *)(text), sizeof(text) - 1                                                              \
	}

static const struct {
	struct span in;
	enum status want;
	uint64_t late, added;
	const char *why;
} rows[] = {
	{ROW("\x02\xa3" N P2 A), STATUS_OK, 3, 4, "the newest layout has all fields"},
	{ROW("\x01\xa3" N P0 A), STATUS_OK, 0, 4, "the layout before lacks what came later, at any depth"},
	{ROW("\xa3" N P0 A), STATUS_OK, 0, 4, "a layout that isn't said is told by the number of fields"},
	{ROW("\xa2" N P0), STATUS_OK, 0, 0, "the first layout"},
	{ROW("\x00\xa2" N P0), STATUS_OK, 0, 0, "the first layout, said"},
	{ROW("\x03\xa3" N P2 A), STATUS_NEWER_VERSION, 0, 0, "a layout that we don't know"},
	{ROW("\x1b\x00\x00\x00\x01\x00\x00\x00\x01\xa3" N P0 A), STATUS_NEWER_VERSION, 0, 0, "a version of 33 bits"},
	{ROW("\x01\xa2" N P0), STATUS_CORRUPT, 0, 0, "a layout without a field that it has"},
	{ROW("\x01\xa3" N P2 A), STATUS_CORRUPT, 0, 0, "a layout with a field that came later"},
	{ROW("\xa1" N), STATUS_CORRUPT, 0, 0, "fewer fields than there ever were"},
	{ROW("\x02\xa3" N P2 A "\x00"), STATUS_CORRUPT, 0, 0, "bytes after the end"},
	{ROW("\x18\x02\xa3" N P2 A), STATUS_CORRUPT, 0, 0, "a version in more bytes than it needs"},
	{ROW("\x02"), STATUS_CORRUPT, 0, 0, "a version alone"},
	{ROW(""), STATUS_CORRUPT, 0, 0, "nothing at all"},
};

static void check_rows(void)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct thing out = {.added = 77};
		enum status s = stored_decode(&out, sizeof(out), &thing_record, rows[i].in);

		CHECK_EQUAL(s, rows[i].want, rows[i].why);
		if (s != STATUS_OK)
			CHECK(out.added == 77, "what does not decode leaves all as it was");
		else
			CHECK(out.number == 1 && out.part.early == 2 && out.part.late == rows[i].late &&
					out.added == rows[i].added,
				rows[i].why);
	}
}

static void check_writing(void)
{
	struct thing in = {1, {2, 3}, 4};
	struct part row = {5, 6}, back = {0};
	CLEAN_BYTES struct bytes b = {0};

	stored_write(&b, &thing_record, &in);
	CHECK(span_equal(bytes_span(&b), rows[0].in), "the newest layout is written");
	bytes_clear(&b);
	stored_write(&b, &part_first_record, &row);
	CHECK(span_is(bytes_span(&b), "\xa1\x61"
				      "e\x05"),
		"a record that never changed has no version in front");
	bytes_clear(&b);
	stored_write(&b, &row_record, &row);
	CHECK(span_is(bytes_span(&b), "\x01\x82\x05\x06"), "a tuple has its version too");
	CHECK_EQUAL(stored_decode(&back, sizeof(back), &row_record, bytes_span(&b)), STATUS_OK, "and is read");
	CHECK(back.early == 5 && back.late == 6, "as written");
	CHECK_EQUAL(stored_decode(&back, sizeof(back), &row_record, span_text("\x81\x07")), STATUS_OK, "an older one");
	CHECK(back.early == 7 && back.late == 0, "without what came later");
}

int main(void)
{
	check_rows();
	check_writing();
	return test_end();
}
