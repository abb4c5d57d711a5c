/* graphsync.h - graphsync 2.0 messages, read without copying.
 *
 * Source: go-graphsync v0.18.1, message/ipldbind/schema.ipldsch.
 */
#ifndef WIRE_GRAPHSYNC_H
#define WIRE_GRAPHSYNC_H

#include "ipld/cbor.h"

#define GRAPHSYNC_ID_SIZE 16

#define EXT_TRANSFER         "fil/data-transfer/1.1"
#define EXT_INCOMING_REQUEST "fil/data-transfer/incoming-request/1.1"
#define EXT_OUTGOING_BLOCK   "fil/data-transfer/outgoing-block/1.1"
#define EXT_DEDUP_BY_KEY     "graphsync/dedup-by-key"
#define EXT_DO_NOT_SEND_CIDS "graphsync/do-not-send-cids"
/* Ours, with the value null: the payment has to come again, once the channel that pays is final. Others ignore it. */
#define EXT_NOT_FINAL                "retrieval/not-final"
#define EXT_DO_NOT_SEND_FIRST_BLOCKS "graphsync/do-not-send-first-blocks"

enum graphsync_status {
	GRAPHSYNC_ACKNOWLEDGED = 10,
	GRAPHSYNC_ADDITIONAL_PEERS = 11,
	GRAPHSYNC_NOT_ENOUGH_GAS = 12,
	GRAPHSYNC_OTHER_PROTOCOL = 13,
	GRAPHSYNC_PARTIAL = 14,
	GRAPHSYNC_PAUSED = 15,
	GRAPHSYNC_COMPLETE = 20,
	GRAPHSYNC_COMPLETE_PARTIAL = 21, /* with gaps */
	GRAPHSYNC_REJECTED = 30,
	GRAPHSYNC_BUSY = 31,
	GRAPHSYNC_FAILED = 32,
	GRAPHSYNC_LEGAL = 33,
	GRAPHSYNC_NOT_FOUND = 34,
	GRAPHSYNC_CANCELLED = 35,
};
enum graphsync_request_type { GRAPHSYNC_NEW = 'n', GRAPHSYNC_CANCEL = 'c', GRAPHSYNC_UPDATE = 'u' };
enum graphsync_link {
	LINK_PRESENT = 'p',
	LINK_DUPLICATE_NOT_SENT = 'd',
	LINK_MISSING = 'm',
	LINK_DUPLICATE_DAG_SKIPPED = 's'
};

/** struct graphsync_message - a checked message, whose parts are read one by one. Borrows. */
struct graphsync_message {
	struct span requests, responses, blocks; /* the encoded items of each list, without its head */
	size_t request_count, response_count, block_count;
	bool has_requests, has_responses, has_blocks; /* tells an empty list from an absent one */
};
struct graphsync_request {
	uint8_t id[GRAPHSYNC_ID_SIZE];
	enum graphsync_request_type type;
	bool has_priority;
	int64_t priority;
	struct cid root;        /* none if absent */
	struct span selector;   /* empty if absent */
	struct span extensions; /* the whole map, empty if absent; see graphsync_extension() */
};
struct graphsync_response {
	uint8_t id[GRAPHSYNC_ID_SIZE];
	int64_t status; /* enum graphsync_status, or an unknown status */
	bool has_links;
	struct span links; /* the encoded items of meta, without its head */
	size_t link_count;
	struct span extensions;
};
struct graphsync_block {
	struct span prefix, data; /* see cid_from_prefix() */
};

/**
 * graphsync_decode - check the whole of @in and find its parts.
 * Ids of 16 bytes, known link kinds, keys sorted, no unknown keys or values except statuses: an unknown status is accepted.
 * The caller checks that a request is complete (a new request has a root and a selector).
 */
MUST_CHECK enum status graphsync_decode(struct graphsync_message *m, struct span in);
/* Each function takes the next part off its list (start with a copy of the span); false at the end. */
MUST_CHECK bool graphsync_next_request(struct graphsync_request *r, struct span *requests);
MUST_CHECK bool graphsync_next_response(struct graphsync_response *r, struct span *responses);
MUST_CHECK bool graphsync_next_link(struct cid *c, enum graphsync_link *kind, struct span *links);
MUST_CHECK bool graphsync_next_block(struct graphsync_block *b, struct span *blocks);
/** graphsync_extension - the value of the extension @name in an extensions map; NOT_FOUND. */
MUST_CHECK enum status graphsync_extension(struct span *value, struct span extensions, const char *name);

/** struct graphsync_extension_item - one extension to write: @value is encoded CBOR. */
struct graphsync_extension_item {
	const char *name;
	struct span value;
};
/** graphsync_not_final - the extension EXT_NOT_FINAL, with its value. */
struct graphsync_extension_item graphsync_not_final(void);
/** graphsync_extensions - append the map of @n extensions, sorted. */
void graphsync_extensions(struct bytes *out, const struct graphsync_extension_item *items, size_t n);
/* Append an item for one of the lists of a message. */
void graphsync_put_request(struct bytes *requests, const struct graphsync_request *r);
void graphsync_put_response(struct bytes *responses, const struct graphsync_response *r);
void graphsync_put_link(struct bytes *links, const struct cid *c, enum graphsync_link kind);
/** graphsync_put_block_head - append the head of a block whose data has @len bytes. */
void graphsync_put_block_head(struct bytes *blocks, const struct cid *c, size_t len);
/** graphsync_encode - append the message @m. */
void graphsync_encode(struct bytes *out, const struct graphsync_message *m);
/* graphsync_encode() in two parts, the bytes before and after the items of @m's blocks, for a sender that keeps the items elsewhere. */
void graphsync_encode_before(struct bytes *out, const struct graphsync_message *m);
void graphsync_encode_after(struct bytes *out, const struct graphsync_message *m);

#endif
