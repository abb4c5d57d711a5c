/* message.h - chain messages to the payment channel and init actors, their CIDs and signatures.
 *
 * Source: Filecoin spec, Message; specs-actors v5 (init Exec, paych methods 2 to 4); vectors/codec/chain-messages.json.
 */
#ifndef WIRE_MESSAGE_H
#define WIRE_MESSAGE_H

#include "wire/voucher.h"

#define METHOD_SEND           0
#define METHOD_INIT_EXEC      2
#define METHOD_PAYCH_UPDATE   2
#define METHOD_PAYCH_SETTLE   3
#define METHOD_PAYCH_COLLECT  4
#define ADDRESS_INIT_ACTOR_ID 1

struct message {
	uint64_t version; /* 0 */
	struct address to, from;
	uint64_t nonce;
	struct amount value;
	int64_t gas_limit;
	struct amount gas_fee_cap, gas_premium;
	uint64_t method;
	struct span params; /* encoded; borrowed */
};
struct signed_message {
	struct message message;
	enum signature_type signature_type;
	uint8_t signature[SIGNATURE_MAX];
};

void message_encode(struct bytes *b, const struct message *m);
/** message_cid - the CID (dag-cbor, blake2b-256) of the encoded message. */
MUST_CHECK enum status message_cid(struct cid *c, const struct message *m);
/** message_sign - sign the bytes of message_cid(). */
MUST_CHECK enum status message_sign(struct signed_message *out, const struct message *m, const struct key *key);
MUST_CHECK enum status signed_message_decode(struct signed_message *out, struct span in);
void signed_message_encode(struct bytes *b, const struct signed_message *m);
/** signed_message_cid - the CID of the signed message; with a BLS signature the CID of the message alone, as in Lotus. */
MUST_CHECK enum status signed_message_cid(struct cid *c, const struct signed_message *m);
/** signed_message_verify - check that the sender, an f1 address, has signed: BAD_SIGNATURE otherwise; UNSUPPORTED for BLS. */
MUST_CHECK enum status signed_message_verify(const struct signed_message *m);

/* Parameters. */
/** paych_code - the code "fil/5/paymentchannel", which names the payment channel actor where actors are not wasm. */
struct cid paych_code(void);
/** create_params - append the parameters of Exec of the actor with @code, a payment channel, with the constructor's [from, to]. */
void create_params(struct bytes *b, const struct cid *code, const struct address *from, const struct address *to);
/** create_params_decode - does not check @code: each network has its own. */
MUST_CHECK enum status create_params_decode(struct cid *code, struct address *from, struct address *to, struct span in);
/** create_return, create_return_decode - what Exec returns: the id of the new actor, and the address to keep. */
void create_return(struct bytes *b, const struct address *id, const struct address *robust);
MUST_CHECK enum status create_return_decode(struct address *id, struct address *robust, struct span in);
/** message_created - the f2 address of the first actor that @m makes, by the chain's rule: known before the message is sent. Source: builtin-actors v18, init; FVM, machine address derivation. */
MUST_CHECK enum status message_created(struct address *out, const struct message *m);
/** message_creates - does @m create a payment channel? */
bool message_creates(const struct message *m);
/** message_name - what a message does to a payment channel, in a word: create, add-funds, update, settle, collect; "send" for any other message. */
const char *message_name(const struct message *m);
/** message_fee - the most that @m pays for gas: the limit times the fee cap. False if that is no amount. */
MUST_CHECK bool message_fee(struct amount *fee, const struct message *m);
/** message_fee_now - what @m pays for gas if it uses all its limit while a unit of gas costs @base_fee. False if that is no amount. */
MUST_CHECK bool message_fee_now(struct amount *fee, const struct message *m, const struct amount *base_fee);
/** message_cost - the most that @m takes from its sender: value and fee. False if that is no amount. */
MUST_CHECK bool message_cost(struct amount *cost, const struct message *m);
/**
 * message_same_call - do the messages differ in their gas at most? Of such messages of one nonce only one is executed,
 * and all do the same. Source: Lotus 1.36, chain/types, EqualCall.
 */
bool message_same_call(const struct message *a, const struct message *b);
/**
 * message_least_premium - the least premium with which a message takes the place of one of premium @old in a mempool:
 * 110 % and 1. False if that is no amount. Source: Lotus 1.36, chain/messagepool, ComputeMinRBF.
 */
MUST_CHECK bool message_least_premium(struct amount *least, const struct amount *old);
/** update_params - append [signed voucher, secret]; the secret has at most VOUCHER_SECRET_MAX bytes. */
void update_params(struct bytes *b, const struct voucher *v, struct span secret);
MUST_CHECK enum status update_params_decode(struct voucher *v, struct span *secret, struct span in);

#endif
