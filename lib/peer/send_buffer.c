/* send_buffer.c - what is said on a line, held back until what it says is on disk. */
#include "peer/send_buffer.h"

#include "base/clock.h"
#include "base/file.h"
#include "peer/connection.h"
#include "peer/sink.h"

#define HOLD_MAX (256u << 10) /* bytes that wait at most */

bool send_buffer_is_due(const struct send_buffer *o)
{
	return clock_seconds() - o->flushed >= SEND_BUFFER_SECONDS;
}

void send_buffer_open(struct send_buffer *o, struct party *p, const struct connection *line)
{
	*o = (struct send_buffer){.p = p, .line = line, .flushed = clock_seconds()};
	kv_group_begin(store_kv(p->store));
}

static enum status explain(struct send_buffer *o, enum status s)
{
	return s == STATUS_IO ? party_fail(o->p, STATUS_END, "the other side went away") : s;
}

/* A slow other side is not a silent one: each piece has as long as a frame has. */
static void wait_anew(const struct send_buffer *o)
{
	if (o->line->waiting != NULL)
		o->line->waiting();
}

enum status send_buffer_flush(struct send_buffer *o)
{
	const struct connection *line = o->line;
	enum status s = kv_group_commit(store_kv(o->p->store));

	if (s == STATUS_OK && o->held.len != 0) {
		wait_anew(o);
		s = explain(o, file_write_until(line->out, o->held.data, o->held.len, line->stop));
	}
	bytes_clear(&o->held);
	o->flushed = clock_seconds();
	return s;
}

enum status send_buffer_add(struct send_buffer *o, struct span bytes)
{
	if (o->line->said != NULL && bytes.len != 0)
		o->line->said(o->line->ctx, bytes);
	bytes_append(&o->held, bytes.data, bytes.len);
	if (bytes_status(&o->held) != STATUS_OK)
		return STATUS_NO_MEMORY;
	return o->held.len >= HOLD_MAX || send_buffer_is_due(o) ? send_buffer_flush(o) : STATUS_OK;
}

/* What is much is cut off where it stands when the line is to end: the deal goes on from what is paid for. */
static enum status say_bytes(void *ctx, struct span bytes)
{
	struct send_buffer *o = ctx;

	return connection_stopped(o->line) ? STATUS_END : send_buffer_add(o, bytes);
}

static enum status say_file(void *ctx, int fd, uint64_t offset, uint64_t len)
{
	struct send_buffer *o = ctx;
	enum status s = send_buffer_flush(o);

	while (s == STATUS_OK && len != 0) {
		uint64_t step = len < HOLD_MAX ? len : HOLD_MAX;

		if (connection_stopped(o->line))
			return STATUS_END;
		wait_anew(o);
		s = explain(o, file_send_until(o->line->out, fd, offset, step, o->line->stop));
		offset += step;
		len -= step;
	}
	return s;
}

struct sink send_buffer_sink(struct send_buffer *o)
{
	return (struct sink){say_bytes, o->line->said == NULL ? say_file : NULL, o};
}

enum status send_buffer_close(struct send_buffer *o, enum status s)
{
	enum status flushed = send_buffer_flush(o), ended = kv_group_end(store_kv(o->p->store));

	bytes_release(&o->held);
	if (s == STATUS_OK)
		s = flushed;
	return s == STATUS_OK ? ended : s;
}
