/* basket.h - what a buyer wants: contents, each with the terms on which it can be had, and what became of it.
 *
 * Contents are bought from one provider after another, until one of them has
 * delivered: what an earlier one brought is kept, and not paid for again.
 * MONEY 8: all that is bought from one basket stays below its ceiling together.
 */
#ifndef BASKET_BASKET_H
#define BASKET_BASKET_H

#include "buyer/buying.h"
#include "buyer/propose.h"
#include "peer/connection.h"
#include "store/block_set.h"

/** struct basket_item - one content. */
struct basket_item {
	const char *name; /* as it was given: an offer's file, or a CID; borrowed */
	struct proposal_request request;
	struct bytes owned; /* what the request borrows from */
	bool given_terms;   /* the content was given with terms: good for the first provider */
	bool ready;         /* the terms are known for the provider at hand */
	uint64_t deal;      /* the last deal that was made for the content; 0 if none */
	uint64_t from;      /* the deal whose blocks that one begins with; 0 if none */
	uint64_t *given_up; /* owned; all deals that were made before it, from this basket */
	size_t given_up_count;
	/* All blocks are here, but the deal is not over, and the provider at hand did not get it on: it is perhaps another one's. */
	bool unfinished;
	enum deal_state begun_in; /* where the deal stood when it was begun with this provider: state, and bytes */
	uint64_t begun_at;
	bool whole;          /* all blocks are here, whatever else @status says */
	struct amount debt;  /* what is owed to the provider at hand for earlier deals, by this basket or another */
	struct amount sunk;  /* what the deals before this one have spent, and what was owed */
	struct amount claim; /* that, and the most that this one may spend */
	enum status status;  /* of the content; OK: it is here */
	bool tried;          /* @status says something */
	char *why;           /* owned; NULL if there is nothing to say */
	char *hint;          /* owned; what leads on from there, or NULL */
};

/**
 * struct basket - all contents; begun with basket_init(), released by basket_release().
 * The caller may set what stands before @list at any time between two providers.
 */
struct basket {
	struct party *p;
	size_t at_once;          /* deals that are open at the same time */
	struct amount max_total; /* for all together; negative for no ceiling */
	bool again;              /* buy what is here already, too */
	/* A provider's offer came: make x->request of it. */
	void (*offered)(void *ctx, struct basket_item *x, const struct offer *offer);
	/* A new deal begins, alone in its basket. */
	void (*begun)(void *ctx, const struct basket_item *x, const struct client_deal *d);
	/* For struct purchase. */
	void (*progress)(void *ctx, const struct client_deal *d);
	void *ctx;

	struct basket_item *list;
	size_t count;
	struct block_set known; /* their payloads */
	struct amount claimed;  /* of @max_total, by all contents that were begun */
	struct amount ahead;    /* what those cost that are still to be begun with this provider */
	struct amount spare;    /* of that, what the ceiling allows */
	size_t next;            /* the content to be begun next */
};

/** basket_init - an empty basket with room for @room contents; NO_MEMORY. */
MUST_CHECK enum status basket_init(struct basket *w, struct party *p, size_t room);
/** basket_add - add one content; its name, request, owned bytes and given_terms are taken from @x. EXISTS, and @x stays the caller's, if the basket has the payload already; NO_MEMORY. */
MUST_CHECK enum status basket_add(struct basket *w, const struct basket_item *x);
/** basket_look - find what is here already, unless it is to be bought again. */
MUST_CHECK enum status basket_look(struct basket *w);
/** basket_is_open - some are not here yet, and another provider might deliver them. */
bool basket_is_open(const struct basket *w);
/** basket_begin - a provider comes next: forget what the provider before did with the contents that are not here. */
void basket_begin(struct basket *w);
/** basket_buy - over @connection, get as many contents as the provider will deliver. @first: no provider was asked before. What became of each is in it. */
MUST_CHECK enum status basket_buy(struct basket *w, const struct connection *connection, bool first);
/** basket_note_end - the connection ended with @s: that is what became of all contents that were not tried; with @also_ended of those that ended early, too. In the party's words. */
void basket_note_end(struct basket *w, enum status s, bool also_ended);
/** basket_take_stock - which contents are whole now? @s: how the provider did. Returns @s, or why the store can't tell if @s is OK. */
MUST_CHECK enum status basket_take_stock(struct basket *w, enum status s);
void basket_release(struct basket *w);

#endif
