/* unixfs.c - UnixFS data: sizes are as many as counted and add up. */
#include "unixfs/unixfs.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct unixfs_data u;
	struct span sizes;
	size_t count = 0;
	uint64_t n;

	if (unixfs_decode(&u, span_of(data, size)) != STATUS_OK)
		return 0;
	MUST(u.data.len <= size, "the data lies in the message");
	for (sizes = u.block_sizes; unixfs_next_size(&n, &sizes); count++)
		MUST(count <= size, "sizes end");
	MUST(count == u.block_count, "as many sizes as were counted");
	return 0;
}
