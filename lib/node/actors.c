/* actors.c - the actors of the ledger as blocks: codes, numbers, and states that a client can read by CID.
 *
 * Knows which actors a node shows.  Refuses to know messages.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "embedded/embedded_actors.h"
#include "node/node_private.h"

const char *actor_kind_name(enum actor_kind kind)
{
	static const char *const names[ACTOR_KINDS] = {"system", "init", "account", "paymentchannel"};

	return names[kind];
}

/* The ledger has the rules of specs-actors v5, whose codes are names. */
struct cid actor_code(enum actor_kind kind)
{
	char name[32];
	struct cid code = {0};

	snprintf(name, sizeof(name), "fil/5/%s", actor_kind_name(kind));
	if (cid_of(&code, 1, CODEC_RAW, HASH_IDENTITY, span_text(name)) != STATUS_OK)
		return (struct cid){0};
	return code;
}

/* Put a block into the cache; @cid is out. */
static enum status keep_block(struct node *n, struct cid *cid, const struct bytes *block)
{
	enum status s = bytes_status(block);

	if (s != STATUS_OK)
		return s;
	s = cid_of(cid, 1, CODEC_DAG_CBOR, HASH_BLAKE2B_256, bytes_span(block));
	return s == STATUS_OK ? block_cache_put(n->blocks, cid, bytes_span(block)) : s;
}

enum status actors_load_manifest(struct node *n)
{
	struct actor_code codes[ACTOR_KINDS];
	CLEAN_BYTES struct bytes block = {0};

	for (enum actor_kind kind = 0; kind < ACTOR_KINDS; kind++)
		codes[kind] = (struct actor_code){actor_kind_name(kind), actor_code(kind)};
	manifest_encode(&block, codes, ACTOR_KINDS);
	return keep_block(n, &n->manifest, &block);
}

enum status actor_resolve(const struct node *n, struct address *out, const struct address *address)
{
	uint64_t number;
	enum status s = address_id(&number, address);

	if (s != STATUS_OK || number < ACTOR_ACCOUNT) {
		*out = *address;
		return STATUS_OK;
	}
	return embedded_numbered(n->ledger, out, number);
}

enum status actor_number(const struct node *n, uint64_t *number, const struct address *address)
{
	struct address who;
	enum status s = actor_resolve(n, &who, address);

	if (s != STATUS_OK)
		return s;
	if (address_id(number, address) == STATUS_OK)
		return STATUS_OK;
	return embedded_number_of(n->ledger, number, &who);
}

static enum status keep_lane_block(void *ctx, const struct cid *cid, struct span block)
{
	return block_cache_put(ctx, cid, block);
}

static enum status keep_lanes(struct node *n, struct cid *root, const struct paych *p)
{
	struct lane_state *lanes = calloc(p->lane_count + 1, sizeof(*lanes));
	struct block_sink sink = {keep_lane_block, n->blocks};
	enum status s;

	if (!lanes)
		return STATUS_NO_MEMORY;
	for (size_t i = 0; i < p->lane_count; i++)
		lanes[i] = (struct lane_state){p->lanes[i].id, p->lanes[i].nonce, p->lanes[i].redeemed};
	s = lanes_build(root, lanes, p->lane_count, &sink);
	free(lanes);
	return s;
}

static enum status load_channel(struct node *n, struct actor *out)
{
	CLEAN_PAYCH struct paych p = {0};
	CLEAN_BYTES struct bytes block = {0};
	uint64_t from, to;
	enum status s = embedded_whole_channel(n->ledger, &p, &out->address);

	if (s != STATUS_OK)
		return s;
	s = embedded_number_give(n->ledger, &from, &p.from);
	if (s != STATUS_OK)
		return s;
	s = embedded_number_give(n->ledger, &to, &p.to);
	if (s != STATUS_OK)
		return s;
	out->kind = ACTOR_CHANNEL;
	out->balance = p.balance;
	out->state = (struct channel_state){.from = address_of_id(from),
		.to = address_of_id(to),
		.to_send = p.to_send,
		.settling_at = p.settling_at,
		.min_settle_height = p.min_settle_height};
	s = keep_lanes(n, &out->state.lanes, &p);
	if (s != STATUS_OK)
		return s;
	channel_state_encode(&block, &out->state);
	return keep_block(n, &out->head, &block);
}

static enum status load_account(struct node *n, struct actor *out)
{
	CLEAN_BYTES struct bytes block = {0};
	enum status s = embedded_account(n->ledger, &out->balance, &out->nonce, &out->address);

	if (s != STATUS_OK)
		return s;
	out->kind = ACTOR_ACCOUNT;
	cbor_put_array(&block, 1);
	address_write(&block, &out->address);
	return keep_block(n, &out->head, &block);
}

/* The actors of the chain itself: the system actor names the manifest, the init actor has no state. */
static enum status load_builtin(struct node *n, struct actor *out)
{
	CLEAN_BYTES struct bytes block = {0};

	out->kind = (enum actor_kind)out->number;
	out->balance = amount_zero();
	if (out->kind == ACTOR_SYSTEM)
		system_state_encode(&block, &n->manifest);
	else
		cbor_put_array(&block, 0);
	return keep_block(n, &out->head, &block);
}

static enum status load_actor(struct node *n, struct actor *out, const struct address *address)
{
	enum status s = actor_resolve(n, &out->address, address);

	if (s != STATUS_OK)
		return s;
	s = actor_number(n, &out->number, address);
	if (s != STATUS_OK)
		return s;
	if (out->number < ACTOR_ACCOUNT)
		return load_builtin(n, out);
	if (address_protocol(&out->address) == ADDRESS_ACTOR)
		return load_channel(n, out);
	return load_account(n, out);
}

enum status actor_load(struct node *n, struct actor *out, const struct address *address)
{
	struct actor actor = {.kind = ACTOR_KINDS};
	enum status s = load_actor(n, &actor, address);

	if (s == STATUS_OK)
		*out = actor;
	return s;
}

static enum status load_each(void *ctx, const struct address *channel, const struct paych *head)
{
	struct actor actor;
	enum status s = actor_load(ctx, &actor, channel);

	(void)head;
	return s == STATUS_NOT_FOUND ? STATUS_OK : s; /* collected meanwhile */
}

enum status actors_load_channels(struct node *n)
{
	uint64_t height;
	enum status s = embedded_ops.height(n->ledger, &height);

	if (s != STATUS_OK || (n->has_loaded && height == n->loaded_height))
		return s;
	s = embedded_channels(n->ledger, load_each, n);
	if (s != STATUS_OK)
		return s;
	n->has_loaded = true;
	n->loaded_height = height;
	return STATUS_OK;
}

json_t *actor_missing(struct call *c, enum status s, const struct address *address, const char *about)
{
	char text[ADDRESS_TEXT_MAX];
	uint64_t number;

	if (s != STATUS_NOT_FOUND)
		return call_broke(c, s);
	if (address_protocol(address) == ADDRESS_ID || actor_number(c->node, &number, address) == STATUS_OK)
		return call_fail(c, RPC_FAILED, "%sactor not found", about);
	address_text(text, address, c->node->about.network);
	return call_fail(c, RPC_FAILED, "%sresolution lookup failed (%s): resolve address %s: actor not found", about,
		text, text);
}
