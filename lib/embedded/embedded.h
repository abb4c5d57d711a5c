/* embedded.h - the embedded ledger: accounts, payment channels and a clock in a folder.
 *
 * The ledger keeps the payment channel actor's exact rules (deal/paych.h) and
 * one invariant of its own: the sum of all accounts and channels is the funded
 * amount.  Gas is free, or has a price; then what messages pay for gas is in an
 * account of its own, f099.
 *
 * A message is executed when it is submitted, or, by the options of the ledger,
 * a number of epochs later.  Whoever asks the ledger first, when the epoch has
 * come, executes the message; the message then counts for its own epoch.  A
 * message whose fee cap is below the price of gas waits until the price falls, or
 * until a message with a higher fee takes its place.
 */
#ifndef EMBEDDED_EMBEDDED_H
#define EMBEDDED_EMBEDDED_H

#include "chain/ledger_ops.h"

struct embedded;

/** struct embedded_options - the clock, network and identity of a new ledger. */
struct embedded_options {
	enum network network;
	bool manual;                           /* only embedded_advance() moves the epoch, not the clock */
	int64_t genesis;                       /* unix time of epoch 0 */
	uint8_t identity[LEDGER_GENESIS_SIZE]; /* random: tells this ledger from all others */
	int64_t delay;           /* epochs between submitting a message and its execution; 0: executed at once */
	bool chain_addresses;    /* the address of a channel follows the chain's rule: message_created() */
	int64_t finality;        /* epochs after which a channel counts as final; 0: at once */
	struct amount gas_price; /* attoFIL for a unit of gas; 0: gas is free, for ever */
};

/** embedded_init - make a new ledger in folder @path; EXISTS if the folder has a ledger, IS_HOME if the folder is the home of a party. */
MUST_CHECK enum status embedded_init(const char *path, const struct embedded_options *o);
/** embedded_open - open an existing ledger, for reading only if the ledger can't be written; NOT_FOUND, IS_HOME. */
MUST_CHECK enum status embedded_open(struct embedded **e, const char *path);
void embedded_close(struct embedded *e);
/** embedded_about - the options with which the ledger was made. */
MUST_CHECK enum status embedded_about(struct embedded *e, struct embedded_options *o);
/** embedded_ops - the functions of this ledger for ledger.h; @self is a struct embedded. */
extern const struct ledger_ops embedded_ops;

/** embedded_error - the words of the last write that failed, with the folder of the ledger and the reason, or of the last estimate that was too dear; borrowed. @self: a struct embedded. */
const struct error *embedded_error(const void *self);
/** embedded_set_clock - use @now as the unix time from now on (for reproducible runs), in place of the system's clock. */
void embedded_set_clock(struct embedded *e, int64_t now);
#define EMBEDDED_DELAY_MAX 100000 /* epochs */

/** embedded_message - the encoded form of a submitted message, appended to @encoded, and what has become of it; NOT_FOUND. */
MUST_CHECK enum status embedded_message(
	struct embedded *e, struct bytes *encoded, struct outcome *out, const struct cid *signed_cid);
/**
 * embedded_push - the function submit of embedded_ops, as a mempool does it: a nonce may be missing before the message,
 * and the sender need not have its value. EXISTS if a message of that nonce waits and keeps its place; BUSY if
 * EMBEDDED_PENDING_MAX messages of the sender wait.
 */
MUST_CHECK enum status embedded_push(struct embedded *e, struct outcome *out, const struct signed_message *m);
#define EMBEDDED_PENDING_MAX 1000 /* messages of one sender. Source: Lotus 1.36, chain/messagepool */
/**
 * embedded_propose - fill in the gas limit, the fee cap and the premium of a message as a node would; zeros if gas is
 * free. @price: out; the price of gas. The fee is at most @max_fee, if @max_fee is not NULL, even if that does not
 * cover the price.
 */
MUST_CHECK enum status embedded_propose(
	struct embedded *e, struct message *m, struct amount *price, const struct amount *max_fee);
/** embedded_waiting - the CID and the premium of the message of @from that waits with @nonce; NOT_FOUND. */
MUST_CHECK enum status embedded_waiting(
	struct embedded *e, struct cid *signed_cid, struct amount *premium, const struct address *from, uint64_t nonce);
/** embedded_executed - the CID of the message of @from that was executed with @nonce; NOT_FOUND. */
MUST_CHECK enum status embedded_executed(
	struct embedded *e, struct cid *signed_cid, const struct address *from, uint64_t nonce);
/**
 * embedded_call - what the ledger would answer to @m if the ledger executed @m now; changes nothing. Neither the nonce
 * nor a signature counts. READ_ONLY if the ledger can't be written.
 */
MUST_CHECK enum status embedded_call(struct embedded *e, struct receipt *out, const struct message *m);

/** struct embedded_pending - a message that waits for its epoch. */
struct embedded_pending {
	uint64_t number;
	int64_t due; /* the epoch of its execution */
	struct cid signed_cid;
	struct signed_message message; /* its parameters are borrowed for the call */
};
/** embedded_each_pending - call @each for the messages that wait, in the order of their execution. */
MUST_CHECK enum status embedded_each_pending(
	struct embedded *e, enum status (*each)(void *ctx, const struct embedded_pending *pending), void *ctx);

/** embedded_advance - move the ledger's clock forward by @epochs. */
MUST_CHECK enum status embedded_advance(struct embedded *e, int64_t epochs, int64_t *now);
/**
 * embedded_set_gas_price - the price of gas from now on, above 0. BAD_STATE if gas is free on this ledger: its messages
 * offer no fee.
 */
MUST_CHECK enum status embedded_set_gas_price(struct embedded *e, const struct amount *price);
/** embedded_fund - create @value out of nothing for @who. */
MUST_CHECK enum status embedded_fund(struct embedded *e, const struct address *who, const struct amount *value);
/** embedded_place - put a new channel at a given address, without a message: for recordings. EXISTS if the address has a channel. */
MUST_CHECK enum status embedded_place(struct embedded *e, const struct address *channel, const struct address *from,
	const struct address *to, const struct amount *balance);

/** struct embedded_entry - one entry of the log. */
struct embedded_entry {
	uint64_t number;
	int64_t epoch;
	char what[16]; /* fund, create, add-funds, update, settle, collect, advance, place, send, gas-price */
	struct address from, to, channel;
	struct amount value;
	uint64_t lane, nonce; /* update */
	int exit_code;
	char text[192];
	struct cid message; /* none for what no message has done */
	struct amount fee;  /* that the message paid for its gas */
};
/** embedded_log - call @each for the entries from number @from on, oldest first. */
MUST_CHECK enum status embedded_log(struct embedded *e, uint64_t from,
	enum status (*each)(void *ctx, const struct embedded_entry *entry), void *ctx);
/** embedded_accounts, embedded_channels - call @each for all accounts or channels, in the order of the bytes of their addresses. */
MUST_CHECK enum status embedded_accounts(struct embedded *e,
	enum status (*each)(void *ctx, const struct address *who, const struct amount *balance), void *ctx);
MUST_CHECK enum status embedded_channels(struct embedded *e,
	enum status (*each)(void *ctx, const struct address *channel, const struct paych *head), void *ctx);
/** embedded_check - check that @present, the sum of all accounts and channels, equals @funded. CORRUPT if the sums differ, or a record or a page is damaged; both sums are set if every record could be read. */
MUST_CHECK enum status embedded_check(struct embedded *e, struct amount *funded, struct amount *present);

#endif
