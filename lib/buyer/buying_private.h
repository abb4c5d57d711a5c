/* buying_private.h - the deals of one connection: shared by the files that buy. */
#ifndef BUYER_BUYING_PRIVATE_H
#define BUYER_BUYING_PRIVATE_H

#include "buyer/buying.h"
#include "buyer/receive.h"
#include "party/party.h"
#include "peer/loop.h"
#include "peer/restart.h"

/** struct open_deal - one open deal. */
struct open_deal {
	struct purchase purchase;
	struct receiver *receiver;
	unsigned recoveries; /* as counted at the last payment */
	uint64_t resent;     /* nonce of the voucher that was sent a second time on this connection */
	bool moved;          /* the deal has moved on since the last progress report */
	struct restart restart;
	bool covered;     /* the message on its way for another deal has funds for this deal */
	bool pending;     /* the deal's channel is on its way to the ledger: */
	struct error why; /* the explanation of that */
};

/** struct buying - all deals of one connection. */
struct buying {
	struct party *p;
	struct loop loop;
	const struct purchases *all;
	struct open_deal *deals; /* room for all->at_once deals; the first @open are in use */
	size_t open;
};

/** buying_deal - the record of an open deal. */
const struct client_deal *buying_deal(const struct open_deal *open);
/** buying_open_channel - open the channel of an accepted deal, or see that it is on its way; with funds for the other open deals of its payee. */
MUST_CHECK enum status buying_open_channel(struct buying *buying, struct open_deal *open);
/** buying_concerns_one_deal - may a deal end with this status while the other deals go on? */
bool buying_concerns_one_deal(enum status s);
/** buying_finish - end a deal on this connection with status @s; the last open deal moves into its place. Returns the outcome. */
MUST_CHECK enum status buying_finish(struct buying *buying, struct open_deal *open, enum status s);
/** buying_all_pending - does every open deal wait for its channel? */
bool buying_all_pending(const struct buying *buying);
/** buying_finish_all - the connection has ended with status @s: end all open deals. */
MUST_CHECK enum status buying_finish_all(struct buying *buying, enum status s);

#endif
