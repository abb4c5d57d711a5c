/* lotus_channel.c - reads channels: the actor, its state and its lanes, all at one tipset.
 *
 * Knows where a node keeps the state of a channel.  Believes no block whose hash
 * does not match, and no actor whose code is not the channel's on this network.
 * Refuses to know the rules of channels.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lotus/lotus_private.h"

#define CHANNEL_ACTOR   "paymentchannel"
#define SYSTEM_ACTOR_ID 0
/* Of networks whose actors have no manifest: version 13 runs version 5 of the actors, 14 runs 6, 15 runs 7. */
#define NAMES_FROM_VERSION 13
#define NAMES_TO_VERSION   15
#define ACTORS_OF_NAMES    5
#define NONCES_LOOKED_AT   1000 /* of a key, when its channels are looked for: one or two requests each */

/* A block, from the node unless it was read before. A node without the block is no proof of anything. */
static enum status load_block(void *self, struct bytes *block, const struct cid *cid)
{
	struct lotus *l = self;
	CLEAN_JSON json_t *answer = NULL;
	enum status s;

	for (size_t i = 0; i < BLOCKS_KEPT; i++) {
		if (!cid_equal(&l->blocks[i].cid, cid))
			continue;
		bytes_append(block, l->blocks[i].bytes.data, l->blocks[i].bytes.len);
		return bytes_status(block);
	}
	s = rpc_call(&l->rpc, &answer, "ChainReadObj", json_pack("[o]", json_of_cid(cid)));
	if (s == STATUS_REJECTED || s == STATUS_NOT_FOUND)
		return error_set(&l->rpc.error, STATUS_NO_ANSWER, "the node does not have a block of the chain: %s",
			l->rpc.words);
	if (s != STATUS_OK)
		return s;
	s = lotus_bad(l, json_read_bytes(block, answer), "ChainReadObj");
	if (s != STATUS_OK)
		return s;
	s = cid_verify(cid, bytes_span(block));
	if (s == STATUS_BAD_HASH || s == STATUS_UNKNOWN_HASH)
		return error_set(&l->rpc.error, s, "the node gives a block that does not match its CID");
	if (s != STATUS_OK)
		return s;
	l->blocks[l->next_block].cid = *cid;
	bytes_clear(&l->blocks[l->next_block].bytes);
	bytes_append(&l->blocks[l->next_block].bytes, block->data, block->len);
	if (l->blocks[l->next_block].bytes.failed)
		memset(&l->blocks[l->next_block].cid, 0, sizeof(l->blocks[0].cid));
	l->next_block = (l->next_block + 1) % BLOCKS_KEPT;
	return STATUS_OK;
}

/* On a network of before version 16 the code of an actor is its name, after the version of the actors. */
static enum status read_named_code(struct lotus *l, json_t *key)
{
	CLEAN_JSON json_t *answer = NULL;
	char name[32];
	struct cid code;
	uint64_t version;
	enum status s = rpc_call(&l->rpc, &answer, "StateNetworkVersion", json_pack("[O]", key));

	if (s != STATUS_OK)
		return s;
	s = json_read_uint(&version, answer);
	if (s != STATUS_OK)
		return lotus_bad(l, s, "StateNetworkVersion");
	if (version < NAMES_FROM_VERSION || version > NAMES_TO_VERSION)
		return error_set(&l->rpc.error, STATUS_BAD_MESSAGE,
			"the node names no manifest of actors for its network version %" PRIu64, version);
	snprintf(name, sizeof(name), "fil/%" PRIu64 "/" CHANNEL_ACTOR, version - NAMES_FROM_VERSION + ACTORS_OF_NAMES);
	s = cid_of(&code, 1, CODEC_RAW, HASH_IDENTITY, span_text(name));
	if (s == STATUS_OK)
		l->channel_code = code;
	return s;
}

/* The code of the channel actor at @key: the system actor names the manifest. */
static enum status read_code(struct lotus *l, json_t *key)
{
	CLEAN_BYTES struct bytes manifest = {0};
	CLEAN_JSON json_t *answer = NULL;
	struct address system = address_of_id(SYSTEM_ACTOR_ID);
	json_t *state;
	struct cid cid;
	enum status s = lotus_know(l);

	if (s != STATUS_OK)
		return s;
	s = rpc_call(
		&l->rpc, &answer, "StateReadState", json_pack("[o, O]", json_of_address(&system, l->id.network), key));
	if (s != STATUS_OK)
		return s;
	state = json_object_get(answer, "State");
	if (json_is_object(state) && json_object_size(state) == 0)
		return read_named_code(l, key);
	s = json_read_cid(&cid, json_object_get(state, "BuiltinActors"));
	if (s != STATUS_OK)
		return lotus_bad(l, s, "StateReadState");
	s = load_block(l, &manifest, &cid);
	if (s != STATUS_OK)
		return s;
	s = manifest_find(&cid, bytes_span(&manifest), CHANNEL_ACTOR);
	if (s != STATUS_OK)
		return error_set(
			&l->rpc.error, STATUS_BAD_MESSAGE, "the node's manifest of actors has no %s", CHANNEL_ACTOR);
	l->channel_code = cid;
	return STATUS_OK;
}

