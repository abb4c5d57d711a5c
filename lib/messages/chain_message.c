/* chain_message.c - a message to the ledger: stored, then submitted, and kept until its end is recorded.
 *
 * MONEY 9: a chain message is in the store before it is submitted; a killed run
 * submits the same message again, which the ledger applies once.
 * MONEY 18: the store has its own book of nonces: no two of its messages have
 * the same nonce, whatever the ledger says.
 */
#include "messages/chain_message.h"

#include <inttypes.h>

#include "binding/binding.h"
#include "binding/older_home.h"
#include "messages/in_flight.h"
#include "messages/raise_fee.h"
#include "store/pending.h"

#define SEND_TRIES 32 /* how many times another process may take our nonce */

/* A stored message. */

/** struct stored - a stored message while its outcome is sought. */
struct stored {
	struct span about;
	struct bytes encoded;
	struct signed_message message; /* the newest form; borrows from @encoded */
	bool is_new;                   /* this call has stored it: the ledger can't have it yet */
};

static void stored_release(struct stored *stored)
{
	bytes_release(&stored->encoded);
}
#define CLEAN_STORED __attribute__((cleanup(stored_release)))

enum status chain_message_outcome(
	struct party *p, struct outcome *outcome, struct signed_message *m, struct bytes *encoded, struct span about)
{
	struct in_flight sent = {.about = about};
	enum status s = chain_newest(p, m, encoded, about);

	if (s != STATUS_OK)
		return s;
	sent.message = *m;
	return in_flight_outcome(p, outcome, &sent);
}

enum status chain_message_forget(struct party *p, struct span about)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_write(store_kv(p->store), &txn);

	if (s != STATUS_OK)
		return s;
	s = store_delete_pending(txn, about);
	return s == STATUS_OK ? kv_commit(&txn) : s;
}

/*
 * Delete @message, stored under @about, unless another process has stored a new one there. With @free_nonce the ledger has
 * refused to take the message: the nonces from @free_nonce on are free again, if none after the message's was given out.
 */
static enum status drop(
	struct party *p, struct span about, const struct signed_message *message, const uint64_t *free_nonce)
{
	CLEAN_BYTES struct bytes known = {0}, encoded = {0};
	CLEAN_TXN struct kv_txn *txn = NULL;
	const struct message *m = &message->message;
	uint64_t next;
	enum status s = kv_begin_write(store_kv(p->store), &txn);

	if (s != STATUS_OK)
		return s;
	signed_message_encode(&encoded, message);
	s = bytes_status(&encoded);
	if (s != STATUS_OK)
		return s;
	s = store_get_pending(txn, &known, about);
	if (s != STATUS_OK || !span_equal(bytes_span(&known), bytes_span(&encoded)))
		return s == STATUS_NOT_FOUND ? STATUS_OK : s;
	s = store_get_next_nonce(txn, &next, &m->from);
	if (s != STATUS_OK)
		return s;
	if (free_nonce != NULL && next > m->nonce + 1) /* later messages need this one: it stays */
		return STATUS_OK;
	if (free_nonce != NULL)
		s = store_put_next_nonce(txn, *free_nonce, &m->from);
	if (s != STATUS_OK)
		return s;
	s = store_delete_pending(txn, about);
	return s == STATUS_OK ? kv_commit(&txn) : s;
}

/* Making a message. */

/* Has another process sent this message, and finished with it, since the caller looked? EXISTS. */
static enum status check_wanted(struct kv_txn *txn, struct span wanted)
{
	CLEAN_BYTES struct bytes record = {0};
	enum status s = wanted.len != 0 ? store_get_pending(txn, &record, wanted) : STATUS_OK;

	return s == STATUS_NOT_FOUND ? STATUS_EXISTS : s;
}

/* The next nonce by our own book and by the ledger, which may not have all our messages yet. */
static enum status choose_nonce(struct party *p, uint64_t *nonce, const struct address *who)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	uint64_t by_book, by_ledger;
	enum status s = ledger_nonce(p->ledger, &by_ledger, who);

	if (s != STATUS_OK)
		return s;
	s = kv_begin_read(store_kv(p->store), &txn);
	if (s != STATUS_OK)
		return s;
	s = store_get_next_nonce(txn, &by_book, who);
	if (s == STATUS_OK)
		*nonce = by_book > by_ledger ? by_book : by_ledger;
	return s;
}

static enum status check_funds(struct party *p, const struct message *m)
{
	struct amount cost, spendable;
	enum status s;

	if (!message_cost(&cost, m))
		return STATUS_BAD_AMOUNT;
	if (amount_is_zero(&cost))
		return STATUS_OK;
	s = in_flight_spendable(p, &spendable, &m->from, &cost);
	if (s == STATUS_CORRUPT &&
		amount_is_zero(&m->value)) /* only the fee, which has its ceiling: vouchers can't wait */
		s = STATUS_OK;
	if (s != STATUS_OK)
		return s;
	return amount_cmp(&cost, &spendable) > 0 ? chain_explain_no_funds(p, &m->from, &cost) : STATUS_OK;
}

