/* find_channel.c - the search for the channel that a deal can use.
 *
 * INVARIANT 26: the ledger is read while no transaction is open, and the store
 * in short ones before.
 */
#include "funds/binding.h"
#include "funds/channels.h"
#include "funds/in_flight.h"
#include "opening/opening_private.h"
#include "store/channel_lists.h"

/* Read the state of a channel on the ledger, without its lanes. No transaction is open: a node may take its time. */
enum status opening_read_head(struct opening *opening, struct paych *out, const struct address *channel)
{
	CLEAN_PAYCH struct paych head = {0};
	enum status s = ledger_channel(opening->p->ledger, &head, channel);

	if (s != STATUS_OK)
		return s;
	*out = head;
	out->lanes = NULL;
	out->lane_count = 0;
	return STATUS_OK;
}

static enum status consider_channel(struct opening *opening, const struct channel *channel)
{
	struct paych head;
	enum status s;

	if (!channel->outbound || channel->collected || !address_equal(&channel->to, &opening->to) ||
		!address_equal(&channel->from, &opening->from))
		return STATUS_OK;
	s = opening_read_head(opening, &head, &channel->address);
	if (s ==
		STATUS_NOT_FOUND) /* no second channel is opened because an older copy of the ledger does not have the first */
		return binding_was_collected(opening->p, &channel->address);
	if (s != STATUS_OK || head.settling_at != 0)
		return s;
	opening->found = *channel;
	opening->head = head;
	opening->any = true;
	return STATUS_OK;
}

/*
 * Find one of our channels to the deal's provider, if there is one. The list of channels is read before the ledger: what
 * other deals have signed and reserved by then is in the balance that is read after.
 */
static enum status find_channel(struct opening *opening)
{
	CLEAN_CHANNELS struct channel_list list = {0};
	enum status s = store_list_channels(opening->p->store, &list);

	for (size_t i = 0; s == STATUS_OK && i < list.count && !opening->any; i++)
		s = consider_channel(opening, &list.at[i]);
	return s;
}

/* Read the deal, and find one of our channels to its provider. */
enum status opening_search(struct opening *opening, struct client_deal *deal)
{
	enum status s = party_get_client(opening->p, deal, opening->deal);

	if (s != STATUS_OK)
		return s;
	s = party_address(opening->p, &opening->from);
	if (s != STATUS_OK)
		return s;
	opening->to = deal->provider;
	opening->amount = deal->total_funds; /* the deal records that an amount was given */
	return find_channel(opening);
}

/* A channel of ours on the ledger is not opened a second time, even if the store has no record of the channel. */
static enum status find_on_ledger(struct opening *opening, struct client_deal *deal)
{
	enum status s = funds_find_channels(opening->p, &deal->provider);

	return s == STATUS_OK ? opening_search(opening, deal) : s;
}

/*
 * Another deal's message may be about to create the channel to this provider: this deal waits for that channel, and
 * adds its own funds then.
 */
static enum status check_creating(struct opening *opening)
{
	char text[ADDRESS_TEXT_MAX];
	struct party *p = opening->p;
	enum status s;

	for (;;) {
		s = in_flight_find_creating(p, &opening->from, &opening->to, opening->about);
		if (s == STATUS_NOT_FOUND)
			return STATUS_OK;
		if (s != STATUS_OK)
			return s;
		s = in_flight_pause(p);
		if (s == STATUS_PENDING)
			return party_fail(p, s, "a channel to %s is being created for another deal",
				address_text(text, &opening->to, p->network));
		if (s != STATUS_OK)
			return s;
	}
}

/* The channel that the store does not have may be on the ledger, or on its way there. */
enum status opening_find_made(struct opening *opening, struct client_deal *deal)
{
	enum status s = check_creating(opening);

	return s == STATUS_OK ? find_on_ledger(opening, deal) : s;
}

/* The amount that the channel lacks for the deal: zero or less if nothing. */
static enum status missing_by_head(struct opening *opening, struct amount *missing)
{
	struct amount left;

	return channel_uncommitted(&left, &opening->head, &opening->found) &&
			       amount_sub(missing, &opening->amount, &left)
		       ? STATUS_OK
		       : STATUS_BAD_AMOUNT;
}

/* No money is moved because of a balance that was read before another process has added to it. */
enum status opening_find_missing(struct opening *opening, struct amount *missing)
{
	enum status s = missing_by_head(opening, missing);

	if (s != STATUS_OK || amount_is_negative(missing) || amount_is_zero(missing))
		return s;
	ledger_refresh(opening->p->ledger);
	s = opening_read_head(opening, &opening->head, &opening->found.address);
	return s == STATUS_OK ? missing_by_head(opening, missing) : s;
}
