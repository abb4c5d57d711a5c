/* steps.c - the steps of all channels, and the wait between a step and the next. */
#include <string.h>

#include "messages/in_flight.h"
#include "settle.h"

/* With a plan, only print the losses that would not be reported any more. */
static enum status write_off(struct work *w, const struct address *channel)
{
	struct amount lost;
	enum status s = settle_write_off(&w->t->party, &lost, channel, w->policy.plan);

	if (s != STATUS_OK)
		return s;
	report_write_off(w, channel, &lost);
	return STATUS_OK;
}

/* False if the time of --wait is over. */
static bool wait_for_messages(struct work *w)
{
	struct party *p = &w->t->party;
	enum status s;

	p->wait_until = w->wait_until;
	s = in_flight_wait(p, true);
	p->wait_until = 0;
	return s == STATUS_OK;
}

/* Take the next step of each channel in the list. */
static enum status settle_each(struct work *w)
{
	struct party *p = &w->t->party;
	struct address a;

	for (size_t at = 0; at < w->channels.len; at += sizeof(a)) {
		enum status s;

		memcpy(&a, w->channels.data + at, sizeof(a));
		error_clear(&p->error);
		s = w->write_off ? write_off(w, &a) : settle_channel(p, &a, &w->policy, report_step, w);
		if (s == STATUS_PENDING)
			bytes_append(&w->pending, &a, sizeof(a));
		if (s != STATUS_OK)
			report_failure(w, s);
	}
	return bytes_status(&w->pending);
}

/* The messages that were on their way are on the ledger: their channels come next. */
static void take_pending(struct work *w)
{
	struct bytes done = w->channels;

	w->channels = w->pending;
	w->pending = done;
	bytes_clear(&w->pending);
	if (w->status == STATUS_PENDING) {
		w->status = STATUS_OK;
		error_clear(&w->error);
	}
}

enum status work_run(struct work *w)
{
	struct party *p = &w->t->party;
	enum status s;

	if (w->channels.len == 0) {
		party_done(p, "there is no channel to settle");
		return STATUS_OK;
	}
	for (;;) {
		s = settle_each(w);
		if (s != STATUS_OK)
			return s;
		if (w->pending.len == 0 || w->policy.plan || !wait_for_messages(w))
			break;
		take_pending(w);
	}
	p->error = w->error;
	return w->status;
}
