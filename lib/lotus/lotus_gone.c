/* lotus_gone.c - the last state of a channel that was collected.
 *
 * Knows that a channel, once gone, stays gone, and that a channel lives for the
 * settle delay at least: so steps back of that length don't miss it, and
 * halving finds its last tipset.  The voucher amounts of that state are those
 * that were paid: a channel that can be collected takes no voucher any more.
 * Refuses to know who collected the channel.
 */
#include "lotus/lotus_private.h"

#define BACK_MAX INT64_C(86400) /* epochs: 30 days */

/** struct gone - where a channel's life ends. */
struct gone {
	struct lotus *l;
	const struct address *channel;
	int64_t there; /* an epoch at which the channel was on the chain */
	int64_t gone;  /* an epoch at which it no longer was */
};

/* The state at the tipset of that epoch, or at the one before, if the epoch has no block. */
static enum status exists_at(const struct gone *gone, bool *exists, int64_t height)
{
	CLEAN_TIPSET struct tipset tipset = {.key = NULL};
	struct actor actor;
	enum status s = lotus_tipset(
		gone->l, &tipset, "ChainGetTipSetByHeight", json_pack("[I, O]", (json_int_t)height, gone->l->head.key));

	if (s != STATUS_OK)
		return s;
	s = lotus_actor(gone->l, &actor, gone->channel, tipset.key);
	if (s != STATUS_OK && s != STATUS_NOT_FOUND)
		return s;
	*exists = s == STATUS_OK;
	return STATUS_OK;
}

/* Step back until the channel is there. NOT_FOUND if its end is too long ago. */
static enum status step_back(struct gone *gone)
{
	bool exists = false;

	for (int64_t step = 1;; step = step * 2 < PAYCH_SETTLE_DELAY ? step * 2 : PAYCH_SETTLE_DELAY) {
		enum status s;

		gone->there = gone->gone - step;
		if (gone->there < 0 || gone->l->head.height - gone->there > BACK_MAX)
			return STATUS_NOT_FOUND;
		s = exists_at(gone, &exists, gone->there);
		if (s != STATUS_OK || exists)
			return s;
		gone->gone = gone->there;
	}
}

static enum status halve(struct gone *gone)
{
	enum status s = STATUS_OK;

	while (s == STATUS_OK && gone->gone - gone->there > 1) {
		int64_t middle = gone->there + (gone->gone - gone->there) / 2;
		bool exists = false;

		s = exists_at(gone, &exists, middle);
		*(exists ? &gone->there : &gone->gone) = middle;
	}
	return s;
}

/* NOT_FOUND if the channel's end is too long ago. */
static enum status last_state(struct lotus *l, struct node_channel *out, const struct address *channel)
{
	CLEAN_TIPSET struct tipset tipset = {.key = NULL};
	struct gone gone = {.l = l, .channel = channel, .gone = l->head.height};
	enum status s = step_back(&gone);

	if (s != STATUS_OK)
		return s;
	s = halve(&gone);
	if (s != STATUS_OK)
		return s;
	s = lotus_tipset(
		l, &tipset, "ChainGetTipSetByHeight", json_pack("[I, O]", (json_int_t)gone.there, l->head.key));
	return s == STATUS_OK ? lotus_channel_at(l, out, channel, tipset.key) : s;
}

/* A gateway shows no old states, and many a node has none: then the amounts are not known. */
enum status lotus_payout(void *self, struct receipt *r, const struct address *channel)
{
	struct lotus *l = self;
	struct node_channel last;
	struct receipt local;
	enum status s = lotus_collected(l, &local, channel);

	if (s != STATUS_OK)
		return s;
	s = last_state(l, &last, channel);
	if (s == STATUS_REJECTED || s == STATUS_UNSUPPORTED || s == STATUS_NOT_FOUND) {
		error_clear(&l->rpc.error);
		*r = local;
		return STATUS_OK;
	}
	if (s != STATUS_OK)
		return s;
	local.has_payout = amount_sub(&local.returned, &last.balance, &last.state.to_send);
	local.paid = last.state.to_send;
	*r = local;
	return STATUS_OK;
}
