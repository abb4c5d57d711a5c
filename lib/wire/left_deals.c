/* left_deals.c - a client's left deals, in an extension of a graphsync response.
 *
 * Knows only the form: the buyer decides what becomes of the deals.
 */
#include "wire/left_deals.h"

void left_deals_put(struct bytes *items, const struct left_deal *deal)
{
	CLEAN_BYTES struct bytes proposal = {0};

	proposal_encode(&proposal, &deal->proposal, RECORD_SORTED);
	cbor_put_array(items, 5);
	cbor_put_uint(items, deal->transfer);
	cbor_put_uint(items, deal->size);
	cbor_put_amount(items, &deal->owed);
	cbor_put_bool(items, deal->over);
	cbor_put_raw(items, bytes_span(&proposal));
	if (proposal.failed)
		items->failed = true;
}

enum status left_deals_next(struct left_deal *deal, struct extension_list *list)
{
	struct left_deal next = {0};
	struct span proposal;
	enum status s = extension_list_next(list, 5);

	if (s != STATUS_OK)
		return s;
	next.transfer = cbor_read_uint(&list->reader);
	next.size = cbor_read_uint(&list->reader);
	cbor_read_amount(&list->reader, &next.owed);
	next.over = cbor_read_bool(&list->reader);
	proposal = cbor_read_any(&list->reader, CBOR_SORTED);
	if (list->reader.status != STATUS_OK)
		return list->reader.status;
	s = proposal_decode(&next.proposal, proposal, RECORD_SORTED);
	if (s != STATUS_OK)
		return s;
	if (amount_is_negative(&next.owed))
		return STATUS_BAD_AMOUNT;
	*deal = next;
	return STATUS_OK;
}
