/* channel_view.c - reading channels. */
#include "funds/channel_view.h"

#include "funds/channels.h"
#include "funds/funding.h"
#include "messages/in_flight.h"
#include "store/channel_lists.h"
#include "store/conditional.h"

enum status channel_each_lane(struct party *p, const struct address *channel,
	enum status (*each)(void *ctx, const struct channel_lane *lane), void *ctx)
{
	CLEAN_LANES struct lane_list list = {0};
	enum status listed = store_list_lanes(p->store, &list, channel), s = STATUS_OK;

	if (listed != STATUS_OK && listed != STATUS_CORRUPT)
		return listed;
	for (size_t i = 0; s == STATUS_OK && i < list.count; i++) {
		struct channel_lane lane = {.known = list.at[i], .redeemed = {.redeemed = amount_zero()}};

		s = ledger_lane(p->ledger, &lane.redeemed, channel, lane.known.lane);
		if (s != STATUS_OK && s != STATUS_NOT_FOUND)
			return s;
		lane.on_ledger = s == STATUS_OK;
		s = each(ctx, &lane);
	}
	return s == STATUS_OK ? listed : s;
}

/** struct voucher_visit - the callback for the vouchers of a list. */
struct voucher_visit {
	bool best; /* only the last one of each lane */
	enum status (*each)(void *ctx, const struct voucher *voucher, struct span encoded);
	void *ctx;
};

/*
 * Vouchers come in the order of lane and nonce: a lane's best voucher is the last one before the next lane begins.
 * @listed: the status of the list; CORRUPT still gives the other vouchers.
 */
static enum status visit_vouchers(
	const struct voucher_list *list, enum status listed, const struct voucher_visit *visit)
{
	struct voucher voucher;
	enum status s = STATUS_OK;

	if (listed != STATUS_OK && listed != STATUS_CORRUPT)
		return listed;
	for (size_t i = 0; s == STATUS_OK && i < list->count; i++) {
		if (visit->best && i + 1 < list->count && list->at[i + 1].lane == list->at[i].lane)
			continue;
		if (voucher_decode(&voucher, list->at[i].bytes) != STATUS_OK)
			listed = STATUS_CORRUPT;
		else
			s = visit->each(visit->ctx, &voucher, list->at[i].bytes);
	}
	return s == STATUS_OK ? listed : s;
}

enum status channel_each_voucher(struct party *p, const struct address *channel, bool best,
	enum status (*each)(void *ctx, const struct voucher *voucher, struct span encoded), void *ctx)
{
	CLEAN_VOUCHERS struct voucher_list list = {0};
	const struct voucher_visit visit = {best, each, ctx};
	enum status listed = store_list_vouchers(p->store, &list, channel);

	return visit_vouchers(&list, listed, &visit);
}

enum status channel_each_waiting(struct party *p, const struct address *channel,
	enum status (*each)(void *ctx, const struct voucher *voucher, struct span encoded), void *ctx)
{
	CLEAN_VOUCHERS struct voucher_list list = {0};
	const struct voucher_visit visit = {false, each, ctx};
	enum status listed = store_list_waiting(p->store, &list, channel);

	return visit_vouchers(&list, listed, &visit);
}

static bool is_done(const struct channel *channel)
{
	return channel->collected && (amount_is_zero(&channel->lost) || channel->written_off);
}

enum status channel_each(
	struct party *p, bool open, enum status (*each)(void *ctx, const struct address *channel), void *ctx)
{
	CLEAN_CHANNELS struct channel_list list = {0};
	enum status listed = store_list_channels(p->store, &list), s = STATUS_OK;

	if (listed != STATUS_OK && listed != STATUS_CORRUPT)
		return listed;
	for (size_t i = 0; s == STATUS_OK && i < list.count; i++)
		if (!open || !is_done(&list.at[i]))
			s = each(ctx, &list.at[i].address);
	return s == STATUS_OK ? listed : s;
}

/* Read one channel. */

static enum status load_known(struct party *p, struct channel_view *v)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct address address = v->known.address;
	enum status s = kv_begin_read(store_kv(p->store), &txn);

	if (s != STATUS_OK)
		return s;
	s = store_get_channel(txn, &v->known, &address);
	v->in_store = s == STATUS_OK;
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

static enum status load_head(struct party *p, struct channel_view *v)
{
	enum status s = ledger_epoch(p->ledger, &v->epoch);

	if (s != STATUS_OK)
		return s;
	s = ledger_channel(p->ledger, &v->head, &v->known.address);
	v->on_ledger = s == STATUS_OK;
	paych_release(&v->head);
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

/* Take a message in flight into the view, if the message is for the view's channel. */
static enum status add_in_flight(struct channel_view *v, struct party *p, const struct in_flight *m)
{
	const struct message *message = &m->message.message;
	struct outcome outcome = {.state = MESSAGE_UNKNOWN};
	struct address channel;
	struct cid code;
	enum status s = in_flight_channel(p, &channel, message);

