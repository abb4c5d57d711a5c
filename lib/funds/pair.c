/* pair.c - the search for the open channel of a payer and a payee.
 *
 * INVARIANT 26: the ledger is read while no transaction is open, and the store
 * in short ones before.
 */
#include "funds/pair.h"

#include "binding/binding.h"
#include "funds/channels.h"
#include "store/channel_lists.h"

static enum status consider(struct party *p, struct pair_channel *found, const struct channel *channel)
{
	CLEAN_PAYCH struct paych head = {0};
	enum status s = ledger_channel(p->ledger, &head, &channel->address);

	if (s ==
		STATUS_NOT_FOUND) /* no second channel is opened because an older copy of the ledger does not have the first */
		return binding_was_collected(p, &channel->address);
	if (s != STATUS_OK || head.settling_at != 0)
		return s;
	*found = (struct pair_channel){.any = true, .known = *channel, .head = head};
	found->head.lanes = NULL;
	found->head.lane_count = 0;
	return STATUS_OK;
}

/*
 * The list of channels is read before the ledger: what deals have signed and reserved by then is in the balance that is
 * read after.
 */
enum status pair_find(struct party *p, struct pair_channel *found, const struct address *from, const struct address *to)
{
	CLEAN_CHANNELS struct channel_list list = {0};
	enum status s = store_list_channels(p->store, &list);

	found->any = false;
	for (size_t i = 0; s == STATUS_OK && i < list.count && !found->any; i++) {
		const struct channel *channel = &list.at[i];

		if (channel->outbound && !channel->collected && address_equal(&channel->to, to) &&
			address_equal(&channel->from, from))
			s = consider(p, found, channel);
	}
	return s;
}

enum status pair_find_made(
	struct party *p, struct pair_channel *found, const struct address *from, const struct address *to)
{
	enum status s = pair_find(p, found, from, to);

	if (s != STATUS_OK || found->any)
		return s;
	s = funds_find_channels(p, to);
	return s == STATUS_OK ? pair_find(p, found, from, to) : s;
}
