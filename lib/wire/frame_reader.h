/* frame_reader.h - the stream: an unsigned varint and that many bytes, each one message.
 *
 * A file, a pipe and a captured conversation are all the same bytes, and a
 * concatenation of streams is a stream.  A reader also accepts the text form
 * (-a): lines of base64url, each the bytes of one or more frames.
 *
 * Which of the two it is, the first two bytes say: in the text form both are
 * letters of base64url.  In a binary frame they can't be: a length of one byte
 * is followed by the first byte of a body, which is a map (0xa1, 0xa2, 0xa3,
 * 0xa9), and a longer length begins with a byte above 0x7f.
 */
#ifndef WIRE_FRAME_READER_H
#define WIRE_FRAME_READER_H

#include "base/bytes.h"
#include "base/varint.h"

#define FRAME_MAX (1u << 22)

/** struct frame_reader - reads frames off a descriptor; memory is one frame and a read buffer. */
struct frame_reader {
	int fd;   /* borrowed */
	int wake; /* -1, or borrowed: once it is readable nothing is waited for any more, and the stream is at its end */
	bool text; /* the input is in the text form */
	bool started;
	uint64_t offset; /* of the frame last returned, in the bytes of the binary form */
	uint64_t count;  /* frames returned so far */
	struct bytes buffer;
	size_t head; /* bytes of buffer already consumed */
	bool at_end;
	uint64_t position; /* in the same bytes, of the next frame */
	struct bytes raw;  /* text form: undecoded input */
	size_t raw_head;   /* bytes of raw already decoded */
	bool line_end;     /* text form: buffer ends where a line ended */
};

void frame_reader_init(struct frame_reader *r, int fd);
/**
 * frame_next - the next frame's body, borrowed until the next call.
 * END between frames, CUT inside one, BAD_FRAME for length 0 or a bad varint, TOO_LARGE above FRAME_MAX (nothing is
 * allocated for it); in the text form also BAD_TEXT, and BAD_FRAME for a frame that its line does not hold whole.
 * IO with errno set if reading failed.
 */
MUST_CHECK enum status frame_next(struct frame_reader *r, struct span *body);
/**
 * frame_keep - have the frame last returned as @body outlive the next call: @owner gets its bytes, and @body points there.
 * A large frame is not copied: the reader goes on in what @owner had. NO_MEMORY.
 */
MUST_CHECK enum status frame_keep(struct frame_reader *r, struct bytes *owner, struct span *body);
/** frame_is_here - the next frame has been read already: frame_next() will not wait for it. */
bool frame_is_here(const struct frame_reader *r);
void frame_reader_release(struct frame_reader *r);
/**
 * frame_take - take the first frame off @stream, which is whole and in memory; @body borrows from it.
 * END if @stream is empty, CUT if it ends inside the frame, BAD_FRAME and TOO_LARGE as for frame_next(); then @stream is as before.
 */
MUST_CHECK enum status frame_take(struct span *body, struct span *stream);
/** frame_put - append one frame. */
void frame_put(struct bytes *out, struct span body);
/** frame_put_head - append the length that goes before a body of @len bytes. */
void frame_put_head(struct bytes *out, size_t len);

#endif
