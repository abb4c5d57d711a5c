/* check_clients.c - the records of a provider's clients, compared with their deals.
 *
 * INVARIANT 20: a client's tally was written with the events of its deals, so the tally is their sum.
 */
#include <inttypes.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "check/check_private.h"
#include "store/clients.h"
#include "store/deal_texts.h"
#include "store/deals.h"

/** struct client_sum - the sums over the deals of one client; in a tree of <search.h>, by name. */
struct client_sum {
	char name[CLIENT_NAME_MAX]; /* the first member, so that a name alone can be searched for */
	struct tally tally;
	bool listed; /* the store has a tally of this client */
};

static int compare_names(const void *a, const void *b)
{
	return strcmp(a, b);
}

static struct client_sum *find_client(struct store_check *k, const char *name)
{
	void *node = tfind(name, &k->clients, compare_names);

	return node != NULL ? *(struct client_sum **)node : NULL;
}

/* The sum of @name, made if there is none; NULL if memory ran out. */
static struct client_sum *need_client(struct store_check *k, const char *name)
{
	struct client_sum *sum = find_client(k, name);

	if (sum != NULL)
		return sum;
	sum = calloc(1, sizeof(*sum));
	if (sum == NULL)
		return NULL;
	strcpy(sum->name, name);
	if (tsearch(sum, &k->clients, compare_names) != NULL)
		return sum;
	free(sum);
	return NULL;
}

enum status check_count(struct store_check *k, const struct provider_deal *d)
{
	struct tally tally = provider_tally(d);
	CLEAN_BYTES struct bytes client = {0};
	char name[CLIENT_NAME_MAX];
	struct client_sum *sum;
	enum status s = store_get_text(k->t, &client, d->id, TEXT_CLIENT);

	if (s == STATUS_NOT_FOUND)
		return STATUS_OK;
	if (s != STATUS_OK)
		return judge_read(k, s, "the client of a deal");
	sum = need_client(k, span_clean(name, sizeof(name), bytes_span(&client)));
	if (sum == NULL)
		return STATUS_NO_MEMORY;
	sum->tally.open += tally.open;
	sum->tally.unpaid += tally.unpaid;
	sum->tally.cancelled += tally.cancelled;
	sum->tally.completed += tally.completed;
	k->unpaid += tally.unpaid;
	return amount_add(&sum->tally.owed, &sum->tally.owed, &tally.owed) ? STATUS_OK : STATUS_BAD_AMOUNT;
}

/* A debt from before tallies had a sum is missing in the sum, so the sum may be too small, but not too large. */
static bool is_sum(const struct tally *sum, const struct tally *tally)
{
	return sum->open == tally->open && sum->unpaid == tally->unpaid && sum->cancelled == tally->cancelled &&
	       sum->completed == tally->completed && amount_cmp(&tally->owed, &sum->owed) <= 0;
}

static enum status check_tally(void *ctx, struct span client, const struct tally *tally)
{
	static const struct tally nothing;
	struct store_check *k = ctx;
	char name[CLIENT_NAME_MAX];
	struct client_sum *sum = find_client(k, span_clean(name, sizeof(name), client));

	if (!is_sum(sum != NULL ? &sum->tally : &nothing, tally))
		finding(k->f, 20, "client '%s': its tally is not the sum of its deals", name);
	if (sum != NULL)
		sum->listed = true;
	return STATUS_OK;
}

static enum status check_unpaid(void *ctx, struct span client, uint64_t deal_number, uint64_t deal)
{
	struct store_check *k = ctx;
	CLEAN_BYTES struct bytes owner = {0};
	struct provider_deal d;
	enum status s = store_get_provider(k->t, &d, deal);

	k->unpaid_listed++;
	if (s == STATUS_OK)
		s = store_get_text(k->t, &owner, deal, TEXT_CLIENT);
	if (s != STATUS_OK && s != STATUS_NOT_FOUND)
		return judge_read(k, s, "a deal");
	if (s == STATUS_NOT_FOUND || d.number != deal_number || provider_tally(&d).unpaid == 0 ||
		!span_equal(client, bytes_span(&owner)))
		finding(k->f, 20, "provider deal %" PRIu64 " is listed as unpaid, but is not unpaid", deal);
	return STATUS_OK;
}

static void check_listed(const void *node, VISIT visit, void *ctx)
{
	const struct client_sum *sum = *(struct client_sum *const *)node;
	struct store_check *k = ctx;

	if ((visit == postorder || visit == leaf) && !sum->listed)
		finding(k->f, 20, "client '%s' has deals, but no tally", sum->name);
}

enum status check_clients(struct store_check *k)
{
	enum status s = judge_read(k, store_each_tally(k->t, check_tally, k), "the list of clients");

	if (s != STATUS_OK)
		return s;
	s = judge_read(k, store_each_unpaid(k->t, NULL, check_unpaid, k), "the list of unpaid deals");
	if (s != STATUS_OK)
		return s;
	if (k->unpaid_listed != k->unpaid)
		finding(k->f, 20, "%" PRIu64 " open deals are unpaid, but %" PRIu64 " are listed as unpaid", k->unpaid,
			k->unpaid_listed);
	twalk_r(k->clients, check_listed, k);
	return STATUS_OK;
}

void check_clients_release(struct store_check *k)
{
	tdestroy(k->clients, free);
	k->clients = NULL;
}
