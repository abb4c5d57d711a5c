/* propose - propose a deal for an offer, or for a CID and terms.
 *
 * propose [-anq] [--max-total AMOUNT] [--max-price AMOUNT] [TERMS] [-o FILE] OFFER|CID
 */
#include <inttypes.h>
#include <stdio.h>

#include "buyer/propose.h"
#include "show/result.h"
#include "show/show.h"
#include "tool/terms.h"

static const struct tool_option options[] = {
	{"output", 'o', "FILE", "where the frames go (default: standard output)"},
	{"text", 'a', NULL, "write the frames as one line of base64url"},
	{"dry-run", 'n', NULL, "make no deal, only show what it would cost"},
	TERMS_OPTIONS,
	{NULL, 0, NULL, NULL},
};
static const struct tool_spec spec = {
	"propose",
	"[-anq] [--max-total AMOUNT] [--max-price AMOUNT] [TERMS] [-o FILE] OFFER|CID",
	"Propose a deal for an offer, or for a CID and terms.\n"
	"The deal's id is fixed and shown before any money moves. The same proposal again, while the deal\n"
	"is open, gives the same deal and the same bytes.",
	options,
};

/* For programs: the deal, if one was made, and its highest cost. */
static void report(
	struct tool *t, const struct proposal_request *r, const struct client_deal *d, const struct amount *total)
{
	json_t *object = d != NULL ? result_bought(d)
				   : json_pack("{s:o, s:o}", "payload", show_cid(&r->payload), "provider",
					     show_address(&r->provider));

	json_object_set_new(object, "size", show_bytes(r->size));
	json_object_set_new(object, "total", tool_json_amount(total));
	tool_result(t, object);
}

/* The highest cost of the deal. */
static void describe(struct tool *t, const struct proposal_request *r, const struct client_deal *d)
{
	struct party *p = &t->party;
	char cid[CID_TEXT_MAX], cost[TOOL_AMOUNT_MAX], size[TOOL_SIZE_MAX];
	struct amount total;

	if (!price_of(&total, &r->params, r->size))
		return;
	report(t, r, d, &total);
	tool_size_text(size, r->size);
	tool_amount_text(cost, &total);
	cid_text(cid, &r->payload);
	if (d != NULL)
		party_done(p, "deal %" PRIu64 ": %s, %s, %s in all", d->id, cid, size, cost);
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
	if (!tool_read_request(&t, t.arguments[0], &request, &owned))
		tool_fail(&t, STATUS_USAGE, "without an offer --pay-to ADDRESS is needed, the address that is paid");
	if (!t.dry_run)
		tool_expect_output(&t);
	p = tool_open_party(&t, NEED_NEW_STORE | WANT_KEY);
	s = buyer_propose(p, &frames, &deal, &request);
	if (s == STATUS_OK)
		describe(&t, &request, t.dry_run ? NULL : &deal);
	if (s == STATUS_OK && !t.dry_run)
		s = tool_write_frames(&t, bytes_span(&frames));
	bytes_release(&owned);
	bytes_release(&frames);
	return tool_end(&t, s);
}
