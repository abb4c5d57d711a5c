/* take_voucher.h - keeping a voucher that pays us, from any source. */
#ifndef FUNDS_TAKE_VOUCHER_H
#define FUNDS_TAKE_VOUCHER_H

#include "party/party.h"
#include "store/channels.h"

/** struct voucher_facts - what the ledger has of a voucher's channel and lane; voucher_facts_release() it. */
struct voucher_facts {
	struct paych head;      /* with the voucher's lane, if the ledger has the lane */
	struct amount redeemed; /* amount of the lane */
	struct amount final;    /* the balance that the channel has at finality; 0 if the channel is younger */
	struct address signer;  /* of the voucher */
	int64_t epoch;
	bool tried; /* conditions_judge() has found that the ledger would redeem the voucher, with its conditions */
	bool waits; /* or that it will, once the voucher's time has come */
	bool far;   /* the lane is far from 0, and from all that the ledger has of the channel: */
	struct amount base_fee, to_redeem; /* of a unit of gas; of redeeming a voucher of that lane */
};
/**
 * funds_ask_ledger - read the facts. A ledger on a node may take seconds: no transaction is open meanwhile.
 * @why gets a refusal: the ledger has no such channel, the signature does not verify; other statuses are failures.
 */
MUST_CHECK enum status funds_ask_ledger(
	struct party *party, struct refusal *why, struct voucher_facts *facts, const struct voucher *v);
void voucher_facts_release(struct voucher_facts *facts);
#define CLEAN_FACTS __attribute__((cleanup(voucher_facts_release)))

/**
 * struct incoming_voucher - a voucher from a client, or from any other carrier.
 * @payee: one of ours; the channel has to pay to @payee. @deal: owner of the lane from now on, if the lane has no deal
 * yet; or 0. @secret: of a voucher with conditions; empty for none. @risk: how much the deals of the channel may be
 * credited beyond its balance at finality.
 */
struct incoming_voucher {
	const struct voucher *voucher;
	const struct voucher_facts *facts;
	const struct address *payee;
	uint64_t deal;
	struct span secret;
	struct amount risk;
};
/**
 * struct taken_voucher - the outcome of taking a voucher.
 * @delta: the amount that the voucher adds for the deal of its lane: the whole amount of the lane, if the lane had no
 * deal before; 0 if the voucher is held already, and then nothing was written. @lane: the lane before the voucher, if
 * @had_lane. @settling: the channel is settling. @dear: MONEY 24: the lane is far from the lanes that are held, too, and
 * to redeem the voucher takes more than the voucher has. @unsure: the channel at finality does not cover the amount, so
 * that @delta is 0, and no deal is credited now; the voucher was kept unless its lane has a deal, and comes again.
 */
struct taken_voucher {
	struct amount delta;
	bool had_lane, settling, dear, unsure;
	bool waits; /* the voucher is kept apart */
	struct lane_record lane;
};
/** taken_opens_nothing - the money of the voucher is taken, but it is no reason to go on: nothing more is sent for it. */
static inline bool taken_opens_nothing(const struct taken_voucher *taken)
{
	return taken->settling || taken->dear;
}
/** funds_refuse_dear - TOO_DEAR: put the reason for @dear into @why. */
enum status funds_refuse_dear(struct refusal *why, const struct voucher_facts *facts, const struct voucher *v);

/**
 * funds_take_voucher - MONEY 7: judge a voucher by the ledger and by the vouchers held, and keep the voucher inside
 * @txn if it is better.
 * A voucher that waits for its time is kept apart, and is on no lane; @taken has what it will add.
 * @why gets a refusal, and @taken is filled all the same; a status that is not in @why is our own failure.
 * NOT_SPENDABLE by facts that are not new is no last word: another process may have credited meanwhile what newer
 * funds cover, and a channel may have got more. The caller refreshes the ledger, reads the facts again, and asks once
 * more.
 */
MUST_CHECK enum status funds_take_voucher(
	struct kv_txn *txn, struct refusal *why, struct taken_voucher *taken, const struct incoming_voucher *in);

#endif
