/* messages.c - the methods that take a message: push, estimate, dry run; and the pool.
 *
 * Knows what a node checks before a message is in its pool, in the order of
 * Lotus.  Refuses to know the rules of actors: the ledger has them.
 * Source: Lotus 1.36, chain/messagepool, checkMessage and addTs; chain/types, ValidForBlockInclusion.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "embedded/embedded_actors.h"
#include "node/messages_private.h"

#define MESSAGE_SIZE_MAX (64u << 10) /* bytes, signed */
#define GAS_LIMIT_MAX    INT64_C(10000000000)
#define CHAIN_GAS        38863 /* what a message uses for its place on the chain, with the two below: VM, price list */
#define CHAIN_GAS_BYTE   1000
#define CHAIN_BYTES      36
#define VALUE_MAX        "2000000000000000000000000000" /* all the FIL that there can be */

/* A message that no block may have, whoever has signed it. */
static json_t *check_form(struct call *c, const struct message_param *p)
{
	static const char about[] = "message not valid for block inclusion";
	const struct message *m = &p->message;
	struct amount most;

	if (m->version != 0)
		return call_fail(c, RPC_FAILED, "%s: 'Version' unsupported", about);
	if (address_is_none(&m->to))
		return call_fail(c, RPC_FAILED, "%s: 'To' address cannot be empty", about);
	if (address_is_none(&m->from))
		return call_fail(c, RPC_FAILED, "%s: 'From' address cannot be empty", about);
	if (p->no_value)
		return call_fail(c, RPC_FAILED, "%s: 'Value' cannot be nil", about);
	if (amount_is_negative(&m->value))
		return call_fail(c, RPC_FAILED, "%s: 'Value' field cannot be negative", about);
	if (amount_from_decimal(&most, VALUE_MAX) != STATUS_OK || amount_cmp(&m->value, &most) > 0)
		return call_fail(
			c, RPC_FAILED, "%s: 'Value' field cannot be greater than total filecoin supply", about);
	if (amount_is_negative(&m->gas_fee_cap))
		return call_fail(c, RPC_FAILED, "%s: 'GasFeeCap' field cannot be negative", about);
	if (amount_is_negative(&m->gas_premium))
		return call_fail(c, RPC_FAILED, "%s: 'GasPremium' field cannot be negative", about);
	if (amount_cmp(&m->gas_premium, &m->gas_fee_cap) > 0)
		return call_fail(c, RPC_FAILED, "%s: 'GasFeeCap' less than 'GasPremium'", about);
	if (m->gas_limit > GAS_LIMIT_MAX)
		return call_fail(c, RPC_FAILED,
			"%s: 'GasLimit' field cannot be greater than a block's gas limit (%" PRId64 " > %" PRId64 ")",
			about, m->gas_limit, GAS_LIMIT_MAX);
	if (m->gas_limit <= 0)
		return call_fail(
			c, RPC_FAILED, "%s: 'GasLimit' field %" PRId64 " must be positive", about, m->gas_limit);
	return json_true();
}

/* The signature, as bytes of the type that the ledger can verify. */
static json_t *check_signature(struct call *c, struct signed_message *out, const struct signed_param *p)
{
	static const char about[] = "signature verification failed: failed to validate signature";
	bool whole = p->signature.len == KEY_SIGNATURE_SIZE;
	const char *why = "signature did not match";
	char text[CID_TEXT_MAX];
	struct cid cid;
	enum status s;

	if (p->signature_type != SIGNATURE_SECP256K1)
		return call_fail(c, RPC_FAILED, "%s: signatures of type %" PRId64 " are not known here", about,
			p->signature_type);
	*out = (struct signed_message){.message = p->message.message, .signature_type = SIGNATURE_SECP256K1};
	if (whole)
		memcpy(out->signature, p->signature.data, p->signature.len);
	s = whole ? signed_message_verify(out) : STATUS_BAD_SIGNATURE;
	if (s == STATUS_OK)
		return json_true();
	if (s != STATUS_BAD_SIGNATURE || signed_message_cid(&cid, out) != STATUS_OK)
		return call_broke(c, s);
	if (address_protocol(&out->message.from) == ADDRESS_ID)
		why = "must resolve ID addresses before using them to verify a signature";
	return call_fail(
		c, RPC_FAILED, "%s: invalid signature for message %s (type 1): %s", about, cid_text(text, &cid), why);
}

static json_t *nonce_too_low(struct call *c, uint64_t wanted, uint64_t got)
{
	return call_fail(c, RPC_FAILED, "minimum expected nonce is %" PRIu64 ", got %" PRIu64 ": message nonce too low",
		wanted, got);
}

/* The sender: its nonce on the ledger, and its money for the gas. The value is not looked at. */
static json_t *check_sender(struct call *c, const struct message *m)
{
	char needs[AMOUNT_TEXT_MAX], has[AMOUNT_TEXT_MAX];
	struct amount balance, fee;
	uint64_t nonce, number;
	enum status s = embedded_account(c->node->ledger, &balance, &nonce, &m->from);

	if (s != STATUS_OK)
		return actor_missing(c, s, &m->from, "");
	if (m->nonce < nonce)
		return nonce_too_low(c, nonce, m->nonce);
	s = embedded_number_of(c->node->ledger, &number, &m->from);
	if (s != STATUS_OK)
		return actor_missing(c, s, &m->from, "");
	if (!message_fee(&fee, m) || amount_cmp(&fee, &balance) > 0)
		return call_fail(c, RPC_FAILED,
			"failed to check balance: not enough funds (required: %s attoFIL, balance: %s attoFIL): not "
			"enough "
			"funds to execute transaction",
			amount_decimal(needs, &fee), amount_decimal(has, &balance));
	return json_true();
}