/* All of the message but its signature; nothing is stored yet. */
static enum status draft(
	struct party *p, struct message *out, struct receipt *refusal, const struct chain_message *message)
{
	struct message m = {
		.to = message->to, .method = message->method, .value = message->value, .params = message->params};
	enum status s = party_address(p, &m.from);

	if (s != STATUS_OK)
		return s;
	s = choose_nonce(p, &m.nonce, &m.from);
	if (s != STATUS_OK)
		return s;
	s = ledger_estimate(p->ledger, &m, refusal, &p->max_fee);
	if (s == STATUS_REJECTED)
		return party_fail(p, s, "the ledger refuses the message: %s", refusal->text);
	if (s == STATUS_NO_FUNDS)
		return chain_explain_no_funds(p, &m.from, &m.value);
	if (s != STATUS_OK)
		return s;
	s = chain_check_fee(p, &m);
	if (s != STATUS_OK)
		return s;
	*out = m;
	return check_funds(p, &m);
}

/* Sign the message, and store the message and its nonce. REPLACED if another process has taken the nonce meanwhile. */
static enum status sign_and_store(
	struct party *p, struct kv_txn *txn, const struct message *m, const struct chain_message *message)
{
	struct about_message record = {.brings = message->brings, .since = p->now};
	CLEAN_BYTES struct bytes encoded = {0};
	uint64_t next;
	enum status s = store_get_next_nonce(txn, &next, &m->from);

	if (s != STATUS_OK)
		return s;
	if (next > m->nonce)
		return STATUS_REPLACED;
	s = chain_sign(p, &encoded, m);
	if (s != STATUS_OK)
		return s;
	s = store_put_message(txn, message->about, bytes_span(&encoded), &record);
	return s == STATUS_OK ? older_home_note(p, txn, &m->from, m->nonce) : s;
}

/*
 * Sign the message, and store it before submitting. If another process has stored a message meanwhile, that message is
 * used. REPLACED if another process has taken the nonce.
 */
static enum status prepare(struct party *p, struct receipt *refusal, const struct chain_message *message, bool *is_new)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	CLEAN_BYTES struct bytes known = {0};
	struct message m;
	enum status s = draft(p, &m, refusal, message);

	if (s != STATUS_OK)
		return s;
	s = kv_begin_write(store_kv(p->store), &txn);
	if (s != STATUS_OK)
		return s;
	s = check_wanted(txn, message->wanted);
	if (s != STATUS_OK)
		return s;
	s = store_get_pending(txn, &known, message->about);
	*is_new = s == STATUS_NOT_FOUND;
	if (*is_new)
		s = sign_and_store(p, txn, &m, message);
	return s == STATUS_OK ? kv_commit(&txn) : s;
}

/* Submitting a message, and its outcome. */

/* Submit a message that the ledger does not have; the messages before it first, if the ledger lacks them too. */
static enum status push(struct party *p, struct outcome *outcome, const struct signed_message *m)
{
	uint64_t next = m->message.nonce;
	bool has_before;
	enum status s = kv_group_commit(store_kv(p->store)); /* MONEY 9, where transactions are grouped */

	if (s != STATUS_OK)
		return s;
	s = in_flight_has_before(p, &has_before, &m->message);
	if (s == STATUS_OK && has_before)
		s = ledger_nonce(p->ledger, &next, &m->message.from);
	if (s == STATUS_OK && next < m->message.nonce)
		s = in_flight_push_before(p, &m->message);
	if (s != STATUS_OK)
		return s;
	return in_flight_push(p, outcome, m);
}

static enum status explain_pending(struct party *p, const struct message *m)
{
	char text[ADDRESS_TEXT_MAX], digits[AMOUNT_TEXT_MAX];
	struct address channel;
	enum status s = in_flight_channel(p, &channel, m);

	if (s != STATUS_OK)
		return s;
	address_text(text, &channel, p->network);
	if (amount_is_zero(&m->value))
		return party_fail(p, STATUS_PENDING,
			"a message to channel %s is sent, and not on the ledger yet (nonce %" PRIu64 ")", text,
			m->nonce);
	return party_fail(p, STATUS_PENDING,
		"%s afil to channel %s are sent, and not on the ledger yet (nonce %" PRIu64 ")",
		amount_decimal(digits, &m->value), text, m->nonce);
}

/* The ledger has turned the message away, for its gas: the same call goes out with more. */
static enum status renew(struct party *p, struct outcome *outcome, struct stored *stored)
{
	struct raised raised;
	enum status s = raise_fee(p, &raised, stored->about, RAISE_GAS, false);

	if (s != STATUS_OK)
		return s;
	outcome->state = MESSAGE_UNKNOWN;
	return chain_newest(p, &stored->message, &stored->encoded, stored->about);
}

/* Ask for the outcome until the message is final, for as long as the party waits. */
static enum status follow(struct party *p, struct outcome *outcome, struct stored *stored)
{
	enum status s = STATUS_OK;

