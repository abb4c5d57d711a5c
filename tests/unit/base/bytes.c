/* bytes.c - growing and borrowed bytes, and the list of statuses. */
#include "base/bytes.h"

#include "../../support/test.h"

static void test_growth(void)
{
	struct bytes b = {0};
	size_t moves = 0, cap = 0;

	CHECK_TEXT(bytes_text(&b), "", "an empty one is an empty text");
	CHECK_EQUAL(b.len, 0, "the zero behind the content is not counted");
	for (unsigned i = 0; i < 100000; i++) {
		bytes_append_byte(&b, (uint8_t)i);
		moves += b.cap != cap;
		cap = b.cap;
	}
	CHECK_EQUAL(b.len, 100000, "every byte is there");
	CHECK(b.data[0] == 0 && b.data[255] == 255 && b.data[99999] == (uint8_t)99999, "and in order");
	CHECK(moves < 20, "memory grows by a factor, not a step");
	bytes_clear(&b);
	CHECK(b.len == 0 && b.cap == cap, "clearing keeps the memory");
	bytes_append(&b, NULL, 0);
	CHECK(b.len == 0 && bytes_status(&b) == STATUS_OK, "nothing may be appended from nowhere");
	bytes_release(&b);
	CHECK(!b.data && b.len == 0 && b.cap == 0, "released is empty");
	bytes_release(&b);
	bytes_append_text(&b, "again");
	CHECK_TEXT(bytes_text(&b), "again", "and usable");
	bytes_release(&b);
}

static void test_text(void)
{
	struct bytes b = {0};
	char longer[200];

	bytes_append_text(&b, "deal ");
	bytes_append_format(&b, "%d of %s", 7, "ten");
	CHECK_TEXT(bytes_text(&b), "deal 7 of ten", "text and formats join");
	CHECK_EQUAL(b.len, 13, "without zeros between");
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = 0;
	bytes_append_format(&b, "%s", longer);
	CHECK_EQUAL(b.len, 13 + 199, "a format longer than the room left");
	/* Content that fills the memory to the last byte still has its zero behind it. */
	for (size_t len = 60; len < 70; len++) {
		bytes_release(&b);
		CHECK(bytes_grow(&b, len) != NULL, "memory for a few bytes");
		memset(b.data, 'y', b.len);
		CHECK_EQUAL(strlen(bytes_text(&b)), len, "the zero is just behind the content");
	}
	bytes_release(&b);
}

static void test_failure(void)
{
	struct bytes b = {0};

	bytes_append_text(&b, "kept");
	CHECK(bytes_grow(&b, SIZE_MAX) == NULL, "no machine has that much");
	CHECK(bytes_grow(&b, SIZE_MAX - 4) == NULL, "nor wraps around");
	CHECK_EQUAL(bytes_status(&b), STATUS_NO_MEMORY, "the failure is kept");
	bytes_append_text(&b, "more");
	bytes_append_byte(&b, 1);
	bytes_append_format(&b, "%d", 1);
	CHECK(bytes_grow(&b, 1) == NULL, "later appends do nothing");
	CHECK_EQUAL(b.len, 4, "to the content either");
	CHECK_TEXT(bytes_text(&b), "", "a failed one has no text");
	bytes_release(&b);
	CHECK_EQUAL(bytes_status(&b), STATUS_OK, "until it is released");
}

static void test_spans(void)
{
	static const struct {
		struct span a, b;
		bool equal;
		const char *why;
	} rows[] = {
		{{NULL, 0}, {NULL, 0}, true, "nothing equals nothing"},
		{{NULL, 0}, {(const uint8_t *)"x", 0}, true, "wherever it lies"},
		{{(const uint8_t *)"abc", 3}, {(const uint8_t *)"abc", 3}, true, "the same bytes"},
		{{(const uint8_t *)"abc", 3}, {(const uint8_t *)"abd", 3}, false, "another last byte"},
		{{(const uint8_t *)"abc", 2}, {(const uint8_t *)"abc", 3}, false, "another length"},
		{{(const uint8_t *)"a\0b", 3}, {(const uint8_t *)"a\0c", 3}, false, "a zero does not end it"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CHECK_EQUAL(span_equal(rows[i].a, rows[i].b), rows[i].equal, rows[i].why);
	CHECK(span_is(span_text("gs2"), "gs2"), "a span is its text");
	CHECK(!span_is(span_of("gs2", 4), "gs2"), "the final zero does not belong to it");
	CHECK(!span_is(span_of("gs2", 2), "gs2"), "a part of it is not it");
}

static void test_statuses(void)
{
	unsigned count = 0;

	CHECK_EQUAL(status_class(STATUS_OK), CLASS_OK, "ok leads to exit 0");
	CHECK_EQUAL(status_class(STATUS_PENDING), CLASS_EARLY, "the last of the list");
	CHECK_EQUAL(status_class(STATUS_BAD_SIGNATURE), CLASS_INTEGRITY, "a bad signature is no mere bad input");
	CHECK_TEXT(status_text(STATUS_NO_UNIT), "a unit is required", "texts are those of the list");
	CHECK_EQUAL(status_class((enum status)10000), CLASS_IO, "a number that is none of ours never passes as ok");
	CHECK_TEXT(status_text((enum status)10000), "unknown failure", "nor has it a text of ours");
#define ROW(name, class, text) count += STATUS_##name == STATUS_OK || status_class(STATUS_##name) != CLASS_OK;
	STATUS_LIST(ROW)
#undef ROW
	CHECK_EQUAL(count, STATUS_PENDING + 1, "no failure has the class of success");
}

static void test_numbers(void)
{
	struct bytes b = {0};

	bytes_append_number(&b, 0x0102030405060708);
	CHECK(b.len == 8 && b.data[0] == 1 && b.data[7] == 8, "a number is eight bytes, the most significant first");
	CHECK(span_number(bytes_span(&b), 0) == 0x0102030405060708, "and comes back");
	CHECK(span_number(bytes_span(&b), 6) == 0x0708, "what is cut off is not made up");
	bytes_release(&b);
}

static void test_clean(void)
{
	char out[6];

	CHECK_TEXT(span_clean(out, sizeof(out), span_text("a\033b\x7f\xff")), "a?b??", "only printable ASCII stays");
	CHECK_TEXT(span_clean(out, sizeof(out), span_text("longer than that")), "longe", "and no more than fits");
}

int main(void)
{
	test_growth();
	test_text();
	test_failure();
	test_spans();
	test_statuses();
	test_numbers();
	test_clean();
	return test_end();
}
