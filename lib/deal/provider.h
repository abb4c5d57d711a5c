/* provider.h - a deal as its seller sees it, and the rules that move it.
 *
 * Pure: no clock, no disk, no library.
 */
#ifndef DEAL_PROVIDER_H
#define DEAL_PROVIDER_H

#include "deal/client.h"
#include "deal/paych.h"

/** struct provider_deal - one deal; holds values only. */
struct provider_deal {
	uint64_t id;
	uint64_t number; /* order of making in this store */
	uint8_t request[REQUEST_ID_SIZE];
	uint64_t transfer;
	struct cid payload;
	struct deal_params params; /* frozen at acceptance */
	enum deal_state state;
	char message[DEAL_MESSAGE_MAX];

	uint64_t content;       /* the store's number of the content being sold */
	struct address payee;   /* ours */
	struct address channel; /* none until the first payment */
	uint64_t lane;          /* meaningful once there is a channel */
	struct amount funds_received;
	uint64_t total_sent; /* bytes of unique blocks */
	uint64_t blocks_sent;
	uint64_t current_interval; /* cumulative limit, bytes */
	bool all_blocks_sent;

	/* Where sending begins again if bytes got lost on the way: the last point that is paid for. */
	uint64_t resume_sent, resume_blocks;

	/*
	 * Links of the walk that the proposal says the client has: frozen at acceptance. Their blocks are neither sent nor
	 * billed, but known, so that a later link to one of them is a duplicate. A number beyond the walk means all of it.
	 */
	uint64_t skip_links;
	uint64_t seeded_blocks; /* unique blocks among them, as far as the walk has come */

	/* The client has asked again, and says how many links of the walk it has: until the next payment, sending begins there. */
	bool resend;
	uint64_t resend_links;
	bool restarted; /* it asked under another request, whose walk begins at the root */
	bool stalled;   /* our content can't be read, so that what the client got is of no use to it, and not owed */
	/*
	 * Bytes of this deal that its client says never came, and that a later deal for the same content sends again: owed
	 * there, not here. And the bytes that this deal took over so: owed from the first on, and sent first.
	 */
	uint64_t moved, carried;
	uint64_t wire_id; /* the id that the client gave the deal; @id is another one if that was in use here */
};

/** provider_wire_id - the id that the client gave the deal. */
static inline uint64_t provider_wire_id(const struct provider_deal *d)
{
	return d->wire_id != 0 ? d->wire_id : d->id;
}

/** struct provider_input - what an event carries. */
struct provider_input {
	uint64_t total_sent;    /* BLOCK_SENT, PAYMENT_REQUESTED */
	struct amount amount;   /* payments: what this voucher adds */
	struct address channel; /* payments */
	uint64_t lane;          /* payments */
	const char *reason;
};

/** provider_apply - let @event happen; BAD_STATE, and nothing changed, where the machine forbids it. @in may be NULL. */
MUST_CHECK enum status provider_apply(
	struct provider_deal *d, enum provider_event event, const struct provider_input *in);
/**
 * provider_is_late_payment - @event notes a payment that came when no payment can happen to the deal: it is outside the
 * table of transitions, and moves nothing but what was received.
 */
bool provider_is_late_payment(enum deal_state from, enum provider_event event, enum deal_state to);
/** provider_unpaid - sent x price + unseal price - received: what a pause asks for. 0 for a free deal; may be negative when overpaid. */
MUST_CHECK bool provider_unpaid(struct amount *unpaid, const struct provider_deal *d);
/**
 * provider_short - MONEY 5: what is missing before sending may go on (at a pause) or the deal may end (after the last block),
 * if @received in all has come in. Strict: at limit C_k all of C_k x price + unseal price; at the end all that was sent.
 */
MUST_CHECK bool provider_short(struct amount *missing, const struct provider_deal *d, const struct amount *received);
/** provider_must_pause - MONEY 6: the interval is used up, no further block may be sent. Never where all that can fall due is paid: a free deal. */
bool provider_must_pause(const struct provider_deal *d, uint64_t total_sent);

/**
 * struct tally - what deals add up to for the limits of a client; of a single deal each is 0 or 1.
 * @unpaid: of the open ones, those with bytes sent beyond what is paid.
 * @cancelled: over, with such bytes. @completed: over, and money came in.
 * @owed: attoFIL, what those bytes are worth: of open deals and of cancelled ones, and what is paid later comes off again.
 * Nothing is owed while our own content can't be read, or where a failure of ours has ended the deal.
 */
struct tally {
	uint64_t open, unpaid, cancelled, completed;
	struct amount owed;
};
/** provider_tally - what one deal adds; nothing before it was accepted. */
struct tally provider_tally(const struct provider_deal *d);
/**
 * provider_carry - up to @bytes of what @from has sent and was not paid for are owed under @to from now on, which sends
 * them again: no more than @from still owes.
 */
void provider_carry(struct provider_deal *to, struct provider_deal *from, uint64_t bytes);
/** tally_equal - the two count the same. */
bool tally_equal(const struct tally *a, const struct tally *b);
/** provider_owed_after - what is owed for the deal after @more bytes were sent beyond those that are; never negative. */
MUST_CHECK bool provider_owed_after(struct amount *owed, const struct provider_deal *d, uint64_t more);

/** struct refusal - why a proposal or payment was refused; @reason may be shown to the other side. */
struct refusal {
	enum status status;
	char reason[DEAL_MESSAGE_MAX];
};

/** provider_refuse - fill @why, and return @s. */
enum status provider_refuse(struct refusal *why, enum status s, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/** provider_check_terms - are these terms at least the offer's? Fills @why and returns its status if not. */
MUST_CHECK enum status provider_check_terms(
	struct refusal *why, const struct deal_params *terms, const struct offer *offer);

/** struct lane_record - what a party knows of one lane: the best voucher it holds or has signed. */
struct lane_record {
	uint64_t lane;
	uint64_t nonce;
	struct amount amount;
	uint64_t deal; /* the deal that owns the lane */
};

/** struct payment_context - what a voucher is judged against. */
struct payment_context {
	const struct paych *channel;         /* as the ledger has it, with the voucher's lane if it is there */
	const struct address *payee;         /* ours */
	const struct address *signer;        /* who signed the voucher */
	const struct lane_record *lane;      /* NULL if we hold no voucher of this lane */
	const struct amount *held_elsewhere; /* best vouchers we hold on the channel's other lanes */
	int64_t epoch;
};

/**
 * provider_judge_voucher - MONEY 7: take a voucher only if it is from the channel's payer, to us, better than the last of
 * its lane, covered by the channel together with all others that we hold, and redeemable now. No deal is asked: money
 * is never refused for book-keeping's sake.
 * @delta: what the voucher adds to what we hold, or to what was redeemed of a lane that we hold nothing of; 0 for the
 * voucher that we hold already. Changes nothing.
 */
MUST_CHECK enum status provider_judge_voucher(
	struct refusal *why, struct amount *delta, const struct voucher *v, const struct payment_context *c);
/**
 * provider_judge_place - does the payment belong to this deal? If not, the deal does not go on by it, whatever the voucher
 * is worth. @lane: of its voucher, NULL if we held nothing of it before. WRONG_DEAL, WRONG_CHANNEL.
 */
MUST_CHECK enum status provider_judge_place(
	struct refusal *why, const struct provider_deal *d, const struct payment *p, const struct lane_record *lane);

#endif
