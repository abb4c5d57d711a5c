/* embedded_private.h - shared by the files of the embedded ledger; no other file includes this header.
 *
 * The keys of the ledger's key-value store:
 *
 *	m                       the ledger itself
 *	!kind                   the kind of the store, a ledger (kv.h)
 *	a ADDRESS               an account
 *	c ADDRESS               a channel, without its lanes
 *	l LENGTH ADDRESS LANE   one lane; LANE is 8 bytes, most significant first
 *	r CID                   the receipt of a signed message
 *	e NUMBER                an entry of the log; 8 bytes
 *	i ADDRESS               the number of an actor (embedded_actors.c)
 *	n NUMBER                the address of the actor with the number; 8 bytes
 *	s CID                   a submitted message, signed, as bytes
 *	q EPOCH NUMBER          a message that waits for its epoch, or for its turn; 8 bytes each
 *	w ADDRESS NONCE         the message of a sender that waits with a nonce, or was executed with it; 8 bytes
 */
#ifndef EMBEDDED_EMBEDDED_PRIVATE_H
#define EMBEDDED_EMBEDDED_PRIVATE_H

#include "embedded/embedded.h"
#include "kv/kv.h"
#include "wire/stored.h"

struct embedded {
	struct kv *kv;
	bool clock_set;
	int64_t now; /* unix time, if clock_set */
	struct error error;
};

/** struct books - the record about the ledger itself. */
struct books {
	uint64_t network; /* enum network */
	bool manual;
	int64_t genesis;      /* unix time */
	int64_t advanced;     /* epochs */
	struct amount funded; /* the sum of all money ever created */
	uint64_t next_entry;
	uint8_t identity[LEDGER_GENESIS_SIZE];
	int64_t delay; /* epochs */
	bool chain_addresses;
	uint64_t next_queued;
	struct amount gas_price; /* attoFIL for a unit of gas; 0: gas is free, for ever */
	int64_t finality;        /* epochs */
};

struct account {
	struct amount balance;
	uint64_t nonce;  /* of the next message to be executed */
	uint64_t queued; /* messages that wait */
};

/** struct queued - a message that waits. */
struct queued {
	uint64_t number;
	int64_t due; /* epoch */
	struct cid signed_cid;
	struct address from;
	uint64_t nonce;
	struct amount fee_cap, premium;
};

/** struct slot - the message that has a nonce: one that waits, or the one that was executed. */
struct slot {
	struct cid signed_cid;
	int64_t due; /* with @number the place in the queue, while the message waits */
	uint64_t number;
};

/** books_epoch - the current epoch by the ledger's clock. */
int64_t books_epoch(const struct embedded *e, const struct books *b);

/* Each function loads one record (NOT_FOUND; CORRUPT if the record does not decode) or saves one record. */
MUST_CHECK enum status books_load(struct kv_txn *txn, struct books *b);
MUST_CHECK enum status books_save(struct kv_txn *txn, const struct books *b);
MUST_CHECK enum status account_load(struct kv_txn *txn, struct account *a, const struct address *who);
/** account_get - the same; an account that was never seen is empty. */
MUST_CHECK enum status account_get(struct kv_txn *txn, struct account *a, const struct address *who);
MUST_CHECK enum status account_save(struct kv_txn *txn, const struct account *a, const struct address *who);
/** account_credit - add @value to an account; makes a missing account. */
MUST_CHECK enum status account_credit(struct kv_txn *txn, const struct address *who, const struct amount *value);
/** channel_load - load a channel without its lanes; @head needs no release. */
MUST_CHECK enum status channel_load(struct kv_txn *txn, struct paych *head, const struct address *channel);
MUST_CHECK enum status channel_save(struct kv_txn *txn, const struct paych *head, const struct address *channel);
/** channel_delete - delete a channel with all its lanes. */
MUST_CHECK enum status channel_delete(struct kv_txn *txn, const struct address *channel);
MUST_CHECK enum status lane_load(
	struct kv_txn *txn, struct paych_lane *lane, const struct address *channel, uint64_t id);
