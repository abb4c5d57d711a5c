/* left_deals.c - forgotten deals come back into the store, and are resumed or ended.
 *
 * A forgotten deal has the state in which its proposal was sent: the provider
 * knows the deal, accepts it again, and sends its blocks and our best voucher.
 */
#include "buyer/left_deals.h"

#include <inttypes.h>

#include "buyer/debts.h"
#include "buyer/propose.h"
#include "buyer/requests.h"
#include "ipld/selector.h"
#include "store/deals.h"

/** struct noting - one list while the list is read. */
struct noting {
	struct party *p;
	struct kv_txn *txn;
	const struct client_deal *wanted;
	bool is_over; /* the wanted deal was refused: another may take its place */
	struct left_plan plan;
};

/* Can the left deal take the place of the wanted one: the same content, at no higher price, below the same ceiling? */
static enum status replaces(const struct noting *noting, bool *yes, const struct left_deal *left)
{
	const struct client_deal *wanted = noting->wanted;
	const struct deal_params *terms = &left->proposal.params;
	struct amount total;

	*yes = false;
	if (!noting->is_over || !cid_equal(&left->proposal.payload, &wanted->payload) ||
		amount_cmp(&terms->price_per_byte, &wanted->params.price_per_byte) > 0 ||
		amount_cmp(&terms->unseal_price, &wanted->params.unseal_price) > 0)
		return STATUS_OK;
	if (!price_of(&total, terms, wanted->size))
		return STATUS_BAD_AMOUNT;
	*yes = amount_cmp(&total, &wanted->max_total) <= 0;
	return STATUS_OK;
}

/* Are the ids of the left deal free in this store? The deal of another provider is never replaced. */
static enum status ids_are_free(struct kv_txn *txn, bool *are_free, const struct left_deal *left)
{
	struct provider_deal sold;
	uint64_t other;
	enum status s = store_get_provider(txn, &sold, left->proposal.id);

	*are_free = false;
	if (s != STATUS_NOT_FOUND)
		return s;
	s = store_find_transfer(txn, &other, SIDE_CLIENT, left->transfer);
	*are_free = s == STATUS_NOT_FOUND && left->proposal.id != 0;
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

static enum status draw_request(struct noting *noting, struct client_deal *deal)
{
	uint8_t drawn[32];
	enum status s = store_next_number(noting->txn, &deal->number);

	if (s != STATUS_OK)
		return s;
	s = store_draw(noting->txn, drawn, noting->p->entropy, deal->number);
	if (s == STATUS_OK)
		request_id_of(deal->request, drawn);
	return s;
}

/* The forgotten deal as it stands when its proposal was sent. @whole: all of its content is wanted. */
static bool remember(struct client_deal *made, const struct noting *noting, const struct left_deal *left, bool whole)
{
	const struct client_deal *wanted = noting->wanted;

	*made = (struct client_deal){.id = left->proposal.id,
		.transfer = left->transfer,
		.payload = left->proposal.payload,
		.params = left->proposal.params,
		.client = wanted->client,
		.provider = wanted->provider,
		.size = whole ? wanted->size : left->size,
		.total_funds = left->owed,
		.max_total = wanted->max_total,
		.state = DEAL_NEW};
	made->params.selector = selector_all();
	made->current_interval = interval_next(&made->params, 0);
	if (whole)
		return price_of(&made->total_funds, &made->params, made->size);
	return price_of(&made->max_total, &made->params, made->size);
}

static enum status put_forgotten(struct noting *noting, struct client_deal *made)
{
	enum status s = draw_request(noting, made);

	if (s != STATUS_OK)
		return s;
	s = party_client_event(noting->p, noting->txn, made, CLIENT_OPEN, NULL);
	if (s != STATUS_OK)
		return s;
	s = party_client_event(noting->p, noting->txn, made, CLIENT_DEAL_PROPOSED, NULL);
	return s == STATUS_OK ? left_plan_mark(noting->txn, made->id) : s;
}

/* A deal that is not in the store; @whole: its content is the one that is wanted. */
static enum status note_forgotten(struct noting *noting, const struct left_deal *left, bool whole)
{
	struct client_deal made;
	bool are_free;
	enum status s = ids_are_free(noting->txn, &are_free, left);

