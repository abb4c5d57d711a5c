/* client.h - a deal on the buyer's side, and the rules that change the deal.
 *
 * Pure: no clock, no disk, no library.  An event that the table in
 * state.c and the counters allow changes the deal; any other event changes
 * nothing.
 */
#ifndef DEAL_CLIENT_H
#define DEAL_CLIENT_H

#include "deal/price.h"
#include "deal/state.h"

#define DEAL_MESSAGE_MAX 256 /* bytes of a reason, with its final zero */
#define REQUEST_ID_SIZE  16

/** struct client_deal - one deal; holds only values, so that assignment copies a deal. */
struct client_deal {
	uint64_t id;
	uint64_t number;                  /* counts the deals of this store in the order of creation */
	uint8_t request[REQUEST_ID_SIZE]; /* graphsync request id */
	uint64_t transfer;                /* data-transfer id */
	struct cid payload;
	struct deal_params params; /* the selector is "all": a static span, or empty */
	enum deal_state state;
	char message[DEAL_MESSAGE_MAX]; /* the reason for the current state; "" if none */

	struct address client, provider; /* payer and payee */
	struct address channel;          /* none until a channel is ready */
	bool has_lane;
	uint64_t lane;
	struct cid wait_message; /* the chain message that the deal waits for, or none */

	uint64_t size;                   /* bytes, as the offer says; 0 if unknown */
	struct amount total_funds;       /* the amount that the channel must hold for this deal */
	struct amount max_total;         /* the buyer's ceiling for this deal */
	struct amount funds_spent;       /* cumulative amount of the last voucher */
	struct amount payment_requested; /* the last amount that the provider asked for and has not received */
	struct amount shortfall;         /* in INSUFFICIENT_FUNDS: the amount that the next voucher lacks */
	bool last_payment_requested, unseal_requested, all_blocks_received;
	uint64_t total_received;  /* bytes of unique verified blocks */
	uint64_t blocks_received; /* count of them */
	uint64_t bytes_paid_for;
	uint64_t current_interval; /* cumulative limit, bytes */
	uint64_t voucher_nonce;    /* of the last voucher; 0 if none */

	/* Blocks from an earlier deal for the same payload: kept in this deal, but neither received nor owed for. */
	uint64_t inherited, inherited_blocks; /* bytes, and blocks */
	/* The number of first links of the walk that the provider must skip because of these blocks; named in the request. */
	uint64_t skip_links;
	bool unasked; /* the request is not sent yet, so @skip_links may still grow */
};

/** struct client_input - the data of an event; each event reads only the members that the event needs. */
struct client_input {
	struct amount amount;    /* PAYMENT_REQUESTED and its kin: owed; PAYMENT_SENT: cumulative; shortfalls */
	struct address channel;  /* CHANNEL_READY, CHANNEL_ADDING_FUNDS */
	struct cid wait_message; /* CHANNEL_CREATE_INITIATED, CHANNEL_ADDING_FUNDS */
	uint64_t number;         /* LANE_ALLOCATED: lane; BLOCKS_RECEIVED: bytes so far; PAYMENT_SENT: nonce */
	const char *reason;      /* for events that end or stop a deal */
};

/** client_apply - apply @event to the deal; BAD_STATE, with nothing changed, if the state machine forbids @event. @in may be NULL. */
MUST_CHECK enum status client_apply(struct client_deal *d, enum client_event event, const struct client_input *in);
/** client_may_inherit - the deal has not begun: no request was sent, and no block was received. */
bool client_may_inherit(const struct client_deal *d);
/**
 * client_inherit - add @blocks blocks, of @bytes together, from an earlier deal; the walk stands at link @skip_links.
 * The deal's funds shrink to the price of the remaining bytes. BAD_STATE once the deal has begun.
 */
MUST_CHECK enum status client_inherit(struct client_deal *d, uint64_t bytes, uint64_t blocks, uint64_t skip_links);
/** client_take_back - record that the deal's lane already pays @spent, by voucher @nonce, which the store had lost. BAD_AMOUNT. */
MUST_CHECK enum status client_take_back(struct client_deal *d, const struct amount *spent, uint64_t nonce);
/**
 * client_is_recovery - @event (CLIENT_PAYMENT_SENT or CLIENT_PAYMENT_NOT_SENT) records a recovered past payment, as
 * client_take_back() and client_move_lane() do: the event is outside the table of transitions.
 */
bool client_is_recovery(enum deal_state from, enum client_event event, enum deal_state to);
/** client_move_lane - give the deal the new @lane, with nothing paid, because its old lane pays for another deal. */
void client_move_lane(struct client_deal *d, uint64_t lane);
/**
 * client_due - MONEY 3: the cumulative amount that the client owes for verified bytes, by the client's own count.
 * At a full interval: its limit x price + unseal price (with three or more full intervals: the limit of the last one);
 * at the end: all bytes x price + unseal price; else the amount already spent. Ignores the provider's requests.
 */
MUST_CHECK bool client_due(struct amount *due, const struct client_deal *d);
/** client_ended_early - the deal is over but not complete. */
bool client_ended_early(const struct client_deal *d);
/**
 * client_due_at_end - MONEY 3: the cumulative amount owed for a deal that ended early: all verified bytes x price + unseal
 * price. The amount already spent if that amount is larger, if no byte was received, or for any other deal.
 */
MUST_CHECK bool client_due_at_end(struct amount *due, const struct client_deal *d);
/** client_due_to_sign - the amount for which the client may sign a voucher now: client_due_at_end() if the deal ended early, else client_due(). */
MUST_CHECK bool client_due_to_sign(struct amount *due, const struct client_deal *d);
/** client_owed_limit - MONEY 4: the most that a provider may ask for now: verified bytes x price + unseal price - spent. */
MUST_CHECK bool client_owed_limit(struct amount *limit, const struct client_deal *d);
/**
 * client_may_be_owed - MONEY 4: the most that a request may ask for whose blocks may still be on their way: bytes x price +
 * unseal price, where no provider sends more bytes before the next payments. Those are two limits and one block, as the
 * original sends, but not more than the content, if its size is known. Never below the price of the verified bytes.
 */
MUST_CHECK bool client_may_be_owed(struct amount *most, const struct client_deal *d);
/**
 * client_reserve - MONEY 13: the amount that the deal may still draw from its channel beyond its signed vouchers: the rest of
 * the deal's funds, from the time the deal has a lane until the deal is over. No other deal may use this amount.
 */
struct amount client_reserve(const struct client_deal *d);
/** client_is_free - the deal has neither a price nor an unseal price, so that the deal needs no channel. */
bool client_is_free(const struct client_deal *d);
/** client_wants_channel - the deal is accepted and still needs a channel or a lane. */
bool client_wants_channel(const struct client_deal *d);
/** client_response_event - the event for a deal response of @status; UNKNOWN_RESPONSE_RECEIVED for a status that no provider sends. */
enum client_event client_response_event(uint64_t status);

#endif
