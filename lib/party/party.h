/* party.h - what a buyer or a seller does, step by step.
 *
 * Each function is one step of a deal: it reads what it needs from the store
 * and the ledger, asks the rules (deal/), and writes state, counters, vouchers
 * and events in one transaction; only then do bytes leave.  No transaction is
 * open while a stream is read or written.  The step tools and the whole-deal
 * tools call these same functions: there is no second implementation.
 */
#ifndef PARTY_PARTY_H
#define PARTY_PARTY_H

#include "chain/ledger.h"
#include "party/inlet.h"
#include "store/store.h"
#include "wire/frame.h"

/**
 * struct limits - what a seller grants the client at hand; all zero: a client without a name, and no limit.
 * @client: its name, as the transport has it: printable ASCII.
 * @max_deals: new deals on this connection. @max_open: deals that are open. @max_unpaid: of these, deals that the
 * client has left (see seller_check_limits()). @max_cancelled: deals that were cancelled with unpaid bytes, beyond
 * those that were completed. A new deal that would be one more is rejected; 0 for any number.
 */
struct limits {
	char client[CLIENT_NAME_MAX];
	uint64_t max_deals, max_open, max_unpaid, max_cancelled;
	uint64_t deals; /* new ones so far, on this connection */
};

/**
 * struct party - one side at work.
 * @why, @hint: after a status other than OK, what to tell a person; "" if status_text() says it all.
 * @done: after success, one line if money or state changed; else "".
 */
struct party {
	struct store *store;
	struct ledger *ledger; /* NULL where a step needs none */
	struct key key;
	bool has_key;
	enum network network; /* how addresses are written */
	int64_t now;          /* unix seconds; only for the times in the event list */
	struct limits limits; /* selling */
	char why[640];
	char hint[256];
	char done[512];
};

