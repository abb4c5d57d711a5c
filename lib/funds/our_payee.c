/* our_payee.c - does a channel pay to us?
 *
 * Knows that the payee of an offer of ours is one of ours, also where its key is
 * on another machine.
 */
#include "funds/our_payee.h"

#include "store/channels.h"
#include "store/contents.h"

/** struct payees - a search for an offer by its payee. */
struct payees {
	const struct address *wanted;
};

/* EXISTS once the offer is found. */
static enum status look_at_offer(void *ctx, const struct offer *offer, uint64_t content)
{
	const struct payees *payees = ctx;

	(void)content;
	return address_equal(&offer->payment_address, payees->wanted) ? STATUS_EXISTS : STATUS_OK;
}

static enum status is_ours(
	struct party *party, struct kv_txn *txn, bool *ours, const struct paych *head, const struct address *address)
{
	struct payees payees = {&head->to};
	struct channel channel;
	enum status s = store_get_channel(txn, &channel, address);

	if (s == STATUS_OK)
		*ours = !channel.outbound;
	if (s != STATUS_NOT_FOUND)
		return s;
	if (party->has_key) {
		struct address self = address_of_key(party->key.public);

		*ours = address_equal(&self, &head->to);
		if (*ours)
			return STATUS_OK;
	}
	s = store_each_offer(txn, look_at_offer, &payees);
	*ours = s == STATUS_EXISTS;
	return *ours ? STATUS_OK : s;
}

enum status funds_check_payee(
	struct party *party, struct kv_txn *txn, const struct paych *head, const struct address *channel)
{
	char text[ADDRESS_TEXT_MAX];
	bool ours = false;
	enum status s = is_ours(party, txn, &ours, head, channel);

	if (s != STATUS_OK || ours)
		return s;
	return party_fail(party, STATUS_WRONG_CHANNEL, "channel %s does not pay to us",
		address_text(text, channel, party->network));
}
