/* lost.c - deals whose blocks were lost from the store.
 *
 * The blocks of an open deal lie in a file. A file that was cut off, emptied or
 * removed - by a crash, a person, an older copy - can't be gone on with: the walk
 * of the deal is beyond it. The deal is cancelled, and the next deal for the same
 * content begins with the blocks that are left.
 */
#include <stdlib.h>

#include "base/array.h"
#include "basket/basket_private.h"
#include "blocks/deal_blocks.h"
#include "buyer/propose.h"
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

/* The frames of the cancellation go out with the next proposal for the same content. */
static enum status give_up(struct party *p, uint64_t id)
{
	CLEAN_BYTES struct bytes unsent = {0};
	bool lost = false;
	enum status s = deal_blocks_are_lost(p, &lost, id);

	if (s != STATUS_OK || !lost)
		return s;
	s = buyer_cancel(p, &unsent, id);
	p->done[0] = '\0';
	return s;
}

enum status basket_give_up_lost(struct basket *w, const struct cid *payload)
{
	struct open_deals open = {0};
	enum status s = find_open(w->p, &open, payload);

	for (size_t i = 0; i < open.count && s == STATUS_OK; i++)
		s = give_up(w->p, open.ids[i]);
	free(open.ids);
	return s;
}
