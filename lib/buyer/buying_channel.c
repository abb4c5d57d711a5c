/* buying_channel.c - channels for the open deals of a connection: one message funds as many of them as it can.
 *
 * Knows which deals pay the same payee, and which wait for another deal's
 * message.  Refuses to know how a channel is found, opened or funded.
 */
#include "buyer/buying_private.h"
#include "opening/open_channel.h"

/* Does this deal lack a channel to the payee of @deal, or will it once it is accepted? */
static bool lacks_channel(const struct open_deal *open, const struct client_deal *deal)
{
	const struct client_deal *other = buying_deal(open);

	return !open->purchase.ends && !open->pending && !client_is_free(other) &&
	       (other->state == DEAL_WAIT_FOR_ACCEPTANCE || client_wants_channel(other)) &&
	       address_equal(&other->provider, &deal->provider);
}

/* What to move ahead, in one message with the funds of @open: for later deals, and for the open deals that lack a channel. */
static enum status funds_ahead(const struct buying *buying, const struct open_deal *open, struct amount *ahead)
{
	*ahead = *open->purchase.ahead;
	for (size_t i = 0; i < buying->open; i++) {
		const struct open_deal *other = &buying->deals[i];

		if (other != open && lacks_channel(other, buying_deal(open)) &&
			!amount_add(ahead, ahead, &buying_deal(other)->total_funds))
			return STATUS_BAD_AMOUNT;
	}
	return STATUS_OK;
}

/*
 * The message on its way for @open has funds for these deals too: none of them sends one, and the next run sees what is
 * still missing. The blocks up to the first payment come meanwhile.
 */
static void wait_together(struct buying *buying, struct open_deal *open)
{
	open->pending = true;
	open->why = buying->p->error;
	error_clear(&buying->p->error);
	for (size_t i = 0; i < buying->open && open->purchase.ahead != NULL; i++) {
		struct open_deal *other = &buying->deals[i];

		if (!lacks_channel(other, buying_deal(open)))
			continue;
		other->covered = true;
		other->why = open->why;
	}
}

enum status buying_open_channel(struct buying *buying, struct open_deal *open)
{
	bool more = open->purchase.ahead != NULL;
	struct amount ahead;
	enum status s;

	if (open->pending || open->covered) {
		open->pending = true;
		return STATUS_OK;
	}
	s = receiver_finish(open->receiver);
	if (s != STATUS_OK)
		return s;
	s = more ? funds_ahead(buying, open, &ahead) : STATUS_OK;
	if (s != STATUS_OK)
		return s;
	s = buyer_open_channel(buying->p, open->purchase.deal, open->purchase.funds, more ? &ahead : NULL);
	if (s == STATUS_PENDING) {
		wait_together(buying, open);
		s = STATUS_OK;
	}
	return s == STATUS_OK ? receiver_reload(open->receiver) : s;
}
