/* ledger.c - passes each query to the functions of the ledger's kind.
 *
 * Refuses to know which kinds there are, and how a ledger works.
 */
#include "chain/ledger.h"

#include <stdlib.h>

struct ledger {
	const struct ledger_ops *ops;
	void *self;
};

enum status ledger_of(struct ledger **out, const struct ledger_ops *ops, void *self)
{
	struct ledger *l = malloc(sizeof(*l));

	if (l == NULL)
		return STATUS_NO_MEMORY;
	*l = (struct ledger){ops, self};
	*out = l;
	return STATUS_OK;
}

const struct error *ledger_error(const struct ledger *l)
{
	static const struct error none;

	return l->ops->error != NULL ? l->ops->error(l->self) : &none;
}

void ledger_close(struct ledger *l)
{
	if (!l)
		return;
	l->ops->close(l->self);
	free(l);
}

void ledger_set_clock(struct ledger *l, int64_t now)
{
	if (l->ops->set_clock)
		l->ops->set_clock(l->self, now);
}

void ledger_set_stop(struct ledger *l, const volatile int *stop)
{
	if (l->ops->set_stop)
		l->ops->set_stop(l->self, stop);
}

void ledger_refresh(struct ledger *l)
{
	if (l->ops->refresh)
		l->ops->refresh(l->self);
}

enum status ledger_network(struct ledger *l, enum network *network)
{
	return l->ops->network(l->self, network);
}

enum status ledger_identity(struct ledger *l, struct ledger_id *id)
{
	return l->ops->identity(l->self, id);
}

enum status ledger_height(struct ledger *l, uint64_t *height)
{
	return l->ops->height(l->self, height);
}

enum status ledger_epoch(struct ledger *l, int64_t *epoch)
{
	return l->ops->epoch(l->self, epoch);
}

enum status ledger_balance(struct ledger *l, struct amount *balance, const struct address *who)
{
	return l->ops->balance(l->self, balance, who);
}

enum status ledger_nonce(struct ledger *l, uint64_t *nonce, const struct address *who)
{
	return l->ops->nonce(l->self, nonce, who);
}

enum status ledger_channel(struct ledger *l, struct paych *head, const struct address *channel)
{
	return l->ops->channel(l->self, head, channel);
}

enum status ledger_lane(struct ledger *l, struct paych_lane *lane, const struct address *channel, uint64_t id)
{
	return l->ops->lane(l->self, lane, channel, id);
}

enum status ledger_last_lane(struct ledger *l, uint64_t *id, const struct address *channel)
{
	return l->ops->last_lane(l->self, id, channel);
}

enum status ledger_each_channel(struct ledger *l, const struct address *from, const struct channel_visit *visit)
{
	return l->ops->each_channel(l->self, from, visit);
}

enum status ledger_collected(struct ledger *l, struct receipt *r, const struct address *channel)
{
	return l->ops->collected(l->self, r, channel);
}

enum status ledger_payout(struct ledger *l, struct receipt *r, const struct address *channel)
{
	return l->ops->payout(l->self, r, channel);
}

enum status ledger_epoch_seconds(struct ledger *l, int64_t *seconds)
{
	return l->ops->epoch_seconds(l->self, seconds);
}

enum status ledger_estimate(struct ledger *l, struct message *m, struct receipt *refusal, const struct amount *max_fee)
{
	return l->ops->estimate(l->self, m, refusal, max_fee);
}

enum status ledger_base_fee(struct ledger *l, struct amount *base_fee)
{
	return l->ops->base_fee(l->self, base_fee);
}

enum status ledger_try(struct ledger *l, struct receipt *r, const struct message *m)
{
	return l->ops->try(l->self, r, m);
}

enum status ledger_channel_code(struct ledger *l, struct cid *code)
{
	return l->ops->channel_code(l->self, code);
}

enum status ledger_created(struct ledger *l, struct address *channel, const struct message *m)
{
	return l->ops->created(l->self, channel, m);
}

enum status ledger_submit(struct ledger *l, struct outcome *o, const struct signed_message *m)
{
	return l->ops->submit(l->self, o, m);
}

enum status ledger_outcome(struct ledger *l, struct outcome *o, const struct signed_message *m)
{
	return l->ops->outcome(l->self, o, m);
}
