/* store.h - what a party remembers between invocations: one folder, one key-value store.
 *
 * Every function below works inside a transaction that its caller began, so
 * that a deal, its counters, its voucher and its events change together or
 * not at all.  Nothing here is a rule of the protocol.
 *
 * Keys: one letter, then big-endian numbers or bytes, so that order is order of making.
 *   M        counters            D/d      client/provider deal by decimal id
 *   T/t R/r  deal by transfer id, by request id
 *   N        deals by number     K/k      cursor of a client/provider deal
 *   O        offer by payload    C        content (a CAR) by number
 *   B        block of a content  S/s      block kept/sent of a deal
 *   H        channel             L        lane of a channel
 *   V        voucher             E/e      event; event of a deal
 *   X        chain message in flight      U   text of a deal (output path, client)
 *   P        newest complete deal of a payload        p   deals of a payload that have a part of it
 *   A        tally of a client by name    a   open unpaid deal of a client by name, 0, number
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "deal/provider.h"
#include "kv/kv.h"

struct store;

/** store_open - open the store in folder @home; KV_CREATE makes one. */
MUST_CHECK enum status store_open(struct store **s, const char *home, enum kv_mode mode);
void store_close(struct store *s);
struct kv *store_kv(struct store *s);
/** store_path - append "HOME/name" and a final zero to @out. */
void store_path(struct bytes *out, const struct store *s, const char *name);

/* Identities come from the store, never from the clock. */
/** store_init_ids - set up the counters of a new store; @salt, random, keeps two stores' deal ids apart. Harmless on one that has them. */
MUST_CHECK enum status store_init_ids(struct kv_txn *t, const uint8_t salt[32]);
/** store_next_deal - the id and number of a new deal. */
MUST_CHECK enum status store_next_deal(struct kv_txn *t, uint64_t *id, uint64_t *number);
/** store_derive - 32 bytes that only this store gives for @label and @number; for request and transfer ids. */
MUST_CHECK enum status store_derive(struct kv_txn *t, uint8_t out[32], const char *label, uint64_t number);

/* Deals. */
MUST_CHECK enum status store_get_client(struct kv_txn *t, struct client_deal *d, uint64_t id);
MUST_CHECK enum status store_put_client(struct kv_txn *t, const struct client_deal *d);
MUST_CHECK enum status store_get_provider(struct kv_txn *t, struct provider_deal *d, uint64_t id);
MUST_CHECK enum status store_put_provider(struct kv_txn *t, const struct provider_deal *d);

/** struct deal_name - which deal is meant. */
struct deal_name {
	enum deal_side side;
	uint64_t id;
};
/** store_next_number - the number of a new provider deal (client deals get theirs with their id). */
MUST_CHECK enum status store_next_number(struct kv_txn *t, uint64_t *number);
/** store_list_deals - fill @names, newest first, from number @before down (0: from the newest); @count in: room, out: found. @lowest, to go on from. */
MUST_CHECK enum status store_list_deals(
	struct kv_txn *t, struct deal_name *names, size_t *count, uint64_t *lowest, uint64_t before);
/**
 * store_find_deal - the deal that @text names: an id, a unique prefix of one, or "@" (the newest).
 * @sides: 1 client, 2 provider, 3 either. NOT_FOUND, AMBIGUOUS.
 */
MUST_CHECK enum status store_find_deal(struct kv_txn *t, struct deal_name *name, const char *text, unsigned sides);
#define SIDES_CLIENT   1u
#define SIDES_PROVIDER 2u
#define SIDES_BOTH     3u
/** store_find_transfer - the deal with this transfer id. */
MUST_CHECK enum status store_find_transfer(struct kv_txn *t, uint64_t *id, enum deal_side side, uint64_t transfer);
/** store_find_request - the deal with this graphsync request id, of REQUEST_ID_SIZE bytes. */
MUST_CHECK enum status store_find_request(struct kv_txn *t, uint64_t *id, enum deal_side side, const uint8_t *request);

