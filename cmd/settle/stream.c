/* stream.c - settle -: channels that another program names on standard input, each settled as its line comes. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "settle.h"
#include "tool/channels.h"

#define CHUNK 4096 /* bytes of one read */

/** struct lines - text of standard input, of which whole lines are taken. */
struct lines {
	struct bytes text;
	bool ended;
};

bool work_is_stream(const struct tool *t)
{
	return t->argument_count == 1 && strcmp(t->arguments[0], "-") == 0;
}

/* Wait for more text; its end counts as the end of a line. */
static enum status read_more(struct lines *lines)
{
	char chunk[CHUNK];
	ssize_t n;

	do
		n = read(STDIN_FILENO, chunk, sizeof(chunk));
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return STATUS_IO;
	lines->ended = n == 0;
	if (n == 0)
		bytes_append_byte(&lines->text, '\n');
	else
		bytes_append(&lines->text, chunk, (size_t)n);
	return bytes_status(&lines->text);
}

/* One line is the name of a channel or of a deal, or empty. */
static enum status take_line(struct work *w, char *line)
{
	struct address a;

	if (*line == '\0')
		return STATUS_OK;
	a = tool_find_channel(w->t, line);
	return work_add_channel(w, &a);
}

/* All whole lines that are here: a channel that several of them name is settled once. */
static enum status take_lines(struct work *w, struct lines *lines)
{
	char *text = (char *)lines->text.data, *end;
	size_t taken = 0;
	enum status s = STATUS_OK;

	while (s == STATUS_OK && (end = memchr(text + taken, '\n', lines->text.len - taken)) != NULL) {
		*end = '\0';
		s = take_line(w, text + taken);
		taken = (size_t)(end - text) + 1;
	}
	lines->text.len -= taken;
	memmove(text, text + taken, lines->text.len);
	return s;
}

/* The next step of each channel; the failure of one ends nothing. */
static void settle_lines(struct work *w, enum status *worst)
{
	enum status s;

	if (w->channels.len == 0)
		return;
	w->status = STATUS_OK;
	s = work_run(w);
	if (s != STATUS_OK && status_class(s) != CLASS_EARLY) {
		tool_complain(w->t, s);
		*worst = s;
	}
	bytes_clear(&w->channels);
	bytes_clear(&w->pending);
	error_clear(&w->t->party.error);
}

enum status work_stream(struct work *w)
{
	struct lines lines = {0};
	enum status s = STATUS_OK, worst = STATUS_OK;

	while (s == STATUS_OK && !lines.ended) {
		s = read_more(&lines);
		if (s == STATUS_OK)
			s = take_lines(w, &lines);
		if (s == STATUS_OK)
			settle_lines(w, &worst);
		if (s == STATUS_OK)
			s = tool_flush();
	}
	bytes_release(&lines.text);
	if (s == STATUS_IO)
		return party_fail(&w->t->party, s, "cannot read standard input, or write: %s", strerror(errno));
	if (s == STATUS_OK && worst != STATUS_OK)
		return party_fail(&w->t->party, worst, "not every channel could be settled");
	return s;
}