static json_t *check_size(struct call *c, const struct signed_message *m)
{
	CLEAN_BYTES struct bytes encoded = {0};
	int64_t least;

	signed_message_encode(&encoded, m);
	if (bytes_status(&encoded) != STATUS_OK)
		return NULL;
	if (encoded.len > MESSAGE_SIZE_MAX)
		return call_fail(c, RPC_FAILED, "message too big");
	least = CHAIN_GAS + CHAIN_GAS_BYTE * (CHAIN_BYTES + (int64_t)encoded.len);
	if (m->message.gas_limit < least)
		return call_fail(c, RPC_FAILED,
			"verify msg failed: message will not be included in a block: 'GasLimit' field cannot be less "
			"than the cost of storing a message on chain %" PRId64 " < %" PRId64,
			m->message.gas_limit, least);
	return json_true();
}

static json_t *in_pool(struct call *c, const struct message *m, const char *why)
{
	char from[ADDRESS_TEXT_MAX];

	return call_fail(c, RPC_FAILED,
		"failed to add locked: message from %s with nonce %" PRIu64 " already in mpool%s",
		address_text(from, &m->from, c->node->about.network), m->nonce, why);
}

/* A message waits with the nonce: the same one is refused, and changes nothing; another one may take its place. */
static json_t *check_pool(struct call *c, const struct message *m, const struct cid *cid)
{
	char why[2 * AMOUNT_TEXT_MAX + 128], least_text[AMOUNT_TEXT_MAX], premium[AMOUNT_TEXT_MAX];
	struct amount old, least;
	struct cid waiting;
	enum status s = embedded_waiting(c->node->ledger, &waiting, &old, &m->from, m->nonce);

	if (s == STATUS_NOT_FOUND)
		return json_true();
	if (s != STATUS_OK)
		return call_broke(c, s);
	if (cid_equal(&waiting, cid))
		return in_pool(c, m, ": message with nonce already exists");
	if (!message_least_premium(&least, &old))
		return call_broke(c, STATUS_BAD_AMOUNT);
	if (amount_cmp(&m->gas_premium, &least) >= 0)
		return json_true();
	snprintf(why, sizeof(why),
		", increase GasPremium to %s from %s to trigger replace by fee: replace by fee has too low GasPremium",
		amount_decimal(least_text, &least), amount_decimal(premium, &m->gas_premium));
	return in_pool(c, m, why);
}

static json_t *submit(struct call *c, const struct signed_message *m, const struct cid *cid)
{
	struct outcome outcome = {.state = MESSAGE_UNKNOWN};
	enum status s = embedded_push(c->node->ledger, &outcome, m);

	if (s == STATUS_BUSY)
		return call_fail(c, RPC_FAILED, "failed to add locked: too many pending messages for actor");
	if (s == STATUS_EXISTS) /* another client was faster */
		return in_pool(c, &m->message, ": replace by fee has too low GasPremium");
	if (s == STATUS_OK && outcome.state == MESSAGE_REPLACED)
		return nonce_too_low(c, m->message.nonce + 1, m->message.nonce);
	return s == STATUS_OK ? form_cid(cid) : call_broke(c, s);
}

static json_t *push(struct call *c, const struct signed_param *p)
{
	struct signed_message m;
	struct cid cid;
	enum status s;

	if (!check_form(c, &p->message) || !check_signature(c, &m, p) || !check_size(c, &m) ||
		!check_sender(c, &m.message))
		return NULL;
	s = signed_message_cid(&cid, &m);
	if (s != STATUS_OK)
		return call_broke(c, s);
	return check_pool(c, &m.message, &cid) ? submit(c, &m, &cid) : NULL;
}

json_t *mpool_push(struct call *c)
{
	struct signed_param p;
	json_t *result = param_signed(c, 0, &p) ? push(c, &p) : NULL;

	signed_param_release(&p);
	return result;
}

static enum status pool_nonce(struct node *n, uint64_t *nonce, const struct address *address)
{
	struct address who;
	uint64_t number;
	enum status s = actor_resolve(n, &who, address);

	if (s != STATUS_OK)
		return s;
	s = actor_number(n, &number, address);
	if (s != STATUS_OK)
		return s;
	return embedded_ops.nonce(n->ledger, nonce, &who);
}

json_t *mpool_get_nonce(struct call *c)
{
	struct address address;
	uint64_t nonce;
	enum status s;

	if (!param_address(c, 0, &address))
		return NULL;
	s = pool_nonce(c->node, &nonce, &address);
	return s == STATUS_OK ? json_integer((json_int_t)nonce) : actor_missing(c, s, &address, "");
}

/** struct listing - the pending messages while they are listed. */
struct listing {
	const struct node *node;
	json_t *messages;
};

static enum status list_pending(void *ctx, const struct embedded_pending *pending)
{
	struct listing *listing = ctx;
	json_t *form = form_signed(listing->node, &pending->message);

	return form && json_array_append_new(listing->messages, form) == 0 ? STATUS_OK : STATUS_NO_MEMORY;
}

json_t *mpool_pending(struct call *c)
{
	struct listing listing = {c->node, NULL};
	int64_t epoch;
	enum status s;

	if (!param_tipset(c, 0, &epoch))
		return NULL;
	listing.messages = json_array();
	s = listing.messages ? embedded_each_pending(c->node->ledger, list_pending, &listing) : STATUS_NO_MEMORY;
	if (s == STATUS_OK)
		return listing.messages;
	json_decref(listing.messages);
	return call_broke(c, s);
}