	if (s != STATUS_OK || !address_equal(&channel, &v->known.address))
		return s;
	s = in_flight_outcome(p, &outcome, m);
	if (s != STATUS_OK || !outcome_is_open(&outcome))
		return s;
	v->in_flight++;
	if (!amount_add(&v->arriving, &v->arriving, &message->value))
		return STATUS_BAD_AMOUNT;
	if (!message_creates(message))
		return STATUS_OK;
	v->creating = true;
	v->known.outbound = true;
	return create_params_decode(&code, &v->known.from, &v->known.to, message->params);
}

/** struct arriving - the messages in flight while they are taken into a view. */
struct arriving {
	struct party *p;
	struct channel_view *v;
};

static enum status visit_in_flight(void *ctx, const struct in_flight *m)
{
	const struct arriving *arriving = ctx;

	return add_in_flight(arriving->v, arriving->p, m);
}

/** struct creating_visit - a visit to the channels that messages in flight will create. */
struct creating_visit {
	struct party *p;
	enum status (*each)(void *ctx, const struct address *channel);
	void *ctx;
};

static enum status visit_creating(void *ctx, const struct in_flight *m)
{
	const struct creating_visit *visit = ctx;
	struct channel_view v = {.arriving = amount_zero()};
	enum status s;

	if (!message_creates(&m->message.message))
		return STATUS_OK;
	s = in_flight_channel(visit->p, &v.known.address, &m->message.message);
	if (s == STATUS_OK)
		s = add_in_flight(&v, visit->p, m);
	return s == STATUS_OK && v.creating ? visit->each(visit->ctx, &v.known.address) : s;
}

enum status channel_each_creating(
	struct party *p, enum status (*each)(void *ctx, const struct address *channel), void *ctx)
{
	struct creating_visit visit = {p, each, ctx};

	return in_flight_each(p, visit_creating, &visit);
}

static enum status add_unsubmitted(void *ctx, const struct channel_lane *lane)
{
	struct channel_view *v = ctx;
	struct amount more;

	if (lane->on_ledger && lane->redeemed.nonce >= lane->known.nonce)
		return STATUS_OK;
	if (!amount_sub(&more, &lane->known.amount, &lane->redeemed.redeemed))
		return STATUS_BAD_AMOUNT;
	if (amount_is_negative(&more))
		return STATUS_OK;
	return amount_add(&v->unsubmitted, &v->unsubmitted, &more) ? STATUS_OK : STATUS_BAD_AMOUNT;
}

/* The rest of the balance: an open channel has it for new deals, and a settling one gives it back. */
static enum status find_rest(struct channel_view *v)
{
	struct amount rest, left;

	if (!amount_sub(&rest, &v->head.balance, &v->head.to_send) || !amount_sub(&rest, &rest, &v->unsubmitted) ||
		!amount_sub(&rest, &rest, &v->known.reserved) || !channel_uncommitted(&left, &v->head, &v->known))
		return STATUS_BAD_AMOUNT;
	if (v->head.settling_at != 0)
		v->returning = rest;
	else /* more may be held back, for vouchers that the store has lost */
		v->available = amount_cmp(&left, &rest) < 0 ? left : rest;
	if (amount_is_negative(&v->available)) /* more is promised and reserved than the channel holds */
		v->available = amount_zero();
	return STATUS_OK;
}

enum status channel_view_load(struct party *p, struct channel_view *v, const struct address *channel)
{
	struct channel_view view = {.known = {.address = *channel}, .arriving = amount_zero()};
	struct arriving arriving = {p, &view};
	enum status s = load_known(p, &view);

	if (s != STATUS_OK)
		return s;
	s = load_head(p, &view);
	if (s != STATUS_OK)
		return s;
	if (view.on_ledger && view.in_store)
		s = channel_each_lane(p, channel, add_unsubmitted, &view);
	if (s == STATUS_OK && view.on_ledger)
		s = find_rest(&view);
	if (s != STATUS_OK)
		return s;
	s = in_flight_each(p, visit_in_flight, &arriving);
	if (s != STATUS_OK)
		return s;
	if ((view.creating || view.on_ledger) && view.head.settling_at == 0)
		s = funding_queued(p, &view.queued, view.on_ledger ? &view.head.from : &view.known.from,
			view.on_ledger ? &view.head.to : &view.known.to);
	if (s != STATUS_OK)
		return s;
	*v = view;
	return STATUS_OK;
}

bool channel_view_settled(const struct channel_view *v)
{
	return v->on_ledger && v->head.settling_at != 0 && v->epoch >= v->head.settling_at;
}
