/* send_buffer.c - frames to be sent, held back until the transactions that they rely on are on disk. */
#include "peer/send_buffer.h"

#include "base/clock.h"
#include "base/file.h"

#define WAITING_MAX (256u << 10) /* bytes that may wait */

bool send_buffer_is_due(const struct send_buffer *out)
{
	return clock_seconds() - out->flushed >= SEND_BUFFER_SECONDS;
}

void send_buffer_open(struct send_buffer *out, struct kv *kv, const struct connection *connection)
{
	*out = (struct send_buffer){.kv = kv, .connection = connection, .flushed = clock_seconds()};
	if (kv != NULL)
		kv_group_begin(kv);
}

/* A failed write means that nobody reads any more. */
static enum status peer_status(enum status s)
{
	return s == STATUS_IO ? STATUS_END : s;
}

/*
 * Frames that the other side sent before leaving must still be read and judged: a failed write is no failure yet. The
 * incoming stream has its own end.
 */
static enum status write_waiting(struct send_buffer *out)
{
	const struct connection *connection = out->connection;
	enum status s;

	if (out->waiting.len == 0 || out->gone)
		return STATUS_OK;
	s = file_write_until(connection->out, out->waiting.data, out->waiting.len, connection->stop);
	out->gone = s == STATUS_IO;
	return out->gone ? STATUS_OK : s;
}

enum status send_buffer_flush(struct send_buffer *out)
{
	enum status s = out->kv != NULL ? kv_group_commit(out->kv) : STATUS_OK;

	if (s == STATUS_OK)
		s = write_waiting(out);
	bytes_clear(&out->waiting);
	out->flushed = clock_seconds();
	return s;
}

enum status send_buffer_add(struct send_buffer *out, struct span bytes)
{
	const struct connection *connection = out->connection;

	if (connection->sent != NULL && bytes.len != 0)
		connection->sent(connection->ctx, bytes);
	bytes_append(&out->waiting, bytes.data, bytes.len);
	if (bytes_status(&out->waiting) != STATUS_OK)
		return STATUS_NO_MEMORY;
	return out->waiting.len >= WAITING_MAX || send_buffer_is_due(out) ? send_buffer_flush(out) : STATUS_OK;
}

static void note_progress(const struct send_buffer *out)
{
	if (!out->repeats)
		connection_progress(out->connection);
}

/* A long step is interrupted at any byte when the connection must end: the deal goes on from the last paid point. */
static enum status sink_bytes(void *ctx, struct span bytes)
{
	struct send_buffer *out = ctx;

	if (connection_stopped(out->connection) || out->gone)
		return STATUS_END;
	if (bytes.len != 0)
		note_progress(out);
	return send_buffer_add(out, bytes);
}

static enum status sink_file(void *ctx, int fd, uint64_t offset, uint64_t len)
{
	struct send_buffer *out = ctx;
	const struct connection *connection = out->connection;
	enum status s = send_buffer_flush(out);

	while (s == STATUS_OK && len != 0) { /* a slow reader is not a silent one: each piece is progress */
		uint64_t step = len < WAITING_MAX ? len : WAITING_MAX;

		if (connection_stopped(connection) || out->gone)
			return STATUS_END;
		s = peer_status(file_send_until(connection->out, fd, offset, step, connection->stop));
		offset += step;
		len -= step;
		note_progress(out);
	}
	return s;
}

struct sink send_buffer_sink(struct send_buffer *out)
{
	return (struct sink){sink_bytes, out->connection->sent == NULL ? sink_file : NULL, out};
}

enum status send_buffer_close(struct send_buffer *out)
{
	bytes_release(&out->waiting);
	return out->kv != NULL ? kv_group_end(out->kv) : STATUS_OK;
}