MUST_CHECK enum status lane_save(struct kv_txn *txn, const struct paych_lane *lane, const struct address *channel);
/** lane_last - the highest lane of a channel; NOT_FOUND. */
MUST_CHECK enum status lane_last(struct kv_txn *txn, uint64_t *id, const struct address *channel);
MUST_CHECK enum status receipt_load(struct kv_txn *txn, struct receipt *r, const struct cid *message);
MUST_CHECK enum status receipt_save(struct kv_txn *txn, const struct receipt *r, const struct cid *message);
/** message_load - append the encoded form of a submitted message to @encoded. */
MUST_CHECK enum status message_load(struct kv_txn *txn, struct bytes *encoded, const struct cid *signed_cid);
/** message_known - the message that another record names, so that the ledger has it: CORRUPT if not. @m borrows from the empty @encoded. */
MUST_CHECK enum status message_known(
	struct kv_txn *txn, struct signed_message *m, struct bytes *encoded, const struct cid *signed_cid);
MUST_CHECK enum status message_save(struct kv_txn *txn, const struct signed_message *m, const struct cid *signed_cid);
/** queued_first - the message that waits in front; NOT_FOUND. */
MUST_CHECK enum status queued_first(struct kv_txn *txn, struct queued *q);
/** queued_walk - the messages that wait, in the order of their epochs; end the walk before the transaction. */
struct kv_walk queued_walk(struct kv_txn *txn);
MUST_CHECK enum status queued_load(struct kv_txn *txn, struct queued *q, const struct slot *slot);
MUST_CHECK enum status queued_save(struct kv_txn *txn, const struct queued *q);
MUST_CHECK enum status queued_delete(struct kv_txn *txn, const struct queued *q);
/** queued_find_older - a message that waits since before ledgers had mempools: its record has no sender; NOT_FOUND. */
MUST_CHECK enum status queued_find_older(struct kv_txn *txn, struct queued *q);
/** queued_renew - give the record of that message what a mempool needs, and the message its slot. */
MUST_CHECK enum status queued_renew(struct kv_txn *txn, struct queued *q);
MUST_CHECK enum status slot_load(struct kv_txn *txn, struct slot *slot, const struct address *from, uint64_t nonce);
MUST_CHECK enum status slot_save(
	struct kv_txn *txn, const struct slot *slot, const struct address *from, uint64_t nonce);
MUST_CHECK enum status slot_delete(struct kv_txn *txn, const struct address *from, uint64_t nonce);
/** entry_load - the entry of the log with this number. */
MUST_CHECK enum status entry_load(struct kv_txn *txn, struct embedded_entry *entry, uint64_t number);
/** entry_append - give @entry the next number of @b, and save @entry and @b. */
MUST_CHECK enum status entry_append(struct kv_txn *txn, struct books *b, struct embedded_entry *entry);

/** lanes_walk - all lanes of a channel, in the order of their ids; end the walk before the transaction. */
struct kv_walk lanes_walk(struct kv_txn *txn, const struct address *channel);

/* Decode a stored value, for walks; CORRUPT. */
MUST_CHECK enum status lane_decode(struct paych_lane *lane, struct span value);
MUST_CHECK enum status account_decode(struct account *a, struct span value);
MUST_CHECK enum status channel_decode(struct paych *head, struct span value);
MUST_CHECK enum status queued_decode(struct queued *q, struct span value);
MUST_CHECK enum status entry_decode(struct embedded_entry *entry, struct span value);

/** struct call - a message while the ledger applies the message. */
struct call {
	struct kv_txn *txn;
	const struct message *m;
	struct books *books;
	int64_t epoch;
	bool dry; /* nobody pays for gas */
	struct cid signed_cid;
	struct receipt receipt;
	struct embedded_entry entry;
	struct amount held;           /* for gas, while the message is executed */
	bool turned_away, out_of_gas; /* embedded_gas_begin() */
};

