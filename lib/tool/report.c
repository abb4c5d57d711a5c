/* report.c - reports on standard output: a line of JSON for programs, or text for people.
 *
 * Building an object of JSON takes many allocations, and the library leaves out a field without memory for it.
 * So each failed allocation of the library is noted, in one place: after a failure no object can be trusted to be whole.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "tool/tool_private.h"

static bool failed;     /* memory ran out */
static int print_error; /* errno of the first write that failed; later writes may succeed */

static void put(const char *text)
{
	if (fputs(text, stdout) == EOF && print_error == 0)
		print_error = errno;
}

enum status tool_flush(void)
{
	if (fflush(stdout) != 0 && print_error == 0)
		print_error = errno;
	errno = print_error;
	return print_error == 0 ? STATUS_OK : STATUS_IO;
}

static void *allocate(size_t size)
{
	void *room = malloc(size);

	if (room == NULL)
		failed = true;
	return room;
}

void report_begin(void)
{
	json_set_alloc_funcs(allocate, free);
}

bool report_failed(void)
{
	return failed || bytes_ran_out();
}

void tool_print_json(json_t *object)
{
	char *line = json_dumps(object, JSON_COMPACT);

	json_decref(object);
	if (line == NULL || report_failed()) {
		failed = true;
	} else {
		put(line);
		put("\n");
	}
	free(line);
}

/* A report stays one line, also with newlines in a name: only the newline at its end is ours. */
static __attribute__((format(printf, 1, 0))) void print_text(const char *format, va_list args)
{
	const char *newline = strchr(format, '\n');
	bool one_line = newline == NULL || newline[1] == '\0';
	char *text = NULL;
	int len = vasprintf(&text, format, args);

	if (len < 0) {
		failed = true;
		return;
	}
	if (one_line && newline != NULL)
		text[len - 1] = '\0';
	put(text_clean(text, one_line ? "\t" : "\n\t"));
	if (one_line && newline != NULL)
		put("\n");
	free(text);
}

void tool_print(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_text(format, args);
	va_end(args);
}

/* What a dry run reports did not happen: a program must be able to tell. */
static json_t *mark(const struct tool *t, json_t *object)
{
	if (t->json && t->dry_run && object != NULL && json_object_set_new(object, "dry_run", json_true()) != 0)
		failed = true;
	return object;
}

void tool_report(struct tool *t, json_t *object, const char *format, ...)
{
	va_list args;

	t->reported = true;
	if (t->json) {
		tool_print_json(mark(t, object));
		return;
	}
	json_decref(object);
	va_start(args, format);
	print_text(format, args);
	va_end(args);
}

void tool_report_json(struct tool *t, json_t *object)
{
	t->reported = true;
	if (t->json)
		tool_print_json(mark(t, object));
	else
		json_decref(object);
}

void tool_result(struct tool *t, json_t *object)
{
	if (!t->json) {
		json_decref(object);
		return;
	}
	if (t->results == NULL)
		t->results = json_array();
	if (json_array_append_new(t->results, mark(t, object)) != 0)
		failed = true;
}

static void print_result(struct tool *t, json_t *result, enum status s, bool beside_data)
{
	json_t *object = json_pack("{s:s, s:i}", "tool", t->spec->name, "exit", (int)status_class(s));

	if (json_object_update(object, result) != 0)
		failed = true;
	if (!beside_data) {
		tool_print_json(object);
		return;
	}
	if (!t->quiet && !report_failed() && json_dumpf(object, stderr, JSON_COMPACT) == 0)
		fputc('\n', stderr);
	json_decref(object);
}

void tool_give_results(struct tool *t, enum status s)
{
	tool_print_results(t, s, t->stdout_is_data);
	if (tool_flush() != STATUS_OK)
		tool_complain(t, STATUS_IO);
}

void tool_print_results(struct tool *t, enum status s, bool beside_data)
{
	if (!t->json)
		return;
	if (t->results == NULL && !t->reported && s == STATUS_OK && t->party.done[0] != '\0')
		tool_result(t, json_pack("{s:o}", "done", tool_json_text(t->party.done)));
	for (size_t i = 0; i < json_array_size(t->results); i++)
		print_result(t, json_array_get(t->results, i), s, beside_data);
}

json_t *tool_json_amount(const struct amount *a)
{
	char text[AMOUNT_TEXT_MAX];

	return json_string(amount_decimal(text, a));
}

json_t *tool_json_id(uint64_t id)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, id);
	return json_string(text);
}

json_t *tool_json_text(const char *text)
{
	struct bytes clean = {0};
	json_t *made = NULL;

	text_append_utf8(&clean, span_text(text));
	if (bytes_status(&clean) == STATUS_OK)
		made = json_string(bytes_text(&clean));
	else
		failed = true;
	bytes_release(&clean);
	return made;
}
