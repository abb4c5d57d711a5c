/* lotus.h - the chain, as a Lotus node or a gateway of Lotus shows it.
 *
 * Only calls that a full node and a gateway both have are used; nothing is
 * signed by the node, and nothing waits inside the node. What a channel has
 * is read as blocks whose hashes are checked, all at one tipset.
 * Source: Lotus v1.36, api/api_gateway.go and api/api_full.go; builtin-actors v18.
 */
#ifndef LOTUS_LOTUS_H
#define LOTUS_LOTUS_H

#include "chain/ledger_ops.h"
#include "rpc/transport.h"

#define LOTUS_CONFIDENCE 5 /* epochs: Lotus' own MessageConfidence */

struct lotus;

/** struct lotus_options - all zero: no message has to be buried, and nothing is kept from one query to the next. */
struct lotus_options {
	int64_t confidence; /* epochs above the execution of a message before its receipt is relied on */
	int64_t keep_ms;    /* milliseconds for which the head of the chain need not be asked for again */
};

/** lotus_open - a ledger behind @transport, which lotus_close() closes. Asks nothing yet. On failure @transport is closed. */
MUST_CHECK enum status lotus_open(struct lotus **out, const struct transport *transport, const struct lotus_options *o);
/** lotus_ops - the functions of this ledger for ledger.h; @self is a struct lotus. */
extern const struct ledger_ops lotus_ops;

#endif
