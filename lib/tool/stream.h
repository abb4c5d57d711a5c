/* stream.h - going through the frames of the files that a tool was given. */
#ifndef TOOL_STREAM_H
#define TOOL_STREAM_H

#include "peer/received_frame.h"
#include "tool/tool.h"

/**
 * tool_each_frame - call @each for every frame of the tool's argument files in order; standard input if there are none, or for "-".
 * Stops at the first status other than OK, and explains its place in the stream.
 */
MUST_CHECK enum status tool_each_frame(
	struct tool *t, enum status (*each)(void *ctx, const struct frame *frame), void *ctx);
/** tool_frames_of - the same for the one file @name, without a recording; NULL for standard input because no file was given. */
MUST_CHECK enum status tool_frames_of(
	struct tool *t, const char *name, enum status (*each)(void *ctx, const struct frame *frame), void *ctx);
/** tool_each_received - the same, read ahead and hashed by other threads (peer/frame_queue.h): for a tool that takes in blocks. */
MUST_CHECK enum status tool_each_received(
	struct tool *t, enum status (*each)(void *ctx, const struct received_frame *d), void *ctx);

#endif
