/* validate - judge what the other side sent: a client's proposals, payments, cancellations and queries, or a
 * provider's answers.
 *
 * validate [-aq] [-o FILE] [--client NAME] [--max-open N] [--max-unpaid N] [--max-cancelled N] [--max-owed AMOUNT]
 *       [--risk AMOUNT] [FILE ...]
 */
#include <inttypes.h>
#include <string.h>

#include "buyer/left_deals.h"
#include "buyer/propose.h"
#include "buyer/receive.h"
#include "seller/take.h"
#include "show/result.h"
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
	"[--max-owed AMOUNT] [--risk AMOUNT] [FILE ...]",
	"Judge what the other side sent: a client's proposals, payments, cancellations and queries, or a provider's "
	"answers.\n"
	"The answer to a client is written in any case. Exit 0: accepted.",
	options,
};

struct judge {
	struct tool *t;
	struct receiver *receiver; /* when we are the client */
	enum status
		refused; /* of the first refused frame of a client, OK if none; the frames behind it are judged too */
	struct error words; /* of that refusal */
};

/* For programs: the result of a client's frame. A refused proposal has no deal in the store. */
static void report(struct tool *t, uint64_t id, enum status s)
{
	struct provider_deal deal;
	json_t *object;

	if (!t->json || s == STATUS_NO_MEMORY)
		return;
	if (id != 0 && party_get_provider(&t->party, &deal, id) == STATUS_OK)
		object = result_sold(&deal);
	else
		object = json_pack("{s:o}", "deal", id != 0 ? tool_json_id(id) : json_null());
	json_object_set_new(object, "exit", json_integer(status_class(s)));
	tool_result(t, object);
}

static enum status judge_client(struct judge *j, const struct frame *frame)
{
	struct bytes answer = {0};
	uint64_t deal = 0;
	enum status s = seller_may_answer(frame) ? tool_check_output(j->t) : STATUS_OK, written = STATUS_OK;

	if (s != STATUS_OK)
		return s;
	s = seller_take(&j->t->party, &answer, &deal, frame, &j->t->limits);
	if (answer.len != 0) {
		written = tool_write_frames(j->t, bytes_span(&answer));
		j->t->keep_output = written == STATUS_OK; /* a refusal is an answer too */
	}
	bytes_release(&answer);
	if (written != STATUS_OK)
		return written;
	report(j->t, deal, s);
	return s;
}

/* Keep the words of the first refusal; later ones are said at once. */
static void note_refusal(struct judge *j, enum status s)
{
	struct error *error = &j->t->party.error;

	if (j->refused != STATUS_OK) {
		tool_complain(j->t, s);
	} else {
		j->refused = s;
		j->words = *error;
	}
	error_clear(error);
}

static enum status judge_frame(void *ctx, const struct frame *frame)
{
	struct judge *j = ctx;
	enum status s = STATUS_OK;

	if (frame->from_client) {
		s = judge_client(j, frame);
		if (!seller_is_refusal(s))
			return s;
		note_refusal(j, s);
		return STATUS_OK;
	}
	if (j->receiver == NULL)
		s = receiver_new(&j->receiver, &j->t->party);
	return s == STATUS_OK ? receiver_take(j->receiver, frame) : s;
}

/* The current state of a client's deal. */
static enum status client_verdict(struct tool *t, const struct client_deal *d)
{
	struct party *p = &t->party;
	char amount[AMOUNT_TEXT_MAX];
	enum status s = buyer_outcome(d);

	tool_result(t, result_bought(d));
	if (s == STATUS_REJECTED) {
		buyer_hint_left(p, d);
		return party_fail(p, s, "%s", d->message);
	}
	if (client_wants_channel(d))
		party_hint(p, "channel open --deal %" PRIu64, d->id);
	party_done(p, "deal %" PRIu64 ": %s, %s afil spent", d->id, deal_state_name(d->state),
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
			s = client_verdict(&t, receiver_deal(j.receiver));
		receiver_free(j.receiver);
	}
	if (s == STATUS_OK && j.refused != STATUS_OK) {
		t.party.error = j.words;
		s = j.refused;
	}
	return tool_end(&t, s);
}
