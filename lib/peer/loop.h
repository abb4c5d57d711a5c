/* loop.h - one connection: frames are received one by one, and frames are sent.
 *
 * No work stays undone or unsent while the loop waits for a frame, nor for long
 * if frames keep coming: before each wait, and whenever SEND_BUFFER_SECONDS
 * have passed, the store's group is committed, the frames that rely on the
 * group are sent, and only then the caller may report, because the reader of a
 * report may be slow.
 */
#ifndef PEER_LOOP_H
#define PEER_LOOP_H

#include "peer/frame_queue.h"
#include "peer/send_buffer.h"

#define LOOP_TICK_MS 50 /* milliseconds between two tries of work that waits for other processes */

enum loop_reading {
	LOOP_READ_AHEAD, /* threads read ahead and hash blocks: for the side that receives blocks */
	LOOP_READ_NEXT,  /* a frame is read on request, without a list of blocks and without CIDs: for the other side */
};

/** struct loop - open from loop_open() to loop_close(). The callers use @out and @connection, and set @report. */
struct loop {
	const struct connection *connection;
	struct send_buffer out;
	void (*report)(void *ctx); /* not NULL: called after each flush that succeeded */
	/*
	 * Not NULL: called every LOOP_TICK_MS while the loop waits for a frame, until @tick returns NOT_FOUND: there is
	 * nothing to do.
	 */
	enum status (*tick)(void *ctx);
	void *ctx;
	struct frame_queue *queue; /* with LOOP_READ_AHEAD; otherwise NULL */
	struct frame_reader reader;
};

/**
 * loop_open - begin to use a connection. @connection and @kv are borrowed until loop_close(), which must be called even
 * after a failure.
 * @kv: the store whose transactions the sent frames rely on; NULL if there is none.
 */
MUST_CHECK enum status loop_open(
	struct loop *loop, struct kv *kv, const struct connection *connection, enum loop_reading reading);
/**
 * loop_next - flush if a flush is due, and wait for the next frame, which borrows from @loop until the next call.
 * frame->frame.decoded has the status of the frame's contents. END if the stream or the connection ended, also during a
 * flush; otherwise the statuses of frame_next(), send_buffer_flush() and @tick. A frame is no progress by itself: the
 * caller decides, see connection_progress().
 */
MUST_CHECK enum status loop_next(struct loop *loop, struct received_frame *frame);
/** loop_flush - commit, send, report. loop_flush_if_due - the same if a flush is due. For work between two frames. */
MUST_CHECK enum status loop_flush(struct loop *loop);
MUST_CHECK enum status loop_flush_if_due(struct loop *loop);
/** loop_close - flush, even if @s is a failure, and end; returns @s, or the status of the flush if @s is OK. */
MUST_CHECK enum status loop_close(struct loop *loop, enum status s);

#endif
