/* basket.h - the contents that a buyer wants, each with its terms and its outcome.
 *
 * Contents are bought from one provider after another, until one of them has
 * delivered: blocks from an earlier provider are kept, and not paid for again.
 * MONEY 8: the cost of all contents of one basket together stays below the
 * basket's ceiling.
 */
#ifndef BASKET_BASKET_H
#define BASKET_BASKET_H

#include "buyer/buying.h"
#include "buyer/propose.h"
#include "peer/connection.h"
#include "store/block_set.h"

/** struct basket_item - one content. */
struct basket_item {
	const char *name; /* as the user gave the name: an offer's file, or a CID; borrowed */
	struct proposal_request request;
	struct bytes owned; /* bytes that the request borrows */
	bool given_terms;   /* the content was given with terms, which hold for the first provider */
	bool ready;         /* the terms of the current provider are known */
	uint64_t deal;      /* the last deal made for the content; 0 if none */
	uint64_t from;      /* the deal whose blocks @deal begins with; 0 if none */
	uint64_t *given_up; /* owned; all deals that this basket made for the content before @deal */
	size_t given_up_count;
	/*
	 * All blocks are here, but the deal is not over: the current provider made no progress, so the deal may belong
	 * to another provider; or its channel is on its way to the ledger.
	 */
	bool unfinished;
	enum deal_state begun_in; /* the deal's state and bytes when the deal was begun with this provider */
	uint64_t begun_at;
	bool whole;          /* all blocks are here, whatever @status is */
	struct amount debt;  /* debt to the current provider for earlier deals, of this basket or another */
	struct amount sunk;  /* what the deals before @deal have spent, plus their debts */
	struct amount claim; /* @sunk plus the most that @deal may spend */
	/*
	 * The current provider has refused the content's deal because of deals that we have left (buyer/left_deals.h), or has
	 * ended the deal: the content is @waiting until left deals are paid and ended, and is proposed again, once.
	 */
	bool waiting, proposed_again;
	bool looked_for_lost; /* what got lost of cancelled deals was asked for, and the content was proposed a third time */
	enum status status;  /* of the content; OK if the content is here */
	bool tried;          /* @status is set */
	struct error *error; /* owned; the words for @status; NULL for OK, or if there was no memory for them */
};

/** struct left_debt - a left deal that is to be paid and ended before a content is proposed again. */
struct left_debt {
	uint64_t deal;
	uint64_t
		from; /* not 0: the cancelled deal whose lost blocks @deal brings once more, and whose good ones it begins with */
	size_t item;        /* the content that waits, as its place in the list */
	struct amount most; /* what may be paid for the deal */
	bool begun, over;
};

/**
 * struct basket - all contents; initialized by basket_init(), released by basket_release().
 * The caller may set the fields before @list at any time between two providers.
 */
struct basket {
	struct party *p;
	size_t at_once;          /* deals that may be open at the same time */
	struct amount max_total; /* for all contents together; negative for no ceiling */
	bool again;              /* also buy contents that are here already */
	/* Called with a provider's offer: make x->request from the offer. */
	void (*offered)(void *ctx, struct basket_item *x, const struct offer *offer);
	/* Called when a new deal begins that is alone in its basket. */
	void (*begun)(void *ctx, const struct basket_item *x, const struct client_deal *d);
	/* Not NULL: called when a deal that we had left is over; @paid: the amount paid for the deal in this run. */
	void (*left_ended)(void *ctx, const struct client_deal *d, const struct amount *paid);
	/* See struct purchase. */
	void (*progress)(void *ctx, const struct client_deal *d);
	void *ctx;

	struct basket_item *list;
	size_t count;
	struct block_set known;  /* payloads of the contents */
	struct amount claimed;   /* the part of @max_total claimed by all contents that were begun */
	struct amount ahead;     /* cost of the contents still to be begun with this provider */
	struct amount spare;     /* the part of @ahead that the ceiling allows */
	size_t next;             /* index of the content to begin next */
	struct left_debt *debts; /* owned; of the current provider */
	size_t debt_count, debt_room;
};

/** basket_init - an empty basket with room for @room contents; NO_MEMORY. */
MUST_CHECK enum status basket_init(struct basket *w, struct party *p, size_t room);
/**
 * basket_add - add one content; its name, request, owned bytes and given_terms are taken from @x.
 * EXISTS, and @x stays the caller's, if the basket has the payload already; NO_MEMORY.
 */
MUST_CHECK enum status basket_add(struct basket *w, const struct basket_item *x);
/**
 * basket_look - find the contents that are here already, unless they are to be bought again, and those whose given terms
 * the buyer's own ceilings refuse: no provider needs to be asked for either. Open deals whose blocks are lost are cancelled.
 */
MUST_CHECK enum status basket_look(struct basket *w);
/** basket_is_open - are there missing contents that another provider might deliver? */
bool basket_is_open(const struct basket *w);
/** basket_is_pending - is there a content whose channel is on its way to the ledger? */
bool basket_is_pending(const struct basket *w);
/** basket_reopen_pending - let these contents be tried again. */
void basket_reopen_pending(struct basket *w);
/**
 * basket_begin - begin with the next provider: forget the outcome that the provider before had for missing contents.
 */
void basket_begin(struct basket *w);
/**
 * basket_buy - buy over @connection as many contents as the provider delivers. @first: this is the first provider. Each
 * content gets its outcome.
 */
MUST_CHECK enum status basket_buy(struct basket *w, const struct connection *connection, bool first);
/**
 * basket_note_end - the connection ended with @s: record @s, with the party's explanation, for all contents that were
 * not tried; with @also_ended also for contents that ended early.
 */
void basket_note_end(struct basket *w, enum status s, bool also_ended);
/**
 * basket_take_stock - find the contents that are whole now. @s: the outcome with the provider. Returns @s, or if that
 * is OK the status of reading the store.
 */
MUST_CHECK enum status basket_take_stock(struct basket *w, enum status s);
void basket_release(struct basket *w);

#endif
