/* lost.c - deals that can't be gone on with, because their blocks were lost here, or their lane was lost by the provider.
 *
 * The blocks of an open deal lie in a file. A file that was cut off, emptied or
 * removed - by a crash, a person, an older copy - can't be gone on with: the walk
 * of the deal is beyond it. The deal is cancelled, and the next deal for the same
 * content begins with the blocks that are left.
 *
 * A provider whose home is an older copy has forgotten which deal a lane pays for. If the ledger has redeemed our voucher
 * meanwhile, the voucher is worth nothing more to the provider, who refuses it: for all that the provider knows, it paid
 * for another deal. The next deal for the same content begins with the blocks that are here, and nothing is paid twice.
 */
#include <stdlib.h>

#include "base/array.h"
#include "basket/basket_private.h"
#include "blocks/deal_blocks.h"
#include "buyer/propose.h"
#include "chain/ledger.h"
#include "store/payloads.h"

/** struct open_deals - the open deals for one payload. */
struct open_deals {
	struct kv_txn *txn;
	uint64_t *ids;
	size_t count, room;
};

static enum status add_open(void *ctx, uint64_t id)
{
	struct open_deals *open = ctx;
	struct client_deal deal;
	enum status s = store_get_client(open->txn, &deal, id);
	uint64_t *grown;

	if (s != STATUS_OK || deal_is_final(SIDE_CLIENT, deal.state))
		return s;
	grown = array_grow(open->ids, open->count, &open->room, sizeof(*grown));
	if (grown == NULL)
		return STATUS_NO_MEMORY;
	open->ids = grown;
	open->ids[open->count++] = id;
	return STATUS_OK;
}

static enum status find_open(struct party *p, struct open_deals *open, const struct cid *payload)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_read(store_kv(p->store), &txn);

	if (s != STATUS_OK)
		return s;
	open->txn = txn;
	return store_each_part(txn, payload, add_open, open);
}

static enum status give_up_if_lost(struct party *p, uint64_t id)
{
	bool lost = false;
	enum status s = deal_blocks_are_lost(p, &lost, id);

	return s == STATUS_OK && lost ? basket_give_up(p, id) : s;
}

enum status basket_give_up_lost(struct basket *w, const struct cid *payload)
{
	struct open_deals open = {0};
	enum status s = find_open(w->p, &open, payload);

	for (size_t i = 0; i < open.count && s == STATUS_OK; i++)
		s = give_up_if_lost(w->p, open.ids[i]);
	free(open.ids);
	return s;
}

bool basket_lane_is_forgotten(const struct party *p, const struct client_deal *deal)
{
	struct paych_lane lane;

	return !deal_is_final(SIDE_CLIENT, deal->state) && deal->has_lane && deal->voucher_nonce != 0 &&
	       p->ledger != NULL && ledger_lane(p->ledger, &lane, &deal->channel, deal->lane) == STATUS_OK &&
	       lane.nonce >= deal->voucher_nonce;
}

enum status basket_give_up(struct party *p, uint64_t deal)
{
	CLEAN_BYTES struct bytes unsent = {0};
	enum status s = buyer_cancel(p, &unsent, deal);

	p->done[0] = '\0';
	return s;
}
