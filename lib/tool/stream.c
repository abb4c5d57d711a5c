/* stream.c - frames from files and pipes. */
#include "tool/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tool/recording.h"

#define PIPE_SIZE (1 << 20)

static enum status each_of(
	struct tool *t, int fd, const char *name, enum status (*each)(void *, struct span), void *ctx)
{
	struct frame_reader reader;
	struct span body;
	enum status s;

	fcntl(fd, F_SETPIPE_SZ, PIPE_SIZE);
	frame_reader_init(&reader, fd);
	while ((s = frame_next(&reader, &body)) == STATUS_OK) {
		recording_frame(t, body);
		s = each(ctx, body);
		if (s != STATUS_OK) {
			if (t->party.why[0] == '\0')
				party_fail(&t->party, s, "frame %llu of '%s' (offset %llu): %s",
					(unsigned long long)reader.count - 1, name, (unsigned long long)reader.offset,
					status_text(s));
			break;
		}
	}
	if (s == STATUS_END && reader.count != 0)
		s = STATUS_OK;
	else if (s == STATUS_END)
		s = party_fail(&t->party, STATUS_END, "'%s' is empty: there is no frame in it", name);
	else if (s != STATUS_OK && t->party.why[0] == '\0')
		party_fail(&t->party, s, "frame %llu of '%s' (offset %llu): %s", (unsigned long long)reader.count, name,
			(unsigned long long)reader.offset, s == STATUS_IO ? strerror(errno) : status_text(s));
	frame_reader_release(&reader);
	return s;
}

enum status tool_each_frame(struct tool *t, enum status (*each)(void *ctx, struct span body), void *ctx)
{
	enum status s = recording_open(t);

	if (s != STATUS_OK)
		return s;
	if (t->argument_count == 0) {
		if (isatty(STDIN_FILENO))
			return party_fail(&t->party, STATUS_USAGE,
				"frames are expected on standard input, which is a terminal: give a file");
		return each_of(t, STDIN_FILENO, "-", each, ctx);
	}
	for (int i = 0; i < t->argument_count && s == STATUS_OK; i++) {
		const char *name = t->arguments[i];
		bool is_stdin = strcmp(name, "-") == 0;
		int fd = is_stdin ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC);

		if (fd < 0)
			return party_fail(&t->party, STATUS_IO, "cannot read '%s': %s", name, strerror(errno));
		s = each_of(t, fd, name, each, ctx);
		if (!is_stdin)
			close(fd);
	}
	return s;
}
