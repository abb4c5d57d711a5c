/* json_rpc.h - calls of a Lotus node's methods: JSON-RPC 2.0 over a transport. */
#ifndef RPC_JSON_RPC_H
#define RPC_JSON_RPC_H

#include <jansson.h>

#include "rpc/transport.h"

#define RPC_WORDS_MAX 400 /* bytes of a node's words that are repeated */

/* Codes of errors that have a meaning; Lotus, api/api_errors.go, and JSON-RPC 2.0. */
enum rpc_code {
	RPC_NONE = 0,
	RPC_ERROR = 1,      /* any error without a code of its own */
	RPC_OUT_OF_GAS = 2, /* of an estimate */
	RPC_REVERTED = 3,   /* of an estimate: the actor refuses */
	RPC_ACTOR_NOT_FOUND = 11,
	RPC_NO_METHOD = -32601,
};

/** struct rpc - a connection; rpc_close() it. */
struct rpc {
	struct transport transport;
	json_int_t next_id;
	json_int_t code;           /* of the last call: the code of the node's error, RPC_NONE if the node gave none */
	char words[RPC_WORDS_MAX]; /* the node's words with @code, on one line; for people */
	struct error error;        /* the words of the last call that failed */
};

/** json_release, CLEAN_JSON - `CLEAN_JSON json_t *answer = NULL;`: released at the end of the scope. */
void json_release(json_t **json);
#define CLEAN_JSON __attribute__((cleanup(json_release)))

/**
 * rpc_call - call "Filecoin.@method".
 * @result: out; the caller releases it; may be the JSON null.
 * @params: an array, which is stolen; NULL means that memory ran out.
 * An error of the node is REJECTED; NOT_FOUND if it says that there is no such actor; UNSUPPORTED if it has no such
 * method; NOT_ALLOWED if the token is missing, wrong or not for this method. NO_ANSWER if nothing of JSON-RPC came
 * back; BAD_MESSAGE for JSON-RPC that is not an answer to this call; as transport.post() otherwise.
 */
MUST_CHECK enum status rpc_call(struct rpc *r, json_t **result, const char *method, json_t *params);
void rpc_close(struct rpc *r);

#endif
