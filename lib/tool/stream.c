/* stream.c - frames from files and pipes. */
#include "tool/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "peer/frame_queue.h"
#include "tool/record_tap.h"

#define PIPE_SIZE (1 << 20)

/** struct visit - the function to call for each frame: one of the two. */
struct visit {
	enum status (*frame)(void *ctx, const struct frame *frame);
	enum status (*received)(void *ctx, const struct received_frame *d);
	void *ctx;
};

/** struct stream - one file or pipe, and the position in it. */
struct stream {
	struct tool *t;
	int fd;
	const char *name;
	uint64_t count;          /* frames begun */
	uint64_t number, offset; /* of the last one */
};

static enum status explain(const struct stream *x, enum status s, uint64_t number, const char *why)
{
	struct party *p = &x->t->party;
	bool no_stream = number == 0 && (s == STATUS_CUT || status_class(s) == CLASS_MALFORMED);

	if (no_stream && strcmp(x->name, "-") != 0 && strcmp(party_words(p, s), status_text(s)) == 0)
		party_hint_word(p, "inspect", x->name);
	return party_explain(
		p, s, "frame %" PRIu64 " of '%s' (offset %" PRIu64 "): %s", number, x->name, x->offset, why);
}

/* Handle a frame that was read. END: no more frames are wanted. */
static enum status visited(const struct stream *x, enum status s)
{
	return s == STATUS_OK || s == STATUS_END ? s : explain(x, s, x->number, status_text(s));
}

/* Explain why no frame could be read. */
static enum status ended(const struct stream *x, enum status s)
{
	if (s == STATUS_END && x->count == 0)
		return party_fail(&x->t->party, STATUS_END, "'%s' is empty: there is no frame in it", x->name);
	if (s == STATUS_IO)
		return party_fail(&x->t->party, s, "cannot read '%s', from offset %llu on: %s", x->name,
			(unsigned long long)x->offset, strerror(errno));
	return s == STATUS_END ? s : explain(x, s, x->count, status_text(s));
}

static enum status each_frame_of(struct stream *x, const struct visit *visit)
{
	struct frame_reader reader;
	struct frame frame;
	struct span body;
	enum status s = STATUS_OK;

	frame_reader_init(&reader, x->fd);
	while (s == STATUS_OK) {
		s = frame_next(&reader, &body);
		x->offset = reader.offset;
		if (s != STATUS_OK) {
			s = ended(x, s);
			break;
		}
		x->number = x->count++;
		s = frame_decode(&frame, body);
		record_tap_read(x->t, &frame);
		s = visited(x, s == STATUS_OK ? visit->frame(visit->ctx, &frame) : s);
	}
	frame_reader_release(&reader);
	return s;
}

static enum status each_received_of(struct stream *x, const struct visit *visit)
{
	struct frame_queue *in = NULL;
	struct received_frame d;
	enum status s = frame_queue_open(&in, x->fd, -1);

	while (s == STATUS_OK) {
		s = frame_queue_next(in, &d);
		if (s != STATUS_OK) {
			s = ended(x, s);
			break;
		}
		x->offset = d.offset;
		x->number = x->count++;
		record_tap_read(x->t, &d.frame);
		s = visited(x, visit->received(visit->ctx, &d));
	}
	frame_queue_close(in);
	return s;
}

static enum status each_of(struct tool *t, int fd, const char *name, const struct visit *visit)
{
	struct stream x = {.t = t, .fd = fd, .name = name};
	enum status s;

	fcntl(fd, F_SETPIPE_SZ, PIPE_SIZE);
	s = visit->frame != NULL ? each_frame_of(&x, visit) : each_received_of(&x, visit);
	return s == STATUS_END && x.count != 0 ? STATUS_OK : s;
}

/* Nobody types frames, and a terminal cuts lines of base64url that are long. */
static enum status each_of_input(struct tool *t, const struct visit *visit)
{
	if (isatty(STDIN_FILENO))
		return party_fail(&t->party, STATUS_USAGE,
			"frames are expected on standard input, which is a terminal: give a file");
	return each_of(t, STDIN_FILENO, "-", visit);
}

static enum status each_of_path(struct tool *t, const char *name, const struct visit *visit)
{
	int fd = open(name, O_RDONLY | O_NOCTTY | O_CLOEXEC);
	struct stat st;
	enum status s;

	if (fd < 0)
		return party_fail(&t->party, STATUS_IO, "cannot read '%s': %s", name, strerror(errno));
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
		s = party_fail(&t->party, STATUS_IO, "cannot read '%s': %s", name, strerror(EISDIR));
	else if (isatty(fd))
		s = party_fail(&t->party, STATUS_USAGE, "frames are expected in '%s', which is a terminal", name);
	else
		s = each_of(t, fd, name, visit);
	close(fd);
	return s;
}

/* NULL: no file was given. */
static enum status each_of_file(struct tool *t, const char *name, const struct visit *visit)
{
	return name == NULL || strcmp(name, "-") == 0 ? each_of_input(t, visit) : each_of_path(t, name, visit);
}

static enum status each(struct tool *t, const struct visit *visit)
{
	enum status s = record_tap_open(t);

	if (s == STATUS_OK && t->argument_count == 0)
		s = each_of_file(t, NULL, visit);
	for (int i = 0; i < t->argument_count && s == STATUS_OK; i++)
		s = each_of_file(t, t->arguments[i], visit);
	return s;
}

enum status tool_each_frame(struct tool *t, enum status (*frame)(void *ctx, const struct frame *frame), void *ctx)
{
	return each(t, &(struct visit){.frame = frame, .ctx = ctx});
}

enum status tool_each_received(
	struct tool *t, enum status (*received)(void *ctx, const struct received_frame *d), void *ctx)
{
	return each(t, &(struct visit){.received = received, .ctx = ctx});
}

enum status tool_frames_of(
	struct tool *t, const char *name, enum status (*frame)(void *ctx, const struct frame *frame), void *ctx)
{
	return each_of_file(t, name, &(struct visit){.frame = frame, .ctx = ctx});
}
