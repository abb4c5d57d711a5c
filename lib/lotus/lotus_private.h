/* lotus_private.h - what the files of the Lotus ledger share. */
#ifndef LOTUS_LOTUS_PRIVATE_H
#define LOTUS_LOTUS_PRIVATE_H

#include "lotus/lotus.h"
#include "lotus/lotus_json.h"
#include "rpc/json_rpc.h"
#include "wire/channel_state.h"

#define BLOCKS_KEPT   64
#define CHANNELS_KEPT 8

/** struct tipset - a place on the chain; its state is that before its own messages. */
struct tipset {
	json_t *key; /* array of CIDs, owned; NULL: none */
	int64_t height;
	struct amount base_fee; /* attoFIL for a unit of gas */
};

/** struct actor - an account or a channel, at one tipset. */
struct actor {
	struct cid code, head;
	uint64_t nonce;
	struct amount balance;
};

/** struct node_channel - a channel, at one tipset. */
struct node_channel {
	struct address address; /* none: no channel */
	struct channel_state state;
	struct amount balance;
	struct address from, to; /* the parties' keys */
};

/** struct kept_channels - the channels that were read last. */
struct kept_channels {
	struct node_channel at[CHANNELS_KEPT];
	size_t next; /* the place of the next one */
};

struct lotus {
	struct rpc rpc;
	struct lotus_options options;
	struct ledger_id id;
	bool has_id;
	int64_t epoch_seconds; /* 0: not asked yet */
	struct tipset head;
	int64_t head_ms; /* when it was read, by the monotonic clock */
	struct cid channel_code;
	struct kept_channels channels; /* as they are at @head */
	struct tipset final;           /* see lotus_final.c */
	int64_t final_ms;
	struct kept_channels finals; /* as they are at @final */
	bool has_balance;            /* of an account, for as long as @head may be used again: */
	struct address balance_of;
	struct amount balance;
	int64_t balance_ms;
	struct kept_channels keys; /* for the parties' keys: see party_keys() */
	struct {
		struct cid cid;
		struct bytes bytes;
	} blocks[BLOCKS_KEPT];
	size_t next_block;
};

/** lotus_bad - BAD_MESSAGE with words: the answer to @method can't be understood; any other @s as it is. */
enum status lotus_bad(struct lotus *l, enum status s, const char *method);
/** lotus_know - learn the network and the genesis, once. Before any address is written. */
MUST_CHECK enum status lotus_know(struct lotus *l);
/** lotus_head - read the head of the chain, unless it is new enough and @fresh is not set. */
MUST_CHECK enum status lotus_head(struct lotus *l, bool fresh);
/** lotus_tipset - call @method for a tipset; @params is stolen; tipset_release() the result. */
MUST_CHECK enum status lotus_tipset(struct lotus *l, struct tipset *out, const char *method, json_t *params);
/** lotus_ms - the monotonic clock, in milliseconds. */
int64_t lotus_ms(void);
void tipset_release(struct tipset *tipset);
#define CLEAN_TIPSET __attribute__((cleanup(tipset_release)))
/** lotus_actor - an actor at the tipset @key; NOT_FOUND. */
MUST_CHECK enum status lotus_actor(struct lotus *l, struct actor *out, const struct address *who, json_t *key);
/** lotus_pool_nonce - the nonce that comes after the pending messages of @who, as far as this node has them; 0 for an unknown account. */
MUST_CHECK enum status lotus_pool_nonce(struct lotus *l, uint64_t *nonce, const struct address *who);
/** lotus_existed - does the chain know @who at @key, even if the actor is gone again? */
MUST_CHECK enum status lotus_existed(struct lotus *l, bool *existed, const struct address *who, json_t *key);
MUST_CHECK enum status lotus_balance(void *self, struct amount *balance, const struct address *who);

/* lotus_channel.c */
/** lotus_channel_at - a channel at the tipset @key; NOT_FOUND. Keeps nothing. */
MUST_CHECK enum status lotus_channel_at(
	struct lotus *l, struct node_channel *out, const struct address *channel, json_t *key);
/** lotus_kept_channel - the same, unless it is in @kept, which has the channels at @key; and keep it there. */
MUST_CHECK enum status lotus_kept_channel(struct lotus *l, struct node_channel *out, struct kept_channels *kept,
	const struct address *channel, json_t *key);
MUST_CHECK enum status lotus_lane_of(
	struct lotus *l, struct lane_state *out, const struct node_channel *channel, uint64_t lane);
MUST_CHECK enum status lotus_channel(void *self, struct paych *head, const struct address *channel);
/** lotus_head_of - a channel without its lanes. */
struct paych lotus_head_of(const struct node_channel *channel);
MUST_CHECK enum status lotus_final_channel(void *self, struct paych *head, const struct address *channel);
MUST_CHECK enum status lotus_lane(void *self, struct paych_lane *lane, const struct address *channel, uint64_t id);
MUST_CHECK enum status lotus_last_lane(void *self, uint64_t *id, const struct address *channel);
MUST_CHECK enum status lotus_channel_code(void *self, struct cid *code);
MUST_CHECK enum status lotus_collected(void *self, struct receipt *r, const struct address *channel);
MUST_CHECK enum status lotus_each_channel(void *self, const struct address *from, const struct channel_visit *visit);

/* lotus_gone.c */
MUST_CHECK enum status lotus_payout(void *self, struct receipt *r, const struct address *channel);

/* lotus_message.c */
/** lotus_finalized - the tipset up to which the chain is final by the node's own word; without a key if the node can't tell. */
MUST_CHECK enum status lotus_finalized(struct lotus *l, struct tipset *out);
MUST_CHECK enum status lotus_estimate(
	void *self, struct message *m, struct receipt *refusal, const struct amount *max_fee);
MUST_CHECK enum status lotus_try(void *self, struct receipt *r, const struct message *m);
MUST_CHECK enum status lotus_submit(void *self, struct outcome *o, const struct signed_message *m);
MUST_CHECK enum status lotus_outcome(void *self, struct outcome *o, const struct signed_message *m);

#endif
