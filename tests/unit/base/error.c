/* error.c - the words nearest to the cause of a failure stay, and belong to its status. */
#include "base/error.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "../../support/test.h"

static enum status set(struct error *e, enum status s, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void hint(struct error *e, enum status s, const char *format, ...) __attribute__((format(printf, 3, 4)));

static enum status set(struct error *e, enum status s, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	error_set_list(e, s, format, args);
	va_end(args);
	return s;
}

static void hint(struct error *e, enum status s, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	error_explain_hint_list(e, s, format, args);
	va_end(args);
}

int main(void)
{
	static const struct {
		enum status cause;      /* that the callee failed with; OK: it returned a bare status */
		enum status s;          /* that the caller sees */
		const char *text, *why; /* the text at the end */
		bool hinted;
	} rows[] = {
		{STATUS_OK, STATUS_IO, "outer", "a bare status gets the caller's words", true},
		{STATUS_IO, STATUS_IO, "inner", "the words nearest to the cause stay", false},
		{STATUS_NOT_FOUND, STATUS_IO, "outer", "words of a failure that was overcome explain no other", true},
		{STATUS_NOT_FOUND, STATUS_OK, "ok", "a success needs no words", false},
		{STATUS_OK, STATUS_OK, "ok", "nor a hint", false},
	};
	struct error e = {0};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		e = (struct error){0};
		if (rows[i].cause != STATUS_OK)
			set(&e, rows[i].cause, "%s", "inner");
		hint(&e, rows[i].s, "%s", "try");
		CHECK(error_explain(&e, rows[i].s, "%s", "outer") == rows[i].s, rows[i].why);
		CHECK(strcmp(error_text(&e, rows[i].s), rows[i].text) == 0, rows[i].why);
		CHECK((e.hint[0] != '\0') == rows[i].hinted, rows[i].why);
	}

	e = (struct error){0};
	CHECK(strcmp(error_text(&e, STATUS_IO), status_text(STATUS_IO)) == 0, "without words: the text of the status");
	set(&e, STATUS_IO, "disk");
	CHECK(strcmp(error_text(&e, STATUS_NO_MEMORY), status_text(STATUS_NO_MEMORY)) == 0,
		"words of another status are not shown");
	set(&e, STATUS_IO, "cannot read: %s", e.why);
	CHECK(strcmp(error_text(&e, STATUS_IO), "cannot read: disk") == 0, "new words may quote the old");
	error_clear(&e);
	CHECK(e.status == STATUS_OK && e.why[0] == '\0', "cleared");
	return test_end();
}
