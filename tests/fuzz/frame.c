/* frame.c - streams of frames: what was read in the binary form is written back the same. */
#include "wire/frame.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = fuzz_file(span_of(data, size));
	struct bytes out = {0};
	struct frame_reader r;
	enum frame_kind kind;
	struct span body;
	enum status s;

	frame_reader_init(&r, fd);
	while ((s = frame_next(&r, &body)) == STATUS_OK) {
		MUST(body.len > 0 && body.len <= FRAME_MAX, "a body has a length in range");
		if (frame_kind(&kind, body) == STATUS_OK)
			MUST(kind <= FRAME_QUERY_RESPONSE, "a kind is one of four");
		frame_put(&out, body);
	}
	MUST(s != STATUS_IO, "a file in memory can be read");
	if (!r.text) {
		MUST(out.len <= size && span_equal(bytes_span(&out), span_of(data, out.len)),
			"frames are written back the same");
		MUST(s != STATUS_END || out.len == size, "at the end all was read");
	}
	frame_reader_release(&r);
	bytes_release(&out);
	close(fd);
	return 0;
}
