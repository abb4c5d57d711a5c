/* in_flight.c - the messages to the ledger that are not known to be final.
 *
 * MONEY 18: money that such a message takes counts as gone.
 *
 * Knows what these messages take from our account, and that the ledger must
 * have them in the order of their nonces.  Refuses to know why a message was
 * sent: chain_message.c and its callers do.
 */
#include "messages/in_flight.h"

#include "base/clock.h"
#include "store/pending.h"

#define PAUSE_MS 200 /* between two looks at the stop flag */

enum status in_flight_each(struct party *p, enum status (*each)(void *ctx, const struct in_flight *m), void *ctx)
{
	CLEAN_MESSAGES struct message_list list = {0};
	enum status listed = store_list_messages(p->store, &list), s = STATUS_OK;

	if (listed != STATUS_OK && listed != STATUS_CORRUPT)
		return listed;
	for (size_t i = 0; s == STATUS_OK && i < list.count; i++) {
		struct in_flight m = {.about = list.at[i].about};

		if (signed_message_decode(&m.message, list.at[i].message) == STATUS_OK)
			s = each(ctx, &m);
		else
			listed = STATUS_CORRUPT;
	}
	return s == STATUS_OK ? listed : s;
}

/* A damaged message can't be sent again: the readable ones are. */
static enum status but_damaged(enum status s)
{
	return s == STATUS_CORRUPT ? STATUS_OK : s;
}

/* MONEY 23: a form of our message, which differs from the newest one in its gas only. */
static enum status decode_try(struct signed_message *out, const struct message *newest, struct span encoded)
{
	enum status s = signed_message_decode(out, encoded);

	if (s == STATUS_NO_MEMORY)
		return s;
	return s == STATUS_OK && message_same_call(&out->message, newest) ? STATUS_OK : STATUS_CORRUPT;
}

static enum status get_tries(struct party *p, struct bytes *older, struct span about)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_read(store_kv(p->store), &txn);

	return s == STATUS_OK ? store_get_tries(txn, older, about) : s;
}

/* The newest form was never executed: has an older one been? */
static enum status ask_for_older(struct party *p, struct outcome *outcome, const struct in_flight *m)
{
	CLEAN_BYTES struct bytes older = {0};
	struct signed_message try;
	struct span rest, one;
	enum status s = get_tries(p, &older, m->about);

	if (s != STATUS_OK)
		return s;
	for (rest = bytes_span(&older); rest.len != 0 && outcome->state == MESSAGE_REPLACED;) {
		if (!tries_next(&rest, &one))
			return STATUS_CORRUPT;
		s = decode_try(&try, &m->message.message, one);
		if (s != STATUS_OK)
			return s;
		s = ledger_outcome(p->ledger, outcome, &try);
		if (s != STATUS_OK)
			return s;
	}
	return STATUS_OK;
}

enum status in_flight_outcome(struct party *p, struct outcome *outcome, const struct in_flight *m)
{
	struct outcome local = {.state = MESSAGE_UNKNOWN};
	enum status s = ledger_outcome(p->ledger, &local, &m->message);

	if (s == STATUS_OK && local.state == MESSAGE_REPLACED)
		s = ask_for_older(p, &local, m);
	if (s == STATUS_OK)
		*outcome = local;
	return s;
}

enum status in_flight_count_tries(struct party *p, uint64_t *count, struct span about)
{
	CLEAN_BYTES struct bytes older = {0};
	struct span rest, one;
	uint64_t n = 1;
	enum status s = get_tries(p, &older, about);

	if (s != STATUS_OK)
		return s;
	for (rest = bytes_span(&older); rest.len != 0; n++) {
		if (!tries_next(&rest, &one))
			return STATUS_CORRUPT;
	}
	*count = n;
	return STATUS_OK;
}

enum status in_flight_about(struct party *p, struct about_message *out, struct span about)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_read(store_kv(p->store), &txn);

	return s == STATUS_OK ? store_get_about(txn, out, about) : s;
}

enum status in_flight_get_facts(struct party *p, struct in_flight_facts *facts, const struct in_flight *m)
{
	struct in_flight_facts local = {.outcome = {.state = MESSAGE_UNKNOWN}};
	struct about_message record;
	enum status s = in_flight_count_tries(p, &local.tries, m->about);

	if (s != STATUS_OK)
		return s;
	s = in_flight_about(p, &record, m->about);
	if (s != STATUS_OK)
		return s;
	local.since = record.since;
	s = in_flight_outcome(p, &local.outcome, m);
	if (s == STATUS_OK)
		*facts = local;
	return s;
}

enum status in_flight_push(struct party *p, struct outcome *outcome, const struct signed_message *m)
{
	uint64_t next;
	enum status s = ledger_submit(p->ledger, outcome, m), asked;

