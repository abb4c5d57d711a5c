/* end.c - ends a tool: commits its output, finishes its recording, prints the last message, gives the exit code. */
#include "tool/tool.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record/recorder.h"
#include "tool/record_tap.h"
#include "tool/tool_private.h"

static void release(struct tool *t)
{
	recorder_free(t->recorder);
	file_out_release(&t->out);
	tool_close_party(t);
	key_release(&t->party.key);
	bytes_release(&t->config);
	bytes_release(&t->home);
	json_decref(t->results);
}

void tool_fail(struct tool *t, enum status s, const char *format, ...)
{
	char why[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	if (report_failed()) { /* lack of memory is the real cause */
		s = STATUS_NO_MEMORY;
		snprintf(why, sizeof(why), "%s", status_text(s));
		t->party.error.hint[0] = '\0';
	}
	tool_print_failure(t, s, why, t->party.error.hint);
	release(t);
	exit((int)status_class(s));
}

void tool_complain(struct tool *t, enum status s)
{
	struct party *p = &t->party;

	tool_print_failure(t, s, party_words(p, s), p->error.hint);
	error_clear(&p->error);
}

/* Output that could not be written is not success: a full disk, a closed pipe. */
static enum status finish_output(struct tool *t, enum status s)
{
	bool beside_data = t->stdout_is_data || (t->out_open && t->out.path == NULL);
	enum status out = STATUS_OK;
	int saved;

	if (t->out_open && (t->keep_output || status_class(s) == CLASS_OK || status_class(s) == CLASS_PAYMENT ||
				   status_class(s) == CLASS_NO))
		out = file_out_commit(&t->out);
	saved = errno;
	tool_print_results(t, out == STATUS_OK ? s : out, beside_data);
	if (tool_flush() != STATUS_OK) {
		out = STATUS_IO;
		saved = errno;
	}
	if (out == STATUS_OK && report_failed())
		return party_fail(
			&t->party, STATUS_NO_MEMORY, "the report is not whole: %s", status_text(STATUS_NO_MEMORY));
	if (out == STATUS_OK)
		return s;
	return tool_fail_output(t, out, saved);
}

int tool_end(struct tool *t, enum status s)
{
	struct party *p = &t->party;

	s = record_tap_finish(t, finish_output(t, s));
	if (s != STATUS_OK && !(t->quiet && status_class(s) == CLASS_PAYMENT))
		tool_print_failure(t, s, party_words(p, s), p->error.hint);
	else if (!t->quiet && !t->json && p->done[0] != '\0')
		tool_say(t, "%s", p->done);
	release(t);
	return (int)status_class(s);
}
