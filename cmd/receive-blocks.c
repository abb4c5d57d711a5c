/* receive-blocks - verify and keep the blocks that a provider sends, and say what is owed.
 *
 * receive-blocks [-aq] [--pay] [--max-total AMOUNT] [-o FILE] [FILE ...]
 */
#include <string.h>

#include "blocks/output.h"
#include "blocks/publish.h"
#include "buyer/pay.h"
#include "buyer/propose.h"
#include "buyer/receive.h"
#include "peer/frame_queue.h"
#include "show/result.h"
#include "store/deal_texts.h"
#include "tool/stream.h"

static const struct tool_option options[] = {
	{"output", 'o', "FILE", "where the CAR goes once all blocks are here, in this run or a later one"},
	{"pay", 0, NULL, "pay what is due, and go on; vouchers go to standard output"},
	{"max-total", 0, "AMOUNT", "with --pay: never pay more than this for the deal (RETRIEVAL_MAX_TOTAL)"},
	{"text", 'a', NULL, "write vouchers as lines of base64url"},
	{NULL, 0, NULL, NULL},
};
static const struct tool_spec spec = {
	"receive-blocks",
	"[-aq] [--pay] [--max-total AMOUNT] [-o FILE] [FILE ...]",
	"Verify and keep the blocks that a provider sends, and say what is owed.\n"
	"A block is kept only if it matches its CID and is the next one in the walk.\n"
	"Exit 0: all blocks are here; 3: payment is needed; 5: the stream ended before either.",
	options,
};

struct receiving {
	struct tool *t;
	struct receiver *receiver;
	struct amount max_total;
	bool pay;
	bool over;
};

static enum status pay(struct receiving *r)
{
	const struct client_deal *d = receiver_deal(r->receiver);
	CLEAN_BYTES struct bytes frames = {0};
	enum status s = receiver_finish(r->receiver);

	if (s != STATUS_OK)
		return s;
	s = buyer_pay(&r->t->party, &frames, NULL, d->id, &r->max_total);
	if (s != STATUS_OK)
		return s;
	s = tool_write_frames(r->t, bytes_span(&frames));
	if (s != STATUS_OK)
		return s;
	return receiver_reload(r->receiver);
}

static enum status take(void *ctx, const struct received_frame *d)
{
	struct receiving *r = ctx;
	enum status s = receiver_take_received(r->receiver, d);

	if (s == STATUS_OK && r->pay && buyer_outcome(receiver_deal(r->receiver)) == STATUS_PAYMENT_NEEDED)
		s = pay(r);
	if (s == STATUS_OK && r->pay && deal_is_final(SIDE_CLIENT, receiver_deal(r->receiver)->state)) {
		r->over = true; /* the other side may keep the connection open, but no more frames are expected */
		s = STATUS_END;
	}
	return s;
}

/* A frame may report that a payment is due: with --pay the payment is made, and reading goes on. */
static enum status receive(struct receiving *r)
{
	struct party *p = &r->t->party;
	enum status s = receiver_new(&r->receiver, p), finished;

	if (s != STATUS_OK)
		return s;
	s = tool_each_received(r->t, take, r);
	if (r->over) {
		s = STATUS_OK;
		error_clear(&p->error);
	}
	finished = receiver_finish(r->receiver);
	return s != STATUS_OK ? s : finished;
}

static enum status conclude(struct receiving *r, const char *output)
{
	const struct client_deal *d = receiver_deal(r->receiver);
	struct amount early = receiver_early(r->receiver);
	enum status s;

	if (d == NULL)
		return STATUS_OK;
	r->t->stdout_is_data = output != NULL && strcmp(output, "-") == 0;
	tool_result(r->t, result_bought(d));
	s = buyer_deliver(&r->t->party, d, output);
	return s == STATUS_OK ? result_explain_bought(&r->t->party, d, &early) : s;
}

/* Nothing is paid, and no block is taken in, for an output that can't be written. */
static void check_outputs(struct tool *t, const char *car, bool pay)
{
	enum status s = pay ? tool_check_output(t) : STATUS_OK;

	if (s == STATUS_OK && car != NULL)
		s = tool_check_place(t, car);
	if (s != STATUS_OK)
		tool_fail(t, s, "%s", party_words(&t->party, s));
}

int main(int argc, char **argv)
{
	struct receiving r = {0};
	const char *output;
	struct tool t;
	enum status s;

	tool_begin(&t, &spec, argc, argv);
	t.data_to_stdout = true; /* vouchers; -o names the file for the CAR */
	output = tool_value(&t, "output");
	r.t = &t;
	r.pay = tool_flag(&t, "pay");
	r.max_total = tool_ceiling(&t, "max-total", "RETRIEVAL_MAX_TOTAL");
	if (r.pay && output != NULL && strcmp(output, "-") == 0)
		tool_fail(&t, STATUS_USAGE, "--pay writes vouchers to standard output: the CAR can't go there too");
	check_outputs(&t, output, r.pay);
	tool_open_party(&t, NEED_STORE | (r.pay ? NEED_KEY | NEED_LEDGER : 0));
	s = receive(&r);
	if (s == STATUS_OK)
		s = conclude(&r, output);
	receiver_free(r.receiver);
	return tool_end(&t, s);
}
