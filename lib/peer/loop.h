/* loop.h - one conversation over a connection: frames come in one by one, and frames go out.
 *
 * Nothing is left undone or unsent while a frame is waited for, nor for long if
 * frames keep coming: before each wait, and whenever SEND_BUFFER_SECONDS have
 * passed, the store's group is committed, what it allows to be sent is sent,
 * and only then the caller may report, because whoever reads a report may take
 * his time.
 */
#ifndef PEER_LOOP_H
#define PEER_LOOP_H

#include "peer/frame_queue.h"
#include "peer/send_buffer.h"

#define LOOP_TICK_MS 50 /* milliseconds between two tries of what waits for other processes */

enum loop_reading {
	LOOP_READ_AHEAD, /* threads read ahead and hash blocks: for a side that receives blocks */
	LOOP_READ_NEXT, /* a frame is read when it is asked for; it has no list of blocks and no CIDs: for the other side */
};

/** struct loop - open from loop_open() to loop_close(). Its callers use @out and @connection, and set @report. */
struct loop {
	const struct connection *connection;
	struct send_buffer out;
	void (*report)(void *ctx); /* not NULL: called after each flush that succeeded */
	/* Not NULL: called every LOOP_TICK_MS while a frame is waited for, until it says NOT_FOUND: there is nothing to do. */
	enum status (*tick)(void *ctx);
	void *ctx;
	struct frame_queue *queue; /* LOOP_READ_AHEAD, else NULL */
	struct frame_reader reader;
};

/**
 * loop_open - begin a conversation. @connection and @kv are borrowed until loop_close(), which is due even after a failure.
 * @kv: the store whose transactions what is sent relies on; NULL if there is none.
 */
MUST_CHECK enum status loop_open(
	struct loop *loop, struct kv *kv, const struct connection *connection, enum loop_reading reading);
/**
 * loop_next - flush if that is due, and wait for the next frame, which borrows from @loop until the next call.
 * What is wrong inside a frame is in frame->frame.decoded. END if the stream or the connection ended, also in a flush;
 * else the statuses of frame_next(), send_buffer_flush() and @tick.
 */
MUST_CHECK enum status loop_next(struct loop *loop, struct received_frame *frame);
/** loop_flush - commit, send, report; loop_flush_if_due - the same if the last flush is too long ago. For work between two frames. */
MUST_CHECK enum status loop_flush(struct loop *loop);
MUST_CHECK enum status loop_flush_if_due(struct loop *loop);
/** loop_close - flush, even if @s is a failure, and end; returns @s, or if that is OK why flushing failed. */
MUST_CHECK enum status loop_close(struct loop *loop, enum status s);

#endif
