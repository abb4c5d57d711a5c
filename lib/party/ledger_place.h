/* ledger_place.h - opening the ledger at a place: a folder, or the URL of a node. */
#ifndef PARTY_LEDGER_PLACE_H
#define PARTY_LEDGER_PLACE_H

#include "chain/ledger.h"

/** struct ledger_place - where a ledger is; borrows. */
struct ledger_place {
	const char *where;      /* a folder; or a node, in a form of node_place.h */
	const char *token_file; /* of the node; NULL for none */
};

/**
 * ledger_open_place - open a ledger. A node is not asked anything yet.
 * NOT_FOUND for a folder without a ledger, IS_HOME for the home of a party; for a node USAGE, INSECURE, IO or
 * UNSUPPORTED with words in @why.
 */
MUST_CHECK enum status ledger_open_place(struct ledger **l, const struct ledger_place *place, struct error *why);
/** ledger_place_name - the place @where without a token in it: for messages. Borrows from @where. */
const char *ledger_place_name(const char *where);
/** ledger_open - the same for a ledger that needs no token, without words. */
MUST_CHECK enum status ledger_open(struct ledger **l, const char *where);

#endif
