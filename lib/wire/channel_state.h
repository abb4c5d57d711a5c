/* channel_state.h - the state of a payment channel as the chain stores it: blocks of DAG-CBOR.
 *
 * The head of the actor names the root of its lanes; the lanes are an array
 * with gaps (AMT), a tree of nodes with eight slots each.  The codes of the
 * built-in actors are in a manifest that the system actor names.
 *
 * Knows the bytes of one block.  Does not know where blocks come from: the
 * caller loads and keeps them.
 * Source: builtin-actors v18, actors/paych, State; go-amt-ipld v4, with nodes of 2^3 slots; builtin-actors, Manifest.
 */
#ifndef WIRE_CHANNEL_STATE_H
#define WIRE_CHANNEL_STATE_H

#include "wire/address.h"

#define LANES_BITS       3 /* of a lane's id, for each level of the tree */
#define LANES_SLOTS      (1u << LANES_BITS)
#define LANES_HEIGHT_MAX 20 /* of the root, for the lane LANES_ID_MAX */
#define LANES_ID_MAX     ((uint64_t)INT64_MAX)

/** struct channel_state - the head of the actor; the balance is not in here. */
struct channel_state {
	struct address from, to; /* payer, payee: id addresses */
	struct amount to_send;   /* owed to the payee so far */
	int64_t settling_at;     /* epoch; 0 if not settling */
	int64_t min_settle_height;
	struct cid lanes; /* the root of the tree */
};

/** channel_state_decode - read the head of the actor; borrows nothing. */
MUST_CHECK enum status channel_state_decode(struct channel_state *out, struct span block);
void channel_state_encode(struct bytes *b, const struct channel_state *state);

/** struct lane_state - one lane. */
struct lane_state {
	uint64_t id; /* up to LANES_ID_MAX; the bytes of a lane do not have it */
	uint64_t nonce;
	struct amount redeemed;
};

/** struct lanes_node - one node; the slots that are not in @map are all zero. */
struct lanes_node {
	uint8_t map;     /* bit i: slot i is in use */
	unsigned height; /* 0: the slots hold lanes, else the CIDs of nodes one level below */
	struct cid links[LANES_SLOTS];
	struct lane_state lanes[LANES_SLOTS]; /* without their ids */
};
/** struct lanes_root - the root of a tree. */
struct lanes_root {
	uint64_t count; /* lanes in the tree */
	struct lanes_node node;
};

/** lanes_root_decode - read a root; BAD_VALUE for another width or a height above LANES_HEIGHT_MAX. */
MUST_CHECK enum status lanes_root_decode(struct lanes_root *out, struct span block);
void lanes_root_encode(struct bytes *b, const struct lanes_root *root);
/** lanes_node_decode - read a node at @height below a root. */
MUST_CHECK enum status lanes_node_decode(struct lanes_node *out, unsigned height, struct span block);
void lanes_node_encode(struct bytes *b, const struct lanes_node *node);
/** lanes_slot - the slot of @lane in a node at @height. */
unsigned lanes_slot(uint64_t lane, unsigned height);

/** struct block_source - loads blocks by CID; the caller of the function that takes it checks no hash, so @load has to. */
struct block_source {
	enum status (*load)(void *ctx, struct bytes *block, const struct cid *cid);
	void *ctx;
};
/** lanes_find - one lane below @root; NOT_FOUND. Loads at most LANES_HEIGHT_MAX + 1 blocks. */
MUST_CHECK enum status lanes_find(
	struct lane_state *out, const struct cid *root, uint64_t lane, const struct block_source *source);

/** lanes_last - the highest lane below @root; NOT_FOUND for an empty tree. Loads as many blocks as lanes_find(). BAD_VALUE for a node without slots. */
MUST_CHECK enum status lanes_last(struct lane_state *out, const struct cid *root, const struct block_source *source);

/** struct block_sink - keeps encoded blocks. */
struct block_sink {
	enum status (*keep)(void *ctx, const struct cid *cid, struct span block);
	void *ctx;
};
/** lanes_build - make the tree of @lanes, of rising ids; @root is out. Calls @sink for each node, children first, the root last. BAD_VALUE for ids that do not rise or are too large. */
MUST_CHECK enum status lanes_build(
	struct cid *root, const struct lane_state *lanes, size_t count, const struct block_sink *sink);

/** struct actor_code - the name of a built-in actor and the CID of its code. */
struct actor_code {
	const char *name;
	struct cid code;
};
/** manifest_find - the code of the actor @name in a manifest; NOT_FOUND. */
MUST_CHECK enum status manifest_find(struct cid *code, struct span manifest, const char *name);
void manifest_encode(struct bytes *b, const struct actor_code *codes, size_t count);
/** system_state_decode - the CID of the manifest, from the head of the system actor. */
MUST_CHECK enum status system_state_decode(struct cid *manifest, struct span block);
void system_state_encode(struct bytes *b, const struct cid *manifest);

#endif