/** store_put_complete, store_get_complete - the newest of our client deals that brought all of @payload; NOT_FOUND. */
MUST_CHECK enum status store_put_complete(struct kv_txn *t, const struct cid *payload, uint64_t id);
MUST_CHECK enum status store_get_complete(struct kv_txn *t, uint64_t *id, const struct cid *payload);
/** store_put_part - client deal @id has kept blocks of @payload, and is not complete; store_drop_part - it is. */
MUST_CHECK enum status store_put_part(struct kv_txn *t, const struct cid *payload, uint64_t id);
MUST_CHECK enum status store_drop_part(struct kv_txn *t, const struct cid *payload, uint64_t id);
/** store_each_part - those deals, the oldest first. Ends early with what @each returns, if that is not OK. */
MUST_CHECK enum status store_each_part(
	struct kv_txn *t, const struct cid *payload, enum status (*each)(void *ctx, uint64_t id), void *ctx);

/* A deal's cursor and texts; NOT_FOUND if never put. */
MUST_CHECK enum status store_get_cursor(
	struct kv_txn *t, struct bytes *out, enum deal_side side, uint64_t id, char which);
MUST_CHECK enum status store_put_cursor(
	struct kv_txn *t, enum deal_side side, uint64_t id, char which, struct span cursor);
MUST_CHECK enum status store_get_text(struct kv_txn *t, struct bytes *out, uint64_t id, char which);
MUST_CHECK enum status store_put_text(struct kv_txn *t, uint64_t id, char which, const char *text);
#define TEXT_OUTPUT 'o' /* where receive-blocks puts the finished CAR */
#define TEXT_CLIENT 'c' /* provider: whose deal it is; see store_count_deal() */
#define CURSOR_NEXT 'n' /* where the walk stands */
#define CURSOR_PAID 'p' /* where it stood at the last point that was paid for */

/*
 * The clients of a provider, by the names that the transport gives them; "" is a name too. What their deals add up to
 * is kept, so that a limit is judged without a look at the deals.
 */
#define CLIENT_NAME_MAX 128 /* bytes, with the final zero */
/**
 * store_count_deal - a deal that added @before to its client's tally adds provider_tally() from now on.
 * Only deals that have a TEXT_CLIENT are counted; to be put before the deal is accepted.
 */
MUST_CHECK enum status store_count_deal(struct kv_txn *t, const struct provider_deal *d, const struct tally *before);
/** store_get_tally - of all deals of @client; zeros if there is none. */
MUST_CHECK enum status store_get_tally(struct kv_txn *t, struct tally *tally, const char *client);
MUST_CHECK enum status store_each_tally(
	struct kv_txn *t, enum status (*each)(void *ctx, struct span client, const struct tally *tally), void *ctx);
/** store_each_unpaid - the open unpaid deals of @client, the oldest first; of all clients if that is NULL. Ends early with what @each returns, if that is not OK. */
MUST_CHECK enum status store_each_unpaid(struct kv_txn *t, const char *client,
	enum status (*each)(void *ctx, struct span client, uint64_t number, uint64_t deal), void *ctx);

/* Content for sale, and its offers. */
/** struct content - a CAR on disk and what it holds. */
struct content {
	uint64_t number;
	struct span path;       /* absolute; borrowed from @owned of the loader */
	uint64_t file_size;     /* bytes, when it was indexed: a change means index again */
	uint64_t blocks, bytes; /* unique blocks below the root, and their bytes */
};
MUST_CHECK enum status store_next_content(struct kv_txn *t, uint64_t *number);
MUST_CHECK enum status store_get_content(struct kv_txn *t, struct content *c, struct bytes *owned, uint64_t number);
MUST_CHECK enum status store_put_content(struct kv_txn *t, const struct content *c);
/** store_get_offer - the offer for a payload, and the content that holds it; spans borrow from @owned. */
MUST_CHECK enum status store_get_offer(
	struct kv_txn *t, struct offer *o, uint64_t *content, struct bytes *owned, const struct cid *payload);
MUST_CHECK enum status store_put_offer(struct kv_txn *t, const struct offer *o, uint64_t content);
MUST_CHECK enum status store_delete_offer(struct kv_txn *t, const struct cid *payload);
MUST_CHECK enum status store_each_offer(
	struct kv_txn *t, enum status (*each)(void *ctx, const struct offer *o, uint64_t content), void *ctx);

/** struct block_place - where a block lies in a file. */
struct block_place {
	uint64_t offset;
	uint64_t len;
};
/* Blocks of a content: where they lie in its CAR. Blocks of a deal: those kept (client) or sent (provider). */
MUST_CHECK enum status store_get_block(struct kv_txn *t, struct block_place *p, uint64_t content, const struct cid *c);
MUST_CHECK enum status store_put_block(
	struct kv_txn *t, uint64_t content, const struct cid *c, const struct block_place *p);
