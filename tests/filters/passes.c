/* passes.c - a filter for what a provider sends: some frames come through, and then something else happens.
 *
 * passes COUNT again     after COUNT frames, the first one again, four times a second, until nobody reads it
 * passes COUNT end       after COUNT frames, nothing: it ends
 * passes COUNT unfinished   after COUNT frames, all but the one that says that the deal is complete: it ends
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "wire/frame.h"

static void put(struct span body)
{
	struct bytes frame = {0};

	frame_put(&frame, body);
	if (bytes_status(&frame) != STATUS_OK || file_write_full(STDOUT_FILENO, frame.data, frame.len) != STATUS_OK)
		exit(0); /* nobody listens any more */
	bytes_release(&frame);
}

static bool completes(struct span body)
{
	struct frame frame;

	return frame_decode(&frame, body) == STATUS_OK && frame.kind == FRAME_TRANSFER && !frame.from_client &&
	       frame.transfer.response.type == TRANSFER_COMPLETE && !frame.transfer.response.paused;
}

int main(int argc, char **argv)
{
	struct frame_reader reader;
	struct bytes first = {0};
	struct span body;

	if (argc != 3)
		return 2;
	frame_reader_init(&reader, STDIN_FILENO);
	while (frame_next(&reader, &body) == STATUS_OK) {
		if (reader.count == 1)
			bytes_append(&first, body.data, body.len);
		if (reader.count > strtoul(argv[1], NULL, 10) &&
			(strcmp(argv[2], "unfinished") != 0 || completes(body)))
			break;
		put(body);
	}
	while (strcmp(argv[2], "again") == 0 && first.len != 0) {
		put(bytes_span(&first));
		usleep(250000);
	}
	frame_reader_release(&reader);
	bytes_release(&first);
	return 0;
}
