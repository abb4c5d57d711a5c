/* recovery.c - the best vouchers of a channel, in an extension of a graphsync response.
 *
 * Knows only the form: the buyer checks the vouchers.
 */
#include "wire/recovery.h"

void best_vouchers_put(struct bytes *items, uint64_t deal, struct span voucher)
{
	cbor_put_array(items, 2);
	cbor_put_uint(items, deal);
	cbor_put_raw(items, voucher);
}

enum status best_vouchers_next(struct best_voucher *best, struct extension_list *list)
{
	struct best_voucher next = {0};
	enum status s = extension_list_next(list, 2);

	if (s != STATUS_OK)
		return s;
	next.deal = cbor_read_uint(&list->reader);
	voucher_read(&list->reader, &next.voucher);
	if (list->reader.status != STATUS_OK)
		return list->reader.status;
	*best = next;
	return STATUS_OK;
}