	if (s != STATUS_REJECTED)
		return s;
	asked = ledger_nonce(p->ledger, &next, &m->message.from);
	if (asked != STATUS_OK || next <= m->message.nonce)
		return asked == STATUS_OK ? s : asked;
	*outcome = (struct outcome){.state = MESSAGE_PENDING};
	return STATUS_OK;
}

enum status in_flight_channel(struct party *p, struct address *channel, const struct message *m)
{
	if (message_creates(m))
		return ledger_created(p->ledger, channel, m);
	*channel = m->to;
	return STATUS_OK;
}

/** struct taking - the sum that messages in flight take from an account. */
struct taking {
	struct party *p;
	const struct address *who;
	bool ask; /* leave out the messages that the ledger has executed */
	struct amount sum;
};

static enum status add_cost(void *ctx, const struct in_flight *m)
{
	struct taking *taking = ctx;
	struct outcome outcome = {.state = MESSAGE_PENDING};
	struct amount cost;
	enum status s;

	if (!address_equal(&m->message.message.from, taking->who))
		return STATUS_OK;
	if (!message_cost(&cost, &m->message.message))
		return STATUS_BAD_AMOUNT;
	if (amount_is_zero(&cost))
		return STATUS_OK;
	s = taking->ask ? in_flight_outcome(taking->p, &outcome, m) : STATUS_OK;
	if (s != STATUS_OK || !outcome_is_open(&outcome))
		return s;
	return amount_add(&taking->sum, &taking->sum, &cost) ? STATUS_OK : STATUS_BAD_AMOUNT;
}

static enum status subtract_costs(struct amount *left, struct taking *taking, const struct amount *balance)
{
	enum status s = in_flight_each(taking->p, add_cost, taking);

	if (s != STATUS_OK && s != STATUS_CORRUPT)
		return s;
	return amount_sub(left, balance, &taking->sum) ? s : STATUS_BAD_AMOUNT;
}

/* The ledger is asked about each message only if the answer may matter. */
enum status in_flight_spendable(
	struct party *p, struct amount *spendable, const struct address *who, const struct amount *enough)
{
	struct taking least = {.p = p, .who = who, .sum = amount_zero()};
	struct taking exact = {.p = p, .who = who, .ask = true, .sum = amount_zero()};
	struct amount balance, left;
	enum status s = ledger_balance(p->ledger, &balance, who);

	if (s != STATUS_OK)
		return s;
	s = subtract_costs(&left, &least, &balance);
	if (s != STATUS_OK && s != STATUS_CORRUPT)
		return s;
	if (!amount_is_zero(&least.sum) && (enough == NULL || amount_cmp(&left, enough) < 0))
		s = subtract_costs(&left, &exact, &balance);
	if (s == STATUS_OK || s == STATUS_CORRUPT)
		*spendable = left;
	return s;
}

/** struct lower - the message in flight with the lowest nonce in a range. */
struct lower {
	const struct address *from;
	uint64_t least, below; /* the range */
	struct bytes encoded;
};

static enum status keep_lowest(void *ctx, const struct in_flight *m)
{
	struct lower *lower = ctx;
	const struct message *message = &m->message.message;

	if (!address_equal(&message->from, lower->from) || message->nonce < lower->least ||
		message->nonce >= lower->below)
		return STATUS_OK;
	lower->below = message->nonce;
	bytes_clear(&lower->encoded);
	signed_message_encode(&lower->encoded, &m->message);
	return bytes_status(&lower->encoded);
}

enum status in_flight_has_before(struct party *p, bool *yes, const struct message *m)
{
	struct lower lower = {.from = &m->from, .below = m->nonce};
	enum status s = but_damaged(in_flight_each(p, keep_lowest, &lower));

	*yes = lower.encoded.len != 0;
	bytes_release(&lower.encoded);
	return s;
}

/* Ask for the outcome of a message, and submit the message if the ledger does not know it. */
static enum status push_unknown(struct party *p, struct outcome *outcome, const struct signed_message *m)
{
	enum status s = ledger_outcome(p->ledger, outcome, m);

	return s == STATUS_OK && outcome->state == MESSAGE_UNKNOWN ? in_flight_push(p, outcome, m) : s;
}

enum status in_flight_push_before(struct party *p, const struct message *m)
{
	enum status s = STATUS_OK;