MUST_CHECK enum status store_get_kept(
	struct kv_txn *t, struct block_place *p, enum deal_side side, uint64_t deal, const struct cid *c);
MUST_CHECK enum status store_put_kept(
	struct kv_txn *t, enum deal_side side, uint64_t deal, const struct cid *c, const struct block_place *p);
/** store_each_kept - all blocks of a deal, in the order of their CIDs' bytes. */
MUST_CHECK enum status store_each_kept(struct kv_txn *t, enum deal_side side, uint64_t deal,
	enum status (*each)(void *ctx, const struct cid *c, const struct block_place *p), void *ctx);

/* Channels, lanes, vouchers. */
/** struct channel - a payment channel that concerns us. */
struct channel {
	struct address address, from, to;
	bool outbound;           /* we pay through it; else we are paid */
	uint64_t next_lane;      /* outbound: the lane that the next deal gets */
	struct amount committed; /* sum over lanes of the best voucher signed (outbound) or held (inbound) */
	struct amount reserved;  /* outbound: what open deals may still draw, beyond what is signed for them */
	uint64_t collected;      /* 1 once it was collected */
};
MUST_CHECK enum status store_get_channel(struct kv_txn *t, struct channel *c, const struct address *a);
MUST_CHECK enum status store_put_channel(struct kv_txn *t, const struct channel *c);
MUST_CHECK enum status store_each_channel(
	struct kv_txn *t, enum status (*each)(void *ctx, const struct channel *c), void *ctx);
MUST_CHECK enum status store_get_lane(
	struct kv_txn *t, struct lane_record *l, const struct address *channel, uint64_t lane);
/** store_put_lane - and keep the channel's committed sum right: it grows by what @l adds over the lane's old amount. */
MUST_CHECK enum status store_put_lane(struct kv_txn *t, const struct address *channel, const struct lane_record *l);
MUST_CHECK enum status store_each_lane(struct kv_txn *t, const struct address *channel,
	enum status (*each)(void *ctx, const struct lane_record *l), void *ctx);
/** store_put_voucher - keep the bytes of a signed voucher; EXISTS if other bytes have its channel, lane and nonce. */
MUST_CHECK enum status store_put_voucher(
	struct kv_txn *t, const struct address *channel, uint64_t lane, uint64_t nonce, struct span voucher);
MUST_CHECK enum status store_get_voucher(
	struct kv_txn *t, struct bytes *voucher, const struct address *channel, uint64_t lane, uint64_t nonce);
MUST_CHECK enum status store_each_voucher(struct kv_txn *t, const struct address *channel,
	enum status (*each)(void *ctx, uint64_t lane, uint64_t nonce, struct span voucher), void *ctx);

/* Chain messages in flight: kept before they are sent, so that a killed tool sends the same one again. @about: what it is for. */
MUST_CHECK enum status store_get_pending(struct kv_txn *t, struct bytes *message, struct span about);
MUST_CHECK enum status store_put_pending(struct kv_txn *t, struct span about, struct span message);
MUST_CHECK enum status store_delete_pending(struct kv_txn *t, struct span about);

/** struct event - one state change, for those who follow deals. */
struct event {
	uint64_t sequence; /* given by the store, from 1 on */
	int64_t time;      /* unix seconds, by the caller's clock; nothing depends on it */
	uint64_t side;     /* enum deal_side */
	uint64_t deal;
	uint64_t event;      /* enum client_event or provider_event */
	uint64_t state;      /* enum deal_state afterwards */
	uint64_t bytes;      /* received or sent so far */
	uint64_t interval;   /* current limit, bytes */
	struct amount funds; /* spent or received so far */
	struct span message; /* borrowed */
};
MUST_CHECK enum status store_put_event(struct kv_txn *t, struct event *e);
/** store_each_event - events from sequence @from on, of all deals or (@name not NULL) of one; at most @limit. */
MUST_CHECK enum status store_each_event(struct kv_txn *t, uint64_t from, const struct deal_name *name, size_t limit,
	enum status (*each)(void *ctx, const struct event *e), void *ctx);

/** store_each_record - every pair of the store by its key's letter, and whether its checksum verifies: OK or CORRUPT. */
MUST_CHECK enum status store_each_record(
	struct kv_txn *t, void (*each)(void *ctx, char letter, enum status verified), void *ctx);

#endif
