/* want-restart.c - a filter for what a provider sends: after frame N the provider asks for a restart of its transfer, once.
 *
 * usage: want-restart N [forget]
 *
 * go-data-transfer asks like this (type 7) after it has itself been restarted. The old request goes on meanwhile; with
 * "forget" it is forgotten: nothing more comes for it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "wire/frame.h"
#include "wire/frame_reader.h"

static void put(const struct bytes *frames)
{
	if (bytes_status(frames) != STATUS_OK || file_write_full(STDOUT_FILENO, frames->data, frames->len) != STATUS_OK)
		exit(0); /* nobody listens any more */
}

/* The response in a frame; false if there is none. */
static bool read_response(struct graphsync_response *response, struct span body)
{
	struct span responses;
	struct frame frame;

	if (frame_decode(&frame, body) != STATUS_OK || frame.kind != FRAME_GRAPHSYNC)
		return false;
	responses = frame.message.responses;
	return graphsync_next_response(response, &responses);
}

/** struct wanted - the request and transfer that are to be restarted. */
struct wanted {
	uint8_t request[GRAPHSYNC_ID_SIZE];
	uint64_t transfer;
	bool forgotten;
};

/* Note what the first response is about; false if the frame belongs to a forgotten request. */
static bool look(struct wanted *wanted, struct span body)
{
	struct response_transfers transfers = {0};
	struct graphsync_response response;
	struct transfer transfer;

	if (!read_response(&response, body))
		return true;
	if (wanted->transfer != 0)
		return !wanted->forgotten || memcmp(response.id, wanted->request, GRAPHSYNC_ID_SIZE) != 0;
	transfers.response = &response;
	if (response_next_transfer(&transfer, &transfers) == STATUS_OK)
		wanted->transfer = transfer.response.id;
	memcpy(wanted->request, response.id, GRAPHSYNC_ID_SIZE);
	return true;
}

static void ask(uint64_t id)
{
	static const uint8_t peer[] = "\x12\x20\xff\xfe\x80\xc3\x28"; /* a name that is not UTF-8 */
	struct span name = span_of(peer, sizeof(peer) - 1);
	struct transfer t = {.is_request = true, .has_request = true};
	struct bytes frame = {0};

	t.request.type = TRANSFER_RESTART_EXISTING;
	t.request.restart = (struct transfer_channel){name, name, id};
	frame_put_transfer(&frame, &t);
	put(&frame);
	bytes_release(&frame);
}

int main(int argc, char **argv)
{
	uint64_t after = argc > 1 ? strtoull(argv[1], NULL, 10) : 0;
	struct wanted wanted = {0};
	struct frame_reader reader;
	struct bytes frame = {0};
	struct span body;

	frame_reader_init(&reader, STDIN_FILENO);
	while (frame_next(&reader, &body) == STATUS_OK) {
		bytes_clear(&frame);
		if (look(&wanted, body))
			frame_put(&frame, body);
		put(&frame);
		if (reader.count != after)
			continue;
		ask(wanted.transfer);
		wanted.forgotten = argc > 2;
	}
	bytes_release(&frame);
	frame_reader_release(&reader);
	return 0;
}
