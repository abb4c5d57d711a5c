/* client.h - a deal as its buyer sees it, and the rules that move it.
 *
 * Pure: no clock, no disk, no library.  Each event changes the deal as the
 * table in state.c allows and as the counters demand, or changes nothing.
 */
#ifndef DEAL_CLIENT_H
#define DEAL_CLIENT_H

#include "deal/price.h"
#include "deal/state.h"

#define DEAL_MESSAGE_MAX 256 /* bytes of a reason, with its final zero */
#define REQUEST_ID_SIZE  16

/** struct client_deal - one deal; holds values only, so a plain copy is a copy. */
struct client_deal {
	uint64_t id;
	uint64_t number;                  /* order of making in this store */
	uint8_t request[REQUEST_ID_SIZE]; /* graphsync request id */
	uint64_t transfer;                /* data-transfer id */
	struct cid payload;
	struct deal_params params; /* the selector is "all": a static span, or empty */
	enum deal_state state;
	char message[DEAL_MESSAGE_MAX]; /* why it is where it is; "" if nothing to say */

	struct address client, provider; /* payer and payee */
	struct address channel;          /* none until one is ready */
	bool has_lane;
	uint64_t lane;
	struct cid wait_message; /* chain message we wait for; none if none */

	uint64_t size;                   /* bytes, as the offer says; 0 if unknown */
	struct amount total_funds;       /* what the channel is to hold for this deal */
	struct amount max_total;         /* the buyer's ceiling for this deal */
	struct amount funds_spent;       /* cumulative amount of the last voucher */
	struct amount payment_requested; /* what the provider last asked for and has not got */
	struct amount shortfall;         /* what the next voucher lacks, in INSUFFICIENT_FUNDS */
	bool last_payment_requested, unseal_requested, all_blocks_received;
	uint64_t total_received;  /* bytes of unique verified blocks */
	uint64_t blocks_received; /* count of them */
	uint64_t bytes_paid_for;
	uint64_t current_interval; /* cumulative limit, bytes */
	uint64_t voucher_nonce;    /* of the last voucher; 0 if none */

	/* What an earlier deal for the same payload had brought: kept here, but neither received nor owed for. */
	uint64_t inherited, inherited_blocks; /* bytes of it, and blocks */
	/* First links of the walk that are not to be sent because of it; the request says how many. */
	uint64_t skip_links;
	bool unasked; /* the request has not left yet, so @skip_links may still grow */
};

/** struct client_input - what an event carries; only the members that it needs are read. */
struct client_input {
	struct amount amount;    /* PAYMENT_REQUESTED and its kin: owed; PAYMENT_SENT: cumulative; shortfalls */
	struct address channel;  /* CHANNEL_READY, CHANNEL_ADDING_FUNDS */
	struct cid wait_message; /* CHANNEL_CREATE_INITIATED, CHANNEL_ADDING_FUNDS */
	uint64_t number;         /* LANE_ALLOCATED: lane; BLOCKS_RECEIVED: bytes so far; PAYMENT_SENT: nonce */
	const char *reason;      /* for events that end or hold up a deal */
};

/** client_apply - let @event happen; BAD_STATE, and nothing changed, where the machine forbids it. @in may be NULL. */
MUST_CHECK enum status client_apply(struct client_deal *d, enum client_event event, const struct client_input *in);
/** client_may_inherit - the deal has not begun: nobody was asked for it, and nothing was received. */
bool client_may_inherit(const struct client_deal *d);
/**
 * client_inherit - @blocks more blocks, of @bytes together, are there from an earlier deal; the walk stands at link @skip_links.
 * The deal's funds shrink to the price of what is left. BAD_STATE once the deal has begun.
 */
MUST_CHECK enum status client_inherit(struct client_deal *d, uint64_t bytes, uint64_t blocks, uint64_t skip_links);
/** client_take_back - the deal's lane pays @spent already, by voucher @nonce, which the store had forgotten. BAD_AMOUNT. */
MUST_CHECK enum status client_take_back(struct client_deal *d, const struct amount *spent, uint64_t nonce);
/**
 * client_is_recovery - @event, of CLIENT_PAYMENT_SENT and CLIENT_PAYMENT_NOT_SENT, notes what was learnt of payments that
 * are past, as client_take_back() and client_move_lane() do: it is outside the table of transitions.
 */
bool client_is_recovery(enum deal_state from, enum client_event event, enum deal_state to);
/** client_move_lane - the deal's lane pays for another deal: it gets @lane, and nothing was paid on that. */
void client_move_lane(struct client_deal *d, uint64_t lane);
/**
 * client_due - MONEY 3: the cumulative amount that the client owes for what it has verified, by its own count.
 * At a full interval: its limit x price + unseal price, or, of three or more, the last one's; at the end: all bytes x price + unseal price;
 * else what is spent already. Never looks at what the provider asks for.
 */
MUST_CHECK bool client_due(struct amount *due, const struct client_deal *d);
/** client_ended_early - the deal is over, and not by being complete. */
bool client_ended_early(const struct client_deal *d);
/**
 * client_due_at_end - MONEY 3: the cumulative amount that is owed for a deal that ended early: all verified bytes x price +
 * unseal price; what is spent already, where that is more, where no byte came, and for any other deal.
 */
MUST_CHECK bool client_due_at_end(struct amount *due, const struct client_deal *d);
/** client_due_to_sign - what a voucher may be signed for now: client_due_at_end() where the deal ended early, else client_due(). */
MUST_CHECK bool client_due_to_sign(struct amount *due, const struct client_deal *d);
/** client_owed_limit - MONEY 4: the most that a provider may ask for now: verified bytes x price + unseal price - spent. */
MUST_CHECK bool client_owed_limit(struct amount *limit, const struct client_deal *d);
/**
 * client_reserve - MONEY 13: what the deal may still draw from its channel beyond what is signed: once it has a lane and
 * until it is over, the rest of its funds. No other deal may count on it.
 */
struct amount client_reserve(const struct client_deal *d);
/** client_is_free - neither price nor unseal price: no channel is needed. */
bool client_is_free(const struct client_deal *d);
/** client_wants_channel - accepted, and still to get a channel or a lane. */
bool client_wants_channel(const struct client_deal *d);
/** client_response_event - what a deal response of @status means; UNKNOWN_RESPONSE_RECEIVED for one that no provider sends. */
enum client_event client_response_event(uint64_t status);

#endif
