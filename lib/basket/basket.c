/* basket.c - buying the contents of a basket, provider by provider. */
#include "basket/basket.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "basket/basket_private.h"
#include "buyer/query.h"
#include "buyer/requests.h"
#include "proof/offer_statement.h"

/* The next provider may succeed where this one failed with this status. */
static bool next_may_help(enum status s)
{
	enum status_class c = status_class(s);

	return (c == CLASS_NO && s != STATUS_TOO_DEAR) || c == CLASS_PEER || c == CLASS_MALFORMED || c == CLASS_STATE ||
	       (c == CLASS_INTEGRITY && s != STATUS_CORRUPT) || s == STATUS_NOT_NOW;
}

/* Is the content still to be bought, and might the next provider deliver the content? */
static bool is_open(const struct basket_item *x)
{
	return (!x->whole || x->unfinished) && (!x->tried || next_may_help(x->status));
}

bool basket_is_open(const struct basket *w)
{
	for (size_t i = 0; i < w->count; i++)
		if (is_open(&w->list[i]))
			return true;
	return false;
}

static bool is_pending(const struct basket_item *x)
{
	return x->tried && x->status == STATUS_PENDING;
}

bool basket_is_pending(const struct basket *w)
{
	for (size_t i = 0; i < w->count; i++)
		if (is_pending(&w->list[i]))
			return true;
	return false;
}

void basket_reopen_pending(struct basket *w)
{
	for (size_t i = 0; i < w->count; i++)
		if (is_pending(&w->list[i]))
			w->list[i].tried = false;
}

bool basket_is_next(const struct basket_item *x)
{
	return x->ready && is_open(x);
}

enum status basket_init(struct basket *w, struct party *p, size_t room)
{
	*w = (struct basket){.p = p, .claimed = amount_zero(), .ahead = amount_zero(), .spare = amount_zero()};
	w->list = calloc(room, sizeof(*w->list));
	return w->list != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}

/* A content that is named twice is bought once, on the terms that come first. */
enum status basket_add(struct basket *w, const struct basket_item *x)
{
	struct block_place nowhere = {0};
	enum status s;

	if (block_set_find(&w->known, &x->request.payload) != NULL)
		return STATUS_EXISTS;
	s = block_set_add(&w->known, &x->request.payload, &nowhere);
	if (s != STATUS_OK)
		return s;
	w->list[w->count] = *x;
	w->list[w->count].claim = w->list[w->count].sunk = amount_zero();
	w->count++;
	return STATUS_OK;
}

/* Is the content here already? */
static enum status look_for(struct basket *w, struct basket_item *x)
{
	uint64_t deal;
	enum status s = buyer_find_complete(w->p, &deal, &x->request.payload);

	if (s == STATUS_OK) {
		x->deal = deal;
		x->status = STATUS_OK;
		x->tried = x->whole = true;
	}
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

/* Record the outcome of a content, with the party's explanation. */
static void note(struct basket *w, struct basket_item *x, enum status s)
{
	struct party *p = w->p;

	if (s == STATUS_BAD_TEXT) /* a banner of the command, the answer of another kind of server */
		party_explain(p, s, "the provider broke the protocol: text came in place of frames");
	party_explain(p, s, "%s%s", status_class(s) == CLASS_MALFORMED ? "the provider broke the protocol: " : "",
		status_text(s));
	free(x->error);
	x->tried = true;
	x->status = s;
	x->error = s != STATUS_OK ? malloc(sizeof(*x->error)) : NULL;
	if (x->error != NULL)
		*x->error = p->error;
	p->error.hint[0] = '\0';
}

enum status basket_look(struct basket *w)
{
	enum status s = STATUS_OK;

