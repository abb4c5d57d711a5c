/* ask-early.c - a filter for what a provider sends: after the first frame a payment is asked for, before any block has come.
 *
 * usage: ask-early AMOUNT [withhold]
 *
 * AMOUNT in attoFIL. go-data-transfer asks like this on a network, by a message
 * of its own that overtakes the blocks. With "withhold" nothing else comes: the
 * same request again, four times a second, until nobody reads it.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "seller/answers.h"
#include "wire/frame.h"
#include "wire/frame_reader.h"

static void put(const struct bytes *frames)
{
	if (bytes_status(frames) != STATUS_OK || file_write_full(STDOUT_FILENO, frames->data, frames->len) != STATUS_OK)
		exit(0); /* nobody listens any more */
}

/* Make the request for @owed in the deal that the response in @body is about; false if there is none. */
static bool make_request(struct bytes *out, struct span body, const struct amount *owed)
{
	struct deal_answer demand = {.type = TRANSFER_VOUCHER_RESULT,
		.accepted = true,
		.paused = true,
		.has_result = true,
		.status = DEAL_FUNDS_NEEDED,
		.owed = *owed};
	struct graphsync_response response;
	struct response_transfers transfers = {.response = &response};
	struct transfer transfer;
	struct response about;
	struct span responses;
	struct frame frame;

	if (frame_decode(&frame, body) != STATUS_OK || frame.kind != FRAME_GRAPHSYNC)
		return false;
	responses = frame.message.responses;
	if (!graphsync_next_response(&response, &responses) ||
		response_next_transfer(&transfer, &transfers) != STATUS_OK ||
		transfer_deal_response(&about, &transfer, RECORD_SORTED) != STATUS_OK)
		return false;
	frames_answer(out, &(struct response_head){response.id, transfer.response.id, about.id}, &demand);
	return true;
}

int main(int argc, char **argv)
{
	bool withhold = argc == 3 && strcmp(argv[2], "withhold") == 0;
	struct amount owed = amount_u64(argc >= 2 ? strtoull(argv[1], NULL, 10) : 0);
	struct bytes frame = {0}, demand = {0};
	struct frame_reader reader;
	struct span body;

	frame_reader_init(&reader, STDIN_FILENO);
	while (frame_next(&reader, &body) == STATUS_OK) {
		bytes_clear(&frame);
		frame_put(&frame, body);
		put(&frame);
		if (reader.count == 1 && make_request(&demand, body, &owed))
			put(&demand);
		if (withhold)
			break;
	}
	while (withhold && demand.len != 0) {
		put(&demand);
		usleep(250000);
	}
	bytes_release(&demand);
	bytes_release(&frame);
	frame_reader_release(&reader);
	return 0;
}
