/* loop.c - the one loop of a connection: wait, read, flush. */
#include "peer/loop.h"

#include <errno.h>
#include <poll.h>

enum status loop_open(struct loop *loop, struct kv *kv, const struct connection *connection, enum loop_reading reading)
{
	*loop = (struct loop){.connection = connection};
	send_buffer_open(&loop->out, kv, connection);
	frame_reader_init(&loop->reader, connection->in);
	loop->reader.wake = connection->wake;
	if (reading == LOOP_READ_NEXT)
		return STATUS_OK;
	return frame_queue_open(&loop->queue, connection->in, connection->wake);
}

enum status loop_flush(struct loop *loop)
{
	enum status s = send_buffer_flush(&loop->out);

	if (s == STATUS_OK && loop->report != NULL)
		loop->report(loop->ctx);
	return s;
}

enum status loop_flush_if_due(struct loop *loop)
{
	return send_buffer_is_due(&loop->out) ? loop_flush(loop) : STATUS_OK;
}

static bool is_here(struct loop *loop)
{
	return loop->queue != NULL ? frame_queue_is_ready(loop->queue) : frame_is_here(&loop->reader);
}

static enum status read_next(struct loop *loop, struct received_frame *frame)
{
	struct span body;
	enum status s;

	if (loop->queue != NULL)
		return frame_queue_next(loop->queue, frame);
	s = frame_next(&loop->reader, &body);
	if (s != STATUS_OK)
		return s;
	*frame = (struct received_frame){.offset = loop->reader.offset, .number = loop->reader.count - 1};
	s = frame_decode(&frame->frame, body);
	(void)s; /* frame.decoded has the status: a frame that does not decode is still a frame */
	return STATUS_OK;
}

/* Is there anything to read, within one tick? The end of the stream counts, and so does a wake-up. */
static bool is_readable(const struct connection *connection)
{
	struct pollfd ready[2] = {{.fd = connection->in, .events = POLLIN}, {.fd = connection->wake, .events = POLLIN}};
	int n = poll(ready, 2, LOOP_TICK_MS);

	return n > 0 || (n < 0 && errno != EINTR);
}

/* Work that waits for other processes is tried again while the loop waits for a frame. */
static enum status tick(struct loop *loop)
{
	while (loop->tick != NULL && !is_here(loop) && !connection_stopped(loop->connection) &&
		!is_readable(loop->connection)) {
		enum status s = loop->tick(loop->ctx);

		if (s != STATUS_OK)
			return s == STATUS_NOT_FOUND ? STATUS_OK : s;
		s = loop_flush(loop);
		if (s != STATUS_OK)
			return s;
	}
	return STATUS_OK;
}

enum status loop_next(struct loop *loop, struct received_frame *frame)
{
	const struct connection *connection = loop->connection;
	enum status s = is_here(loop) ? loop_flush_if_due(loop) : loop_flush(loop);

	if (s != STATUS_OK)
		return s;
	if (connection_stopped(connection))
		return STATUS_END;
	s = tick(loop);
	if (s != STATUS_OK)
		return s;
	s = read_next(loop, frame);
	if (s == STATUS_OK && connection->received != NULL)
		connection->received(connection->ctx, &frame->frame);
	return s;
}

enum status loop_close(struct loop *loop, enum status s)
{
	enum status flushed = loop_flush(loop), closed = send_buffer_close(&loop->out);

	frame_queue_close(loop->queue);
	frame_reader_release(&loop->reader);
	if (s != STATUS_OK)
		return s;
	return flushed != STATUS_OK ? flushed : closed;
}