	for (size_t i = 0; i < w->count && !w->again && s == STATUS_OK; i++)
		s = look_for(w, &w->list[i]);
	for (size_t i = 0; i < w->count && s == STATUS_OK; i++)
		s = w->list[i].whole ? STATUS_OK : basket_give_up_lost(w, &w->list[i].request.payload);
	for (size_t i = 0; i < w->count && s == STATUS_OK; i++) {
		struct basket_item *x = &w->list[i];
		enum status terms = STATUS_OK;

		if (x->tried || !x->given_terms)
			continue;
		s = basket_check_terms(w, x, &terms);
		if (s == STATUS_OK && terms != STATUS_OK)
			note(w, x, terms);
	}
	error_clear(&w->p->error);
	return s;
}

void basket_release(struct basket *w)
{
	for (size_t i = 0; i < w->count; i++) {
		bytes_release(&w->list[i].owned);
		free(w->list[i].given_up);
		free(w->list[i].error);
	}
	free(w->list);
	free(w->debts);
	block_set_release(&w->known);
}

/** struct asking - queries under way, and the contents that the queries are for. */
struct asking {
	struct basket *w;
	struct basket_item **whose;
};

static void take_answer(void *ctx, size_t i, const struct query_response *answer)
{
	struct asking *asking = ctx;
	struct basket *w = asking->w;
	struct basket_item *x = asking->whose[i];
	CLEAN_BYTES struct bytes file = {0};
	struct offer_file decoded;
	enum status s = buyer_offer(w->p, &file, &x->request.payload, answer);

	if (s == STATUS_OK)
		s = offer_file_decode(&decoded, bytes_span(&file));
	if (s != STATUS_OK) {
		note(w, x, s);
		return;
	}
	w->offered(w->ctx, x, &decoded.offer);
	bytes_clear(&x->owned);
	if (decoded.proof.len != 0)
		bytes_append(&x->owned, file.data, file.len);
	x->request.signed_offer = x->owned.failed ? (struct span){0} : bytes_span(&x->owned);
	x->ready = true;
}

/* Query the terms of all contents that have no terms for this provider. */
static enum status ask(struct basket *w, const struct connection *connection, bool first)
{
	struct asking asking = {.w = w, .whose = calloc(w->count, sizeof(struct basket_item *))};
	struct cid *payloads = calloc(w->count, sizeof(*payloads));
	size_t n = 0;
	enum status s = asking.whose != NULL && payloads != NULL ? STATUS_OK : STATUS_NO_MEMORY;

	for (size_t i = 0; i < w->count && s == STATUS_OK; i++) {
		struct basket_item *x = &w->list[i];

		x->ready = x->given_terms && first;
		if (!x->ready && is_open(x)) {
			asking.whose[n] = x;
			payloads[n++] = x->request.payload;
		}
	}
	if (s == STATUS_OK && n != 0)
		s = buyer_ask(w->p, connection,
			&(struct questions){.payloads = payloads, .count = n, .answered = take_answer, .ctx = &asking});
	free(asking.whose);
	free(payloads);
	return s;
}

/* Propose a content's deal: NOT_FOUND if the content needs no deal, or none now. */
static enum status begin_item(struct basket *w, struct basket_item *x, struct purchase *out)
{
	struct client_deal deal;
	struct amount most;
	enum status s;

	error_clear(&w->p->error);
	x->request.only = x->unfinished ? x->deal : 0;
	s = basket_propose(w, x, &deal, &most);
	if (s == STATUS_NOT_FOUND && x->unfinished) { /* another provider: the earlier outcome of the deal stays */
		x->tried = true;
		return STATUS_NOT_FOUND;
	}
	if (s == STATUS_EXISTS)
		x->deal = deal.id;
	if (s != STATUS_OK) {
		note(w, x, s == STATUS_EXISTS ? STATUS_OK : s);
		return STATUS_NOT_FOUND;
	}
	if (!basket_has_several(w) && deal.id != x->deal)
		w->begun(w->ctx, x, &deal);
	*out = (struct purchase){.deal = deal.id,
		.from = x->from,
		.max_total = most,
		.debts = x->debt,
		.ahead = basket_has_several(w) ? &w->spare : NULL,
		.progress = w->progress,
		.ctx = w->ctx};
	x->deal = deal.id;
	x->begun_in = deal.state;
	x->begun_at = deal.total_received;
	return STATUS_OK;
}

/* Give the next deal of this connection. */
static enum status next(void *ctx, struct purchase *out)
{
	struct basket *w = ctx;
	struct basket_item *x;
	enum status s = basket_next_debt(w, out);

