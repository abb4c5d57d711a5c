/* query - ask a provider for its terms, compare answers, and make an offer of the best.
 *
 * query [-aq] [-o FILE] CID
 * query --answers [--json] [--size SIZE] [FILE ...]
 * query --to-offer CID [-aq] [--size SIZE] [-o FILE] [FILE ...]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buyer/query.h"
#include "show/show.h"
#include "tool/stream.h"

static const struct tool_option options[] = {
	{"output", 'o', "FILE", "where the query or the offer goes (default: standard output)"},
	{"text", 'a', NULL, "write the query or the offer as one line of base64url"},
	{"answers", 0, NULL, "read answers, and list them, the cheapest first"},
	{"to-offer", 0, "CID", "read answers for CID, and write an offer with the best terms"},
	{"size", 0, "SIZE", "compare the cost of SIZE bytes (default: the size in each answer)"},
	{NULL, 0, NULL, NULL},
};
static const struct tool_spec spec = {
	"query",
	"[-aq] [-o FILE] CID\n"
	"       query --answers [--json] [--size SIZE] [FILE ...]\n"
	"       query --to-offer CID [-aq] [--size SIZE] [-o FILE] [FILE ...]",
	"Ask a provider for its terms, compare answers, and make an offer of the best.\n"
	"validate and serve answer a query. Each FILE holds the answer of one provider. propose and retrieve\n"
	"take the offer.",
	options,
};

#define ANSWERS_MAX 10000
#define REASON_SIZE 320

/** struct answer - what one provider said. */
struct answer {
	const char *source;         /* the file's name */
	size_t number;              /* in the order of reading */
	struct query_response said; /* without its message */
	json_t *shown;
	enum status status;       /* OK if it can be made an offer of */
	struct amount cost;       /* then */
	char reason[REASON_SIZE]; /* else */
};

/** struct answers - all of them. */
struct answers {
	struct tool *t;
	struct cid payload; /* of --to-offer */
	const char *source; /* the file being read */
	struct bytes list;  /* of struct answer */
	size_t count;
	enum status failed; /* the first failure of one of several files */
};

static enum status keep(struct answers *all, struct answer *a)
{
	a->shown = json_pack("{s:o}", "source", tool_json_text(a->source));
	json_object_update_new(a->shown, show_query_response(&a->said));
	a->said.message = (struct span){0};
	bytes_append(&all->list, a, sizeof(*a));
	if (bytes_status(&all->list) == STATUS_OK)
		all->count++;
	else
		json_decref(a->shown);
	return bytes_status(&all->list);
}

static enum status take(void *ctx, const struct frame *frame)
{
	struct answers *all = ctx;
	struct answer a = {.source = all->source, .number = all->count};
	struct party *p = &all->t->party;
	enum status s = frame_query_response(&a.said, frame);

	if (s == STATUS_BAD_MESSAGE)
		return party_fail(p, s, "'%.300s' holds a frame that is no answer to a query", all->source);
	if (s == STATUS_OK && all->count == ANSWERS_MAX)
		return party_fail(p, STATUS_TOO_LARGE, "more than %d answers", ANSWERS_MAX);
	if (s != STATUS_OK)
		return s;
	a.status = buyer_weigh(p, &a.cost, &a.said, tool_size(all->t, "size", a.said.size));
	if (a.status != STATUS_OK)
		span_clean(a.reason, sizeof(a.reason), span_text(p->error.why));
	error_clear(&p->error);
	if (status_class(a.status) == CLASS_MALFORMED)
		return party_fail(p, a.status, "'%.300s': %s", all->source, a.reason);
	return keep(all, &a);
}

/* What a provider did wrong must not hide the others; what went wrong here ends it. */
static bool is_theirs(enum status s)
{
	return status_class(s) == CLASS_PEER || status_class(s) == CLASS_MALFORMED;
}

static enum status read_answers(struct answers *all)
{
	struct tool *t = all->t;
	int count = t->argument_count;
	enum status s = STATUS_OK;

	all->source = "-";
	if (count == 0)
		return tool_frames_of(t, NULL, take, all);
	for (int i = 0; i < count; i++) {
		all->source = t->arguments[i];
		s = tool_frames_of(t, all->source, take, all);
		if (s == STATUS_OK)
			continue;
		if (count == 1 || !is_theirs(s))
			return s;
		tool_complain(t, s);
		if (all->failed == STATUS_OK)
			all->failed = s;
	}
	return STATUS_OK;
}

/* The cheapest first, what is no offer last; else as they were read. */
static int compare(const void *a, const void *b)
{
	const struct answer *x = a, *y = b;
	int order = (x->status != STATUS_OK) - (y->status != STATUS_OK);

	if (order == 0 && x->status == STATUS_OK)
		order = amount_cmp(&x->cost, &y->cost);
	return order != 0 ? order : (x->number > y->number) - (x->number < y->number);
}

/* The one at @place of the ranking. */
static struct answer answer_at(const struct answers *all, size_t place)
{
	struct answer a;

