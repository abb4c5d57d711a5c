/* embedded.h - the embedded ledger: accounts, payment channels and a clock in a folder.
 *
 * It keeps the payment channel actor's exact rules (deal/paych.h) and one
 * invariant of its own: the sum of all accounts and channels is what was
 * funded.  Gas is free.
 */
#ifndef CHAIN_EMBEDDED_H
#define CHAIN_EMBEDDED_H

#include "chain/ledger_ops.h"

struct embedded;

/** struct embedded_options - how a new ledger begins. */
struct embedded_options {
	enum network network;
	bool manual;                           /* epochs move by embedded_advance() only, not with the clock */
	int64_t genesis;                       /* unix time of epoch 0 */
	uint8_t identity[LEDGER_GENESIS_SIZE]; /* random: what tells this ledger from all others */
};

/** embedded_init - make a new ledger in folder @path; EXISTS if there is one, IS_HOME if a party lives there. */
MUST_CHECK enum status embedded_init(const char *path, const struct embedded_options *o);
/** embedded_open - open an existing ledger, to read only if it can't be written; NOT_FOUND, IS_HOME. */
MUST_CHECK enum status embedded_open(struct embedded **e, const char *path);
void embedded_close(struct embedded *e);
/** embedded_about - how the ledger began. */
MUST_CHECK enum status embedded_about(struct embedded *e, struct embedded_options *o);
/** embedded_ops - this ledger for ledger.h; its self is a struct embedded. */
extern const struct ledger_ops embedded_ops;

/** embedded_set_clock - use @now as the unix time from here on (for reproducible runs); else the system's clock. */
void embedded_set_clock(struct embedded *e, int64_t now);
/** embedded_advance - move the clock on by @epochs. */
MUST_CHECK enum status embedded_advance(struct embedded *e, int64_t epochs, int64_t *now);
/** embedded_fund - create @value out of nothing for @who. */
MUST_CHECK enum status embedded_fund(struct embedded *e, const struct address *who, const struct amount *value);
/** embedded_place - put a channel at a given address, as if it had always been there: for recordings. EXISTS if there is one. */
MUST_CHECK enum status embedded_place(struct embedded *e, const struct address *channel, const struct address *from,
	const struct address *to, const struct amount *balance);

/** struct embedded_entry - one line of the log, oldest first. */
struct embedded_entry {
	uint64_t number;
	int64_t epoch;
	char what[16]; /* fund, create, add-funds, update, settle, collect, advance, place, send */
	struct address from, to, channel;
	struct amount value;
	uint64_t lane, nonce; /* update */
	int exit_code;
	char text[192];
	struct cid message; /* none for fund, advance and place */
};
/** embedded_log - call @each for the entries from number @from on. */
MUST_CHECK enum status embedded_log(struct embedded *e, uint64_t from,
	enum status (*each)(void *ctx, const struct embedded_entry *entry), void *ctx);
/** embedded_accounts, embedded_channels - call @each for all of them, in the order of their bytes. */
MUST_CHECK enum status embedded_accounts(struct embedded *e,
	enum status (*each)(void *ctx, const struct address *who, const struct amount *balance), void *ctx);
MUST_CHECK enum status embedded_channels(struct embedded *e,
	enum status (*each)(void *ctx, const struct address *channel, const struct paych *head), void *ctx);
/** embedded_check - the books balance: @present, the sum of all accounts and channels, is @funded; CORRUPT otherwise, with both sums set if every record could be read. */
MUST_CHECK enum status embedded_check(struct embedded *e, struct amount *funded, struct amount *present);

#endif
