/* basket.c - going through what a buyer wants, provider by provider.
 *
 * MONEY 8: all that is bought in one run stays below the ceilings together.
 */
#include "tool/basket.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buyer/buying.h"
#include "buyer/propose.h"
#include "buyer/query.h"
#include "peer/connection.h"
#include "store/block_set.h"
#include "store/blocks.h"
#include "tool/child.h"
#include "tool/connection.h"

#define AT_ONCE 64 /* deals: their requests and vouchers together fit a pipe, whoever reads first */

static bool several(const struct basket *w)
{
	return w->count > 1;
}

/* What this status says about one provider may be otherwise with the next. */
static bool next_may_help(enum status s)
{
	enum status_class c = status_class(s);

	return (c == CLASS_NO && s != STATUS_TOO_DEAR) || c == CLASS_PEER || c == CLASS_MALFORMED || c == CLASS_STATE ||
	       (c == CLASS_INTEGRITY && s != STATUS_CORRUPT);
}

/* Is there anything to be had for this one from the next provider? */
static bool is_open(const struct basket_item *x)
{
	return !x->whole && (!x->tried || next_may_help(x->status));
}

bool basket_open(const struct basket *w)
{
	for (size_t i = 0; i < w->count; i++)
		if (is_open(&w->list[i]))
			return true;
	return false;
}

/* Is it here already? */
static enum status look_for(struct basket *w, struct basket_item *x)
{
	uint64_t deal;
	enum status s = buyer_find_complete(&w->t->party, &deal, &x->request.payload);

	if (s == STATUS_OK) {
		x->deal = deal;
		x->status = STATUS_OK;
		x->tried = x->whole = true;
	}
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

enum status basket_look(struct basket *w)
{
	enum status s = STATUS_OK;

	for (size_t i = 0; i < w->count && !w->again && s == STATUS_OK; i++)
		s = look_for(w, &w->list[i]);
	return s;
}

/* What became of a want, with the words that the party has for it. */
static void note(struct basket *w, struct basket_item *x, enum status s)
{
	struct party *p = &w->t->party;
	struct bytes why = {0};

	if (p->why[0] != '\0')
		bytes_append_format(&why, "%s", p->why);
	else
		bytes_append_format(&why, "%s%s",
			status_class(s) == CLASS_MALFORMED ? "what came from the provider is no deal: " : "",
			status_text(s));
	free(x->why);
	free(x->hint);
	x->tried = true;
	x->status = s;
	x->why = s != STATUS_OK ? strdup(bytes_text(&why)) : NULL;
	x->hint = s != STATUS_OK && p->hint[0] != '\0' ? strdup(p->hint) : NULL;
	p->hint[0] = '\0';
	bytes_release(&why);
}

/* A content that is named twice is wanted once, on the terms that come first. */
static void drop_last_if_known(struct basket *w, struct block_set *known)
{
	struct basket_item *last = &w->list[w->count - 1];
	struct block_place nowhere = {0};

	if (block_set_find(known, &last->request.payload) != NULL) {
		bytes_release(&last->owned);
		w->count--;
	} else if (block_set_add(known, &last->request.payload, &nowhere) != STATUS_OK) {
		tool_fail(w->t, STATUS_NO_MEMORY, "out of memory");
	}
}

void basket_read(struct basket *w, struct tool *t)
{
	size_t named = (size_t)t->argument_count;
	struct block_set known = {0};

	*w = (struct basket){.t = t,
		.at_once = (size_t)tool_number(t, "at-once", AT_ONCE),
		.max_total = tool_ceiling(t, "max-total", "RETRIEVAL_MAX_TOTAL"),
		.claimed = amount_zero(),
		.ahead = amount_zero(),
		.again = tool_flag(t, "again")};
	if (w->at_once < 1 || w->at_once > AT_ONCE)
		tool_fail(t, STATUS_USAGE, "--at-once is a number from 1 to %d", AT_ONCE);
	w->list = calloc(named, sizeof(*w->list));
	if (w->list == NULL)
		tool_fail(t, STATUS_NO_MEMORY, "out of memory");
	for (size_t i = 0; i < named; i++) {
		struct basket_item *x = &w->list[w->count++];

		*x = (struct basket_item){0};
		x->name = t->arguments[i];
		x->claim = x->sunk = amount_zero();
		x->given_terms = tool_read_request(t, x->name, &x->request, &x->owned);
		drop_last_if_known(w, &known);
	}
	block_set_release(&known);
	w->progress = (struct progress){.tool = t, .form = progress_form(t)};
}

void basket_release(struct basket *w)
{
	for (size_t i = 0; i < w->count; i++) {
		bytes_release(&w->list[i].owned);
		free(w->list[i].given_up);
		free(w->list[i].why);
		free(w->list[i].hint);
	}
	free(w->list);
}

/** struct asking - queries on their way, and the wants that they are for. */
struct asking {
	struct basket *w;
	struct basket_item **whose;
};

static void take_answer(void *ctx, size_t i, const struct query_response *answer)
{
	struct asking *asking = ctx;
	struct basket_item *x = asking->whose[i];
	struct tool *t = asking->w->t;
	struct offer offer;
	enum status s = buyer_offer(&t->party, &offer, &x->request.payload, answer);

	if (s == STATUS_OK) {
		tool_request_offer(t, &x->request, &offer);
		x->ready = true;
	} else {
		note(asking->w, x, s);
	}
}

/* Ask for the terms of everything that has none for this provider. */
static enum status ask(struct basket *w, const struct connection *line, size_t nth)
{
	struct asking asking = {.w = w, .whose = calloc(w->count, sizeof(struct basket_item *))};
	struct cid *payloads = calloc(w->count, sizeof(*payloads));
	size_t n = 0;
	enum status s = asking.whose != NULL && payloads != NULL ? STATUS_OK : STATUS_NO_MEMORY;