/* Explaining. Each returns @s, so that a step can end with `return party_fail(...)`. */
enum status party_fail(struct party *p, enum status s, const char *format, ...) __attribute__((format(printf, 3, 4)));
void party_hint(struct party *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
void party_done(struct party *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** party_address - the f1 address of our key; USAGE if there is no key. */
MUST_CHECK enum status party_address(struct party *p, struct address *a);
/** party_find - the deal that @text names, explained if it is not found. */
MUST_CHECK enum status party_find(struct party *p, struct deal_name *name, const char *text, unsigned sides);
MUST_CHECK enum status party_get_client(struct party *p, struct client_deal *d, uint64_t id);
MUST_CHECK enum status party_get_provider(struct party *p, struct provider_deal *d, uint64_t id);
/** party_client_event, party_provider_event - let an event happen: rule, record and event list, inside @t. */
MUST_CHECK enum status party_client_event(struct party *p, struct kv_txn *t, struct client_deal *d,
	enum client_event event, const struct client_input *in);
MUST_CHECK enum status party_provider_event(struct party *p, struct kv_txn *t, struct provider_deal *d,
	enum provider_event event, const struct provider_input *in);

/* Buying. */

/** struct proposal_request - what the buyer wants. */
struct proposal_request {
	struct cid payload;
	struct address provider; /* payee */
	uint64_t size;           /* bytes, if known */
	uint64_t held;           /* bytes of them that an earlier deal brought, and that this one is to inherit */
	struct deal_params params;
	struct amount max_price, max_total; /* ceilings; negative means none was given */
	bool dry_run;                       /* make nothing, only check */
	bool unless_here;                   /* make nothing if a deal has brought all of it already */
};
/**
 * buyer_propose - make a deal and append its first frame to @frames.
 * @frames: NULL if buyer_run() is to ask for the deal: only such a deal can inherit, for what a request says is fixed.
 * The same request again, while that deal is open, gives the same deal and the same bytes. TOO_DEAR above a ceiling; USAGE with no ceiling for a deal that costs.
 * EXISTS, with the newest deal that has brought all of it in @d, if there is to be none then.
 */
MUST_CHECK enum status buyer_propose(
	struct party *p, struct bytes *frames, struct client_deal *d, const struct proposal_request *r);
/** buyer_find_complete - the newest deal that brought all of @payload; NOT_FOUND. */
MUST_CHECK enum status buyer_find_complete(struct party *p, uint64_t *deal, const struct cid *payload);
/** buyer_find_part - the deal that, of all that have not brought all of @payload, has brought the most; NOT_FOUND. */
MUST_CHECK enum status buyer_find_part(struct party *p, struct client_deal *d, const struct cid *payload);
/** buyer_query - append a query for the terms on which @payload, all of it, can be had. */
MUST_CHECK enum status buyer_query(struct bytes *frames, const struct cid *payload);
/** buyer_take_answer - a frame's body as the answer to a query, which borrows from it; BAD_MESSAGE for any other frame. It does not say what it is an answer for. */
MUST_CHECK enum status buyer_take_answer(struct query_response *a, struct span body);
/**
 * buyer_weigh - what a deal over @size bytes would cost on the terms of an answer.
 * Else explained: NOT_FOUND if the content is unavailable, REJECTED for an error, BAD_MESSAGE for terms without a sense.
 */
MUST_CHECK enum status buyer_weigh(struct party *p, struct amount *cost, const struct query_response *a, uint64_t size);
/** buyer_offer - the answer to a query for @payload as an offer, from which a deal can be proposed; refuses what buyer_weigh() refuses. Its texts are static. */
MUST_CHECK enum status buyer_offer(
	struct party *p, struct offer *offer, const struct cid *payload, const struct query_response *a);
/** struct adoption - what a recorded proposal does not say. */
struct adoption {
	struct address client, provider; /* none if not known */
	uint64_t size;
	struct amount total_funds, max_total;
};
/**
 * buyer_adopt - make a client deal with the ids of a proposal that was made elsewhere; our form of it is what
 * receiver_request() gives. @held: how many links of the walk its client had. For recordings only.
 */
MUST_CHECK enum status buyer_adopt(
	struct party *p, struct client_deal *d, uint64_t *held, struct span proposal, const struct adoption *a);
/**
 * buyer_open_channel - get @deal a funded channel and a lane: reuse ours to this provider, add what is missing, or create one.
 * @amount: what the channel shall hold for this deal; NULL for price x size + unseal price. A killed run is finished, not repeated.
 * @ahead: what to add beyond that for deals to come, if money has to be moved now and the account has so much; NULL for nothing.
 */
MUST_CHECK enum status buyer_open_channel(
	struct party *p, uint64_t deal, const struct amount *amount, const struct amount *ahead);
/** buyer_plan_channel - say, in @done, what buyer_open_channel() would do now; NO_FUNDS and its other refusals too. Changes nothing. */
MUST_CHECK enum status buyer_plan_channel(struct party *p, uint64_t deal, const struct amount *amount);
/** buyer_add_funds - add @amount to a channel. A run that was killed before it could say so is finished, not repeated. */
MUST_CHECK enum status buyer_add_funds(struct party *p, const struct address *channel, const struct amount *amount);
/** buyer_funds_reported - the person was told; the next buyer_add_funds() is a new one. */
MUST_CHECK enum status buyer_funds_reported(
	struct party *p, const struct address *channel, const struct amount *amount);
/** buyer_import_channel - take up a channel that is on the ledger already; the payer or payee must be our key. */
MUST_CHECK enum status buyer_import_channel(struct party *p, const struct address *channel);
/**
 * buyer_pay - sign the next voucher of a deal, or give the last one again, and append its frame.
 * The voucher is on disk before @frames has it. NO_FUNDS with the shortfall; TOO_DEAR above a ceiling; NOT_FOUND if nothing is due yet.
 * @max_total: a ceiling for this run, negative for none; @voucher gets the signed bytes if not NULL.
 */
MUST_CHECK enum status buyer_pay(
	struct party *p, struct bytes *frames, struct bytes *voucher, uint64_t deal, const struct amount *max_total);
/** buyer_restart - look again at the funds of a deal that ran dry. */
MUST_CHECK enum status buyer_restart(struct party *p, uint64_t deal);
/** buyer_cancel - end a deal; @frames tells the provider. */
MUST_CHECK enum status buyer_cancel(struct party *p, struct bytes *frames, uint64_t deal);

/** struct receiver - takes in the provider's stream; one deal per stream. */
struct receiver;
MUST_CHECK enum status receiver_new(struct receiver **r, struct party *p);
/**
 * receiver_take - one frame: verify its blocks, keep them, apply what it says. An unfinished or wrong frame applies nothing.
 * Work is made durable now and then, and at each pause; receiver_finish() makes the rest durable.
 */
MUST_CHECK enum status receiver_take(struct receiver *r, struct span body);
/** receiver_take_delivery - the same for a frame that was taken apart and hashed elsewhere. */
MUST_CHECK enum status receiver_take_delivery(struct receiver *r, const struct delivery *d);
MUST_CHECK enum status receiver_finish(struct receiver *r);
/** receiver_reload - the deal was changed by another step (a payment): read it again. */
MUST_CHECK enum status receiver_reload(struct receiver *r);
/** receiver_deal - the deal of the stream; NULL before its first frame. Valid until receiver_free(). */
const struct client_deal *receiver_deal(const struct receiver *r);
void receiver_free(struct receiver *r);
/** receiver_position - how many links of the walk need no sending, because we have their blocks; 0 before the first frame. */
uint64_t receiver_position(const struct receiver *r);
/** receiver_open - bind to a deal of ours before its first frame has come. */
MUST_CHECK enum status receiver_open(struct receiver *r, uint64_t deal);
/**
 * receiver_inherit - let the deal, to which @r is bound, begin with the blocks that deal @from, for the same payload, has
 * brought: each is checked as if it had been sent, and none is owed for. Does nothing once the deal has been asked for.
 * Durable in bounded steps: a killed run is gone on with by the next. Where the older CAR is damaged it ends, and that is
 * OK; NOT_FOUND or WRONG_DEAL, explained, for a @from that can't be meant.
 */
MUST_CHECK enum status receiver_inherit(struct receiver *r, uint64_t from);
/** receiver_inherit_file - the same from any CAR, and no further than that the walk stands at link @links. */
MUST_CHECK enum status receiver_inherit_file(struct receiver *r, const char *car, uint64_t links);
/** receiver_request - append the deal's request, with how much of the content we have; from then on the deal has been asked for. */
MUST_CHECK enum status receiver_request(struct receiver *r, struct bytes *frames);
/** receiver_asked - the last frame asked for money that we hold to be paid: the voucher may have got lost. */
bool receiver_asked(const struct receiver *r);
/** buyer_publish - put the finished CAR of a deal at @path, whole; BAD_STATE if blocks are missing. */
MUST_CHECK enum status buyer_publish(struct party *p, uint64_t deal, const char *path);
/** buyer_blocks_path - append the path of a deal's CAR in the store. */
void buyer_blocks_path(const struct party *p, struct bytes *path, uint64_t deal);
/** buyer_outcome - what a script should do next: OK, PAYMENT_NEEDED, END (stream ended early), REJECTED. */
enum status buyer_outcome(const struct client_deal *d);

/* Selling. */

/**
 * struct sink - takes what a step says.
 * @bytes: the next bytes of the stream; whole frames, if @file is NULL. None, where there is much to do in silence.
 * @file: the next @len bytes of the stream lie in @fd from @offset on; NULL if the sink wants to see them.
 */
struct sink {
	enum status (*bytes)(void *ctx, struct span bytes);
	enum status (*file)(void *ctx, int fd, uint64_t offset, uint64_t len);
	void *ctx;
};

/** struct offer_terms - what the seller asks. */
struct offer_terms {
	struct amount price_per_byte, unseal_price;
	uint64_t interval, increase; /* bytes: the most that a proposal may have */
	struct address payee;
};
/** seller_offer - check and index the CAR at @path (absolute), and offer its root. @offer gets the offer's bytes. */
MUST_CHECK enum status seller_offer(
	struct party *p, struct bytes *offer, const char *path, const struct offer_terms *terms);
/**
 * seller_take - judge one frame from a client: a proposal, a payment, a cancellation or a query; append the answer.
 * The answer is there for refusals too. The same frame again gets the same answer and changes nothing.
 * @deal: gets the id of the deal it was about, 0 if none.
 */
MUST_CHECK enum status seller_take(struct party *p, struct bytes *frames, uint64_t *deal, struct span body);
/**
 * seller_send - send the blocks of a deal up to its interval or end, to @sink.
 * Begins at the last point that is paid for: run again, it sends the same bytes again. PAYMENT_NEEDED at a pause; OK at the end.
 */
MUST_CHECK enum status seller_send(struct party *p, uint64_t deal, const struct sink *sink);
/** struct sender - the same for one deal again and again: it keeps its place from one interval to the next. */
struct sender;
MUST_CHECK enum status sender_new(struct sender **s, struct party *p, uint64_t deal);
/** sender_go - as seller_send(), without the blocks of the first @skip links of the walk, which the client has. */
MUST_CHECK enum status sender_go(struct sender *s, uint64_t skip, const struct sink *sink);
uint64_t sender_deal(const struct sender *s);
void sender_free(struct sender *s);
/** seller_conclude - say once more that a completed deal is complete. */
MUST_CHECK enum status seller_conclude(struct party *p, uint64_t deal, const struct sink *sink);
/** seller_cancel - end a deal; @frames tells the client. */
MUST_CHECK enum status seller_cancel(struct party *p, struct bytes *frames, uint64_t deal);

/* Both at once: a whole deal, or many, over one connection. */

/** struct line - a connection: what the other side says comes in on @in, what we say goes out on @out. */
struct line {
	int in, out;
	const volatile int *stop; /* not NULL: end soon, cleanly, once it is not 0 */
	int wake; /* an eventfd to which whoever sets it then writes, so that nothing is waited for; or -1 */
	/* Not NULL: called before each wait for the other side, for a frame or for it to take what we say. */
	void (*waiting)(void);
	/* Not NULL: told of each frame's body that came in, and of the whole frames that went out. */
	void (*heard)(void *ctx, struct span body);
	void (*said)(void *ctx, struct span frames);
	void *ctx;
};

/**
 * buyer_ask - query the provider at the other end of @line for the terms of @count payloads, before any deal on it.
 * @each gets the answer for payload @i, in order; what it points to is gone after the call.
 */
MUST_CHECK enum status buyer_ask(struct party *p, const struct line *line, const struct cid *payloads, size_t count,
	void (*each)(void *ctx, size_t i, const struct query_response *a), void *ctx);

/** struct purchase - how a buyer goes through a deal. */
struct purchase {
	uint64_t deal;
	uint64_t from;              /* a deal of ours for the same payload: see receiver_inherit(); 0 for none */
	struct amount max_total;    /* negative for none */
	const struct amount *funds; /* for the channel; NULL for price x size + unseal price */
	const struct amount *ahead; /* see buyer_open_channel(); NULL for nothing */
	void (*progress)(void *ctx, const struct client_deal *d); /* after each frame */
	void *ctx;
};
/**
 * buyer_run - go through a deal from wherever it stands: propose (again), open a channel, receive, pay, until it is over.
 * OK if it completed; END if the provider went away: run again to go on, without paying or downloading twice.
 */
MUST_CHECK enum status buyer_run(struct party *p, const struct line *line, const struct purchase *x);

/** struct purchases - the deals of one connection. */
struct purchases {
	size_t at_once; /* how many may be open at the same time; at least 1 */
	/* The next deal to go through; NOT_FOUND if there is none left. Called whenever there is room for one. */
	enum status (*next)(void *ctx, struct purchase *x);
	/* Not NULL: a deal is over on this connection; @s as buyer_run() would give it, explained in the party. */
	void (*ended)(void *ctx, uint64_t deal, enum status s);
	void *ctx;
};
/**
 * buyer_run_all - go through many deals, several at once, as buyer_run() does through one.
 * A deal that is rejected, too dear or without funds is over alone; anything else ends the connection, and with it all
 * deals that are open. OK if none was ended so.
 */
MUST_CHECK enum status buyer_run_all(struct party *p, const struct line *line, const struct purchases *all);

/** struct shop - how a seller serves one connection. */
struct shop {
	void (*log)(void *ctx, const struct provider_deal *d); /* a deal was accepted, paid, or is over */
	void (*refused)(void *ctx, enum status s); /* not NULL: a frame was refused, for the reason in the party */
	void *ctx;
};
/** seller_run - serve all the deals of one connection until it ends; END if one of them is not over then. */
MUST_CHECK enum status seller_run(struct party *p, const struct line *line, const struct shop *shop);

/* Settling. */

enum settle_step { SETTLE_SUBMIT, SETTLE_START, SETTLE_WAIT, SETTLE_COLLECT, SETTLE_NOTHING, SETTLE_LATER };
#define SETTLE_PLAN  1u /* only say what would be done */
#define SETTLE_SPARE 2u /* do not begin while deals on the channel go on: that step is SETTLE_LATER then */

/** struct settle_report - one line: what was done or would be. */
struct settle_report {
	enum settle_step step;
	struct address channel;
	uint64_t lane, nonce; /* SETTLE_SUBMIT */
	struct amount
		amount; /* SUBMIT: what the voucher adds; START, WAIT: what collecting will bring us; COLLECT: what we got */
	uint64_t deals;     /* START, LATER: how many deals on the channel go on */
	int64_t epoch;      /* now */
	int64_t until;      /* START, WAIT: when collecting becomes possible */
	enum status status; /* of this step; each stands on its own */
	char text[192];     /* why, if it failed */
};
/**
 * settle_channel - take the next right steps for a channel: submit best vouchers, start settling, wait, collect.
 * @report is called once per step. TOO_EARLY while the settle delay runs, or deals are spared.
 */
MUST_CHECK enum status settle_channel(struct party *p, const struct address *channel, unsigned how,
	void (*report)(void *ctx, const struct settle_report *r), void *ctx);

#endif
