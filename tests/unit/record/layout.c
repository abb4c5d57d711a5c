/* layout.c - tests of record/layout.h: fields that a stranger may have written, and lines that are written and read. */
#include "../../support/test.h"

#include "record/layout.h"

static const struct {
	const char *json; /* the value of a field */
	uint64_t want;
	const char *why;
} numbers[] = {
	{"12", 12, "a number is a number"},
	{"\"12\"", 12, "so are decimal digits"},
	{"\"18446744073709551615\"", UINT64_MAX, "up to 64 bits"},
	{"\"18446744073709551616\"", 0, "one more is no number"},
	{"\"12abc\"", 0, "digits with something behind are no number"},
	{"\" 12\"", 0, "nor with something before"},
	{"\"-1\"", 0, "nor with a sign"},
	{"-1", 0, "nothing here is negative"},
	{"1.5", 0, "nor broken"},
	{"[1]", 0, "a list is no number"},
	{"null", 0, "nor is nothing"},
};

static const struct {
	const char *json;
	bool want;
	const char *why;
} hexes[] = {
	{"\"00ff10\"", true, "two digits for each byte"},
	{"\"00FF10\"", false, "small letters only"},
	{"\"00ff1\"", false, "half a byte is missing"},
	{"\"00ff1000\"", false, "a byte too many"},
	{"\"0x0f 1\"", false, "what scanf would take"},
	{"12", false, "a number"},
};

static json_t *object_with(const char *value)
{
	char text[128];

	snprintf(text, sizeof(text), "{\"f\": %s}", value);
	return json_loads(text, 0, NULL);
}

static void test_fields(void)
{
	uint8_t bytes[3] = {7, 7, 7};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		json_t *object = object_with(numbers[i].json);

		CHECK(field_number(object, "f") == numbers[i].want, numbers[i].why);
		CHECK(field_number(object, "g") == 0, "a field that is not there is 0");
		json_decref(object);
	}
	for (size_t i = 0; i < sizeof(hexes) / sizeof(hexes[0]); i++) {
		json_t *object = object_with(hexes[i].json);

		memset(bytes, 7, sizeof(bytes));
		CHECK_EQUAL(field_hex(bytes, sizeof(bytes), object, "f"), hexes[i].want, hexes[i].why);
		CHECK_EQUAL(bytes[1], hexes[i].want ? 0xff : 7, "and nothing is written otherwise");
		json_decref(object);
	}
}

static void test_lines(void)
{
	struct frame_line frame = {.from = SIDE_PROVIDER, .bytes = 1 << 20, .hash = UINT64_C(0x00ff00000000000f)}, f;
	struct event_line event = {.from = SIDE_CLIENT,
				  .event = "ClientEventOpen",
				  .state = "DealStatusNew",
				  .message = "",
				  .bytes = 5,
				  .interval = 6,
				  .funds = "7",
				  .own = 8},
			  e;
	json_t *line = frame_line_json(&frame);

	CHECK_EQUAL(frame_line_read(&f, line), STATUS_OK, "a line of a frame reads back");
	CHECK(f.from == frame.from && f.bytes == frame.bytes && f.hash == frame.hash, "with all its fields");
	json_object_set_new(line, "from", json_string("nobody"));
	CHECK_EQUAL(frame_line_read(&f, line), STATUS_BAD_VALUE, "a frame is from one of two sides");
	json_decref(line);
	line = event_line_json(&event);
	CHECK_EQUAL(event_line_read(&e, line), STATUS_OK, "a line of an event reads back");
	CHECK(e.from == event.from && e.bytes == 5 && e.has_bytes && e.interval == 6 && e.own == 8, "with its numbers");
	CHECK_TEXT(e.event, event.event, "its name");
	CHECK_TEXT(e.funds, "7", "and its funds");
	json_object_del(line, "event");
	CHECK_EQUAL(event_line_read(&e, line), STATUS_NOT_FOUND, "other lines are no events");
	json_decref(line);
}

int main(void)
{
	test_fields();
	test_lines();
	return test_end();
}