enum status lotus_channel_code(void *self, struct cid *code)
{
	struct lotus *l = self;
	enum status s = lotus_head(l, false);

	if (s != STATUS_OK)
		return s;
	s = read_code(l, l->head.key);
	if (s != STATUS_OK)
		return s;
	*code = l->channel_code;
	return STATUS_OK;
}

/* NOT_FOUND unless @actor is a channel. An upgrade of the network changes the code of all channels. */
static enum status check_code(struct lotus *l, const struct actor *actor, json_t *key)
{
	enum status s;

	if (cid_equal(&l->channel_code, &actor->code))
		return STATUS_OK;
	s = read_code(l, key);
	if (s != STATUS_OK)
		return s;
	return cid_equal(&l->channel_code, &actor->code) ? STATUS_OK : STATUS_NOT_FOUND;
}

/* The key address of a party: only those who sign with keys can redeem vouchers. */
static enum status party_key(struct lotus *l, struct address *out, const struct address *id, json_t *key)
{
	CLEAN_JSON json_t *answer = NULL;
	struct address local;
	enum status s = rpc_call(
		&l->rpc, &answer, "StateAccountKey", json_pack("[o, O]", json_of_address(id, l->id.network), key));

	if (s == STATUS_REJECTED && strstr(l->rpc.words, "not account") != NULL)
		return error_set(&l->rpc.error, STATUS_UNSUPPORTED,
			"a party to the channel is no account, and has no key that signs vouchers");
	if (s != STATUS_OK)
		return s;
	s = lotus_bad(l, json_read_address(&local, answer), "StateAccountKey");
	if (s == STATUS_UNSUPPORTED)
		return error_set(&l->rpc.error, s, "%.100s is party to the channel, and has no key that signs vouchers",
			json_string_value(answer));
	if (s != STATUS_OK)
		return s;
	*out = local;
	return STATUS_OK;
}

static void keep(struct kept_channels *kept, const struct node_channel *channel)
{
	kept->at[kept->next] = *channel;
	kept->next = (kept->next + 1) % CHANNELS_KEPT;
}

/*
 * The keys of both parties, asked for once for each channel: whoever makes a channel names the parties by their keys, and
 * the address of the channel follows from that message, so a channel of this address and these ids has had these keys.
 */
static enum status party_keys(struct lotus *l, struct node_channel *channel, json_t *key)
{
	enum status s;

	for (size_t i = 0; i < CHANNELS_KEPT; i++) {
		const struct node_channel *known = &l->keys.at[i];

		if (!address_equal(&known->address, &channel->address) ||
			!address_equal(&known->state.from, &channel->state.from) ||
			!address_equal(&known->state.to, &channel->state.to))
			continue;
		channel->from = known->from;
		channel->to = known->to;
		return STATUS_OK;
	}
	s = party_key(l, &channel->from, &channel->state.from, key);
	if (s == STATUS_OK)
		s = party_key(l, &channel->to, &channel->state.to, key);
	if (s != STATUS_OK)
		return s;
	keep(&l->keys, channel);
	return STATUS_OK;
}

enum status lotus_channel_at(struct lotus *l, struct node_channel *out, const struct address *channel, json_t *key)
{
	CLEAN_BYTES struct bytes block = {0};
	struct node_channel local = {.address = *channel};
	struct actor actor;
	enum status s = lotus_actor(l, &actor, channel, key);

	if (s != STATUS_OK)
		return s;
	s = check_code(l, &actor, key);
	if (s != STATUS_OK)
		return s;
	s = load_block(l, &block, &actor.head);
	if (s != STATUS_OK)
		return s;
	s = channel_state_decode(&local.state, bytes_span(&block));
	if (s != STATUS_OK)
		return error_set(&l->rpc.error, s, "the state of the channel can't be understood: %s", status_text(s));
	s = party_keys(l, &local, key);
	if (s != STATUS_OK)
		return s;
	local.balance = actor.balance;
	*out = local;
	return STATUS_OK;
}

enum status lotus_kept_channel(struct lotus *l, struct node_channel *out, struct kept_channels *kept,
	const struct address *channel, json_t *key)
{
	struct node_channel found;
	enum status s;

	for (size_t i = 0; i < CHANNELS_KEPT; i++) {
		if (!address_equal(&kept->at[i].address, channel))
			continue;
		*out = kept->at[i];
		return STATUS_OK;
	}
	s = lotus_channel_at(l, &found, channel, key);
	if (s != STATUS_OK)
		return s;
	keep(kept, &found);
	*out = found;
	return STATUS_OK;
}

