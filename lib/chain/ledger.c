/* ledger.c - passes each query to the functions of the ledger's kind.
 *
 * Refuses to know which kinds there are, and how a ledger works.
 */
#include "chain/ledger.h"

#include <stdlib.h>

struct ledger {
	const struct ledger_ops *ops;
	void *self;
	struct ledger_guard guard; /* all zero: nobody watches */
};

/* A query may wait for a node: the guard prepares whoever asks for that. */
static enum status before(struct ledger *l)
{
	return l->guard.before != NULL ? l->guard.before(l->guard.ctx) : STATUS_OK;
}

enum status ledger_of(struct ledger **out, const struct ledger_ops *ops, void *self)
{
	struct ledger *l = malloc(sizeof(*l));

	if (l == NULL)
		return STATUS_NO_MEMORY;
	*l = (struct ledger){.ops = ops, .self = self};
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

void ledger_set_guard(struct ledger *l, struct ledger_guard guard)
{
	l->guard = guard;
}

bool ledger_is_remote(const struct ledger *l)
{
	return l->ops->remote;
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
	enum status s = before(l);

	return s == STATUS_OK ? l->ops->network(l->self, network) : s;
}

enum status ledger_identity(struct ledger *l, struct ledger_id *id)
{
	enum status s = before(l);

	return s == STATUS_OK ? l->ops->identity(l->self, id) : s;
}

enum status ledger_height(struct ledger *l, uint64_t *height)
{
	enum status s = before(l);

	return s == STATUS_OK ? l->ops->height(l->self, height) : s;
}

enum status ledger_epoch(struct ledger *l, int64_t *epoch)
{
	enum status s = before(l);

	return s == STATUS_OK ? l->ops->epoch(l->self, epoch) : s;
}

enum status ledger_balance(struct ledger *l, struct amount *balance, const struct address *who)
{
	enum status s = before(l);

	return s == STATUS_OK ? l->ops->balance(l->self, balance, who) : s;
}

enum status ledger_nonce(struct ledger *l, uint64_t *nonce, const struct address *who)
{
	enum status s = before(l);

	return s == STATUS_OK ? l->ops->nonce(l->self, nonce, who) : s;
}

enum status ledger_channel(struct ledger *l, struct paych *head, const struct address *channel)
{
	enum status s = before(l);

	return s == STATUS_OK ? l->ops->channel(l->self, head, channel) : s;
}

enum status ledger_final_channel(struct ledger *l, struct paych *head, const struct address *channel)
{
	enum status s = before(l);

	return s == STATUS_OK ? l->ops->final_channel(l->self, head, channel) : s;
}

enum status ledger_lane(struct ledger *l, struct paych_lane *lane, const struct address *channel, uint64_t id)
{
	enum status s = before(l);

	return s == STATUS_OK ? l->ops->lane(l->self, lane, channel, id) : s;
}

enum status ledger_last_lane(struct ledger *l, uint64_t *id, const struct address *channel)
{
	enum status s = before(l);

	return s == STATUS_OK ? l->ops->last_lane(l->self, id, channel) : s;
}

enum status ledger_each_channel(struct ledger *l, const struct address *from, const struct channel_visit *visit)
{
	enum status s = before(l);

	return s == STATUS_OK ? l->ops->each_channel(l->self, from, visit) : s;
}

enum status ledger_collected(struct ledger *l, struct receipt *r, const struct address *channel)
{
	enum status s = before(l);

	return s == STATUS_OK ? l->ops->collected(l->self, r, channel) : s;
}

enum status ledger_payout(struct ledger *l, struct receipt *r, const struct address *channel)
{
	enum status s = before(l);

	return s == STATUS_OK ? l->ops->payout(l->self, r, channel) : s;
}

enum status ledger_epoch_seconds(struct ledger *l, int64_t *seconds)
{
	enum status s = before(l);

	return s == STATUS_OK ? l->ops->epoch_seconds(l->self, seconds) : s;
}

enum status ledger_estimate(struct ledger *l, struct message *m, struct receipt *refusal, const struct amount *max_fee)
{
	enum status s = before(l);

	return s == STATUS_OK ? l->ops->estimate(l->self, m, refusal, max_fee) : s;
}

enum status ledger_base_fee(struct ledger *l, struct amount *base_fee)
{
	enum status s = before(l);

	return s == STATUS_OK ? l->ops->base_fee(l->self, base_fee) : s;
}

enum status ledger_try(struct ledger *l, struct receipt *r, const struct message *m)
{
	enum status s = before(l);

	return s == STATUS_OK ? l->ops->try(l->self, r, m) : s;
}

enum status ledger_channel_code(struct ledger *l, struct cid *code)
{
	enum status s = before(l);

	return s == STATUS_OK ? l->ops->channel_code(l->self, code) : s;
}

enum status ledger_created(struct ledger *l, struct address *channel, const struct message *m)
{
	enum status s = before(l);

	return s == STATUS_OK ? l->ops->created(l->self, channel, m) : s;
}

enum status ledger_submit(struct ledger *l, struct outcome *o, const struct signed_message *m)
{
	enum status s = before(l);

	return s == STATUS_OK ? l->ops->submit(l->self, o, m) : s;
}

enum status ledger_outcome(struct ledger *l, struct outcome *o, const struct signed_message *m)
{
	enum status s = before(l);

	return s == STATUS_OK ? l->ops->outcome(l->self, o, m) : s;
}
