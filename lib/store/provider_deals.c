/* provider_deals.c - the deals of a provider.
 *
 * Knows the tables of a provider's deal. Does not know its rules (lib/deal).
 */
#include "store/deals_private.h"

struct provider_view {
	struct provider_deal d;
	struct deal_extras extras;
};

#define PROVIDER(member) offsetof(struct provider_view, d.member)
static const struct field provider_fields[] = {
	{"id", FIELD_UINT, PROVIDER(id)},
	{"number", FIELD_UINT, PROVIDER(number)},
	{"request", FIELD_BYTES, offsetof(struct provider_view, extras.request)},
	{"transfer", FIELD_UINT, PROVIDER(transfer)},
	{"payload", FIELD_CID, PROVIDER(payload)},
	{"params", FIELD_RECORD, PROVIDER(params), &deal_params_record},
	{"state", FIELD_UINT, offsetof(struct provider_view, extras.state)},
	{"message", FIELD_TEXT, offsetof(struct provider_view, extras.message)},
	{"content", FIELD_UINT, PROVIDER(content)},
	{"payee", FIELD_ADDRESS_OR_NULL, PROVIDER(payee)},
	{"channel", FIELD_ADDRESS_OR_NULL, PROVIDER(channel)},
	{"lane", FIELD_UINT, PROVIDER(lane)},
};
static const struct field provider_money_fields[] = {
	{"received", FIELD_AMOUNT, PROVIDER(funds_received)},
	{"sent", FIELD_UINT, PROVIDER(total_sent)},
	{"blocks", FIELD_UINT, PROVIDER(blocks_sent)},
	{"interval", FIELD_UINT, PROVIDER(current_interval)},
	{"all_sent", FIELD_BOOL, PROVIDER(all_blocks_sent)},
	{"resume_sent", FIELD_UINT, PROVIDER(resume_sent)},
	{"resume_blocks", FIELD_UINT, PROVIDER(resume_blocks)},
};
static const struct record provider_terms_record = RECORD(provider_fields);
static const struct record provider_money_record = RECORD(provider_money_fields);
static const struct field provider_held_fields[] = {
	{"links", FIELD_UINT, PROVIDER(skip_links)},
	{"blocks", FIELD_UINT, PROVIDER(seeded_blocks)},
};
static const struct record provider_held_record = RECORD(provider_held_fields);
static const struct field provider_resend_fields[] = {
	{"stalled", FIELD_BOOL, PROVIDER(stalled)},
	{"asked", FIELD_BOOL, PROVIDER(resend)},
	{"links", FIELD_UINT, PROVIDER(resend_links)},
	{"wire_id", FIELD_UINT, PROVIDER(wire_id)},
	{"restarted", FIELD_BOOL, PROVIDER(restarted)},
};
static const struct record provider_resend_record = RECORD(provider_resend_fields);
static const struct field provider_debt_fields[] = {
	{"moved", FIELD_UINT, PROVIDER(moved)},
	{"carried", FIELD_UINT, PROVIDER(carried)},
};
static const struct record provider_debt_record = RECORD(provider_debt_fields);
static const struct field provider_pardon_fields[] = {
	{"forgiven", FIELD_BOOL, PROVIDER(forgiven)},
};
static const struct record provider_pardon_record = RECORD(provider_pardon_fields);
static const struct field provider_parts[] = {
	{"deal", FIELD_RECORD, 0, &provider_terms_record},
	{"money", FIELD_RECORD, 0, &provider_money_record},
	{"held", FIELD_RECORD, 0, &provider_held_record, .since = 1},
	{"resend", FIELD_RECORD, 0, &provider_resend_record, .since = 2},
	{"debt", FIELD_RECORD, 0, &provider_debt_record, .since = 3},
	{"pardon", FIELD_RECORD, 0, &provider_pardon_record, .since = 4},
};
static const struct record provider_record = RECORD(provider_parts);

enum status store_get_provider(struct kv_txn *t, struct provider_deal *d, uint64_t id)
{
	struct key_buffer key = deal_key(SIDE_PROVIDER, id);
	struct provider_view v = {0};
	struct deal_parts parts = {v.d.request, v.d.message, &v.d.state, &v.d.params};
	enum status s = record_get(t, &key, &provider_record, &v, sizeof(v));

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

enum status store_put_provider(struct kv_txn *t, const struct provider_deal *d)
{
	struct key_buffer key = deal_key(SIDE_PROVIDER, d->id);
	struct provider_view v = {
		.d = *d, .extras = {span_of(d->request, REQUEST_ID_SIZE), span_text(d->message), d->state}};
	struct deal_labels labels = {d->number, d->transfer, d->request};
	enum status s = deal_put_names(t, (struct deal_name){SIDE_PROVIDER, d->id}, &labels);

	return s == STATUS_OK ? record_put(t, &key, &provider_record, &v) : s;
}