	while (s == STATUS_OK && outcome_is_open(outcome)) {
		struct in_flight sent = {stored->about, stored->message};

		if (outcome->state == MESSAGE_UNKNOWN) {
			s = push(p, outcome, &stored->message);
			continue;
		}
		if (outcome->state == MESSAGE_TURNED_AWAY) {
			s = renew(p, outcome, stored);
			continue;
		}
		s = in_flight_pause(p);
		if (s == STATUS_OK)
			s = in_flight_outcome(p, outcome, &sent);
	}
	return s;
}

/* The status for a message that was executed, or never will be. */
static enum status judge(
	struct party *p, struct receipt *receipt, const struct message *m, const struct outcome *outcome)
{
	if (outcome->state == MESSAGE_REPLACED)
		return party_fail(p, STATUS_REPLACED,
			"another message of our key has used nonce %" PRIu64
			": ours was never executed, and none of its money has moved",
			m->nonce);
	binding_note(p);
	*receipt = outcome->receipt;
	if (receipt->exit_code != 0)
		return party_fail(p, STATUS_REJECTED, "the ledger refused the message: %s", receipt->text);
	return STATUS_OK;
}

/*
 * The ledger has refused to take the message. REPLACED if that is because the ledger lacks messages before this one,
 * and the store does not have these either: the ledger was put back to an older state and has gone on since, so the
 * book of nonces follows the ledger. A message of which the ledger may have an older form stays.
 */
static enum status take_back(struct party *p, const struct stored *stored, enum status refusal)
{
	const struct message *m = &stored->message.message;
	uint64_t next = m->nonce, tries;
	struct amount cost;
	enum status s = refusal == STATUS_BAD_STATE ? ledger_nonce(p->ledger, &next, &m->from) : STATUS_OK;

	if (s != STATUS_OK)
		return s;
	s = in_flight_count_tries(p, &tries, stored->about);
	if (s != STATUS_OK)
		return s;
	if (tries > 1)
		return refusal;
	if (!message_cost(&cost, m))
		return STATUS_BAD_AMOUNT;
	s = drop(p, stored->about, &stored->message, &next);
	if (s != STATUS_OK)
		return s;
	return refusal == STATUS_NO_FUNDS
		       ? chain_explain_no_funds(p, &m->from, &cost)
		       : party_fail(p, STATUS_REPLACED, "the ledger expects a message with nonce %" PRIu64, next);
}

/* Get the outcome of a stored message as a status, and delete a message that will never be executed. */
static enum status conclude(struct party *p, struct receipt *receipt, struct stored *stored)
{
	struct in_flight sent = {stored->about, stored->message};
	struct outcome outcome = {.state = MESSAGE_UNKNOWN};
	enum status s = stored->is_new ? STATUS_OK : in_flight_outcome(p, &outcome, &sent), dropped;

	if (s != STATUS_OK)
		return s;
	s = follow(p, &outcome, stored);
	if (s == STATUS_PENDING)
		return explain_pending(p, &stored->message.message);
	/* A message that was turned away may be executed after all, if the head of the chain goes back: it stays. */
	if ((s == STATUS_NO_FUNDS || s == STATUS_BAD_STATE) && outcome.state != MESSAGE_TURNED_AWAY)
		return take_back(p, stored, s);
	if (s != STATUS_OK)
		return s;
	s = judge(p, receipt, &stored->message.message, &outcome);
	if (s != STATUS_REPLACED && s != STATUS_REJECTED)
		return s;
	dropped = drop(p, stored->about, &stored->message, NULL);
	return dropped == STATUS_OK ? s : dropped;
}

/* @carries_money: out; set if there is a message. */
static enum status submit_stored(
	struct party *p, struct receipt *receipt, struct span about, bool is_new, bool *carries_money)
{
	CLEAN_STORED struct stored stored = {.about = about, .is_new = is_new};
	enum status s = chain_newest(p, &stored.message, &stored.encoded, about);

	if (s != STATUS_OK)
		return s;
	*carries_money = !amount_is_zero(&stored.message.message.value);
	return conclude(p, receipt, &stored);
}

enum status chain_message_submit(struct party *p, struct receipt *receipt, struct span about)
{
	bool carries_money;

	return submit_stored(p, receipt, about, false, &carries_money);
}

enum status chain_message_send(struct party *p, struct receipt *receipt, const struct chain_message *message)
{
	bool carries_money = false, is_new;
	enum status s = submit_stored(p, receipt, message->about, false, &carries_money);

	if (s == STATUS_REPLACED && carries_money)
		return s;
	for (int i = 0; i < SEND_TRIES && (s == STATUS_NOT_FOUND || s == STATUS_REPLACED); i++) {
		s = prepare(p, receipt, message, &is_new);
		if (s == STATUS_OK)
			s = submit_stored(p, receipt, message->about, is_new, &carries_money);
	}
	return s;
}