	memcpy(&a, all->list.data + place * sizeof(a), sizeof(a));
	return a;
}

/* Is one of them an offer? */
static enum status verdict(struct answers *all)
{
	enum status s = all->failed != STATUS_OK ? all->failed : STATUS_NOT_FOUND;
	struct party *p = &all->t->party;
	struct answer best;

	if (all->count == 0)
		return party_fail(p, s, "none of the files holds an answer");
	best = answer_at(all, 0);
	if (best.status == STATUS_OK)
		return STATUS_OK;
	return all->count == 1 ? party_fail(p, s, "'%.300s': %s", best.source, best.reason)
			       : party_fail(p, s, "none of %zu answers is an offer", all->count);
}

static void report_offer(struct tool *t, const struct answer *a)
{
	char cost[AMOUNT_TEXT_MAX + 8], price[AMOUNT_TEXT_MAX + 8], unseal[AMOUNT_TEXT_MAX + 8], size[32];
	char payee[ADDRESS_TEXT_MAX];
	bool sealed = !amount_is_zero(&a->said.unseal_price);

	json_object_set_new(a->shown, "cost", tool_json_amount(&a->cost));
	tool_report(t, json_incref(a->shown), "%s  %s  %s  %s per byte%s%s%s  %s\n", a->source,
		tool_amount_text(cost, &a->cost), tool_size_text(size, a->said.size),
		tool_amount_text(price, &a->said.min_price_per_byte), sealed ? " and " : "",
		sealed ? tool_amount_text(unseal, &a->said.unseal_price) : "", sealed ? " up front" : "",
		address_text(payee, &a->said.payment_address, t->party.network));
}

static enum status report(struct answers *all)
{
	for (size_t i = 0; i < all->count; i++) {
		struct answer a = answer_at(all, i);

		if (a.status == STATUS_OK) {
			report_offer(all->t, &a);
			continue;
		}
		json_object_set_new(a.shown, "reason", tool_json_text(a.reason));
		tool_report(all->t, json_incref(a.shown), "%s  %s\n", a.source, a.reason);
	}
	return verdict(all);
}

static enum status write_offer(struct answers *all)
{
	char cost[AMOUNT_TEXT_MAX + 8], size[32];
	struct party *p = &all->t->party;
	CLEAN_BYTES struct bytes encoded = {0};
	struct offer offer;
	struct answer best;
	enum status s = verdict(all);

	if (s != STATUS_OK)
		return s;
	best = answer_at(all, 0);
	s = buyer_offer(p, &offer, &all->payload, &best.said);
	if (s != STATUS_OK)
		return s;
	offer_encode(&encoded, &offer);
	s = bytes_status(&encoded);
	if (s != STATUS_OK)
		return s;
	s = tool_write(all->t, bytes_span(&encoded));
	if (s != STATUS_OK)
		return s;
	party_done(p, "the offer of '%.300s': %s, %s in all", best.source, tool_size_text(size, best.said.size),
		tool_amount_text(cost, &best.cost));
	return STATUS_OK;
}

static enum status rank(struct tool *t)
{
	struct answers all = {.t = t};
	enum status s;

	if (tool_flag(t, "to-offer"))
		all.payload = tool_parse_cid(t, tool_value(t, "to-offer"));
	s = read_answers(&all);
	if (s == STATUS_OK && all.count != 0)
		qsort(all.list.data, all.count, sizeof(struct answer), compare);
	if (s == STATUS_OK)
		s = tool_flag(t, "answers") ? report(&all) : write_offer(&all);
	for (size_t i = 0; i < all.count; i++)
		json_decref(answer_at(&all, i).shown);
	bytes_release(&all.list);
	return s;
}

static enum status ask(struct tool *t)
{
	CLEAN_BYTES struct bytes frames = {0};
	struct cid payload;
	enum status s;

	tool_expect_arguments(t, 1, 1);
	payload = tool_parse_cid(t, t->arguments[0]);
	s = buyer_query(&frames, &payload);
	if (s != STATUS_OK)
		return s;
	return tool_write(t, bytes_span(&frames));
}

/* Options that say nothing in this form of the call are a mistake. */
static void check_options(struct tool *t)
{
	bool answers = tool_flag(t, "answers"), to_offer = tool_flag(t, "to-offer");

	if (answers && (to_offer || t->text || tool_flag(t, "output")))
		tool_fail(
			t, STATUS_USAGE, "--answers writes a report: it does not take --to-offer, --text or --output");
	if (!answers && !to_offer && tool_flag(t, "size"))
		tool_fail(t, STATUS_USAGE, "--size is for --answers and --to-offer");
}

int main(int argc, char **argv)
{
	struct tool t;

	tool_begin(&t, &spec, argc, argv);
	check_options(&t);
	return tool_end(&t, tool_flag(&t, "answers") || tool_flag(&t, "to-offer") ? rank(&t) : ask(&t));
}
