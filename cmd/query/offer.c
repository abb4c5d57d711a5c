/* offer.c - shows answers, and writes the best as an offer. */
#include "answers.h"
#include "show/result.h"

/* Is one of the answers an offer? */
static enum status verdict(struct answers *all)
{
	enum status s = all->failed != STATUS_OK ? all->failed : STATUS_NOT_FOUND;
	struct party *p = &all->t->party;
	struct answer best;

	if (all->count == 0)
		return party_fail(p, s, "none of the files holds an answer");
	best = answers_at(all, 0);
	if (best.status == STATUS_OK)
		return STATUS_OK;
	return all->count == 1 ? party_fail(p, s, "'%.300s': %s", best.source, best.reason)
			       : party_fail(p, s, "none of %zu answers is an offer", all->count);
}

static void report_offer(struct tool *t, const struct answer *a)
{
	char cost[TOOL_AMOUNT_MAX], price[TOOL_AMOUNT_MAX], unseal[TOOL_AMOUNT_MAX], size[TOOL_SIZE_MAX];
	char payee[ADDRESS_TEXT_MAX];
	bool sealed = !amount_is_zero(&a->response.unseal_price);

	json_object_set_new(a->shown, "cost", tool_json_amount(&a->cost));
	tool_report(t, json_incref(a->shown), "%s  %s  %s  %s per byte%s%s%s  %s\n", a->source,
		tool_amount_text(cost, &a->cost), tool_size_text(size, a->response.size),
		tool_amount_text(price, &a->response.min_price_per_byte), sealed ? " and " : "",
		sealed ? tool_amount_text(unseal, &a->response.unseal_price) : "", sealed ? " up front" : "",
		address_text(payee, &a->response.payment_address, t->party.network));
}

enum status answers_report(struct answers *all)
{
	for (size_t i = 0; i < all->count; i++) {
		struct answer a = answers_at(all, i);

		if (a.status == STATUS_OK) {
			report_offer(all->t, &a);
			continue;
		}
		json_object_set_new(a.shown, "reason", tool_json_text(a.reason));
		tool_report(all->t, json_incref(a.shown), "%s  %s\n", a.source, a.reason);
	}
	return verdict(all);
}

enum status answers_write_offer(struct answers *all)
{
	char cost[TOOL_AMOUNT_MAX], size[TOOL_SIZE_MAX];
	struct party *p = &all->t->party;
	CLEAN_BYTES struct bytes file = {0};
	struct answer best;
	enum status s = verdict(all);

	if (s != STATUS_OK)
		return s;
	best = answers_at(all, 0);
	s = buyer_offer(p, &file, &all->payload, &best.response);
	if (s != STATUS_OK)
		return s;
	s = tool_write(all->t, bytes_span(&file));
	if (s != STATUS_OK)
		return s;
	tool_result(all->t, result_offer_file(bytes_span(&file), span_text("")));
	party_done(p, "the offer of '%.300s': %s, %s in all", best.source, tool_size_text(size, best.response.size),
		tool_amount_text(cost, &best.cost));
	return STATUS_OK;
}