	whole = whole && noting->plan.instead == 0;
	if (s != STATUS_OK || !are_free || left->over || terms_check(&left->proposal.params) != STATUS_OK ||
		!remember(&made, noting, left, whole))
		return s;
	s = put_forgotten(noting, &made);
	if (s != STATUS_OK)
		return s;
	if (whole)
		noting->plan.instead = made.id;
	else
		noting->plan.first[noting->plan.count++] = made.id;
	return STATUS_OK;
}

/* The user wants the content of an open deal again, perhaps with a higher ceiling: the deal goes on with that. */
static enum status go_on_with(struct noting *noting, struct client_deal *known)
{
	noting->plan.instead = known->id;
	if (amount_cmp(&known->max_total, &noting->wanted->max_total) >= 0)
		return STATUS_OK;
	known->max_total = noting->wanted->max_total;
	return store_put_client(noting->txn, known);
}

static enum status note_known(
	struct noting *noting, struct client_deal *known, const struct left_deal *left, bool whole)
{
	bool forgotten;
	enum status s;

	if (known->transfer != left->transfer || !cid_equal(&known->payload, &left->proposal.payload) ||
		(left->over && !deal_is_final(SIDE_CLIENT, known->state)))
		return STATUS_OK;
	if (deal_is_final(SIDE_CLIENT, known->state)) {
		/* A provider that has lost vouchers of a complete deal gets the last one again. */
		if (known->state != DEAL_REJECTED && (client_ended_early(known) || known->voucher_nonce != 0))
			noting->plan.first[noting->plan.count++] = known->id;
		return STATUS_OK;
	}
	if (whole && noting->plan.instead == 0)
		return go_on_with(noting, known);
	s = left_plan_has_mark(noting->txn, &forgotten, known->id);
	if (s == STATUS_OK && forgotten)
		noting->plan.first[noting->plan.count++] = known->id;
	return s;
}

static enum status note_one(struct noting *noting, const struct left_deal *left)
{
	struct client_deal known;
	bool whole;
	enum status s = replaces(noting, &whole, left);

	if (s != STATUS_OK)
		return s;
	s = store_get_client(noting->txn, &known, left->proposal.id);
	if (s == STATUS_NOT_FOUND)
		return note_forgotten(noting, left, whole);
	return s == STATUS_OK ? note_known(noting, &known, left, whole) : s;
}

enum status buyer_note_left(
	struct party *p, uint64_t *first, const struct client_deal *deal, bool refused, struct extension_list *list)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct noting noting = {.p = p, .wanted = deal, .is_over = refused};
	struct left_deal left;
	enum status s = kv_begin_write(store_kv(p->store), &txn);

	*first = 0;
	if (s != STATUS_OK)
		return s;
	noting.txn = txn;
	while ((s = left_deals_next(&left, list)) == STATUS_OK) {
		*first = *first != 0 ? *first : left.proposal.id;
		s = left.proposal.id != deal->id ? note_one(&noting, &left) : STATUS_OK;
		if (s != STATUS_OK)
			return s;
	}
	if (s != STATUS_END)
		return s;
	s = left_plan_put(txn, &noting.plan, deal->id);
	return s == STATUS_OK ? kv_commit(&txn) : s;
}

enum status buyer_find_left(struct party *p, struct left_plan *plan, uint64_t refused)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_read(store_kv(p->store), &txn);

	return s == STATUS_OK ? left_plan_get(txn, plan, refused) : s;
}

void buyer_hint_left(struct party *p, const struct client_deal *deal)
{
	struct left_plan plan;
	struct client_deal first;

	if (deal->state != DEAL_REJECTED || buyer_find_left(p, &plan, deal->id) != STATUS_OK)
		return;
	if (plan.instead != 0)
		party_hint(p, "deals resume %" PRIu64 " -o resume.frames", plan.instead);
	if (plan.instead != 0 || plan.count == 0 || party_get_client(p, &first, plan.first[0]) != STATUS_OK)
		return;
	party_hint(p,
		deal_is_final(SIDE_CLIENT, first.state) ? "make-voucher --deal %" PRIu64 " -o payment.frames"
							: "deals resume %" PRIu64 " -o resume.frames",
		first.id);
}

enum status buyer_end_left(struct party *p, struct bytes *frames, uint64_t id, const struct amount *most)
{
	CLEAN_BYTES struct bytes unsent = {0};
	struct client_deal deal;
	enum status s = party_get_client(p, &deal, id);

	if (s != STATUS_OK)
		return s;
	if (!deal_is_final(SIDE_CLIENT, deal.state))
		s = buyer_cancel(p, &unsent, id);
	if (s != STATUS_OK)
		return s;
	s = party_get_client(p, &deal, id);
	if (s != STATUS_OK)
		return s;
	frames_client_cancel(frames, &deal); /* the provider still has the deal open, whatever its state is here */
	s = bytes_status(frames);
	return s == STATUS_OK ? buyer_pay_debt(p, frames, &deal, most) : s;
}
