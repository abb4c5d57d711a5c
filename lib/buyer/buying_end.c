/* buying_end.c - the end of deals on a connection: each gets an outcome. */
#include "buyer/buying_private.h"

#include "buyer/propose.h"

const struct client_deal *buying_deal(const struct open_deal *open)
{
	return receiver_deal(open->receiver);
}

/* A deal may end with this status while the other deals go on. */
bool buying_concerns_one_deal(enum status s)
{
	return s == STATUS_OK || s == STATUS_REJECTED || s == STATUS_NO_FUNDS || s == STATUS_TOO_DEAR ||
	       s == STATUS_NOT_NOW || s == STATUS_PENDING;
}

/* End a deal on this connection with status @s; the last open deal moves into its place. Returns the outcome. */
enum status buying_finish(struct buying *buying, struct open_deal *open, enum status s)
{
	const struct client_deal *deal = buying_deal(open);
	enum status finished = receiver_finish(open->receiver);
	uint64_t id = open->purchase.deal;
	bool over = deal == NULL || deal_is_final(SIDE_CLIENT, deal->state);

	if (finished != STATUS_OK && (s == STATUS_OK || s == STATUS_END || s == STATUS_CUT))
		s = finished;
	if (deal != NULL)
		s = buyer_verdict(buying->p, deal, s);
	receiver_free(open->receiver);
	*open = buying->deals[--buying->open];
	if (!over &&
		buying_concerns_one_deal(s)) { /* the group still has the CAR open, and the deal may be begun again */
		finished = kv_group_commit(store_kv(buying->p->store));
		if (finished != STATUS_OK)
			s = finished;
	}
	if (buying->all->ended != NULL)
		buying->all->ended(buying->all->ctx, id, s);
	return s;
}

/* Does every open deal wait for its channel? */
bool buying_all_pending(const struct buying *buying)
{
	for (size_t i = 0; i < buying->open; i++)
		if (!buying->deals[i].pending)
			return false;
	return true;
}

/* The status with which the connection's end, with status @s, ends this deal. */
static enum status end_status(struct buying *buying, const struct open_deal *open, enum status s)
{
	bool over = s == STATUS_OK || s == STATUS_END || s == STATUS_CUT || s == STATUS_PENDING;

	if (over && open->pending) {
		buying->p->error = open->why;
		return STATUS_PENDING;
	}
	return s == STATUS_OK || s == STATUS_PENDING ? STATUS_END : s;
}

/* The connection has ended with status @s: end all open deals. */
enum status buying_finish_all(struct buying *buying, enum status s)
{
	while (buying->open != 0) {
		enum status ended = buying_finish(buying, &buying->deals[0], end_status(buying, &buying->deals[0], s));

		if (s == STATUS_OK || s == STATUS_CUT || s == STATUS_END)
			s = ended;
	}
	return s;
}