	for (size_t i = 0; i < w->count && s == STATUS_OK; i++) {
		struct basket_item *x = &w->list[i];

		x->ready = x->given_terms && nth == 0;
		if (!x->ready && is_open(x)) {
			asking.whose[n] = x;
			payloads[n++] = x->request.payload;
		}
	}
	if (s == STATUS_OK && n != 0)
		s = buyer_ask(&w->t->party, line,
			&(struct questions){.payloads = payloads, .count = n, .answered = take_answer, .ctx = &asking});
	free(asking.whose);
	free(payloads);
	return s;
}

/*
 * No more than the ceiling may be spent on all contents together, whatever providers it goes to: a content claims what it
 * would cost with the provider at hand, beside what was spent on it with those before.
 */
static enum status claim(struct basket *w, struct basket_item *x, const struct amount *cost, const struct amount *sunk)
{
	char given[AMOUNT_TEXT_MAX], limit[AMOUNT_TEXT_MAX];
	struct proposal_request *r = &x->request;
	struct party *p = &w->t->party;
	struct amount mine, sum;

	if (amount_is_negative(&w->max_total))
		return STATUS_OK;
	if (several(w) && r->size == 0 && !amount_is_zero(&r->params.price_per_byte))
		return party_fail(p, STATUS_USAGE, "the size of '%.200s' is not known: buy it alone", x->name);
	if (!amount_add(&mine, cost, sunk) || !amount_sub(&sum, &w->claimed, &x->claim) ||
		!amount_add(&sum, &sum, &mine))
		return STATUS_BAD_AMOUNT;
	if (amount_cmp(&sum, &w->max_total) > 0)
		return party_fail(p, STATUS_TOO_DEAR, "%s would cost %s afil, above the ceiling of %s afil",
			several(w) ? "all together" : "the whole", amount_decimal(given, &sum),
			amount_decimal(limit, &w->max_total));
	w->claimed = sum;
	x->claim = mine;
	return STATUS_OK;
}

static bool is_next(const struct basket_item *x)
{
	return x->ready && is_open(x);
}

/* What all that is to be begun with this provider costs: a channel is funded once for all of it, if the account has so much. */
static enum status look_ahead(struct basket *w)
{
	struct amount cost;

	w->ahead = amount_zero();
	for (size_t i = 0; i < w->count; i++) {
		const struct basket_item *x = &w->list[i];

		if (is_next(x) && (!price_of(&cost, &x->request.params, x->request.size) ||
					  !amount_add(&w->ahead, &w->ahead, &cost)))
			return party_fail(&w->t->party, STATUS_BAD_AMOUNT, "the deals' price does not fit an amount");
	}
	return STATUS_OK;
}

/* No channel gets more ahead than the ceiling leaves. */
static bool limit_ahead(struct basket *w)
{
	struct amount left;

	w->spare = w->ahead;
	if (amount_is_negative(&w->max_total))
		return true;
	if (!amount_sub(&left, &w->max_total, &w->claimed))
		return false;
	if (amount_cmp(&w->spare, &left) > 0)
		w->spare = left;
	return true;
}

/* What earlier deals brought, of this run or another; and what the provider before was paid in this one. */
static enum status look_back(struct basket *w, struct basket_item *x, struct amount *sunk)
{
	struct client_deal older;
	enum status s = buyer_find_part(&w->t->party, &older, &x->request.payload);

