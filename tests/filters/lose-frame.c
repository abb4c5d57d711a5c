/* lose-frame.c - a filter for one direction of a connection: frame N gets lost.
 *
 * usage: lose-frame N
 */
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "wire/frame.h"
#include "wire/frame_reader.h"

int main(int argc, char **argv)
{
	uint64_t lost = argc == 2 ? strtoull(argv[1], NULL, 10) : 0;
	struct frame_reader reader;
	struct bytes frame = {0};
	struct span body;

	frame_reader_init(&reader, STDIN_FILENO);
	while (frame_next(&reader, &body) == STATUS_OK) {
		if (reader.count == lost)
			continue;
		bytes_clear(&frame);
		frame_put(&frame, body);
		if (bytes_status(&frame) != STATUS_OK ||
			file_write_full(STDOUT_FILENO, frame.data, frame.len) != STATUS_OK)
			break; /* nobody listens any more */
	}
	bytes_release(&frame);
	frame_reader_release(&reader);
	return 0;
}
