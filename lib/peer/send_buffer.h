/* send_buffer.h - what is said on a line, held back until what it says is on disk.
 *
 * While an outbox is open the store's transactions form a group (kv/kv.h):
 * many frames are taken in and answered for the price of one sync. MONEY 10
 * and 12 hold because nothing leaves before the group is committed.
 */
#ifndef PEER_SEND_BUFFER_H
#define PEER_SEND_BUFFER_H

#include "party/party.h"
#include "peer/connection.h"
#include "peer/sink.h"

#define SEND_BUFFER_SECONDS 0.1 /* seconds that anything stays undone or unsaid, however fast frames come */

/** struct send_buffer - open from send_buffer_open() to send_buffer_close(). */
struct send_buffer {
	struct party *p;
	const struct connection *line;
	struct bytes held;
	double flushed; /* when, by a clock that never jumps */
};

void send_buffer_open(struct send_buffer *o, struct party *p, const struct connection *line);
/** send_buffer_add - say whole or part frames, soon. */
MUST_CHECK enum status send_buffer_add(struct send_buffer *o, struct span bytes);
/** send_buffer_sink - for a step that says much; valid as long as @o. */
struct sink send_buffer_sink(struct send_buffer *o);
/** send_buffer_flush - make durable what happened, then send what it said: before anything is waited for. END if the other side went away. */
MUST_CHECK enum status send_buffer_flush(struct send_buffer *o);
/** send_buffer_is_due - it was not flushed for too long. */
bool send_buffer_is_due(const struct send_buffer *o);
/** send_buffer_close - flush; @s, the status so far, or why that failed if @s is OK. What was said is sent even if @s is a failure. */
MUST_CHECK enum status send_buffer_close(struct send_buffer *o, enum status s);

#endif
