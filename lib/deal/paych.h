/* paych.h - the rules of the Filecoin payment channel actor, as pure functions.
 *
 * Source: specs-actors v5, actors/builtin/paych; every recorded operation in
 * tests/data/vectors/codec/payment-channel-actor.json gets the same answer, to the letter.
 */
#ifndef DEAL_PAYCH_H
#define DEAL_PAYCH_H

#include "wire/voucher.h"

#define PAYCH_SETTLE_DELAY 1440 /* epochs: 12 hours */
#define PAYCH_SECRET_MAX   256  /* bytes */
#define EPOCH_SECONDS      30

/* Exit codes of the chain's runtime, as recorded. */
enum paych_exit {
	PAYCH_OK = 0,
	PAYCH_INVALID_RECEIVER = 5, /* SysErrInvalidReceiver: a voucher's Extra names an actor that does not exist */
	PAYCH_CALLER_FORBIDDEN = 8, /* SysErrForbidden: the caller is neither payer nor payee */
	PAYCH_ILLEGAL_ARGUMENT = 16,
	PAYCH_FORBIDDEN = 18,
	PAYCH_ILLEGAL_STATE = 20,
	PAYCH_CHANNEL_STATE_UPDATE_AFTER_SETTLED = 32,
};

struct paych_lane {
	uint64_t id;
	uint64_t nonce;
	struct amount redeemed;
};

/**
 * struct paych - the state of one channel.
 * @lanes: at least the lanes that the next operation can change: the voucher's lane and its merges.
 */
struct paych {
	struct address from, to;   /* payer, payee */
	struct amount balance;     /* of the actor */
	struct amount to_send;     /* owed to the payee so far */
	int64_t settling_at;       /* epoch; 0 if not settling */
	int64_t min_settle_height; /* epoch */
	struct paych_lane *lanes;  /* malloced; freed by paych_release() */
	size_t lane_count;
};

/** struct paych_outcome - the actor's exit code and message. */
struct paych_outcome {
	int exit_code;  /* enum paych_exit */
	char text[192]; /* "" if ok; else as recorded after "abort(N): " */
};

/** struct paych_payout - the amounts that a collected channel paid. */
struct paych_payout {
	struct amount to_payee, to_payer;
};

/** struct paych_update - the inputs of UpdateChannelState. */
struct paych_update {
	const struct address *self; /* the channel's own address */
	const struct address *caller;
	int64_t epoch;
	const struct voucher *voucher;
	struct span secret;
	bool signature_valid; /* by the other party, over the voucher */
};

/* Each function returns NO_MEMORY, or OK with @outcome set; an exit code other than 0 leaves the channel unchanged. */
MUST_CHECK enum status paych_apply_update(
	struct paych *p, struct paych_outcome *outcome, const struct paych_update *in);
MUST_CHECK enum status paych_apply_settle(
	struct paych *p, struct paych_outcome *outcome, const struct address *caller, int64_t epoch);
/** paych_apply_collect - @payout: out; the amounts paid to each party. The caller then deletes the channel. */
MUST_CHECK enum status paych_apply_collect(const struct paych *p, struct paych_outcome *outcome,
	struct paych_payout *payout, const struct address *caller, int64_t epoch);
MUST_CHECK bool paych_add_funds(struct paych *p, const struct amount *value);
struct paych_lane *paych_find_lane(const struct paych *p, uint64_t id);
/** PAYCH_NEAR_LANES - lanes that make no dear tree, see paych_gas_of_update(): seven levels of it. */
#define PAYCH_NEAR_LANES ((uint64_t)1 << 21)
/**
 * paych_gas_of_update - the gas that redeeming a voucher takes on a channel whose highest lane is @highest, with the
 * voucher's: the actor keeps lanes in a tree of eight branches, and loads and writes a node of each level.
 * Measured on network version 28: 7.4 million for lanes below 8, 10.6 below 4,096, 24.4 with lane 2^40, 27.3 with
 * lane 2^63 - 1.
 */
uint64_t paych_gas_of_update(uint64_t highest);
/** paych_put_lane - add or replace a lane. */
MUST_CHECK enum status paych_put_lane(struct paych *p, const struct paych_lane *lane);
void paych_release(struct paych *p);
/** CLEAN_PAYCH - `CLEAN_PAYCH struct paych head = {0};`: released at the end of the scope. */
#define CLEAN_PAYCH __attribute__((cleanup(paych_release)))

#endif