	*sunk = x->sunk;
	x->from = s == STATUS_OK ? older.id : 0;
	x->request.seeded_bytes = s == STATUS_OK ? older.total_received + older.inherited : 0;
	if (s == STATUS_NOT_FOUND)
		s = STATUS_OK;
	if (s != STATUS_OK || x->deal == 0)
		return s;
	s = party_get_client(&w->t->party, &older, x->deal);
	return s != STATUS_OK || amount_add(sunk, &x->sunk, &older.funds_spent) ? s : STATUS_BAD_AMOUNT;
}

/* What the deal would cost: without what we have, if its size is known. */
static bool cost_of(struct amount *cost, const struct proposal_request *r)
{
	return price_of(cost, &r->params, r->size > r->seeded_bytes ? r->size - r->seeded_bytes : 0);
}

/* Another deal than before is at hand: that one gets no more of us. */
static enum status give_way(struct basket_item *x, const struct amount *sunk)
{
	uint64_t *given_up = realloc(x->given_up, (x->given_up_count + 1) * sizeof(*given_up));

	if (given_up == NULL)
		return STATUS_NO_MEMORY;
	x->given_up = given_up;
	if (x->deal != 0)
		x->given_up[x->given_up_count++] = x->deal;
	x->sunk = *sunk;
	return STATUS_OK;
}

/* A deal that was begun by an earlier run inherits nothing: it costs what it costs. */
static enum status follow(
	struct basket *w, struct basket_item *x, const struct client_deal *d, const struct amount *sunk)
{
	uint64_t size = x->request.size;
	struct amount cost;
	enum status s = give_way(x, sunk);

	if (s != STATUS_OK || client_may_inherit(d))
		return s;
	x->from = 0;
	if (!price_of(&cost, &x->request.params, size > d->inherited ? size - d->inherited : 0))
		return STATUS_BAD_AMOUNT;
	return claim(w, x, &cost, sunk);
}

/* Another process has bought it since we looked: EXISTS, unless that can't be noted. */
static enum status leave(struct basket *w, struct basket_item *x, const struct amount *sunk)
{
	struct amount nothing = amount_zero();
	enum status s = give_way(x, sunk);

	if (s == STATUS_OK)
		s = claim(w, x, &nothing, sunk);
	return s == STATUS_OK ? STATUS_EXISTS : s;
}

/* Claim the cost of a want, propose, and say what this provider may get of us at most. EXISTS if it is here, by deal @d. */
static enum status propose(struct basket *w, struct basket_item *x, struct client_deal *d, struct amount *most)
{
	struct amount cost, whole, sunk;
	enum status s = look_back(w, x, &sunk);

	if (s != STATUS_OK)
		return s;
	if (!cost_of(&cost, &x->request) || !price_of(&whole, &x->request.params, x->request.size) ||
		!amount_sub(&w->ahead, &w->ahead, &whole))
		return STATUS_BAD_AMOUNT;
	s = claim(w, x, &cost, &sunk);
	if (s != STATUS_OK)
		return s;
	*most = w->max_total;
	if (!amount_is_negative(most) && several(w)) /* the request stays the same, whatever else is bought */
		x->request.max_total = whole;
	x->request.unless_here = !w->again;
	s = buyer_propose(&w->t->party, NULL, d, &x->request);
	if (s == STATUS_EXISTS)
		return leave(w, x, &sunk);
	if (s == STATUS_OK && d->id != x->deal)
		s = follow(w, x, d, &sunk);
	if (s == STATUS_OK && !amount_is_negative(most) &&
		!amount_sub(most, several(w) ? &x->claim : &w->max_total, &x->sunk))
		return STATUS_BAD_AMOUNT;
	return s;
}

/* Which deal it is, and what there is of it before it begins. */
static void tell(const struct basket *w, const struct basket_item *x, const struct client_deal *d)
{
	char size[32];

	if (w->t->quiet || w->progress.form == PROGRESS_JSON) /* each of its lines names the deal */
		return;
	fprintf(stderr, "%s: deal %" PRIu64, w->t->spec->name, d->id);
	if (x->from != 0 && x->from != d->id)
		fprintf(stderr, ", with %s from deal %" PRIu64, tool_size_text(size, x->request.seeded_bytes), x->from);
	fputc('\n', stderr);
}

/* The next deal of this connection. */
static enum status next(void *ctx, struct purchase *out)
{
	struct basket *w = ctx;
	struct client_deal deal;
	struct amount most;
	enum status s;

