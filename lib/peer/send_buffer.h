/* send_buffer.h - frames to be sent, held back until the transactions that they rely on are on disk.
 *
 * While a send buffer is open the store's transactions form a group (kv/kv.h):
 * many frames are received and answered for the cost of one sync. MONEY 10 and
 * 12 hold because no frame leaves before the group is committed.
 */
#ifndef PEER_SEND_BUFFER_H
#define PEER_SEND_BUFFER_H

#include "kv/kv.h"
#include "peer/connection.h"
#include "peer/sink.h"

#define SEND_BUFFER_SECONDS 0.1 /* seconds that work stays uncommitted or unsent at most, however fast frames come */

/** struct send_buffer - open from send_buffer_open() to send_buffer_close(). */
struct send_buffer {
	struct kv *kv; /* NULL: no sent frame relies on a store */
	const struct connection *connection;
	struct bytes waiting; /* whole or part frames that are not sent yet */
	bool gone;            /* nobody reads: frames to be sent are dropped */
	bool repeats;         /* the sink sends what was sent on this connection before: no progress */
	double flushed;       /* time of the last flush, by a monotonic clock */
};

/** send_buffer_open - begin to buffer; @kv and @connection are borrowed until send_buffer_close(). */
void send_buffer_open(struct send_buffer *out, struct kv *kv, const struct connection *connection);
/** send_buffer_add - add whole or part frames, to be sent soon. The statuses of send_buffer_flush(). */
MUST_CHECK enum status send_buffer_add(struct send_buffer *out, struct span bytes);
/** send_buffer_sink - a sink for a step that sends much, which is progress unless it @repeats; valid as long as @out. */
struct sink send_buffer_sink(struct send_buffer *out);
/**
 * send_buffer_flush - commit the group, then send the added frames: called before each wait.
 * END if the connection must end; the statuses of kv_group_commit(). If the other side reads no more, @gone is set and
 * only a sink fails: the frames that the other side sent before must still be read.
 */
MUST_CHECK enum status send_buffer_flush(struct send_buffer *out);
/** send_buffer_is_due - is the last flush more than SEND_BUFFER_SECONDS ago? */
bool send_buffer_is_due(const struct send_buffer *out);
/** send_buffer_close - commit, and end the group. Frames that were added and not flushed are dropped. */
MUST_CHECK enum status send_buffer_close(struct send_buffer *out);

#endif
