/* opening_private.h - shared by the files of the opening; no other file includes this header. */
#ifndef OPENING_OPENING_PRIVATE_H
#define OPENING_OPENING_PRIVATE_H

#include "party/party.h"
#include "store/channels.h"

/** struct opening - the search for a deal's channel, and the funds that the channel needs. */
struct opening {
	struct party *p;
	uint64_t deal;
	char name[40]; /* the chain message for this deal is kept under this name */
	struct span about;
	struct address from, to;
	struct amount amount;       /* the amount that the channel must hold for the deal */
	const struct amount *ahead; /* see buyer_open_channel() */
	bool any;                   /* one of our channels to @to is neither settling nor collected: */
	struct channel found;
	struct paych head;
};

/* find_channel.c. No transaction may be open. */
/** opening_read_head - the state of a channel on the ledger, without its lanes. NOT_FOUND. */
MUST_CHECK enum status opening_read_head(struct opening *opening, struct paych *out, const struct address *channel);
/** opening_search - read the deal, and find one of our channels to its provider in the store, if there is one. */
MUST_CHECK enum status opening_search(struct opening *opening, struct client_deal *deal);
/** opening_find_made - the channel that the store does not have may be on the ledger. */
MUST_CHECK enum status opening_find_made(struct opening *opening);
/** opening_find_missing - the amount that the found channel lacks for the deal, zero or less if nothing; by a new reading of the ledger if something seems to be missing. */
MUST_CHECK enum status opening_find_missing(struct opening *opening, struct amount *missing);

#endif
