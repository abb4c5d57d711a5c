/* bump.c - higher fees for our messages that the ledger has not executed.
 *
 * MONEY 9: a try is stored before it is submitted.  Refuses to know how a fee is
 * chosen: raise_fee.c.
 */
#include "messages/bump.h"

#include "messages/chain_sign.h"
#include "messages/in_flight.h"
#include "store/pending.h"

/** struct bumping - one run over the messages. */
struct bumping {
	struct party *p;
	const struct bump *bump;
	uint64_t count;
	enum status failed; /* the first failure */
	struct error error;
};

static bool is_wanted(const struct bump *bump, const struct address *channel)
{
	for (size_t i = 0; i < bump->count; i++) {
		if (address_equal(&bump->channels[i], channel))
			return true;
	}
	return bump->count == 0;
}

/* Submit the newest try of a message, after the messages before it. */
static enum status submit_newest(struct party *p, struct span about)
{
	CLEAN_BYTES struct bytes encoded = {0};
	struct outcome outcome;
	struct signed_message m;
	enum status s = chain_newest(p, &m, &encoded, about);

	if (s != STATUS_OK)
		return s;
	s = kv_group_commit(store_kv(p->store));
	if (s != STATUS_OK)
		return s;
	s = in_flight_push_before(p, &m.message);
	return s == STATUS_OK ? ledger_submit(p->ledger, &outcome, &m) : s;
}

/* The ledger lacks the newest try. OK with BUMP_SENT if it takes the try now. */
static enum status send_again(struct bumping *bumping, struct bump_report *r, const struct in_flight *m)
{
	enum status s = bumping->bump->plan ? STATUS_OK : submit_newest(bumping->p, m->about);

	if (s != STATUS_OK)
		return s;
	r->step = BUMP_SENT;
	r->raised.before = r->raised.after = m->message.message;
	r->raised.before.params = r->raised.after.params = span_of("", 0);
	return in_flight_count_tries(bumping->p, &r->raised.tries, m->about);
}

static enum status raise(struct bumping *bumping, struct bump_report *r, const struct in_flight *m, bool turned_away)
{
	enum raise_reason why = turned_away ? RAISE_GAS : RAISE_PRICE;
	enum status s = raise_fee(bumping->p, &r->raised, m->about, why, bumping->bump->plan);

	r->step = BUMP_RAISED;
	if (s != STATUS_OK || bumping->bump->plan)
		return s;
	return submit_newest(bumping->p, m->about);
}

static enum status bump_one(
	struct bumping *bumping, struct bump_report *r, const struct in_flight *m, enum message_state state)
{
	enum status s = state == MESSAGE_UNKNOWN ? send_again(bumping, r, m) : STATUS_REJECTED;

	if (s != STATUS_REJECTED)
		return s;
	error_clear(&bumping->p->error);
	return raise(bumping, r, m, state == MESSAGE_TURNED_AWAY);
}

/* A failure concerns one message: the others go on. */
static void note_failure(struct bumping *bumping, struct bump_report *r, enum status s)
{
	struct party *p = bumping->p;

	r->step = BUMP_FAILED;
	r->status = s;
	(void)party_explain(p, s, "%s", party_words(p, s));
	if (bumping->failed != STATUS_OK)
		return;
	bumping->failed = s;
	bumping->error = p->error;
}

static enum status visit(void *ctx, const struct in_flight *m)
{
	struct bumping *bumping = ctx;
	struct bump_report r = {.name = message_name(&m->message.message)};
	struct outcome outcome = {.state = MESSAGE_UNKNOWN};
	enum status s = in_flight_channel(bumping->p, &r.channel, &m->message.message);

	if (s != STATUS_OK || !is_wanted(bumping->bump, &r.channel))
		return s;
	s = in_flight_outcome(bumping->p, &outcome, m);
	if (s != STATUS_OK || !outcome_is_open(&outcome))
		return s;
	bumping->count++;
	error_clear(&bumping->p->error);
	s = bump_one(bumping, &r, m, outcome.state);
	if (s == STATUS_STOPPED || s == STATUS_NO_MEMORY)
		return s;
	if (s != STATUS_OK)
		note_failure(bumping, &r, s);
	bumping->bump->report(bumping->bump->ctx, &r);
	return STATUS_OK;
}

enum status bump_messages(struct party *p, const struct bump *bump)
{
	struct bumping bumping = {.p = p, .bump = bump};
	enum status s = in_flight_each(p, visit, &bumping);

	if (s != STATUS_OK)
		return s;
	if (bumping.count == 0)
		return party_fail(p, STATUS_NOT_FOUND, "no message of ours %s",
			bump->count == 0 ? "is on its way" : "is on its way to these channels");
	p->error = bumping.error;
	return bumping.failed;
}
