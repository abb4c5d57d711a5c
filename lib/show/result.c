/* result.c - the effect of a command on a deal or an offer, as JSON, or in words. */
#include "show/result.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>

#include "base/text.h"
#include "buyer/left_deals.h"
#include "proof/offer_statement.h"
#include "show/show.h"

json_t *result_bought(const struct client_deal *deal)
{
	return json_pack("{s:o, s:s, s:s, s:o, s:o, s:o, s:o, s:o}", "deal", tool_json_id(deal->id), "side", "client",
		"state", deal_state_name(deal->state), "payload", show_cid(&deal->payload), "provider",
		show_address(&deal->provider), "bytes", show_bytes(deal->total_received), "blocks",
		show_bytes(deal->blocks_received), "paid", tool_json_amount(&deal->funds_spent));
}

/* The payment that is due now; false if there is none that fits an amount. */
static bool is_due(struct amount *due, const struct client_deal *deal)
{
	return client_due(due, deal) && amount_sub(due, due, &deal->funds_spent);
}

/* The stream ended, and no payment is due by our own count, perhaps unlike the provider's. */
static enum status explain_end(struct party *p, const struct client_deal *deal, const struct amount *early)
{
	char amount[AMOUNT_TEXT_MAX], size[TOOL_SIZE_MAX];

	tool_size_text(size, deal->total_received);
	if (amount_is_zero(early))
		return party_fail(p, STATUS_END,
			"the stream ended early: %" PRIu64
			" block%s, %s verified and kept; run again with the rest of the stream",
			deal->blocks_received, text_plural(deal->blocks_received), size);
	return party_fail(p, STATUS_END,
		"the stream ended early: the provider asks for %s afil before the blocks have come: %" PRIu64
		" block%s, %s verified and kept; run again with the rest of the stream",
		amount_decimal(amount, early), deal->blocks_received, text_plural(deal->blocks_received), size);
}

enum status result_explain_bought(struct party *p, const struct client_deal *deal, const struct amount *early)
{
	char amount[AMOUNT_TEXT_MAX], size[TOOL_SIZE_MAX];
	struct amount due;
	enum status s = buyer_outcome(deal);

	tool_size_text(size, deal->total_received);
	if (s == STATUS_PAYMENT_NEEDED && is_due(&due, deal)) {
		party_hint(p, "%s --deal %" PRIu64, deal->has_lane ? "make-voucher" : "channel open", deal->id);
		return party_fail(p, s, "payment needed: %" PRIu64 " block%s, %s verified, %s afil due",
			deal->blocks_received, text_plural(deal->blocks_received), size, amount_decimal(amount, &due));
	}
	if (s == STATUS_REJECTED)
		buyer_hint_left(p, deal);
	if (s == STATUS_NO_FUNDS || s == STATUS_REJECTED)
		return party_fail(p, s, "%s", deal->message);
	if (s == STATUS_END)
		return explain_end(p, deal, early);
	party_done(p, "deal %" PRIu64 ": %s, %" PRIu64 " block%s, %s verified, %s afil spent", deal->id,
		deal_state_name(deal->state), deal->blocks_received, text_plural(deal->blocks_received), size,
		amount_decimal(amount, &deal->funds_spent));
	return s;
}

json_t *result_sold(const struct provider_deal *deal)
{
	struct amount unpaid;

	if (!provider_unpaid(&unpaid, deal))
		unpaid = amount_zero();
	return json_pack("{s:o, s:s, s:s, s:o, s:o, s:o, s:o, s:o}", "deal", tool_json_id(deal->id), "side", "provider",
		"state", deal_state_name(deal->state), "payload", show_cid(&deal->payload), "bytes",
		show_bytes(deal->total_sent), "blocks", show_bytes(deal->blocks_sent), "received",
		tool_json_amount(&deal->funds_received), "unpaid", tool_json_amount(&unpaid));
}

enum status result_deal(struct tool *t, const struct deal_name *name)
{
	struct provider_deal sold;
	struct client_deal bought;
	enum status s;

	if (!t->json)
		return STATUS_OK;
	if (name->side == SIDE_CLIENT)
		s = party_get_client(&t->party, &bought, name->id);
	else
		s = party_get_provider(&t->party, &sold, name->id);
	if (s != STATUS_OK)
		return s;
	tool_result(t, name->side == SIDE_CLIENT ? result_bought(&bought) : result_sold(&sold));
	return STATUS_OK;
}

static json_t *path_json(struct bytes *path)
{
	return path->len != 0 ? tool_json_text(bytes_text(path)) : json_null();
}

static enum status add_places(json_t *object, const struct places *places, const struct cid *payload)
{
	CLEAN_BYTES struct bytes car = {0}, extracted = {0};
	enum status s = places_car(places, &car, payload);

	if (s != STATUS_OK)
		return s;
	s = places_extract(places, &extracted, payload);
	if (s != STATUS_OK)
		return s;
	json_object_set_new(object, "car", path_json(&car));
	json_object_set_new(object, "extracted", path_json(&extracted));
	return STATUS_OK;
}

enum status result_content(struct tool *t, const struct basket_item *item, const struct places *places, enum status s)
{
	const struct cid *payload = &item->request.payload;
	struct client_deal deal;
	enum status placed = STATUS_OK;
	json_t *object;

	if (!t->json)
		return STATUS_OK;
	if (item->deal != 0 && party_get_client(&t->party, &deal, item->deal) == STATUS_OK)
		object = result_bought(&deal);
	else
		object = json_pack("{s:n, s:o}", "deal", "payload", show_cid(payload));
	json_object_set_new(object, "content", tool_json_text(item->name));
	json_object_set_new(object, "paid_before", tool_json_amount(&item->sunk));
	json_object_set_new(object, "exit", json_integer(status_class(s)));
	if (s != STATUS_OK)
		json_object_set_new(object, "error", tool_json_text(party_words(&t->party, s)));
	else
		placed = add_places(object, places, payload);
	tool_result(t, object);
	return placed;
}

json_t *result_offer(const struct offer *offer, struct span path)
{
	json_t *object = show_record(&offer_record, offer);
	char text[PATH_MAX];

	snprintf(text, sizeof(text), "%.*s", (int)path.len, (const char *)path.data);
	json_object_set_new(object, "id", show_text(offer->id));
	json_object_set_new(object, "path", tool_json_text(text));
	return object;
}

json_t *result_offer_file(struct span file, struct span path)
{
	struct offer_file decoded;
	json_t *object;

	if (offer_file_decode(&decoded, file) != STATUS_OK)
		return json_object();
	object = result_offer(&decoded.offer, path);
	json_object_set_new(
		object, "signer", decoded.proof.len != 0 ? show_address(&decoded.statement.signer) : json_null());
	return object;
}