/* embedded_gas.c */
/** books_priced - does gas have a price? */
bool books_priced(const struct books *b);
/**
 * embedded_gas_begin - set the gas that the message uses, and hold the most that it pays. @c->turned_away: the message
 * is not to be executed, and the receipt says why. @c->out_of_gas: the actor is not to be called.
 */
MUST_CHECK enum status embedded_gas_begin(struct call *c);
/** embedded_out_of_gas - fill in the receipt of a message that is out of gas. */
MUST_CHECK enum status embedded_out_of_gas(struct call *c);
/** embedded_gas_end - take the fee from what is held, and give back the rest. */
MUST_CHECK enum status embedded_gas_end(struct call *c);
/** embedded_estimate - the function estimate of embedded_ops. */
MUST_CHECK enum status embedded_estimate(
	void *self, struct message *m, struct receipt *refusal, const struct amount *max_fee);

/* embedded_pool.c */
/** pool_find - the message that waits with this nonce; NOT_FOUND. */
MUST_CHECK enum status pool_find(struct kv_txn *txn, struct queued *out, const struct address *from, uint64_t nonce);
/** pool_move - save the changed @q, and let it wait for another epoch. */
MUST_CHECK enum status pool_move(struct kv_txn *txn, struct queued *q, int64_t due);
/** pool_next_nonce - the first nonce that no message of @who has, executed or waiting. @a: the account of @who. */
MUST_CHECK enum status pool_next_nonce(
	struct kv_txn *txn, uint64_t *nonce, const struct account *a, const struct address *who);
/**
 * pool_add - let a message wait, whose nonce was not executed. With @strict no nonce may be missing before the message,
 * and the sender must have its value and its fee.
 * EXISTS if a message of that nonce waits whose premium is not low enough; BAD_STATE for a missing nonce; NO_FUNDS; BUSY
 * if too many messages of the sender wait.
 */
MUST_CHECK enum status pool_add(struct call *c, const struct signed_message *m, bool strict);

/** embedded_renew - bring the messages that wait since before ledgers had mempools into the pool. A ledger that can't be written here refuses. */
MUST_CHECK enum status embedded_renew(struct embedded *e);

/* embedded_queue.c: every transaction begins with the execution of the messages whose epoch has come. */
/** embedded_begin_read - begin a read transaction. A ledger that can't be written here stays behind. */
MUST_CHECK enum status embedded_begin_read(struct embedded *e, struct kv_txn **txn);
/** embedded_begin_write - begin a write transaction, and load the books. */
MUST_CHECK enum status embedded_begin_write(struct embedded *e, struct kv_txn **txn, struct books *b);
/** embedded_catch_up - execute, inside @txn, the messages whose epoch has come. */
MUST_CHECK enum status embedded_catch_up(struct embedded *e, struct kv_txn *txn, struct books *b);

/**
 * embedded_execute - use up the sender's nonce, call the actor, take the fee, and save the receipt and the entry. The
 * message is not checked again; an account without enough funds gets a refusal. A message that is turned away keeps its
 * nonce free.
 */
MUST_CHECK enum status embedded_execute(struct call *c);
/** embedded_act - call the actor that the message is for: fills in the receipt, whose exit code may be a refusal, and the entry. */
MUST_CHECK enum status embedded_act(struct call *c);
/** books_new_address - the address of the channel that @m, which creates a channel, makes. */
MUST_CHECK enum status books_new_address(struct address *out, const struct message *m, const struct books *b);
/** embedded_submit, embedded_outcome - the functions submit and outcome of embedded_ops. */
MUST_CHECK enum status embedded_submit(void *self, struct outcome *out, const struct signed_message *m);
MUST_CHECK enum status embedded_outcome(void *self, struct outcome *out, const struct signed_message *m);
/** embedded_final_channel - the function final_channel of embedded_ops; reads the end of the log. */
MUST_CHECK enum status embedded_final_channel(void *self, struct paych *head, const struct address *channel);
/** embedded_collected - the collected function of embedded_ops; reads the log. */
MUST_CHECK enum status embedded_collected(void *self, struct receipt *out, const struct address *channel);

#endif
