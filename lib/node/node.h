/* node.h - the JSON-RPC of a Lotus node, answered from an embedded ledger.
 *
 * A client of a node asks and pushes messages without knowing that the chain
 * behind the node is a folder. A request is the text of one HTTP body, an answer
 * the text of another, with a status.
 *
 * Knows the methods, their forms in JSON, the error codes and the HTTP statuses.
 * Does not know sockets, HTTP headers or tokens: cmd/ledger does. Differences
 * from Lotus are in ledger(1) and retrieval(5).
 * Source: Lotus 1.36, api/api_full.go and chain/types; go-jsonrpc 0.10.
 */
#ifndef NODE_NODE_H
#define NODE_NODE_H

#include "embedded/embedded.h"

#define NODE_BODY_MAX     (1u << 20) /* bytes of a request; a message has at most 64 KiB */
#define NODE_BATCH_MAX    100        /* requests in one batch */
#define NODE_LOOKBACK_MAX 2880       /* epochs, a day: older tipsets have no name here */

struct node;

/** node_new - a node whose chain is @ledger, which must live as long as the node. */
MUST_CHECK enum status node_new(struct node **out, struct embedded *ledger);
void node_free(struct node *n);

struct node_request {
	struct span body; /* borrowed for the call */
	bool can_write;   /* false: a method that changes the chain is refused */
};
/** struct node_answer - @body is owned by the caller: bytes_release() it. */
struct node_answer {
	unsigned status;   /* of HTTP */
	bool later;        /* there is no answer yet (StateWaitMsg): ask again with the same request; @body is empty */
	struct bytes body; /* JSON; empty for a request without an id */
};
/**
 * node_answer - answer one body: a request, or a batch of requests, which are answered in order.
 * What a client does wrong is in the answer; NO_MEMORY.
 */
MUST_CHECK enum status node_answer(struct node *n, struct node_answer *out, const struct node_request *in);
/** node_refuse_body - the answer to a body of more than NODE_BODY_MAX bytes. */
MUST_CHECK enum status node_refuse_body(struct node_answer *out);

#endif
