/* bump.h - higher fees for our messages that the ledger has not executed. */
#ifndef MESSAGES_BUMP_H
#define MESSAGES_BUMP_H

#include "messages/raise_fee.h"

enum bump_step {
	BUMP_RAISED, /* a try with a higher fee was made and submitted, or would be */
	BUMP_SENT,   /* the ledger did not have the newest try: it was submitted again, as it was */
	BUMP_FAILED,
};

/** struct bump_report - one message. */
struct bump_report {
	enum bump_step step;
	struct address channel; /* that the message is for */
	const char *name;       /* message_name() */
	struct raised raised;   /* BUMP_SENT: @before and @after are the same */
	enum status status;     /* BUMP_FAILED; explained in the party */
};

/** struct bump - which messages, and what is done. */
struct bump {
	const struct address *channels; /* @count of them; none: the messages for all channels */
	size_t count;
	bool plan; /* change nothing, only say what each message would cost */
	void (*report)(void *ctx, const struct bump_report *r);
	void *ctx;
};
/**
 * bump_messages - give each message in flight a higher fee: store the new try, then submit it. A message whose newest try
 * the ledger does not have is submitted again first, so that a run that was killed goes on where it was.
 * @report is called once for each message that is not over. NOT_FOUND, explained, if there is none; else the first
 * failure: the other messages go on. The statuses of raise_fee(); REJECTED, with words, if the ledger does not take a try,
 * which stays stored.
 */
MUST_CHECK enum status bump_messages(struct party *p, const struct bump *bump);

#endif
