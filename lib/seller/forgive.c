/* forgive.c - a provider writes off what a client owes for a deal. */
#include "seller/forgive.h"

#include <inttypes.h>

#include "store/clients.h"
#include "store/deals.h"

/* END if the deal owes nothing. */
static enum status forgive(struct party *party, struct amount *owed, uint64_t id)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct provider_deal deal;
	struct tally before;
	enum status s = kv_begin_write(store_kv(party->store), &txn);

	if (s != STATUS_OK)
		return s;
	s = store_get_provider(txn, &deal, id);
	if (s != STATUS_OK)
		return s;
	before = provider_tally(&deal);
	if (!before.unpaid && !before.cancelled)
		return STATUS_END;
	*owed = before.owed;
	deal.forgiven = true;
	s = store_count_deal(txn, &deal, &before);
	if (s != STATUS_OK)
		return s;
	s = store_put_provider(txn, &deal);
	return s == STATUS_OK ? kv_commit(&txn) : s;
}

enum status seller_forgive(struct party *party, uint64_t id)
{
	char digits[AMOUNT_TEXT_MAX];
	struct amount owed;
	enum status s = forgive(party, &owed, id);

	if (s == STATUS_END)
		party_done(party, "nothing is owed for deal %" PRIu64, id);
	else if (s == STATUS_OK)
		party_done(party, "deal %" PRIu64 ": %s afil are forgiven", id, amount_decimal(digits, &owed));
	return s == STATUS_END ? STATUS_OK : s;
}
