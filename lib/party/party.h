/* party.h - one side of the protocol: its store, its ledger, its key, and its explanations for the user.
 *
 * A buyer's and a seller's steps both begin here: find a deal, apply an event,
 * explain a failure. Does not know streams, nor which side buys.
 */
#ifndef PARTY_PARTY_H
#define PARTY_PARTY_H

#include "base/error.h"
#include "chain/ledger.h"
#include "store/clients.h"
#include "store/deals.h"
#include "store/store.h"

/**
 * struct party - one side of the protocol.
 * @error: after a status other than OK, the explanation for the user; not set if status_text() is enough.
 * @done: after success, one line if money or state changed; otherwise "".
 */
struct party {
	struct store *store;
	struct ledger *ledger; /* NULL if the steps need no ledger */
	struct key key;
	bool has_key;
	enum network network; /* the network that addresses are written for */
	uint8_t entropy
		[32]; /* drawn at process start, for ids and lanes that no earlier process has used; zeros: recorded deals are played again */
	int64_t now;              /* unix seconds; only for the times in the event list */
	const volatile int *stop; /* not NULL: long walks and waits end with STOPPED once the value is not 0 */
	struct amount
		risk; /* the most that a seller credits beyond what a channel has at finality; negative: one interval */
	struct amount max_fee; /* the most that one message to the ledger may take as its fee */
	double wait_until;     /* clock_seconds() until which a step waits for its message to the ledger; 0: no wait */
	void (*waits)(struct party *p); /* called whenever a step begins to wait for the ledger; NULL: nobody is told */
	struct error error;
	char done[512];
};

/* Explanations, see error.h. A function that takes @s returns it, so that a step can end with `return party_fail(...)`. */
/** party_fail - explain a failure whose cause is known here. */
enum status party_fail(struct party *p, enum status s, const char *format, ...) __attribute__((format(printf, 3, 4)));
/** party_hint - a command that helps after the failure. */
void party_hint(struct party *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** party_hint_word - the hint @command with @word, the name of a file, as one word of a shell; no hint if it is too long for one. */
void party_hint_word(struct party *p, const char *command, const char *word);
/**
 * party_explain, party_explain_hint - explain a failure that may have its words already: the words nearest to the cause
 * stay. The hint is given before the words. party_explain() does nothing if @s is OK.
 */
enum status party_explain(struct party *p, enum status s, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void party_explain_hint(struct party *p, enum status s, const char *format, ...) __attribute__((format(printf, 3, 4)));
/** party_about - put the subject of the failure @s before its words, if there are any: "'a.car': the DAG is not whole". */
enum status party_about(struct party *p, enum status s, const char *subject);
/** party_words - the words of the failure @s: those of a step, of the ledger, or of the status; borrowed. */
const char *party_words(struct party *p, enum status s);
/** party_done - after a success, the line that says what has changed. */
void party_done(struct party *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
/**
 * party_guard_ledger - INVARIANT 26: from now on each query of the party's ledger asserts that no transaction of a home is
 * open. If the ledger is a node, the group of the party's store is committed before, so that no other process of this
 * home waits for the node. @p must stay where it is.
 */
void party_guard_ledger(struct party *p);
/** party_address - the f1 address of our key; USAGE if there is no key. */
MUST_CHECK enum status party_address(struct party *p, struct address *a);
/** party_find - the deal that @text names; every failure to find one deal is explained. */
MUST_CHECK enum status party_find(struct party *p, struct deal_name *name, const char *text, unsigned sides);
/**
 * party_get_client, party_get_provider - load a deal of ours, in a transaction of its own. The deal holds values only, and
 * needs no release. NOT_FOUND, and the statuses of the store; not explained.
 */
MUST_CHECK enum status party_get_client(struct party *p, struct client_deal *deal, uint64_t id);
MUST_CHECK enum status party_get_provider(struct party *p, struct provider_deal *deal, uint64_t id);
/** party_begin_client - begin a write transaction, and load a deal of ours in it. @txn: the caller's, even after a failure. */
MUST_CHECK enum status party_begin_client(struct party *p, struct kv_txn **txn, struct client_deal *deal, uint64_t id);
/**
 * party_client_event, party_provider_event - apply an event inside @txn: to the state machine, the record and the event
 * list.
 */
MUST_CHECK enum status party_client_event(struct party *p, struct kv_txn *txn, struct client_deal *deal,
	enum client_event event, const struct client_input *in);
MUST_CHECK enum status party_provider_event(struct party *p, struct kv_txn *txn, struct provider_deal *deal,
	enum provider_event event, const struct provider_input *in);

#endif
