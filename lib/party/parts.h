/* parts.h - a message that speaks to several deals, taken apart into one for each.
 *
 * Source: go-graphsync gathers what it has for one peer while it sends
 * (messagequeue): requests and responses of different deals then share a
 * message, and so do their blocks.
 */
#ifndef PARTY_PARTS_H
#define PARTY_PARTS_H

#include "party/blockset.h"
#include "party/inlet.h"
#include "party/party.h"

/** parts_request - append the body of the message that has only @q. */
void parts_request(struct bytes *out, const struct graphsync_request *q);

/** struct parts - the responses of one delivery, which it borrows; released by parts_release(), all zero is an empty one. */
struct parts {
	const struct delivery *whole;
	struct span left;      /* the responses that were not taken yet */
	struct delivery part;  /* the one that was taken last */
	uint32_t number;       /* its, from 1 on */
	struct blockset index; /* from the CID of a block to its place in the message */
	uint32_t *taken_by;    /* for each block: the last part that has it */
};

/**
 * parts_open - begin; explained, if a block is not in any of the responses' links: BAD_HASH if it seems to be there for
 * one that is, else BAD_MESSAGE. Then none of it is good.
 */
MUST_CHECK enum status parts_open(struct parts *parts, struct party *p, const struct delivery *whole);
bool parts_left(const struct parts *parts);
/** parts_next - the next response, with those of the blocks that it has links to, in @d until the next call; END. */
MUST_CHECK enum status parts_next(struct parts *parts, const struct delivery **d);
void parts_release(struct parts *parts);

#endif
