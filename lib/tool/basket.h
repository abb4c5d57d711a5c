/* basket.h - what a buyer wants: contents, each with the terms on which it can be had, and what became of it.
 *
 * Contents are bought from one provider after another, until one of them has
 * delivered: what an earlier one brought is kept, and not paid for again.
 */
#ifndef TOOL_BASKET_H
#define TOOL_BASKET_H

#include "buyer/propose.h"
#include "tool/progress.h"
#include "tool/terms.h"

/** struct basket_item - one content. */
struct basket_item {
	const char *name; /* as it was given: an offer's file, or a CID */
	struct proposal_request request;
	struct bytes owned; /* what the request borrows from */
	bool given_terms;   /* it was given with terms: good for the first provider */
	bool ready;         /* the terms are known for the provider at hand */
	uint64_t deal;      /* the last one that was made for it; 0 if none */
	uint64_t from;      /* the one that it begins with; 0 if none */
	uint64_t *given_up; /* owned; all that were made before it, by this run */
	size_t given_up_count;
	bool whole;          /* all its blocks are here, whatever else @status says */
	struct amount sunk;  /* what the deals before this one have spent */
	struct amount claim; /* that, and the most that this one may spend */
	enum status status;  /* of that; OK: it is here */
	bool tried;          /* @status says something */
	char *why;           /* owned; NULL if there is nothing to say */
	char *hint;          /* owned; what leads on from there, or NULL */
};

/** struct basket - all of them; released by basket_release(). */
struct basket {
	struct tool *t;
	struct basket_item *list;
	size_t count;
	size_t at_once;          /* deals that are open at the same time */
	struct amount max_total; /* for all together; negative for no ceiling */
	struct amount claimed;   /* of that, by all contents that were begun */
	struct amount ahead;     /* what those cost that are still to be begun with this provider */
	struct amount spare;     /* of that, what the ceiling allows */
	struct progress progress;
	bool again;  /* buy what is here already, too */
	size_t next; /* the want to be begun next */
};

/** basket_read - from the tool's operands and options; exits with a clear message. */
void basket_read(struct basket *w, struct tool *t);
/** basket_look - find what is here already, unless it is to be bought again. */
MUST_CHECK enum status basket_look(struct basket *w);
/** basket_buy - get as many as this provider, the @nth, will deliver. @command reaches it. What became of each is in it. */
MUST_CHECK enum status basket_buy(struct basket *w, const char *command, size_t nth);
/** basket_open - some are not here yet, and another provider might deliver them. */
bool basket_open(const struct basket *w);
void basket_release(struct basket *w);

#endif
