/* buying.h - one whole deal, or many, over one connection. */
#ifndef BUYER_BUYING_H
#define BUYER_BUYING_H

#include "buyer/receive.h"
#include "opening/open_channel.h"
#include "party/party.h"
#include "peer/connection.h"

/** struct purchase - how a buyer goes through a deal. */
struct purchase {
	uint64_t deal;
	uint64_t from;              /* an earlier deal of ours for the same payload: see receiver_seed(); 0 for none */
	bool ends;                  /* a left deal: received up to its payment, then paid and ended (left_deals.h) */
	struct amount max_total;    /* ceiling; negative for none. With @ends: the most that is still paid */
	struct amount debts;        /* the most to pay for ended deals for the same payload: see buyer_pay_debts() */
	const struct amount *funds; /* for the channel; NULL for price x size + unseal price */
	const struct amount *ahead; /* see buyer_open_channel(); NULL for nothing */
	void (*progress)(void *ctx, const struct client_deal *d); /* after each frame */
	void *ctx;
};

/** struct purchases - the deals of one connection. */
struct purchases {
	size_t at_once; /* how many deals may be open at the same time; at least 1 */
	/* Give the next deal; NOT_FOUND if there is none now. Called whenever one more deal may be open. */
	enum status (*next)(void *ctx, struct purchase *purchase);
	/*
	 * Not NULL: called when a deal is over on this connection. @s is OK if the deal completed, END if the provider
	 * went away; the party has the explanation.
	 */
	void (*ended)(void *ctx, uint64_t deal, enum status s);
	/* Not NULL: called when a left deal (see @ends) was ended, and @paid was signed for the deal. */
	void (*left_ended)(void *ctx, const struct client_deal *deal, const struct amount *paid);
	void *ctx;
};
/**
 * buyer_run_all - go through many deals, several at once, each from its current state: propose (again), open a channel,
 * receive and pay until the deal is over.
 * If the provider went away, the next run continues without paying or downloading twice. A deal that is rejected, too
 * dear or without funds ends alone; any other failure ends the connection and all open deals. OK if no deal ended in
 * failure.
 */
MUST_CHECK enum status buyer_run_all(struct party *p, const struct connection *connection, const struct purchases *all);

#endif
