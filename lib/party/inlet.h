/* inlet.h - frames off a descriptor, read ahead and with the hashes of their blocks computed by other threads.
 *
 * A frame's fate is decided by the caller alone, in the order of the stream.
 * Memory is bounded: what is read ahead is a few messages, however large the
 * stream.
 */
#ifndef PARTY_INLET_H
#define PARTY_INLET_H

#include "wire/frame.h"
#include "wire/graphsync.h"

#define DELIVERY_BLOCKS_MAX                                                                                            \
	32768 /* blocks in one message; more are refused, because each costs us more than it costs its sender */

/** struct delivery - one frame, taken apart. Spans borrow from the inlet until its next call. */
struct delivery {
	struct span body;
	uint64_t offset, number;          /* of the frame in its stream, in bytes and frames, from 0 */
	enum frame_kind kind;             /* meaningful if @decoded is OK */
	enum status decoded;              /* what is wrong with it, if anything */
	struct graphsync_message message; /* of a FRAME_GRAPHSYNC */
	struct graphsync_block *blocks;   /* message.block_count of them */
	struct cid *cids;                 /* of each, computed from its bytes */
	size_t room;                      /* for so many */
};

struct inlet;

/**
 * inlet_open - begin to read @fd.
 * @wake: -1, or an eventfd that ends the stream (END) as soon as somebody writes to it; inlet_close() does.
 */
MUST_CHECK enum status inlet_open(struct inlet **in, int fd, int wake);
/** inlet_next - the next frame; waits for it. The statuses of frame_next(); what is wrong inside a frame is in @d. */
MUST_CHECK enum status inlet_next(struct inlet *in, struct delivery *d);
/** inlet_is_ready - inlet_next() will not have to wait for the other side. */
bool inlet_is_ready(struct inlet *in);
/** inlet_close - stop reading; harmless on NULL. */
void inlet_close(struct inlet *in);

/** delivery_open - take one frame apart here and now; returns what is wrong with it. Release with delivery_release(). */
MUST_CHECK enum status delivery_open(struct delivery *d, struct span body);
void delivery_release(struct delivery *d);

#endif
