/* restart.h - when a deal's transfer is restarted on a connection where the transfer was requested already.
 *
 * Two occasions: the provider asks for a restart, or a provider that has taken a restart falls silent after the next
 * payment. go-data-transfer, v1 and v2, may take the late cancellation of a request that was still sending for the end of
 * the request that came after it; then the transfer stays paused whatever is paid, until another restart.
 */
#ifndef PEER_RESTART_H
#define PEER_RESTART_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/frame.h"

/** struct restart - what matters for one deal on one connection; all zero at first. */
struct restart {
	bool wanted;      /* the provider asked for a restart; none was made since */
	bool watched;     /* a restart was made, and no pause has ended by a payment since */
	bool paused;      /* the request has paused, and no block has come since */
	bool repeated;    /* silence has led to a restart; there is no second one */
	uint64_t made_at; /* blocks received before the last restart, plus one; 0 if none was made */
	double due;       /* the time, by clock_seconds(), at which silence leads to a restart; 0 for never */
};

/** restart_made - the deal is restarted now, with @blocks received. */
void restart_made(struct restart *restart, uint64_t blocks);
/**
 * restart_ask - the provider asks for a restart: made at the next pause, where go-data-transfer cancels at once, or after
 * a second of silence. Nothing changes if no block has come since the last restart.
 */
void restart_ask(struct restart *restart, uint64_t blocks);
/** restart_paid - a payment was sent: the provider has five seconds to say something, if the deal was restarted. */
void restart_paid(struct restart *restart);
/** restart_received - @frame of the deal has come; @blocks: with blocks. The request has paused if the frame's first response says so. */
void restart_received(struct restart *restart, const struct frame *frame, bool blocks);
/** restart_is_due - silence has lasted too long; restart_made() follows. */
bool restart_is_due(struct restart *restart);

#endif