	while (w->next < w->count) {
		struct basket_item *x = &w->list[w->next++];

		if (!is_next(x))
			continue;
		w->t->party.why[0] = '\0';
		s = propose(w, x, &deal, &most);
		if (s == STATUS_OK && !limit_ahead(w))
			s = STATUS_BAD_AMOUNT;
		if (s == STATUS_EXISTS)
			x->deal = deal.id;
		if (s != STATUS_OK) {
			note(w, x, s == STATUS_EXISTS ? STATUS_OK : s);
			continue;
		}
		if (!several(w) && deal.id != x->deal)
			tell(w, x, &deal);
		*out = (struct purchase){.deal = deal.id,
			.from = x->from,
			.max_total = most,
			.ahead = several(w) ? &w->spare : NULL,
			.progress = progress_update,
			.ctx = &w->progress};
		x->deal = deal.id;
		return STATUS_OK;
	}
	return STATUS_NOT_FOUND;
}

static void ended(void *ctx, uint64_t deal, enum status s)
{
	struct basket *w = ctx;

	for (size_t i = 0; i < w->count; i++)
		if (w->list[i].deal == deal)
			note(w, &w->list[i], s);
	w->t->party.why[0] = '\0';
}

/* The deals with other providers, which get no more of us: what is reserved for them is free again. */
static enum status give_up(struct basket *w, const struct basket_item *x)
{
	struct party *p = &w->t->party;
	struct bytes unsaid = {0};
	struct client_deal d;
	enum status s = STATUS_OK;

	for (size_t i = 0; i < x->given_up_count && s == STATUS_OK; i++) {
		if (x->given_up[i] == x->deal)
			continue;
		s = party_get_client(p, &d, x->given_up[i]);
		if (s == STATUS_OK && !deal_is_final(SIDE_CLIENT, d.state))
			s = buyer_cancel(p, &unsaid, x->given_up[i]);
		p->done[0] = '\0';
	}
	bytes_release(&unsaid);
	return s;
}

/* Which contents are whole now? And where another provider was faster, the deals with those before are given up. */
static enum status take_stock(struct basket *w)
{
	struct client_deal d;
	enum status s = STATUS_OK;

	for (size_t i = 0; i < w->count && s == STATUS_OK; i++) {
		struct basket_item *x = &w->list[i];

		if (x->deal == 0 || x->whole)
			continue;
		s = party_get_client(&w->t->party, &d, x->deal);
		x->whole = s == STATUS_OK && d.all_blocks_received;
		if (x->whole)
			s = give_up(w, x);
	}
	return s;
}

/* What was done well, but is not here: the end of it could not be made durable. */
static void note_lost(struct basket *w, enum status s)
{
	for (size_t i = 0; i < w->count; i++) {
		struct basket_item *x = &w->list[i];

		if (x->tried && x->status == STATUS_OK && !x->whole)
			note(w, x, s);
	}
}

/* The connection ended with @s: that is what became of all that it did not get to, or left open. */
static void note_end(struct basket *w, enum status s)
{
	bool silence = tool_connection_signal() == SIGALRM && s == STATUS_END;

	if (silence)
		party_fail(&w->t->party, s,
			"nothing came from the provider for %u seconds; everything received is kept",
			tool_connection_idle(w->t));
	for (size_t i = 0; i < w->count; i++)
		if (!w->list[i].tried || (silence && w->list[i].status == STATUS_END))
			note(w, &w->list[i], s);
}

/* Shells, and ssh after them, say in this way that there is no such command, or none that can be run. */
static void note_command(struct basket *w, const char *command, int code)
{
	if (code != 126 && code != 127)
		return;
	party_fail(&w->t->party, STATUS_END, "'%.200s' cannot be run: it ended with exit code %d", command, code);
	for (size_t i = 0; i < w->count; i++)
		if (w->list[i].status == STATUS_END)
			note(w, &w->list[i], STATUS_END);
	w->t->party.why[0] = '\0';
}

enum status basket_buy(struct basket *w, const char *command, size_t nth)
{
	struct purchases all = {.at_once = w->at_once, .next = next, .ended = ended, .ctx = w};
	struct child connection = tool_run_child(w->t, command);
	struct connection line;
	enum status s = tool_connection_open(w->t, &line, connection.in, connection.out), taken;
	int code;

	w->next = 0;
	w->t->party.why[0] = '\0';
	for (size_t i = 0; i < w->count; i++) /* what the provider before did is not this one's word */
		w->list[i].tried = !is_open(&w->list[i]);
	if (s == STATUS_OK)
		s = ask(w, &line, nth);
	if (s == STATUS_OK)
		s = look_ahead(w);
	if (s == STATUS_OK)
		s = buyer_run_all(&w->t->party, &line, &all);
	tool_connection_close();
	code = tool_end_child(&connection);
	progress_end(&w->progress);
	if (s != STATUS_OK)
		note_end(w, s);
	note_command(w, command, code);
	taken = take_stock(w);
	if (s == STATUS_OK)
		s = taken;
	if (s != STATUS_OK)
		note_lost(w, s);
	return s;
}
