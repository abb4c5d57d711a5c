/* send_buffer.h - what is sent over a connection, held back until what it relies on is on disk.
 *
 * While a send buffer is open the store's transactions form a group (kv/kv.h):
 * many frames are taken in and answered for the price of one sync. MONEY 10
 * and 12 hold because nothing leaves before the group is committed.
 */
#ifndef PEER_SEND_BUFFER_H
#define PEER_SEND_BUFFER_H

#include "kv/kv.h"
#include "peer/connection.h"
#include "peer/sink.h"

#define SEND_BUFFER_SECONDS 0.1 /* seconds that anything stays undone or unsent, however fast frames come */

/** struct send_buffer - open from send_buffer_open() to send_buffer_close(). */
struct send_buffer {
	struct kv *kv; /* NULL: nothing that is sent relies on a store */
	const struct connection *connection;
	struct bytes waiting; /* frames, or parts of them, that are not sent yet */
	bool gone;            /* nobody reads what is sent: it is dropped */
	double flushed;       /* when the last flush was, by a clock that never jumps */
};

/** send_buffer_open - begin; @kv and @connection are borrowed until send_buffer_close(). */
void send_buffer_open(struct send_buffer *out, struct kv *kv, const struct connection *connection);
/** send_buffer_add - send whole or part frames, soon. The statuses of send_buffer_flush(). */
MUST_CHECK enum status send_buffer_add(struct send_buffer *out, struct span bytes);
/** send_buffer_sink - for a step that sends much; valid as long as @out. */
struct sink send_buffer_sink(struct send_buffer *out);
/**
 * send_buffer_flush - make durable what happened, then send what was added: before anything is waited for.
 * END if the connection is to end; the statuses of kv_group_commit(). That the other side reads no more is in @gone, and
 * fails only a sink: what it said before is still to be read.
 */
MUST_CHECK enum status send_buffer_flush(struct send_buffer *out);
/** send_buffer_is_due - the last flush is more than SEND_BUFFER_SECONDS ago. */
bool send_buffer_is_due(const struct send_buffer *out);
/** send_buffer_close - commit, and end the group. What was added and not flushed is dropped. */
MUST_CHECK enum status send_buffer_close(struct send_buffer *out);

#endif
