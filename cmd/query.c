/* query - ask a provider for its terms, compare answers, and make an offer of the best.
 *
 * query [-aq] [-o FILE] CID
 * query --answers [--json] [--size SIZE] [FILE ...]
 * query --to-offer CID [-aq] [--size SIZE] [-o FILE] [FILE ...]
 */
#include "query/answers.h"

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

static enum status rank(struct tool *t)
{
	struct answers all = {.t = t};
	enum status s;

	if (tool_flag(t, "to-offer"))
		all.payload = tool_parse_cid(t, tool_value(t, "to-offer"));
	s = answers_read(&all);
	if (s != STATUS_OK)
		goto out;
	s = tool_flag(t, "answers") ? answers_report(&all) : answers_write_offer(&all);
out:
	answers_release(&all);
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

/* An option without effect in this form of the call is a mistake. */
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
