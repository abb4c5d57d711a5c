/* make-voucher - pay what is due for a deal: sign the next voucher of its lane, for what has been received and
 * verified.
 *
 * make-voucher [-anpq] [--max-total AMOUNT] [-o FILE] [--deal DEAL]
 */
#include <inttypes.h>
#include <stdio.h>

#include "buyer/pay.h"
#include "show/result.h"
#include "tool/tool.h"

static const struct tool_option options[] = {
	{"deal", 'd', "DEAL", "pay for this deal: its id, the first digits of the id, or @ for the newest"},
	{"output", 'o', "FILE", "where the frame goes (default: standard output)"},
	{"text", 'a', NULL, "write the frame as one line of base64url"},
	{"print", 'p', NULL, "write the voucher alone, in the text form of Lotus, instead of a frame"},
	{"dry-run", 'n', NULL, "sign nothing, only say what would be paid"},
	{"max-total", 0, "AMOUNT", "never pay more than this for the deal (RETRIEVAL_MAX_TOTAL)"},
	{NULL, 0, NULL, NULL},
};
static const struct tool_spec spec = {
	"make-voucher",
	"[-anpq] [--max-total AMOUNT] [-o FILE] [--deal DEAL]",
	"Pay what is due for a deal: sign the next voucher of its lane, for what has been received and verified.\n"
	"If make-voucher runs again before more is due, the voucher is the same.\n"
	"For a deal that is over, everything received and verified is paid.",
	options,
};

static enum status show_due(struct tool *t, uint64_t deal)
{
	struct party *p = &t->party;
	json_t *object;
	char due_text[AMOUNT_TEXT_MAX], spent[AMOUNT_TEXT_MAX];
	struct client_deal d;
	struct amount due;
	enum status s = party_get_client(p, &d, deal);

	if (s != STATUS_OK)
		return s;
	if (!client_due_to_sign(&due, &d))
		return STATUS_BAD_AMOUNT;
	object = result_bought(&d);
	json_object_set_new(object, "due", tool_json_amount(&due));
	tool_result(t, object);
	party_done(p, "deal %" PRIu64 ": would sign %s afil in all, %s afil are signed", deal,
		amount_decimal(due_text, &due), amount_decimal(spent, &d.funds_spent));
	return STATUS_OK;
}

/* Nothing is signed that can't be written. */
static void check_output(struct tool *t)
{
	t->text |= tool_flag(t, "print");
	if (!t->dry_run)
		tool_expect_output(t);
}

/* A voucher alone is no frame, so it is not recorded. */
static enum status write_out(struct tool *t, struct span voucher, struct span frames)
{
	return tool_flag(t, "print") ? tool_write(t, voucher) : tool_write_frames(t, frames);
}

int main(int argc, char **argv)
{
	struct bytes frames = {0}, voucher = {0};
	struct amount max_total;
	struct deal_name name;
	const char *deal;
	struct party *p;
	struct tool t;
	enum status s;

	tool_begin(&t, &spec, argc, argv);
	tool_expect_arguments(&t, 0, 0);
	deal = tool_value(&t, "deal");
	max_total = tool_ceiling(&t, "max-total", "RETRIEVAL_MAX_TOTAL");
	check_output(&t);
	p = tool_open_party(&t, NEED_STORE | NEED_KEY | NEED_LEDGER);
	s = party_find(p, &name, deal != NULL ? deal : "@", SIDES_CLIENT);
	if (s == STATUS_OK && t.dry_run)
		s = show_due(&t, name.id);
	else if (s == STATUS_OK)
		s = buyer_pay(p, &frames, &voucher, name.id, &max_total);
	if (s == STATUS_OK && !t.dry_run)
		s = write_out(&t, bytes_span(&voucher), bytes_span(&frames));
	if (s == STATUS_OK && !t.dry_run)
		s = result_deal(&t, &name);
	bytes_release(&frames);
	bytes_release(&voucher);
	return tool_end(&t, s);
}
