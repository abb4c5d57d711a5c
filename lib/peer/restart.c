/* restart.c - when a deal's transfer is restarted on a connection where the transfer was requested already. */
#include "peer/restart.h"

#include "base/clock.h"

#define ASKED_SECONDS 1.0 /* silence after which a restart that the provider wants waits no longer for a pause */
#define PAID_SECONDS  5.0 /* silence after a payment */

void restart_made(struct restart *restart, uint64_t blocks)
{
	restart->wanted = restart->paused = false;
	restart->watched = !restart->repeated;
	restart->made_at = blocks + 1;
	restart->due = 0;
}

void restart_ask(struct restart *restart, uint64_t blocks)
{
	if (restart->made_at == blocks + 1)
		return;
	restart->wanted = true;
	restart->due = clock_seconds() + ASKED_SECONDS;
}

void restart_paid(struct restart *restart)
{
	if (restart->watched)
		restart->due = clock_seconds() + PAID_SECONDS;
}

static bool is_pause(const struct frame *frame)
{
	struct graphsync_response response;
	struct span responses = frame->message.responses;

	return frame->decoded == STATUS_OK && frame->kind == FRAME_GRAPHSYNC &&
	       graphsync_next_response(&response, &responses) && response.status == GRAPHSYNC_PAUSED;
}

void restart_received(struct restart *restart, const struct frame *frame, bool blocks)
{
	bool resumed = blocks && restart->paused && restart->due != 0;

	restart->paused = is_pause(frame) || (restart->paused && !blocks);
	if (restart->due == 0)
		return;
	if (resumed && !restart->wanted)
		restart->watched = false;
	restart->due = restart->wanted    ? clock_seconds() + ASKED_SECONDS
		       : restart->watched ? clock_seconds() + PAID_SECONDS
					  : 0;
}

bool restart_is_due(struct restart *restart)
{
	if (restart->due == 0 || clock_seconds() < restart->due)
		return false;
	restart->repeated = restart->repeated || !restart->wanted;
	return true;
}