/* A channel at the head, kept for as long as the head is the same. */
static enum status channel_at_head(struct lotus *l, struct node_channel *out, const struct address *channel)
{
	return lotus_kept_channel(l, out, &l->channels, channel, l->head.key);
}

/* A channel is not found only if the head is new: it may have been made a moment ago. */
static enum status find_channel(struct lotus *l, struct node_channel *out, const struct address *channel)
{
	enum status s = lotus_head(l, false);

	if (s != STATUS_OK)
		return s;
	s = channel_at_head(l, out, channel);
	if (s != STATUS_NOT_FOUND || l->options.keep_ms == 0)
		return s;
	s = lotus_head(l, true);
	return s == STATUS_OK ? channel_at_head(l, out, channel) : s;
}

struct paych lotus_head_of(const struct node_channel *channel)
{
	return (struct paych){
		.from = channel->from,
		.to = channel->to,
		.balance = channel->balance,
		.to_send = channel->state.to_send,
		.settling_at = channel->state.settling_at,
		.min_settle_height = channel->state.min_settle_height,
	};
}

enum status lotus_channel(void *self, struct paych *head, const struct address *channel)
{
	struct node_channel found;
	enum status s = find_channel(self, &found, channel);

	if (s == STATUS_OK)
		*head = lotus_head_of(&found);
	return s;
}

enum status lotus_lane_of(struct lotus *l, struct lane_state *out, const struct node_channel *channel, uint64_t lane)
{
	const struct block_source source = {load_block, l};

	return lanes_find(out, &channel->state.lanes, lane, &source);
}

enum status lotus_lane(void *self, struct paych_lane *lane, const struct address *channel, uint64_t id)
{
	struct node_channel found;
	struct lane_state state;
	enum status s = find_channel(self, &found, channel);

	if (s != STATUS_OK)
		return s;
	s = lotus_lane_of(self, &state, &found, id);
	if (s != STATUS_OK)
		return s;
	*lane = (struct paych_lane){state.id, state.nonce, state.redeemed};
	return STATUS_OK;
}

enum status lotus_last_lane(void *self, uint64_t *id, const struct address *channel)
{
	const struct block_source source = {load_block, self};
	struct node_channel found;
	struct lane_state state;
	enum status s = find_channel(self, &found, channel);

	if (s != STATUS_OK)
		return s;
	s = lanes_last(&state, &found.state.lanes, &source);
	if (s == STATUS_OK)
		*id = state.id;
	return s;
}

enum status lotus_collected(void *self, struct receipt *r, const struct address *channel)
{
	struct lotus *l = self;
	struct node_channel found;
	bool existed;
	enum status s = find_channel(l, &found, channel);

	if (s != STATUS_NOT_FOUND)
		return s == STATUS_OK ? STATUS_NOT_FOUND : s;
	s = lotus_existed(l, &existed, channel, l->head.key);
	if (s != STATUS_OK)
		return s;
	if (!existed)
		return STATUS_NOT_FOUND;
	*r = (struct receipt){.exit_code = 0}; /* neither the epoch nor the amounts are in the state */
	return STATUS_OK;
}

/* The channel that message number @nonce of @from has made, if that message has made one. */
static enum status visit_nonce(
	struct lotus *l, const struct address *from, uint64_t nonce, const struct channel_visit *visit)
{
	struct message m = {.from = *from, .nonce = nonce};
	struct node_channel found;
	struct address address;
	struct paych head;
	enum status s = message_created(&address, &m);

	if (s != STATUS_OK)
		return s;
	s = channel_at_head(l, &found, &address);
	if (s != STATUS_OK)
		return s == STATUS_NOT_FOUND ? STATUS_OK : s;
	if (!address_equal(&found.from, from))
		return STATUS_OK;
	head = lotus_head_of(&found);
	return visit->each(visit->ctx, &address, &head);
}

enum status lotus_each_channel(void *self, const struct address *from, const struct channel_visit *visit)
{
	struct lotus *l = self;
	struct actor sender;
	enum status s = lotus_head(l, true);

	if (s != STATUS_OK)
		return s;
	s = lotus_actor(l, &sender, from, l->head.key);
	if (s != STATUS_OK)
		return s == STATUS_NOT_FOUND ? STATUS_OK : s;
	for (uint64_t back = 0; s == STATUS_OK && back < sender.nonce && back < NONCES_LOOKED_AT; back++)
		s = visit_nonce(l, from, sender.nonce - 1 - back, visit);
	return s;
}
