/* varint.c - unsigned varints. */
#include "base/varint.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t out[VARINT_MAX];
	uint64_t value;
	size_t used;

	if (varint_decode(&value, &used, data, size) == STATUS_OK) {
		MUST(used >= 1 && used <= VARINT_READ_MAX && used <= size, "it takes bytes that are there");
		MUST(span_equal(span_of(out, varint_encode(out, value)), span_of(data, used)),
			"it is written back the same");
	}
	return 0;
}
