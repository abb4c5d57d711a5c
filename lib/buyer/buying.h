/* buying.h - whole deals, or many, over one connection. */
#ifndef BUYER_BUYING_H
#define BUYER_BUYING_H

#include "buyer/open_channel.h"
#include "buyer/receive.h"
#include "party/party.h"
#include "peer/connection.h"

/** struct purchase - how a buyer goes through a deal. */
struct purchase {
	uint64_t deal;
	uint64_t from;           /* a deal of ours for the same payload: see receiver_seed(); 0 for none */
	struct amount max_total; /* negative for none */
	struct amount debts;     /* the most that is paid for ended deals for the same payload: see buyer_pay_debts() */
	const struct amount *funds; /* for the channel; NULL for price x size + unseal price */
	const struct amount *ahead; /* see buyer_open_channel(); NULL for nothing */
	void (*progress)(void *ctx, const struct client_deal *d); /* after each frame */
	void *ctx;
};

/** struct purchases - the deals of one connection. */
struct purchases {
	size_t at_once; /* how many may be open at the same time; at least 1 */
	/* The next deal to go through; NOT_FOUND if there is none left. Called whenever there is room for one. */
	enum status (*next)(void *ctx, struct purchase *purchase);
	/* Not NULL: a deal is over on this connection; @s is OK if it completed, END if the provider went away; explained in the party. */
	void (*ended)(void *ctx, uint64_t deal, enum status s);
	void *ctx;
};
/**
 * buyer_run_all - go through many deals, several at once, each from wherever it stands: propose (again), open a channel,
 * receive, pay, until it is over. If the provider went away, run again to go on, without paying or downloading twice.
 * A deal that is rejected, too dear or without funds is over alone; anything else ends the connection, and with it all
 * deals that are open. OK if none was ended so.
 */
MUST_CHECK enum status buyer_run_all(struct party *p, const struct connection *connection, const struct purchases *all);

#endif
