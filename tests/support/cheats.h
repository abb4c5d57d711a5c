/* cheats.h - a client that cheats: vouchers with something wrong, and channels on which they do not count. */
#ifndef TESTS_CHEATS_H
#define TESTS_CHEATS_H

#include "base/key.h"
#include "scene.h"
#include "wire/voucher.h"

/** where - the channels of set_up_cheats(). */
enum where { OURS, TO_ANOTHER, FROM_ANOTHER, UNFUNDED, SETTLING, COLLECTED, ABSENT, WHERE_COUNT };

/** struct voucher_move - what is wrong with a voucher, and what the provider says; the rest of it is what is due. */
struct voucher_move {
	const char *name;
	enum status want;
	enum where where;
	uint64_t lane, nonce, amount; /* amount 0: what is due */
	uint64_t lock_min, lock_max, height;
	const char *secret, *extra;
	bool merge, other_deal, other_payment_channel, wrong_key, no_signature, flip;
};

/** struct cheats - channels of each sort, another key, and what an honest voucher would be for. */
struct cheats {
	struct address channels[WHERE_COUNT];
	struct key stranger;
	uint64_t due;
};

/** set_up_cheats - place the channels on the ledger, OURS with @balance attoFIL. */
void set_up_cheats(struct scene *s, struct cheats *c, uint64_t balance);

/** cheat - the provider takes the voucher of @m; what it answers is appended to @answer. */
enum status cheat(struct scene *s, struct cheats *c, const struct voucher_move *m, struct bytes *answer);

/** scene_put_payment - a payment frame with @v, for the provider's deal, whatever it names. */
void scene_put_payment(struct bytes *frame, struct scene *s, uint64_t payment_id, const struct address *channel,
	const struct voucher *v);

/** scene_on_ledger - a message from @key on the ledger: its exit code, or -1 if it was not taken at all. */
int scene_on_ledger(
	struct scene *s, const struct key *key, const struct address *to, uint64_t method, struct span params);

/** scene_place - a channel that @from has funded with @balance attoFIL; @seed makes its address. */
struct address scene_place(
	struct scene *s, uint64_t seed, const struct address *from, const struct address *to, uint64_t balance);

/** scene_advance - let @epochs of 30 s pass on the ledger. */
void scene_advance(struct scene *s, int64_t epochs);

/** check_loss - print what a move has brought beside what it may, in attoFIL; a failure if it is more. */
void check_loss(const char *move, uint64_t lost, uint64_t bound);

/** scene_client_loss - what the client has signed for beyond what its verified bytes are worth, in attoFIL. */
uint64_t scene_client_loss(struct scene *s);

#endif