	for (uint64_t least = 0; s == STATUS_OK && least < m->nonce;) {
		struct lower lower = {.from = &m->from, .least = least, .below = m->nonce};
		struct outcome outcome = {.state = MESSAGE_UNKNOWN};
		struct signed_message lowest;

		s = but_damaged(in_flight_each(p, keep_lowest, &lower));
		least = lower.below + 1;
		if (s == STATUS_OK && lower.encoded.len != 0)
			s = signed_message_decode(&lowest, bytes_span(&lower.encoded));
		if (s == STATUS_OK && lower.encoded.len != 0)
			s = push_unknown(p, &outcome, &lowest);
		bytes_release(&lower.encoded);
	}
	return s;
}

/* The same, with the messages before it. */
static enum status push_if_lost(struct party *p, struct outcome *outcome, const struct signed_message *m)
{
	enum status s = in_flight_push_before(p, &m->message);

	return s == STATUS_OK ? push_unknown(p, outcome, m) : s;
}

/** struct creating - the search for a message that creates a channel. */
struct creating {
	struct party *p;
	const struct address *from, *to;
	struct span about;
	bool found;
};

static enum status consider_creating(void *ctx, const struct in_flight *m)
{
	struct creating *search = ctx;
	struct outcome outcome = {.state = MESSAGE_UNKNOWN};
	struct address from, to;
	struct cid code;
	enum status s;

	if (search->found || !message_creates(&m->message.message) || span_equal(m->about, search->about))
		return STATUS_OK;
	s = create_params_decode(&code, &from, &to, m->message.message.params);
	if (s != STATUS_OK)
		return s == STATUS_NO_MEMORY ? s : STATUS_CORRUPT;
	if (!address_equal(&from, search->from) || !address_equal(&to, search->to))
		return STATUS_OK;
	s = push_if_lost(search->p, &outcome, &m->message);
	search->found = outcome_is_open(&outcome);
	return s;
}

enum status in_flight_find_creating(
	struct party *p, const struct address *from, const struct address *to, struct span about)
{
	struct creating search = {.p = p, .from = from, .to = to, .about = about};
	enum status s = in_flight_each(p, consider_creating, &search);

	if (s != STATUS_OK)
		return s;
	return search.found ? STATUS_OK : STATUS_NOT_FOUND;
}

/** struct parties - the search for the message that creates a channel. */
struct parties {
	struct party *p;
	const struct address *channel;
	struct address *from, *to;
	bool found;
};

static enum status consider_parties(void *ctx, const struct in_flight *m)
{
	struct parties *search = ctx;
	struct address made;
	struct cid code;
	enum status s;

	if (search->found || !message_creates(&m->message.message))
		return STATUS_OK;
	s = in_flight_channel(search->p, &made, &m->message.message);
	if (s != STATUS_OK || !address_equal(&made, search->channel))
		return s;
	search->found = true;
	return create_params_decode(&code, search->from, search->to, m->message.message.params);
}

enum status in_flight_parties(struct party *p, struct address *from, struct address *to, const struct address *channel)
{
	struct parties search = {p, channel, from, to, false};
	enum status s = in_flight_each(p, consider_parties, &search);

	return s == STATUS_OK && !search.found ? STATUS_NOT_FOUND : s;
}

/* Where epochs do not follow a clock, somebody moves them on, at any time. */
enum status in_flight_pause(struct party *p)
{
	int64_t epoch;
	double end;
	enum status s = ledger_epoch_seconds(p->ledger, &epoch);

	if (s != STATUS_OK)
		return s;
	end = clock_seconds() + (epoch >= 3 ? (double)epoch / 3 : 1);
	if (end > p->wait_until)
		end = p->wait_until;
	if (end <= clock_seconds())
		return STATUS_PENDING;
	if (p->waits != NULL)
		p->waits(p);
	while (clock_seconds() < end) {
		if (p->stop != NULL && *p->stop != 0)
			return STATUS_STOPPED;
		clock_pause(PAUSE_MS);
	}
	return STATUS_OK;
}

/** struct unfinished - how many messages in flight has the ledger not executed? */
struct unfinished {
	struct party *p;
	size_t count;
};

static enum status count_unfinished(void *ctx, const struct in_flight *m)
{
	struct unfinished *unfinished = ctx;
	struct outcome outcome = {.state = MESSAGE_UNKNOWN};
	enum status s = in_flight_outcome(unfinished->p, &outcome, m);

	unfinished->count += outcome_is_open(&outcome);
	return s;
}

enum status in_flight_wait(struct party *p, bool all)
{
	struct unfinished before = {.p = p}, now = {.p = p};
	enum status s = but_damaged(in_flight_each(p, count_unfinished, &before));

	if (s != STATUS_OK || (all && before.count == 0))
		return s;
	do {
		s = in_flight_pause(p);
		now.count = 0;
		if (s == STATUS_OK)
			s = but_damaged(in_flight_each(p, count_unfinished, &now));
	} while (s == STATUS_OK && now.count != 0 && (all || now.count >= before.count));
	return s;
}
