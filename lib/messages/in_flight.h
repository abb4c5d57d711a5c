/* in_flight.h - the messages to the ledger that the store has and whose end is not recorded yet.
 *
 * These messages take money from our account although the ledger does not show
 * that yet, and each has a nonce that no other message may have.
 */
#ifndef MESSAGES_IN_FLIGHT_H
#define MESSAGES_IN_FLIGHT_H

#include "party/party.h"
#include "store/pending.h"

/** struct in_flight - a message in flight. */
struct in_flight {
	struct span about;             /* borrowed for the call */
	struct signed_message message; /* the newest form; its parameters are borrowed for the call */
};
/**
 * in_flight_outcome - what has become of a message, in whatever form: the ledger executes at most one of its forms.
 * REPLACED only if none of them will be executed.
 */
MUST_CHECK enum status in_flight_outcome(struct party *p, struct outcome *outcome, const struct in_flight *m);
/** struct in_flight_facts - what is known of a message. */
struct in_flight_facts {
	struct outcome outcome;
	uint64_t tries; /* how many forms it has */
	int64_t since;  /* unix time at which it was made; 0: not known */
};
MUST_CHECK enum status in_flight_get_facts(struct party *p, struct in_flight_facts *facts, const struct in_flight *m);
/** in_flight_about - what was kept with the message of the name @about; zeros if there is no message. */
MUST_CHECK enum status in_flight_about(struct party *p, struct about_message *out, struct span about);
/** in_flight_count_tries - how many forms a message has. */
MUST_CHECK enum status in_flight_count_tries(struct party *p, uint64_t *count, struct span about);
/**
 * in_flight_push - ledger_submit() for a message that may stand behind another one of its nonce, an older form of itself
 * or a stranger: if the ledger does not take the message for that, the outcome is PENDING.
 */
MUST_CHECK enum status in_flight_push(struct party *p, struct outcome *outcome, const struct signed_message *m);
/** in_flight_each - call @each for the messages in flight; no transaction is open during a call. CORRUPT at the end if another message is damaged. */
MUST_CHECK enum status in_flight_each(
	struct party *p, enum status (*each)(void *ctx, const struct in_flight *m), void *ctx);
/** in_flight_channel - the channel that a message is for, which the message may be about to create. */
MUST_CHECK enum status in_flight_channel(struct party *p, struct address *channel, const struct message *m);
/**
 * in_flight_spendable - the part of the balance of @who, one of ours, that no message in flight takes. The messages
 * that the ledger has executed count no more. May be negative. CORRUPT, and @spendable is set without it, if a message
 * is damaged.
 * @enough: an amount that is enough to know; NULL for the exact amount.
 */
MUST_CHECK enum status in_flight_spendable(
	struct party *p, struct amount *spendable, const struct address *who, const struct amount *enough);
/** in_flight_has_before - is a message of @m's sender with a lower nonce in flight? The ledger is not asked. */
MUST_CHECK enum status in_flight_has_before(struct party *p, bool *yes, const struct message *m);
/** in_flight_push_before - give the ledger again what it lacks of the messages of @m's sender with lower nonces than @m, in order; damaged ones are left out. */
MUST_CHECK enum status in_flight_push_before(struct party *p, const struct message *m);
/**
 * in_flight_find_creating - a message in flight that creates a channel from @from to @to, under another name than
 * @about, and that is not final: OK if there is one; NOT_FOUND. The message is given to the ledger again if the ledger
 * does not have it.
 */
MUST_CHECK enum status in_flight_find_creating(
	struct party *p, const struct address *from, const struct address *to, struct span about);
/** in_flight_parties - the payer and the payee of a channel that a message in flight is about to create; NOT_FOUND. */
MUST_CHECK enum status in_flight_parties(
	struct party *p, struct address *from, struct address *to, const struct address *channel);

/**
 * in_flight_pause - wait until it is time to ask the ledger again: a third of an epoch. PENDING if @p->wait_until has
 * come, or comes before; STOPPED.
 */
MUST_CHECK enum status in_flight_pause(struct party *p);
/**
 * in_flight_wait - wait until the ledger has executed all messages in flight, or, without @all, until it has executed
 * one more; without @all for one in_flight_pause() at least. A damaged message is not waited for. PENDING, STOPPED.
 */
MUST_CHECK enum status in_flight_wait(struct party *p, bool all);

#endif
