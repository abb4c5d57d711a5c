/* propose - turn an offer, or a CID and terms, into a deal proposal.
 *
 * propose [-anq] [--max-total AMOUNT] [--max-price AMOUNT] [-o FILE] OFFER
 * propose [...] --pay-to ADDRESS [--price AMOUNT] [...] CID
 */
#include <stdio.h>
#include <string.h>

#include "ipld/selector.h"
#include "tool/terms.h"

#define OFFER_MAX 4096

static const struct tool_option options[] = {
	{"output", 'o', "FILE", "where the frames go (default: standard output)"},
	{"text", 'a', NULL, "as one line of base64url"},
	{"dry-run", 'n', NULL, "show what the deal would cost, make nothing"},
	{"max-total", 0, "AMOUNT", "never pay more than this for the deal (RETRIEVAL_MAX_TOTAL)"},
	{"max-price", 0, "AMOUNT", "never pay more than this per byte (RETRIEVAL_MAX_PRICE)"},
	{"price", 0, "AMOUNT", "offered price per byte (default: the offer's, or 2afil)"},
	{"unseal", 0, "AMOUNT", "offered price for unsealing (default: the offer's, or 0)"},
	{"interval", 0, "SIZE", "first payment interval (default: the offer's, or 1MiB)"},
	{"increase", 0, "SIZE", "growth of the interval (default: the offer's, or 1MiB)"},
	{"pay-to", 0, "ADDRESS", "who is paid, if there is no offer"},
	{"size", 0, "SIZE", "size of the content, if there is no offer"},
	{NULL, 0, NULL, NULL},
};
static const struct tool_spec spec = {
	"propose",
	"[-anq] [--max-total AMOUNT] [--max-price AMOUNT] [TERMS] [-o FILE] OFFER|CID",
	"Propose a deal. The deal's id is fixed and shown before any money moves. The same\n"
	"proposal again, while the deal is open, gives the same deal and the same bytes.",
	options,
};

/* What is given on the command line wins over the offer; the offer wins over the defaults. */
static void read_request(struct tool *t, struct proposal_request *r, struct bytes *owned)
{
	struct offer offer = {.min_price_per_byte = amount_u64(DEFAULT_PRICE),
		.max_payment_interval = DEFAULT_INTERVAL,
		.max_payment_interval_increase = DEFAULT_INCREASE};
	const char *what = t->arguments[0], *payee = tool_value(t, "pay-to");

	if (cid_parse(&offer.payload, span_text(what)) != STATUS_OK) {
		enum status s;

		tool_read_whole(t, owned, what, OFFER_MAX);
		s = offer_decode(&offer, bytes_span(owned));
		if (s != STATUS_OK)
			tool_fail(t, s, "'%s' is neither a CID nor an offer: %s", what, status_text(s));
	} else if (payee == NULL && !(tool_value(t, "price") != NULL && strcmp(tool_value(t, "price"), "0") == 0)) {
		tool_fail(t, STATUS_USAGE, "without an offer --pay-to is needed: who is to be paid?");
	}
	r->payload = offer.payload;
	r->provider = payee != NULL ? tool_parse_address(t, payee) : offer.payment_address;
	r->size = tool_size(t, "size", offer.size);
	r->params = (struct deal_params){.selector = selector_all(),
		.price_per_byte = tool_amount(t, "price", NULL, offer.min_price_per_byte),
		.unseal_price = tool_amount(t, "unseal", NULL, offer.unseal_price),
		.payment_interval = tool_size(t, "interval", offer.max_payment_interval),
		.payment_interval_increase = tool_size(t, "increase", offer.max_payment_interval_increase)};
	r->max_price = tool_ceiling(t, "max-price", "RETRIEVAL_MAX_PRICE");
	r->max_total = tool_ceiling(t, "max-total", "RETRIEVAL_MAX_TOTAL");
	r->dry_run = t->dry_run;
}

/* What the deal would cost at most, for people. */
static void describe(struct party *p, const struct proposal_request *r, const struct client_deal *d)
{
	char cid[CID_TEXT_MAX], cost[AMOUNT_TEXT_MAX + 8], size[32];
	struct amount total;

	if (!price_of(&total, &r->params, r->size))
		return;
	tool_size_text(size, r->size);
	tool_amount_text(cost, &total);
	cid_text(cid, &r->payload);
	if (d != NULL)
		party_done(p, "deal %llu: %s, %s, %s in all", (unsigned long long)d->id, cid, size, cost);
	else
		party_done(p, "would propose: %s, %s, %s in all", cid, size, cost);
}

int main(int argc, char **argv)
{
	struct bytes owned = {0}, frames = {0};
	struct proposal_request request;
	struct client_deal deal;
	struct party *p;
	struct tool t;
	enum status s;

	tool_begin(&t, &spec, argc, argv);
	tool_expect_arguments(&t, 1, 1);
	read_request(&t, &request, &owned);
	p = tool_open_party(&t, NEED_NEW_STORE | WANT_KEY);
	s = buyer_propose(p, &frames, &deal, &request);
	if (s == STATUS_OK)
		describe(p, &request, t.dry_run ? NULL : &deal);
	if (s == STATUS_OK && !t.dry_run)
		s = tool_write(&t, bytes_span(&frames));
	bytes_release(&owned);
	bytes_release(&frames);
	return tool_end(&t, s);
}
