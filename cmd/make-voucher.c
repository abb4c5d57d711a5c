/* make-voucher - pay what is due for a deal: sign the next voucher of its lane, for what has been received and
 * verified.
 *
 * make-voucher [-anpq] [--max-total AMOUNT] [-o FILE] [--deal DEAL]
 * make-voucher [-nq] [-o FILE] --channel CHANNEL --lane N --amount AMOUNT --max-total AMOUNT
 *              [--time-lock-min @EPOCH] [--time-lock-max @EPOCH] [--secret-hash HEX] [--min-settle-height @EPOCH]
 */
#include <inttypes.h>
#include <stdio.h>

#include "buyer/pay.h"
#include "make-voucher/direct.h"
#include "show/result.h"
#include "tool/tool.h"

static const struct tool_option options[] = {
	{"deal", 'd', "DEAL", "pay for this deal: its id, the first digits of the id, or @ for the newest"},
	{"output", 'o', "FILE", "where the frame goes (default: standard output)"},
	{"text", 'a', NULL, "write the frame as one line of base64url"},
	{"print", 'p', NULL, "write the voucher alone, in the text form of Lotus, instead of a frame"},
	{"dry-run", 'n', NULL, "sign nothing, only say what would be paid"},
	{"max-total", 0, "AMOUNT", "never pay more than this for the deal, or on the lane (RETRIEVAL_MAX_TOTAL)"},
	{"channel", 0, "CHANNEL", "pay through this channel, without a deal; --max-total is needed then"},
	{"lane", 0, "N", "--channel: the lane: one that was used so before, or the next free one"},
	{"amount", 0, "AMOUNT", "--channel: what the lane pays in all, with its earlier vouchers"},
	{"time-lock-min", 0, "@EPOCH", "--channel: the voucher counts from this epoch on"},
	{"time-lock-max", 0, "@EPOCH", "--channel: the voucher counts up to this epoch"},
	{"secret-hash", 0, "HEX", "--channel: the voucher needs the secret of which this is the blake2b-256"},
	{"min-settle-height", 0, "@EPOCH",
		"--channel: with the voucher, the channel settles at this epoch at the earliest"},
	{NULL, 0, NULL, NULL},
};
static const struct tool_spec spec = {
	"make-voucher",
	"[-anpq] [--max-total AMOUNT] [-o FILE] [--deal DEAL]\n"
	"       make-voucher [-nq] [-o FILE] --channel CHANNEL --lane N --amount AMOUNT --max-total AMOUNT\n"
	"                    [--time-lock-min @EPOCH] [--time-lock-max @EPOCH] [--secret-hash HEX]\n"
	"                    [--min-settle-height @EPOCH]",
	"Pay what is due for a deal: sign the next voucher of its lane, for what has been received and verified.\n"
	"If make-voucher runs again before more is due, the voucher is the same.\n"
	"For a deal that is over, everything received and verified is paid.\n"
	"With --channel: pay without a deal, and write the voucher as text, which `channel import` takes.",
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
	t->text |= tool_flag(t, "print") || tool_flag(t, "channel");
	if (!t->dry_run)
		tool_expect_output(t);
}

/* A voucher alone is no frame, so it is not recorded. */
static enum status write_out(struct tool *t, struct span voucher, struct span frames)
{
	return tool_flag(t, "print") ? tool_write(t, voucher) : tool_write_frames(t, frames);
}

static enum status pay_deal(struct tool *t)
{
	CLEAN_BYTES struct bytes frames = {0}, voucher = {0};
	struct amount max_total = tool_ceiling(t, "max-total", "RETRIEVAL_MAX_TOTAL");
	const char *deal = tool_value(t, "deal");
	struct party *p = tool_open_party(t, NEED_STORE | NEED_KEY | NEED_LEDGER);
	struct deal_name name;
	enum status s = party_find(p, &name, deal != NULL ? deal : "@", SIDES_CLIENT);

	if (s != STATUS_OK)
		return s;
	if (t->dry_run)
		return show_due(t, name.id);
	s = buyer_pay(p, &frames, &voucher, name.id, &max_total);
	if (s != STATUS_OK)
		return s;
	s = write_out(t, bytes_span(&voucher), bytes_span(&frames));
	return s == STATUS_OK ? result_deal(t, &name) : s;
}

int main(int argc, char **argv)
{
	struct tool t;

	tool_begin(&t, &spec, argc, argv);
	tool_expect_arguments(&t, 0, 0);
	for (const char *const *option = direct_options; *option != NULL; option++)
		if (tool_flag(&t, *option) && !tool_flag(&t, "channel"))
			tool_fail(&t, STATUS_USAGE, "--%s is for --channel", *option);
	check_output(&t);
	return tool_end(&t, tool_flag(&t, "channel") ? direct_pay(&t) : pay_deal(&t));
}
