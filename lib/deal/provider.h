/* provider.h - a deal on the seller's side, and the rules that change the deal.
 *
 * Pure: no clock, no disk, no library.
 */
#ifndef DEAL_PROVIDER_H
#define DEAL_PROVIDER_H

#include "deal/client.h"
#include "deal/paych.h"

/** struct provider_deal - one deal; holds only values. */
struct provider_deal {
	uint64_t id;
	uint64_t number; /* counts the deals of this store in the order of creation */
	uint8_t request[REQUEST_ID_SIZE];
	uint64_t transfer;
	struct cid payload;
	struct deal_params params; /* frozen at acceptance */
	enum deal_state state;
	char message[DEAL_MESSAGE_MAX];

	uint64_t content;       /* the store's number of the content for sale */
	struct address payee;   /* ours */
	struct address channel; /* none until the first payment */
	uint64_t lane;          /* meaningful once there is a channel */
	struct amount funds_received;
	uint64_t total_sent; /* bytes of unique blocks */
	uint64_t blocks_sent;
	uint64_t current_interval; /* cumulative limit, bytes */
	bool all_blocks_sent;

	/* The point from which blocks are sent again if bytes were lost: the last point that is paid for. */
	uint64_t resume_sent, resume_blocks;

	/*
	 * Links of the walk that the client has, by its proposal: frozen at acceptance. Their blocks are neither sent nor
	 * billed, but known, so that a later link to such a block is a duplicate. A number beyond the walk means all links.
	 */
	uint64_t skip_links;
	uint64_t seeded_blocks; /* unique blocks of these links, as far as the walk has come */

	/* The client has asked again and named the links that the client has: until the next payment, sending begins there. */
	bool resend;
	uint64_t resend_links;
	bool restarted; /* the client sent a new request, whose walk begins at the root */
	bool stalled;   /* the provider can't read the content, so the client owes nothing for a useless part */
	/*
	 * @moved: bytes of this deal that its client reported as lost, and that a later deal for the same content sends again:
	 * owed in that deal, not in this one. @carried: bytes that this deal took over: owed from the start, and sent first.
	 */
	uint64_t moved, carried;
	bool forgiven;    /* the provider has written off the unpaid bytes; false again once more bytes are sent */
	uint64_t wire_id; /* the id that the client gave the deal; not @id if this store had a deal with that id */
};

/** provider_wire_id - the id that the client gave the deal. */
static inline uint64_t provider_wire_id(const struct provider_deal *d)
{
	return d->wire_id != 0 ? d->wire_id : d->id;
}

/** struct provider_input - the data of an event. */
struct provider_input {
	uint64_t total_sent;    /* BLOCK_SENT, PAYMENT_REQUESTED */
	struct amount amount;   /* payments: the amount that this voucher adds */
	struct address channel; /* payments */
	uint64_t lane;          /* payments */
	const char *reason;
};

/** provider_apply - apply @event to the deal; BAD_STATE, with nothing changed, if the state machine forbids @event. @in may be NULL. */
MUST_CHECK enum status provider_apply(
	struct provider_deal *d, enum provider_event event, const struct provider_input *in);
/**
 * provider_is_late_payment - @event records a payment in a state that expects none: the event is outside the table of
 * transitions, and changes only the amount received.
 */
bool provider_is_late_payment(enum deal_state from, enum provider_event event, enum deal_state to);
/** provider_unpaid - sent x price + unseal price - received: the amount that a pause asks for. 0 for a free deal; negative if overpaid. */
MUST_CHECK bool provider_unpaid(struct amount *unpaid, const struct provider_deal *d);
/**
 * provider_short - MONEY 5: the amount missing before sending may go on (at a pause) or the deal may end (after the last block),
 * with @received received in all. Strict: at limit C_k all of C_k x price + unseal price; at the end the price of all
 * bytes sent.
 */
MUST_CHECK bool provider_short(struct amount *missing, const struct provider_deal *d, const struct amount *received);
/** provider_risk - what a deal may be credited beyond the channel at finality: @given, or, if that is negative, the price of its first interval. False if that is no amount. */
MUST_CHECK bool provider_risk(struct amount *risk, const struct provider_deal *d, const struct amount *given);
/** provider_must_pause - MONEY 6: the interval is used up, and no further block may be sent. False for a free deal, and if all that can become due is paid. */
bool provider_must_pause(const struct provider_deal *d, uint64_t total_sent);

