/* check.c - what a check found, gathered and printed. */
#include "show/check.h"

#include <stdarg.h>
#include <stdio.h>

#define FINDINGS_SHOWN 256

void finding(struct findings *f, unsigned invariant, const char *format, ...)
{
	char text[1024];
	json_t *line;
	va_list args;

	f->count++;
	if (f->count > FINDINGS_SHOWN)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (f->lines == NULL)
		f->lines = json_array();
	line = json_pack("{s:o}", "broken", show_text(span_text(text)));
	if (invariant != 0)
		json_object_set_new(line, "invariant", json_integer((json_int_t)invariant));
	json_array_append_new(f->lines, line);
}

enum status findings_print(struct tool *t, struct findings *f, const char *name)
{
	uint64_t count = f->count;
	json_t *line, *number;
	size_t i;

	json_array_foreach(f->lines, i, line)
	{
		number = json_object_get(line, "invariant");
		if (t->json)
			show_print_line(t, json_incref(line));
		else if (number != NULL)
			tool_print("broken (%d): %s\n", (int)json_integer_value(number),
				json_string_value(json_object_get(line, "broken")));
		else
			tool_print("broken: %s\n", json_string_value(json_object_get(line, "broken")));
	}
	if (count > FINDINGS_SHOWN)
		tool_print("%s%llu more%s\n", t->json ? "{\"broken\":\"and " : "and ",
			(unsigned long long)(count - FINDINGS_SHOWN), t->json ? "\"}" : "");
	json_decref(f->lines);
	*f = (struct findings){0};
	if (count == 0)
		return STATUS_OK;
	return party_fail(&t->party, STATUS_CORRUPT, "'%.200s' does not hold together: %llu finding%s", name,
		(unsigned long long)count, count == 1 ? "" : "s");
}
