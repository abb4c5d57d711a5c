/* ask.c - a buyer asks a provider, over a connection, what content would cost. */
#include "base/file.h"
#include "party/outbox.h"
#include "party/party_private.h"

#define ASKED_AT_ONCE 64 /* queries that fit a pipe, whoever reads first */

static enum status say_queries(struct party *p, const struct line *line, const struct cid *payloads, size_t count)
{
	struct bytes frames = {0};
	enum status s = STATUS_OK;

	for (size_t i = 0; i < count && s == STATUS_OK; i++)
		s = buyer_query(&frames, &payloads[i]);
	if (s == STATUS_OK && file_write_full(line->out, frames.data, frames.len) != STATUS_OK)
		s = party_fail(p, STATUS_END, "the other side went away");
	bytes_release(&frames);
	return s;
}

/* Answers come in the order of the queries; they don't say what they are for. */
static enum status hear_answers(const struct line *line, struct frame_reader *reader, size_t first, size_t count,
	void (*each)(void *ctx, size_t i, const struct query_response *a), void *ctx)
{
	struct query_response answer;
	struct span body;
	enum status s = STATUS_OK;

	for (size_t i = first; i < first + count && s == STATUS_OK && !line_stopped(line); i++) {
		if (line->waiting != NULL)
			line->waiting();
		s = frame_next(reader, &body);
		if (s == STATUS_OK)
			s = buyer_take_answer(&answer, body);
		if (s == STATUS_OK)
			each(ctx, i, &answer);
	}
	return s;
}

enum status buyer_ask(struct party *p, const struct line *line, const struct cid *payloads, size_t count,
	void (*each)(void *ctx, size_t i, const struct query_response *a), void *ctx)
{
	struct frame_reader reader;
	enum status s = STATUS_OK;

	frame_reader_init(&reader, line->in);
	reader.wake = line->wake;
	for (size_t done = 0; done < count && s == STATUS_OK && !line_stopped(line); done += ASKED_AT_ONCE) {
		size_t n = count - done < ASKED_AT_ONCE ? count - done : ASKED_AT_ONCE;

		s = say_queries(p, line, payloads + done, n);
		if (s == STATUS_OK)
			s = hear_answers(line, &reader, done, n, each, ctx);
	}
	if (s == STATUS_OK && frame_is_here(&reader))
		s = party_fail(p, STATUS_BAD_MESSAGE, "the provider says more than it was asked");
	if (s == STATUS_END)
		s = party_fail(p, s, "the provider went away before it answered");
	frame_reader_release(&reader);
	return s;
}