/**
 * struct tally - the counts of a client's deals, for the client's limits; for a single deal each count is 0 or 1.
 * @unpaid: open deals with unpaid bytes.
 * @cancelled: ended deals with unpaid bytes. @completed: ended deals that received money.
 * @owed: attoFIL, the price of the unpaid bytes of open and cancelled deals; a later payment reduces this amount.
 * A deal owes nothing while the provider can't read its content, if a failure of the provider has ended the deal, or once
 * its debt is forgiven.
 */
struct tally {
	uint64_t open, unpaid, cancelled, completed;
	struct amount owed;
};
/** provider_tally - the tally of one deal; zeros before the deal is accepted. */
struct tally provider_tally(const struct provider_deal *d);
/**
 * provider_carry - move up to @bytes unpaid bytes of @from to @to, which sends these bytes again and is owed for them.
 * Never moves more bytes than @from is still owed for.
 */
void provider_carry(struct provider_deal *to, struct provider_deal *from, uint64_t bytes);
/** tally_equal - both tallies have the same counts and amount. */
bool tally_equal(const struct tally *a, const struct tally *b);
/** provider_owed_after - the amount owed for the deal after @more further bytes are sent; never negative. */
MUST_CHECK bool provider_owed_after(struct amount *owed, const struct provider_deal *d, uint64_t more);

/** struct refusal - why a proposal or payment was refused; @reason may be shown to the other side. */
struct refusal {
	enum status status;
	char reason[DEAL_MESSAGE_MAX];
};

/** provider_refuse - set @why, and return @s. */
enum status provider_refuse(struct refusal *why, enum status s, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/** provider_check_terms - check that these terms are at least the offer's terms. If not, sets @why and returns its status. */
MUST_CHECK enum status provider_check_terms(
	struct refusal *why, const struct deal_params *terms, const struct offer *offer);

/** struct lane_record - one lane of a channel: the best voucher that this party holds or has signed. */
struct lane_record {
	uint64_t lane;
	uint64_t nonce;
	struct amount amount;
	uint64_t deal;    /* the deal that owns the lane */
	uint64_t expired; /* inbound: the nonce of the best voucher whose end was reported; 0 for none */
};

/** struct payment_context - the data that a voucher is checked against. */
struct payment_context {
	const struct paych *channel;         /* as on the ledger, with the voucher's lane if the ledger has that lane */
	const struct address *payee;         /* ours */
	const struct address *signer;        /* who signed the voucher */
	const struct lane_record *lane;      /* NULL if the provider holds no voucher of this lane */
	const struct amount *held_elsewhere; /* sum of the best vouchers held on the channel's other lanes */
	int64_t epoch;
	bool tried; /* a dry run on the ledger has redeemed the voucher, with its conditions */
};

/**
 * provider_judge_voucher - MONEY 7: accept a voucher only if the channel's payer signed it, this provider is the payee, and
 * the voucher is better than the last of its lane, covered by the channel together with all other held vouchers, and
 * redeemable now. The check ignores deals: no payment is refused for a reason of book-keeping.
 * @delta: out; the amount that the voucher adds to the held voucher of its lane or, if none is held, to the lane's
 * redeemed amount; 0 for the held voucher itself. A voucher that the ledger has redeemed counts on a lane that is known,
 * if it is better than the held one. Changes nothing.
 */
MUST_CHECK enum status provider_judge_voucher(
	struct refusal *why, struct amount *delta, const struct voucher *v, const struct payment_context *c);
/**
 * provider_judge_place - check that the payment belongs to this deal; a payment for another deal does not let this deal go
 * on, whatever its voucher is worth. @lane: the voucher's lane; NULL if no voucher of the lane was held before.
 * WRONG_DEAL, WRONG_CHANNEL.
 */
MUST_CHECK enum status provider_judge_place(
	struct refusal *why, const struct provider_deal *d, const struct payment *p, const struct lane_record *lane);

#endif
