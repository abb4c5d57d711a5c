/* check_clients.c - what the store keeps of a provider's clients, held against their deals.
 *
 * INVARIANT 20: it was written with the events of the deals, so it is their sum.
 */
#include "show/check_private.h"
#include "store/deal_texts.h"

static void add(json_t *sums, const char *name, uint64_t n)
{
	json_int_t old = json_integer_value(json_object_get(sums, name));

	json_object_set_new(sums, name, json_integer(old + (json_int_t)n));
}

enum status check_count(struct store_check *k, const struct provider_deal *d)
{
	struct tally tally = provider_tally(d);
	char name[CLIENT_NAME_MAX];
	struct bytes client = {0};
	json_t *sums;
	enum status s = store_get_text(k->t, &client, d->id, TEXT_CLIENT);

	if (s == STATUS_OK) {
		span_clean(name, sizeof(name), bytes_span(&client));
		if (k->clients == NULL)
			k->clients = json_object();
		sums = json_object_get(k->clients, name);
		if (sums == NULL) {
			sums = json_object();
			json_object_set_new(k->clients, name, sums);
		}
		add(sums, "open", tally.open);
		add(sums, "unpaid", tally.unpaid);
		add(sums, "cancelled", tally.cancelled);
		add(sums, "completed", tally.completed);
		k->unpaid += tally.unpaid;
	}
	bytes_release(&client);
	return s == STATUS_NOT_FOUND ? STATUS_OK : judge_read(k, s, "the client of a deal");
}

static bool is_sum(const json_t *sums, const char *name, uint64_t kept)
{
	return json_integer_value(json_object_get(sums, name)) == (json_int_t)kept;
}

static enum status check_tally(void *ctx, struct span client, const struct tally *tally)
{
	struct store_check *k = ctx;
	char name[CLIENT_NAME_MAX];
	const json_t *sums = json_object_get(k->clients, span_clean(name, sizeof(name), client));

	if (!is_sum(sums, "open", tally->open) || !is_sum(sums, "unpaid", tally->unpaid) ||
		!is_sum(sums, "cancelled", tally->cancelled) || !is_sum(sums, "completed", tally->completed))
		finding(k->f, 20, "client '%s': its tally is not the sum of its deals", name);
	json_object_del(k->clients, name);
	return STATUS_OK;
}

static enum status check_unpaid(void *ctx, struct span client, uint64_t deal_number, uint64_t deal)
{
	struct store_check *k = ctx;
	struct bytes owner = {0};
	struct provider_deal d;
	enum status s = store_get_provider(k->t, &d, deal);

	if (s == STATUS_OK)
		s = store_get_text(k->t, &owner, deal, TEXT_CLIENT);
	if (s == STATUS_NOT_FOUND || (s == STATUS_OK && (d.number != deal_number || provider_tally(&d).unpaid == 0 ||
								!span_equal(client, bytes_span(&owner)))))
		finding(k->f, 20, "provider deal %llu is listed as unpaid, which it is not", (number)deal);
	k->unpaid_listed++;
	bytes_release(&owner);
	return s == STATUS_NOT_FOUND ? STATUS_OK : judge_read(k, s, "a deal");
}

enum status check_clients(struct store_check *k)
{
	const char *name;
	json_t *sums;
	enum status s = judge_read(k, store_each_tally(k->t, check_tally, k), "the list of clients");

	if (s == STATUS_OK)
		s = judge_read(k, store_each_unpaid(k->t, NULL, check_unpaid, k), "the list of unpaid deals");
	if (s == STATUS_OK && k->unpaid_listed != k->unpaid)
		finding(k->f, 20, "%llu open deals are unpaid, but %llu are listed so", (number)k->unpaid,
			(number)k->unpaid_listed);
	json_object_foreach(k->clients, name, sums)
	{
		finding(k->f, 20, "client '%s' has deals, but no tally", name);
	}
	json_decref(k->clients);
	k->clients = NULL;
	return s;
}
