/* stop.c - ends retrieve after a signal, with the command that resumes. */
#include <signal.h>
#include <stdio.h>

#include "base/text.h"
#include "retrieve.h"
#include "tool/connection.h"

void retrieve_stop(struct tool *t, enum status s, int argc, char **argv)
{
	static const char why[] = "stopped; everything received is kept";
	CLEAN_BYTES struct bytes command = {0};
	const char *hint;

	tool_give_results(t, s);
	bytes_append_text(&command, "retrieve");
	for (int i = 1; i < argc; i++) {
		bytes_append_byte(&command, ' ');
		text_append_word(&command, argv[i]);
	}
	hint = bytes_status(&command) == STATUS_OK ? bytes_text(&command) : "retrieve";
	if (t->json)
		tool_say_object(t, json_pack("{s:i, s:s, s:o}", "signal", tool_connection_signal(), "error", why,
					   "hint", tool_json_text(hint)));
	else
		fprintf(stderr, "retrieve: %s\nretrieve: hint: %s\n", why, hint);
	signal(tool_connection_signal(), SIG_DFL);
	raise(tool_connection_signal());
}
