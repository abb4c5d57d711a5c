/* scene.h - two parties, one ledger and one deal, for the tests of both sides together.
 *
 * Both parties run in this process, with stores and a ledger of their own in
 * the scratch folder, and are reproducible to the byte. scene_end() holds
 * both stores and the ledger to the invariants of money.
 */
#ifndef TESTS_SCENE_H
#define TESTS_SCENE_H

#include "buyer/buying.h"
#include "buyer/propose.h"
#include "buyer/receive.h"
#include "goods.h"
#include "party/party.h"

#define BLOCKS_MAX 64

/** content - what is sold, the same in all tests: its blocks in the order of the walk. */
extern struct sold {
	struct goods goods;
	struct cid cids[BLOCKS_MAX];
	struct bytes blocks[BLOCKS_MAX];
	size_t count;
	uint64_t largest; /* block, in bytes */
} content;
void content_make(void);
void content_release(void);

/** struct scene - two parties, one ledger, one deal. */
struct scene {
	struct party client, provider;
	struct ledger *ledger;
	char ledger_path[128];
	uint64_t deal;
	struct receiver *receiver;
	uint64_t unseal, price;
	uint64_t claimed; /* bytes of the blocks that the client says it has; set by the test */
};

/** scene_begin - the content is offered for @price attoFIL per byte and @unseal up front; the client has money. */
void scene_begin(struct scene *s, uint64_t price, uint64_t unseal);

/** scene_end - scene_check(), and the state of both is removed. */
void scene_end(struct scene *s);

/** scene_check - hold both stores and the ledger to the invariants, by their numbers. */
void scene_check(struct scene *s);

/**
 * scene_open_books, scene_close_books - the ledger as its keeper has it, to fund an account or let time pass. The
 * parties' ledger is closed meanwhile: LMDB forbids a process to have a store open twice, and newer ones notice.
 */
struct embedded *scene_open_books(struct scene *s);
void scene_close_books(struct scene *s, struct embedded *books);

struct address address_of_party(const struct party *p);
struct client_deal scene_client_deal(struct scene *s);
struct provider_deal scene_provider_deal(struct scene *s);

/* Steps of an honest deal. */

struct proposal_request scene_request(struct scene *s);
void scene_propose(struct scene *s, struct bytes *frame);

/** scene_begin_deal - propose, accept, open a channel. */
void scene_begin_deal(struct scene *s);

enum status scene_send(struct scene *s, struct bytes *stream);
enum status scene_pay(struct scene *s, struct bytes *frame);

/** next_frame - the body of the first frame of @stream, which goes on behind it; an empty span at its end. */
struct span next_frame(struct span *stream);

/** client_takes - one run of a tool that takes one frame in. */
enum status client_takes(struct scene *s, struct span body);
enum status client_takes_all(struct scene *s, const struct bytes *stream);
enum status provider_takes(struct scene *s, struct bytes *answer, const struct bytes *frame);

/** scene_finish_deal - send, take in, pay: until the provider has nothing left to send. Every answer is appended to @all. */
void scene_finish_deal(struct scene *s, struct bytes *all);

int scene_car_is_whole(struct scene *s);

/** scene_check_completed - both sides have completed, were paid what the other spent, and have the same bytes; @name is for messages. */
void scene_check_completed(struct scene *s, const char *name);

#endif
