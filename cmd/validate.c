/* validate - judge what the other side sent: a client's proposals, payments, cancellations and queries, or a
 * provider's answers.
 *
 * validate [-aq] [-o FILE] [--client NAME] [--max-open N] [--max-unpaid N] [--max-cancelled N] [--max-owed AMOUNT]
 *       [FILE ...]
 */
#include <string.h>

#include "buyer/propose.h"
#include "buyer/receive.h"
#include "seller/take.h"
#include "tool/limits.h"
#include "tool/stream.h"
#include "wire/frame.h"

static const struct tool_option options[] = {
	{"output", 'o', "FILE", "where the answer goes (default: standard output)"},
	{"text", 'a', NULL, "write the answer as lines of base64url"},
	{"client", 0, "NAME", "provider: the name of the client"},
	LIMIT_OPTIONS,
	{NULL, 0, NULL, NULL},
};
static const struct tool_spec spec = {
	"validate",
	"[-aq] [-o FILE] [--client NAME] [--max-open N] [--max-unpaid N] [--max-cancelled N] "
	"[--max-owed AMOUNT] [FILE ...]",
	"Judge what the other side sent: a client's proposals, payments, cancellations and queries, or a provider's "
	"answers.\n"
	"The answer to a client is written in any case. Exit 0: accepted.",
	options,
};

struct judge {
	struct tool *t;
	struct receiver *receiver; /* when we are the client */
};

static enum status judge_client(struct judge *j, const struct frame *frame)
{
	struct bytes answer = {0};
	uint64_t deal;
	enum status s = seller_take(&j->t->party, &answer, &deal, frame, &j->t->limits), written = STATUS_OK;

	if (answer.len != 0) {
		written = tool_write_frames(j->t, bytes_span(&answer));
		j->t->keep_output = written == STATUS_OK; /* a refusal is an answer too */
	}
	bytes_release(&answer);
	return written != STATUS_OK ? written : s;
}

static enum status judge_frame(void *ctx, const struct frame *frame)
{
	struct judge *j = ctx;
	enum status s = STATUS_OK;

	if (frame->from_client)
		return judge_client(j, frame);
	if (j->receiver == NULL)
		s = receiver_new(&j->receiver, &j->t->party);
	return s == STATUS_OK ? receiver_take(j->receiver, frame->body) : s;
}

/* How a client's deal stands now. */
static enum status client_verdict(struct party *p, const struct client_deal *d)
{
	char amount[AMOUNT_TEXT_MAX];
	enum status s = buyer_outcome(d);

	if (s == STATUS_REJECTED)
		return party_fail(p, s, "%s", d->message);
	if (client_wants_channel(d))
		party_hint(p, "channel open --deal %llu", (unsigned long long)d->id);
	party_done(p, "deal %llu: %s, %s afil spent", (unsigned long long)d->id, deal_state_name(d->state),
		amount_decimal(amount, &d->funds_spent));
	return STATUS_OK;
}

int main(int argc, char **argv)
{
	struct judge j = {0};
	struct tool t;
	enum status s, finished;

	tool_begin(&t, &spec, argc, argv);
	j.t = &t;
	tool_limits(&t, false);
	tool_open_party(&t, NEED_STORE | WANT_KEY | NEED_LEDGER);
	s = tool_each_frame(&t, judge_frame, &j);
	if (j.receiver != NULL) {
		finished = receiver_finish(j.receiver);
		if (s == STATUS_OK)
			s = finished;
		if (s == STATUS_OK && receiver_deal(j.receiver) != NULL)
			s = client_verdict(&t.party, receiver_deal(j.receiver));
		receiver_free(j.receiver);
	}
	return tool_end(&t, s);
}
