/* frame_queue.h - frames from a descriptor, read ahead, with the hashes of their blocks computed by other threads.
 *
 * The caller alone decides about a frame, in the order of the stream. Memory is
 * bounded: a few messages are read ahead, however long the stream.
 */
#ifndef PEER_FRAME_QUEUE_H
#define PEER_FRAME_QUEUE_H

#include "peer/received_frame.h"

struct frame_queue;

/**
 * frame_queue_open - begin to read @fd.
 * @wake: -1, or an eventfd that ends the stream (END) once somebody writes to the eventfd; frame_queue_close() does.
 */
MUST_CHECK enum status frame_queue_open(struct frame_queue **in, int fd, int wake);
/**
 * frame_queue_next - wait for the next frame. The statuses of frame_next(); @d has the status of a frame's contents.
 */
MUST_CHECK enum status frame_queue_next(struct frame_queue *in, struct received_frame *d);
/** frame_queue_is_ready - would frame_queue_next() return without waiting for the other side? */
bool frame_queue_is_ready(struct frame_queue *in);
/** frame_queue_close - stop reading; harmless on NULL. */
void frame_queue_close(struct frame_queue *in);

#endif
