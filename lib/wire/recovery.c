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

void best_vouchers_encode(struct bytes *out, struct span items, size_t count)
{
	cbor_put_array(out, count);
	cbor_put_raw(out, items);
}

enum status best_vouchers_open(struct best_vouchers *list, const struct graphsync_response *response)
{
	struct span value;
	enum status s;

	if (response->extensions.len == 0)
		return STATUS_NOT_FOUND;
	s = graphsync_extension(&value, response->extensions, EXT_BEST_VOUCHERS);
	return s == STATUS_OK ? best_vouchers_read(list, value) : s;
}

enum status best_vouchers_read(struct best_vouchers *list, struct span value)
{
	list->reader = cbor_reader(value);
	list->left = cbor_read_array(&list->reader);
	if (list->left > BEST_VOUCHERS_MAX)
		cbor_fail(&list->reader, STATUS_TOO_LARGE);
	return list->reader.status;
}

enum status best_vouchers_next(struct best_voucher *best, struct best_vouchers *list)
{
	struct best_voucher next = {0};

	if (list->left == 0) {
		enum status s = cbor_end(&list->reader);

		return s == STATUS_OK ? STATUS_END : s;
	}
	list->left--;
	cbor_expect_array(&list->reader, 2);
	next.deal = cbor_read_uint(&list->reader);
	voucher_read(&list->reader, &next.voucher);
	if (list->reader.status != STATUS_OK)
		return list->reader.status;
	*best = next;
	return STATUS_OK;
}
