/* node_place.h - where a node is, and the token that opens it. */
#ifndef RPC_NODE_PLACE_H
#define RPC_NODE_PLACE_H

#include "base/bytes.h"
#include "base/error.h"

/** struct node_place - node_place_release() it; the token is wiped then. */
struct node_place {
	struct bytes url;   /* of http or https, with a path; text */
	struct bytes token; /* text; empty for none */
};

/** node_place_is - does @where name a node, and not a folder? */
bool node_place_is(const char *where);
/** node_place_lacks_scheme - is @where the HOST:PORT of a node, rather than a folder? Asked when no folder is there. */
bool node_place_lacks_scheme(const char *where);
/** node_place_name - @where without the token before it: for messages. Borrows from @where. */
const char *node_place_name(const char *where);
/**
 * node_place_parse - read the forms in which people name a node: a URL, a multiaddr (/ip4/127.0.0.1/tcp/1234/http),
 * or TOKEN: before either, as in FULLNODE_API_INFO. A place without a path is one of /rpc/v1.
 * @token_file: holds the token: a regular file that only its owner may access; NULL for none.
 * USAGE for a malformed place and for two tokens; INSECURE for a token file that others may read; IO with errno set;
 * each with words in @why, which never contain a token.
 */
MUST_CHECK enum status node_place_parse(
	struct node_place *out, const char *where, const char *token_file, struct error *why);
void node_place_release(struct node_place *place);

#endif
