/* state.c - the methods that read the state of actors and the blocks of the node.
 *
 * Knows their results.  A key of a tipset is checked and then passed over: the
 * ledger keeps the newest state only.
 */
#include <inttypes.h>

#include "node/node_private.h"

/* Parameters 0 and 1 of most methods: an address and a tipset; finds the actor. @about goes before the words of a fault. */
static bool find_at_tipset(struct call *c, struct actor *out, struct address *address, const char *about)
{
	int64_t epoch;
	enum status s;

	if (!param_address(c, 0, address) || !param_tipset(c, 1, &epoch))
		return false;
	s = actor_load(c->node, out, address);
	if (s != STATUS_OK)
		actor_missing(c, s, address, about);
	return s == STATUS_OK;
}

json_t *state_get_actor(struct call *c)
{
	struct address address;
	struct actor actor;
	struct cid code;

	if (!find_at_tipset(c, &actor, &address, ""))
		return NULL;
	code = actor_code(actor.kind);
	return json_pack("{s:o, s:o, s:I, s:o, s:n}", "Code", form_cid(&code), "Head", form_cid(&actor.head), "Nonce",
		(json_int_t)actor.nonce, "Balance", form_amount(&actor.balance), "DelegatedAddress");
}

static json_t *state_form(const struct node *n, const struct actor *actor)
{
	const struct channel_state *state = &actor->state;

	switch (actor->kind) {
	case ACTOR_SYSTEM:
		return json_pack("{s:o}", "BuiltinActors", form_cid(&n->manifest));
	case ACTOR_ACCOUNT:
		return json_pack("{s:o}", "Address", form_address(n, &actor->address));
	case ACTOR_CHANNEL:
		return json_pack("{s:o, s:o, s:o, s:I, s:I, s:o}", "From", form_address(n, &state->from), "To",
			form_address(n, &state->to), "ToSend", form_amount(&state->to_send), "SettlingAt",
			(json_int_t)state->settling_at, "MinSettleHeight", (json_int_t)state->min_settle_height,
			"LaneStates", form_cid(&state->lanes));
	case ACTOR_INIT:
	case ACTOR_KINDS:
		break;
	}
	return json_object();
}

json_t *state_read_state(struct call *c)
{
	struct address address;
	struct actor actor;
	struct cid code;

	if (!find_at_tipset(c, &actor, &address, "getting actor: "))
		return NULL;
	code = actor_code(actor.kind);
	return json_pack("{s:o, s:o, s:o}", "Balance", form_amount(&actor.balance), "Code", form_cid(&code), "State",
		state_form(c->node, &actor));
}

json_t *state_lookup_id(struct call *c)
{
	struct address address, id;
	uint64_t number;
	int64_t epoch;
	enum status s;

	if (!param_address(c, 0, &address) || !param_tipset(c, 1, &epoch))
		return NULL;
	s = actor_number(c->node, &number, &address);
	if (s == STATUS_NOT_FOUND)
		return call_fail(c, RPC_NO_ACTOR, "actor not found");
	if (s != STATUS_OK)
		return call_broke(c, s);
	id = address_of_id(number);
	return form_address(c->node, &id);
}

json_t *state_account_key(struct call *c)
{
	char text[ADDRESS_TEXT_MAX];
	struct address address;
	struct actor actor;
	int64_t epoch;
	enum status s;

	if (!param_address(c, 0, &address) || !param_tipset(c, 1, &epoch))
		return NULL;
	if (address_protocol(&address) == ADDRESS_SECP256K1 || address_protocol(&address) == ADDRESS_BLS)
		return form_address(c->node, &address);
	address_text(text, &address, c->node->about.network);
	s = actor_load(c->node, &actor, &address);
	if (s == STATUS_NOT_FOUND)
		return call_fail(c, RPC_FAILED, "failed to find actor: %s", text);
	if (s != STATUS_OK)
		return call_broke(c, s);
	if (actor.kind != ACTOR_ACCOUNT)
		return call_fail(c, RPC_FAILED,
			"failed to get account actor state for %s: actor code is not account: %s", text,
			actor_kind_name(actor.kind));
	return form_address(c->node, &actor.address);
}

json_t *wallet_balance(struct call *c)
{
	struct actor actor = {.balance = amount_zero()};
	struct address address;
	enum status s;

	if (!param_address(c, 0, &address))
		return NULL;
	s = actor_load(c->node, &actor, &address);
	return s == STATUS_OK || s == STATUS_NOT_FOUND ? form_amount(&actor.balance) : call_broke(c, s);
}

/* Find a block: a block of the newest state that was not asked for lately is made again. False, with the fault set. */
static bool find_block(struct call *c, struct span *block, const struct cid *cid)
{
	char text[CID_TEXT_MAX];
	enum status s;

	if (block_cache_get(c->node->blocks, block, cid))
		return true;
	s = actors_load_channels(c->node);
	if (s == STATUS_OK && block_cache_get(c->node->blocks, block, cid))
		return true;
	if (s == STATUS_OK)
		call_fail(c, RPC_FAILED, "blockstore get: ipld: could not find %s", cid_text(text, cid));
	else
		call_broke(c, s);
	return false;
}

json_t *chain_read_obj(struct call *c)
{
	struct span block;
	struct cid cid;

	return param_cid(c, 0, &cid) && find_block(c, &block, &cid) ? form_bytes(block) : NULL;
}

json_t *chain_has_obj(struct call *c)
{
	struct span block;
	struct cid cid;

	if (!param_cid(c, 0, &cid))
		return NULL;
	return json_boolean(find_block(c, &block, &cid));
}
