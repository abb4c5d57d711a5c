/* send-blocks - send the blocks of a deal up to its interval, then ask for payment.
 *
 * send-blocks [-aq] [-o FILE] [--deal DEAL] [--max-owed AMOUNT] [FILE ...]
 */
#include <unistd.h>

#include "peer/sink.h"
#include "seller/send.h"
#include "seller/take.h"
#include "show/result.h"
#include "tool/limits.h"
#include "tool/stream.h"

static const struct tool_option options[] = {
	{"deal", 'd', "DEAL", "send the blocks of this deal: its id, the first digits of the id, or @ for the newest"},
	{"output", 'o', "FILE", "where the frames go (default: standard output)"},
	{"text", 'a', NULL, "write the frames as lines of base64url"},
	MAX_OWED_OPTION,
	{NULL, 0, NULL, NULL},
};
static const struct tool_spec spec = {
	"send-blocks",
	"[-aq] [-o FILE] [--deal DEAL] [--max-owed AMOUNT] [FILE ...]",
	"Send the blocks of a deal up to its interval, then ask for payment.\n"
	"Payments in FILE are read first. Without a new payment, the same bytes are sent again.\n"
	"Exit 0: all blocks are sent; 3: payment is needed.",
	options,
};

struct taking {
	struct tool *t;
	uint64_t deal;
};

/* A received payment: checked and answered as by validate. */
static enum status take(void *ctx, const struct frame *frame)
{
	struct taking *taking = ctx;
	struct bytes answer = {0};
	enum status s = seller_take(&taking->t->party, &answer, &taking->deal, frame, NULL), written = STATUS_OK;

	if (answer.len != 0)
		written = tool_write_frames(taking->t, bytes_span(&answer));
	bytes_release(&answer);
	return written != STATUS_OK ? written : s;
}

static enum status send(struct tool *t, const struct deal_name *name, struct sink *sink)
{
	enum status s = seller_send(&t->party, name->id, &t->limits, sink), reported = STATUS_OK;

	if (s == STATUS_OK || s == STATUS_PAYMENT_NEEDED)
		reported = result_deal(t, name);
	return reported != STATUS_OK ? reported : s;
}

int main(int argc, char **argv)
{
	struct deal_name name = {.side = SIDE_PROVIDER};
	struct taking taking = {0};
	struct sink sink;
	const char *deal;
	struct party *p;
	struct tool t;
	enum status s = STATUS_OK;

	tool_begin(&t, &spec, argc, argv);
	taking.t = &t;
	deal = tool_value(&t, "deal");
	if (deal == NULL && t.argument_count == 0)
		tool_fail(&t, STATUS_USAGE, "--deal ID is needed, or --deal @ for the newest deal");
	tool_expect_output(&t);
	tool_max_owed(&t);
	p = tool_open_party(&t, NEED_STORE | MAY_SIGN | (t.argument_count != 0 ? NEED_LEDGER : 0));
	if (t.argument_count != 0)
		s = tool_each_frame(&t, take, &taking);
	name.id = taking.deal;
	if (s == STATUS_OK && deal == NULL && name.id == 0)
		s = party_fail(p, STATUS_NOT_FOUND, "no frame belongs to a deal: nothing is sent");
	if (s == STATUS_OK && deal != NULL)
		s = party_find(p, &name, deal, SIDES_PROVIDER);
	if (s != STATUS_OK)
		goto out;
	s = tool_sink(&t, &sink);
	if (s != STATUS_OK)
		goto out;
	s = send(&t, &name, &sink);
out:
	t.keep_output = t.keep_output || s == STATUS_NOT_NOW; /* the client gets an answer with this reason, too */
	return tool_end(&t, s);
}
