/* node_private.h - shared by the files of the node; no other file includes this header.
 *
 * A method is a function that takes a call and returns its result, or NULL
 * with the reason in call->fault.
 */
#ifndef NODE_NODE_PRIVATE_H
#define NODE_NODE_PRIVATE_H

#include <jansson.h>

#include "node/block_cache.h"
#include "node/node.h"
#include "wire/channel_state.h"

#define TIPSET_HEADS 1024 /* names of newest tipsets that are remembered */

/** struct tipset_name - a name that the node gave out. */
struct tipset_name {
	struct cid cid;
	int64_t epoch;
};

struct node {
	struct embedded *ledger;
	struct block_cache *blocks;
	struct embedded_options about;
	struct cid manifest; /* in @blocks: see actors_load_manifest() */
	bool has_loaded;     /* actors_load_channels() has been here, at @loaded_height of the ledger */
	uint64_t loaded_height;
	struct tipset_name heads[TIPSET_HEADS]; /* a ring */
	size_t head_count;
};

/* Error codes. Source: JSON-RPC 2.0; Lotus, api/api_errors.go; go-jsonrpc, FirstUserCode. */
enum rpc_code {
	RPC_NO_FAULT = 0,
	RPC_FAILED = 1, /* any error without a code of its own */
	RPC_REVERTED = 3,
	RPC_NO_ACTOR = 11, /* StateLookupID only */
	RPC_PARSE = -32700,
	RPC_INVALID_REQUEST = -32600,
	RPC_NO_METHOD = -32601,
	RPC_BAD_PARAMS = -32602,
};

/** struct fault - why a call has no result. */
struct fault {
	int code; /* enum rpc_code */
	char text[640];
};

/** struct call - one request while its method runs. */
struct call {
	struct node *node;
	const char *method;   /* "Filecoin.ChainHead" */
	const json_t *params; /* an array of the method's number of items, or NULL for a method without */
	bool can_write;
	bool later; /* set by the method: no answer yet */
	struct fault fault;
};

/** struct method - one row of the table of methods. */
struct method {
	const char *name; /* without "Filecoin." */
	size_t params;
	bool writes;
	json_t *(*run)(struct call *c);
};
/** method_find - the method of this full name; NULL if there is none. */
const struct method *method_find(const char *name);

/** call_fail - set the fault; returns NULL, so that a method can end with it. */
json_t *call_fail(struct call *c, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));
/** call_broke - the fault for a status of the ledger that no client can help. */
json_t *call_broke(struct call *c, enum status s);

/* params.c: each reads parameter @i; false, with the fault set, if the parameter is not of the type. */
bool param_address(struct call *c, size_t i, struct address *out);
bool param_cid(struct call *c, size_t i, struct cid *out);
bool param_int(struct call *c, size_t i, const char *type, int64_t *out);
bool param_bool(struct call *c, size_t i, bool *out);
/** param_tipset - the epoch of the tipset of a key; the newest one for null or []. Also faults for a key that the node does not know. */
bool param_tipset(struct call *c, size_t i, int64_t *epoch);
/** struct message_param - a message as JSON; what was null or absent in it is zero. */
struct message_param {
	struct message message;
	bool no_value;       /* the value was null or absent */
	struct bytes params; /* borrowed by @message */
};
bool param_message(struct call *c, size_t i, struct message_param *out);
/** param_signed - @signature_type is the number as given, which may be one that this node does not know. */
struct signed_param {
	struct message_param message;
	int64_t signature_type;
	struct bytes signature;
};
bool param_signed(struct call *c, size_t i, struct signed_param *out);
void message_param_release(struct message_param *m);
void signed_param_release(struct signed_param *m);

/* forms.c: NULL without memory. */
json_t *form_cid(const struct cid *cid);
json_t *form_address(const struct node *n, const struct address *a);
json_t *form_amount(const struct amount *a);
/** form_bytes - standard base64 with padding; null for no bytes. */
json_t *form_bytes(struct span bytes);
json_t *form_message(const struct node *n, const struct message *m);
json_t *form_signed(const struct node *n, const struct signed_message *m);
/** base64_decode - append the bytes of standard base64 with padding; BAD_TEXT. */
MUST_CHECK enum status base64_decode(struct bytes *out, const char *text);

/* tipset.c */
/** tipset_cid - the name of the tipset of @epoch: of epoch 0, the ledger's identity; else a hash of the identity and the epoch. */
struct cid tipset_cid(const struct node *n, int64_t epoch);
/** tipset_head - the name of the newest tipset, which changes with the state, and its epoch. */
MUST_CHECK enum status tipset_head(struct node *n, struct cid *cid, int64_t *epoch);
/** tipset_find - the epoch of a tipset, back to NODE_LOOKBACK_MAX epochs before the newest; NOT_FOUND. */
MUST_CHECK enum status tipset_find(struct node *n, int64_t *epoch, const struct cid *cid);
json_t *tipset_key(const struct node *n, int64_t epoch);

/* actors.c */
enum actor_kind { ACTOR_SYSTEM, ACTOR_INIT, ACTOR_ACCOUNT, ACTOR_CHANNEL, ACTOR_KINDS };
/** struct actor - an actor as a node shows it. */
struct actor {
	enum actor_kind kind;
	struct address address; /* the key or robust address; of the chain's own actors the id address */
	uint64_t number;
	uint64_t nonce;
	struct amount balance;
	struct cid head;            /* its block is in the cache */
	struct channel_state state; /* of a channel */
};
/** actors_load_manifest - make the blocks that name the codes of the actors. */
MUST_CHECK enum status actors_load_manifest(struct node *n);
/** actor_load - find an actor, and encode its state into the cache; NOT_FOUND. */
MUST_CHECK enum status actor_load(struct node *n, struct actor *out, const struct address *address);
/** actors_load_channels - encode all channels into the cache, unless that was done and the ledger has not changed since. */
MUST_CHECK enum status actors_load_channels(struct node *n);
/** actor_missing - the fault for a failed actor_load(), in the words of Lotus after @about; returns NULL. */
json_t *actor_missing(struct call *c, enum status s, const struct address *address, const char *about);
/** actor_number - the number of an address of any form; NOT_FOUND. */
MUST_CHECK enum status actor_number(const struct node *n, uint64_t *number, const struct address *address);
/** actor_resolve - the key or robust address of an id address; another address stays. NOT_FOUND. */
MUST_CHECK enum status actor_resolve(const struct node *n, struct address *out, const struct address *address);
const char *actor_kind_name(enum actor_kind kind);
struct cid actor_code(enum actor_kind kind);

/* The methods, each under the name of Lotus. */
json_t *chain_head(struct call *c);
json_t *chain_get_tipset(struct call *c);
json_t *chain_get_tipset_by_height(struct call *c);
json_t *chain_get_genesis(struct call *c);
json_t *chain_read_obj(struct call *c);
json_t *chain_has_obj(struct call *c);
json_t *chain_get_message(struct call *c);
json_t *state_get_actor(struct call *c);
json_t *state_read_state(struct call *c);
json_t *state_lookup_id(struct call *c);
json_t *state_account_key(struct call *c);
json_t *wallet_balance(struct call *c);
json_t *mpool_get_nonce(struct call *c);
json_t *mpool_push(struct call *c);
json_t *mpool_pending(struct call *c);
json_t *gas_estimate_message_gas(struct call *c);
json_t *state_call(struct call *c);
json_t *state_search_msg(struct call *c);
json_t *state_wait_msg(struct call *c);

#endif
