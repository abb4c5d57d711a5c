/* client_deals.c - the deals of a client.
 *
 * Knows the tables of a client's deal. Does not know its rules (lib/deal).
 */
#include "store/deals_private.h"

struct client_view {
	struct client_deal d;
	struct deal_extras extras;
};

#define CLIENT(member) offsetof(struct client_view, d.member)
static const struct field client_fields[] = {
	{"id", FIELD_UINT, CLIENT(id)},
	{"number", FIELD_UINT, CLIENT(number)},
	{"request", FIELD_BYTES, offsetof(struct client_view, extras.request)},
	{"transfer", FIELD_UINT, CLIENT(transfer)},
	{"payload", FIELD_CID, CLIENT(payload)},
	{"params", FIELD_RECORD, CLIENT(params), &deal_params_record},
	{"state", FIELD_UINT, offsetof(struct client_view, extras.state)},
	{"message", FIELD_TEXT, offsetof(struct client_view, extras.message)},
	{"client", FIELD_ADDRESS_OR_NULL, CLIENT(client)},
	{"provider", FIELD_ADDRESS_OR_NULL, CLIENT(provider)},
	{"channel", FIELD_ADDRESS_OR_NULL, CLIENT(channel)},
	{"has_lane", FIELD_BOOL, CLIENT(has_lane)},
	{"lane", FIELD_UINT, CLIENT(lane)},
	{"wait", FIELD_CID_OR_NULL, CLIENT(wait_message)},
	{"size", FIELD_UINT, CLIENT(size)},
};
static const struct field client_money_fields[] = {
	{"total_funds", FIELD_AMOUNT, CLIENT(total_funds)},
	{"max_total", FIELD_AMOUNT, CLIENT(max_total)},
	{"spent", FIELD_AMOUNT, CLIENT(funds_spent)},
	{"requested", FIELD_AMOUNT, CLIENT(payment_requested)},
	{"shortfall", FIELD_AMOUNT, CLIENT(shortfall)},
	{"last_requested", FIELD_BOOL, CLIENT(last_payment_requested)},
	{"unseal_requested", FIELD_BOOL, CLIENT(unseal_requested)},
	{"all_received", FIELD_BOOL, CLIENT(all_blocks_received)},
	{"received", FIELD_UINT, CLIENT(total_received)},
	{"blocks", FIELD_UINT, CLIENT(blocks_received)},
	{"paid_for", FIELD_UINT, CLIENT(bytes_paid_for)},
	{"interval", FIELD_UINT, CLIENT(current_interval)},
	{"nonce", FIELD_UINT, CLIENT(voucher_nonce)},
};
static const struct record client_terms_record = RECORD(client_fields);
static const struct record client_money_record = RECORD(client_money_fields);
static const struct field client_inherited_fields[] = {
	{"bytes", FIELD_UINT, CLIENT(inherited)},
	{"blocks", FIELD_UINT, CLIENT(inherited_blocks)},
	{"held", FIELD_UINT, CLIENT(skip_links)},
	{"unasked", FIELD_BOOL, CLIENT(unasked)},
};
static const struct record client_inherited_record = RECORD(client_inherited_fields);
/* All parts lie in one struct: the offsets of each record count from the start of that struct. */
static const struct field client_parts[] = {
	{"deal", FIELD_RECORD, 0, &client_terms_record},
	{"money", FIELD_RECORD, 0, &client_money_record},
	{"inherited", FIELD_RECORD, 0, &client_inherited_record, .since = 1},
};
static const struct record client_record = RECORD(client_parts);

enum status store_get_client(struct kv_txn *t, struct client_deal *d, uint64_t id)
{
	struct key_buffer key = deal_key(SIDE_CLIENT, id);
	struct client_view v = {0};
	struct deal_parts parts = {v.d.request, v.d.message, &v.d.state, &v.d.params};
	enum status s = record_get(t, &key, &client_record, &v, sizeof(v));

	if (s != STATUS_OK)
		return s;
	s = deal_restore(&parts, &v.extras);
	if (s != STATUS_OK)
		return s;
	if (v.d.id != id)
		return STATUS_CORRUPT;
	*d = v.d;
	return STATUS_OK;
}

enum status store_put_client(struct kv_txn *t, const struct client_deal *d)
{
	struct key_buffer key = deal_key(SIDE_CLIENT, d->id);
	struct client_view v = {
		.d = *d, .extras = {span_of(d->request, REQUEST_ID_SIZE), span_text(d->message), d->state}};
	struct deal_labels labels = {d->number, d->transfer, d->request};
	enum status s = deal_put_names(t, (struct deal_name){SIDE_CLIENT, d->id}, &labels);

	return s == STATUS_OK ? record_put(t, &key, &client_record, &v) : s;
}