	while (s == STATUS_NOT_FOUND && (x = basket_next_waiting(w)) != NULL)
		s = begin_item(w, x, out);
	while (s == STATUS_NOT_FOUND && w->next < w->count) {
		x = &w->list[w->next++];
		if (basket_is_next(x))
			s = begin_item(w, x, out);
	}
	return s;
}

static void ended(void *ctx, uint64_t deal, enum status s)
{
	struct basket *w = ctx;

	bool was_left = basket_end_debt(w, deal);

	for (size_t i = 0; i < w->count && !was_left; i++) {
		if (w->list[i].deal != deal)
			continue;
		note(w, &w->list[i], s);
		basket_look_for_left(w, i, s);
	}
	error_clear(&w->p->error);
}

/* End the deals with other providers, which get no more money: the funds reserved for these deals are free again. */
static enum status give_up(struct basket *w, const struct basket_item *x)
{
	struct party *p = w->p;
	struct bytes unsent = {0};
	struct client_deal d;
	enum status s = STATUS_OK;

	for (size_t i = 0; i < x->given_up_count && s == STATUS_OK; i++) {
		if (x->given_up[i] == x->deal)
			continue;
		s = party_get_client(p, &d, x->given_up[i]);
		if (s == STATUS_OK && !deal_is_final(SIDE_CLIENT, d.state))
			s = buyer_cancel(p, &unsent, x->given_up[i]);
		p->done[0] = '\0';
	}
	bytes_release(&unsent);
	return s;
}

/* Has the deal made no progress with this provider, or does it wait for its channel? */
static bool is_unfinished(const struct basket_item *x, const struct client_deal *d)
{
	if (deal_is_final(SIDE_CLIENT, d->state))
		return false;
	return x->status == STATUS_PENDING ||
	       (status_class(x->status) == CLASS_PEER && d->state == x->begun_in && d->total_received == x->begun_at);
}

/* Find the contents that are whole now. Where another provider was faster, end the deals with the providers before. */
static enum status count_whole(struct basket *w)
{
	struct client_deal d;
	enum status s = STATUS_OK;

	for (size_t i = 0; i < w->count && s == STATUS_OK; i++) {
		struct basket_item *x = &w->list[i];

		if (x->deal == 0 || (x->whole && !x->unfinished))
			continue;
		s = party_get_client(w->p, &d, x->deal);
		x->whole = s == STATUS_OK && d.all_blocks_received;
		x->unfinished = x->whole && is_unfinished(x, &d);
		if (x->whole)
			s = give_up(w, x);
	}
	return s;
}

/* A content succeeded but is not here: its last blocks could not be made durable. */
static void note_lost(struct basket *w, enum status s)
{
	for (size_t i = 0; i < w->count; i++) {
		struct basket_item *x = &w->list[i];

		if (x->tried && x->status == STATUS_OK && !x->whole)
			note(w, x, s);
	}
}

void basket_note_end(struct basket *w, enum status s, bool also_ended)
{
	for (size_t i = 0; i < w->count; i++)
		if (!w->list[i].tried || (also_ended && w->list[i].status == STATUS_END))
			note(w, &w->list[i], s);
}

enum status basket_take_stock(struct basket *w, enum status s)
{
	enum status counted = count_whole(w);

	if (s == STATUS_OK)
		s = counted;
	if (s != STATUS_OK)
		note_lost(w, s);
	return s;
}

void basket_begin(struct basket *w)
{
	w->next = 0;
	w->debt_count = 0;
	error_clear(&w->p->error);
	for (size_t i = 0; i < w->count; i++) { /* the outcome with the provider before does not apply to this one */
		w->list[i].tried = !is_open(&w->list[i]);
		w->list[i].waiting = w->list[i].proposed_again = w->list[i].looked_for_lost = false;
	}
}

enum status basket_buy(struct basket *w, const struct connection *connection, bool first)
{
	struct purchases all = {
		.at_once = w->at_once, .next = next, .ended = ended, .left_ended = basket_pay_debt, .ctx = w};
	enum status s = ask(w, connection, first);

	if (s != STATUS_OK)
		return s;
	s = basket_look_ahead(w);
	return s == STATUS_OK ? buyer_run_all(w->p, connection, &all) : s;
}
