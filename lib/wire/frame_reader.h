/* frame_reader.h - the stream of frames: each frame is an unsigned varint, the length, and a body of that length.
 *
 * A file, a pipe and a captured conversation are all the same bytes, and a
 * concatenation of streams is a stream.  A reader also accepts the text form
 * (-a): lines of base64url, each the bytes of one or more frames.
 *
 * The first two bytes tell the two forms apart: in the text form both bytes are
 * letters of base64url.  A binary stream can't begin with two letters: a length
 * of one byte is followed by the first byte of a body, which is a map (0xa1,
 * 0xa2, 0xa3, 0xa9), and a longer length begins with a byte above 0x7f.
 */
#ifndef WIRE_FRAME_READER_H
#define WIRE_FRAME_READER_H

#include "base/bytes.h"
#include "base/varint.h"

#define FRAME_MAX (1u << 22)

/** struct frame_reader - reads frames off a descriptor; memory is one frame and a read buffer. */
struct frame_reader {
	int fd;    /* borrowed */
	int wake;  /* -1, or borrowed: once @wake is readable, the reader stops waiting, and the stream is at its end */
	bool text; /* the input is in the text form */
	bool started;
	uint64_t offset; /* of the frame last returned, in the bytes of the binary form */
	uint64_t count;  /* frames returned so far */
	struct bytes buffer;
	size_t head; /* bytes of buffer already consumed */
	bool at_end;
	uint64_t position; /* of the next frame, counted as @offset */
	struct bytes raw;  /* text form: undecoded input */
	size_t raw_head;   /* bytes of raw already decoded */
	bool line_end;     /* text form: buffer ends where a line ended */
};

void frame_reader_init(struct frame_reader *r, int fd);
/**
 * frame_next - the next frame's body, borrowed until the next call.
 * END between frames, CUT inside one, BAD_FRAME for length 0 or a bad varint, TOO_LARGE above FRAME_MAX (nothing is
 * allocated for it); in the text form also BAD_TEXT, and BAD_FRAME for a frame that its line does not hold completely.
 * IO with errno set if reading failed.
 */
MUST_CHECK enum status frame_next(struct frame_reader *r, struct span *body);
/**
 * frame_keep - keep the last returned frame @body beyond the next call: its bytes move to @owner, and @body points there.
 * A large frame is not copied: the reader continues in the old memory of @owner. NO_MEMORY.
 */
MUST_CHECK enum status frame_keep(struct frame_reader *r, struct bytes *owner, struct span *body);
/** frame_is_here - true if the next frame is buffered, so that frame_next() will not wait. */
bool frame_is_here(const struct frame_reader *r);
void frame_reader_release(struct frame_reader *r);
/**
 * frame_take - take the first frame off @stream, which is completely in memory; @body borrows from @stream.
 * END if @stream is empty, CUT if @stream ends inside the frame, BAD_FRAME and TOO_LARGE as for frame_next(); on failure @stream is unchanged.
 */
MUST_CHECK enum status frame_take(struct span *body, struct span *stream);
/** frame_put - append one frame. */
void frame_put(struct bytes *out, struct span body);
/** frame_put_head - append the length that goes before a body of @len bytes. */
void frame_put_head(struct bytes *out, size_t len);

#endif
