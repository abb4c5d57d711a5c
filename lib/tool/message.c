/* message.c - the messages of a tool on standard error: lines for people, or objects of JSON.
 *
 * Names of files, texts of peers and values of the configuration come here unchanged. Control characters for a terminal in
 * them are removed here, and nowhere else. Allocates no memory, because the message may be about lack of memory.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "tool/tool_private.h"

#define LINE_MAX_LEN 2048 /* bytes; a longer one is cut */

static void print_line(struct tool *t, const char *kind, const char *text)
{
	char line[LINE_MAX_LEN];

	snprintf(line, sizeof(line), "%s", text);
	fprintf(stderr, "%s: %s%s%s%s\n", t->spec->name, t->peer, *t->peer != '\0' ? ": " : "", kind,
		text_clean(line, ""));
}

/* Prints @object, which is stolen; prints a fixed message if memory ran out. */
static void print_object(struct tool *t, json_t *object, enum status s)
{
	if (*t->peer != '\0')
		json_object_set_new(object, "client", tool_json_text(t->peer));
	if (object == NULL || json_dumpf(object, stderr, JSON_COMPACT) != 0)
		fprintf(stderr, "{\"tool\":\"%s\",\"exit\":%d,\"error\":\"%s\"}", t->spec->name, (int)status_class(s),
			status_text(s));
	fputc('\n', stderr);
	json_decref(object);
}

/*
 * A command that is given as a hint works for the same party: it gets the places that the options of this call have named.
 * A hint that is an option, or that has the places already, stays as it is, and so does all if memory runs out.
 */
static void name_places(struct bytes *command, const struct tool *t, const char *hint)
{
	static const char *const names[] = {"home", "ledger", "ledger-token", "key", "passphrase-file"};
	bool needs_party = *hint != '\0' && *hint != '-' && strncmp(hint, "inspect ", 8) != 0 &&
			   strncmp(hint, "keygen ", 7) != 0,
	     about_ledger = strncmp(hint, "ledger ", 7) == 0;

	bytes_append_text(command, hint);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && needs_party; i++) {
		const char *place = tool_value(t, names[i]);

		if (place == NULL || (about_ledger && strcmp(names[i], "ledger") != 0))
			continue;
		bytes_append_format(command, " --%s ", names[i]);
		text_append_word(command, place);
	}
}

void tool_print_failure(struct tool *t, enum status s, const char *why, const char *hint)
{
	CLEAN_BYTES struct bytes command = {0};
	json_t *object;

	name_places(&command, t, hint);
	if (bytes_status(&command) == STATUS_OK && command.len < LINE_MAX_LEN)
		hint = bytes_text(&command);
	if (!t->json) {
		print_line(t, "", why);
		if (*hint != '\0')
			print_line(t, "hint: ", hint);
		return;
	}
	object = json_pack(
		"{s:s, s:i, s:o}", "tool", t->spec->name, "exit", (int)status_class(s), "error", tool_json_text(why));
	if (*hint != '\0')
		json_object_set_new(object, "hint", tool_json_text(hint));
	print_object(t, object, s);
}

/* A line for people, behind "warning: " for instance; with --json an object in which the text is the field @field. */
static void say(struct tool *t, const char *field, const char *before, const char *text)
{
	if (t->json)
		print_object(t, json_pack("{s:s, s:o}", "tool", t->spec->name, field, tool_json_text(text)),
			STATUS_NO_MEMORY);
	else
		print_line(t, before, text);
}

void tool_say(struct tool *t, const char *format, ...)
{
	char text[LINE_MAX_LEN];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	say(t, "note", "", text);
}

void tool_say_object(struct tool *t, json_t *object)
{
	json_t *line = json_pack("{s:s}", "tool", t->spec->name);

	if (json_object_update(line, object) != 0) {
		json_decref(line);
		line = NULL;
	}
	json_decref(object);
	print_object(t, line, STATUS_NO_MEMORY);
}

void tool_warn(struct tool *t, const char *format, ...)
{
	char text[LINE_MAX_LEN];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	say(t, "warning", "warning: ", text);
}
