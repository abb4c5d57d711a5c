/* car.c - CAR files: what is read lies in the file, and a CARv1 with one root is written back the same. */
#include "ipld/car.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_of(data, size);
	int fd = fuzz_file(in);
	struct bytes out = {0};
	struct car_section section;
	struct car_reader r;
	bool known = true; /* every section has a CID that can be read */
	enum status s = car_open(&r, fd);

	if (s != STATUS_OK)
		goto out;
	MUST(r.root_count <= CAR_ROOTS_MAX && (r.root_count == 0) == (r.roots == NULL), "roots are as many as counted");
	if (r.root_count > 0)
		car_put_header(&out, &r.roots[0]);
	while ((s = car_next(&r, &section)) == STATUS_OK || s == STATUS_BAD_CID) {
		MUST(section.offset <= size && section.block.len <= size - section.offset, "a block lies in the file");
		MUST(span_equal(section.block, span_of(data + section.offset, section.block.len)),
			"and is those bytes");
		known &= s == STATUS_OK;
		if (s != STATUS_OK)
			continue;
		car_put_section_head(&out, &section.cid, section.block.len);
		bytes_append(&out, section.block.data, section.block.len);
	}
	MUST(r.padding <= size, "padding lies in the file");
	if (s == STATUS_END && r.end == UINT64_MAX && r.root_count == 1 && known)
		MUST(span_equal(bytes_span(&out), span_of(data, size - r.padding)),
			"the file is written back the same");
	car_release(&r);
out:
	bytes_release(&out);
	close(fd);
	return 0;
}
