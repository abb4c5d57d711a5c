/* frame_queue.h - frames off a descriptor, read ahead and with the hashes of their blocks computed by other threads.
 *
 * A frame's fate is decided by the caller alone, in the order of the stream.
 * Memory is bounded: what is read ahead is a few messages, however large the
 * stream.
 */
#ifndef PEER_FRAME_QUEUE_H
#define PEER_FRAME_QUEUE_H

#include "peer/received_frame.h"

struct frame_queue;

/**
 * frame_queue_open - begin to read @fd.
 * @wake: -1, or an eventfd that ends the stream (END) as soon as somebody writes to it; frame_queue_close() does.
 */
MUST_CHECK enum status frame_queue_open(struct frame_queue **in, int fd, int wake);
/** frame_queue_next - the next frame; waits for it. The statuses of frame_next(); what is wrong inside a frame is in @d. */
MUST_CHECK enum status frame_queue_next(struct frame_queue *in, struct received_frame *d);
/** frame_queue_is_ready - frame_queue_next() will not have to wait for the other side. */
bool frame_queue_is_ready(struct frame_queue *in);
/** frame_queue_close - stop reading; harmless on NULL. */
void frame_queue_close(struct frame_queue *in);

#endif
