/* outbox.h - what is said on a line, held back until what it says is on disk.
 *
 * While an outbox is open the store's transactions form a group (kv/kv.h):
 * many frames are taken in and answered for the price of one sync. MONEY 10
 * and 12 hold because nothing leaves before the group is committed.
 */
#ifndef PARTY_OUTBOX_H
#define PARTY_OUTBOX_H

#include "party/party.h"

/** line_stopped - the line is to end. */
bool line_stopped(const struct line *line);

#define OUTBOX_HOLD 0.1 /* seconds that anything stays undone or unsaid, however fast frames come */

/** struct outbox - open from outbox_open() to outbox_close(). */
struct outbox {
	struct party *p;
	const struct line *line;
	struct bytes held;
	double flushed; /* when, by a clock that never jumps */
};

void outbox_open(struct outbox *o, struct party *p, const struct line *line);
/** outbox_say - say whole or part frames, soon. */
MUST_CHECK enum status outbox_say(struct outbox *o, struct span bytes);
/** outbox_sink - for a step that says much; valid as long as @o. */
struct sink outbox_sink(struct outbox *o);
/** outbox_flush - make durable what happened, then send what it said: before anything is waited for. END if the other side went away. */
MUST_CHECK enum status outbox_flush(struct outbox *o);
/** outbox_is_due - it was not flushed for too long. */
bool outbox_is_due(const struct outbox *o);
/** outbox_close - flush; @s, the status so far, or why that failed if @s is OK. What was said is sent even if @s is a failure. */
MUST_CHECK enum status outbox_close(struct outbox *o, enum status s);

#endif
