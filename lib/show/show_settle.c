/* show_settle.c - shows the steps of settling, done or planned. Refuses to know why. */
#include "show/show_settle.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"

static const char *const step_names[] = {
	[SETTLE_SUBMIT] = "submit",
	[SETTLE_START] = "settle",
	[SETTLE_WAIT] = "wait",
	[SETTLE_COLLECT] = "collect",
	[SETTLE_NOTHING] = "nothing",
	[SETTLE_LATER] = "later",
	[SETTLE_OPEN] = "open",
	[SETTLE_LOST] = "lost",
	[SETTLE_CHOICE] = "choice",
};
static const char *const choice_names[] = {
	[CHOOSE_SUBMIT] = "submit",
	[CHOOSE_CLOSE] = "close",
	[CHOOSE_WAIT] = "wait",
};

/** struct words - the parts of a text that more than one step has. */
struct words {
	char amount[TOOL_AMOUNT_MAX], unspent[TOOL_AMOUNT_MAX], left[TOOL_EPOCHS_MAX], delay[TOOL_EPOCHS_MAX],
		cost[TOOL_EPOCHS_MAX];
};

static void choice_text(char *text, const struct settle_report *r, const struct words *words)
{
	switch (r->choice) {
	case CHOOSE_SUBMIT:
		if (r->until != 0)
			snprintf(text, SETTLE_TEXT_MAX, "choice: settle, %s: %s made sure of", words->cost,
				words->amount);
		else
			snprintf(text, SETTLE_TEXT_MAX,
				"choice: settle --keep-open, %s: %s made sure of, the channel stays open with %s "
				"unspent",
				words->cost, words->amount, words->unspent);
		return;
	case CHOOSE_CLOSE:
		snprintf(text, SETTLE_TEXT_MAX, "choice: settle --close, %s: %s %s from epoch %" PRId64 " on, in %s",
			words->cost, words->amount, r->outbound ? "come back" : "are paid out", r->until, words->left);
		return;
	case CHOOSE_WAIT:
		if (r->until != 0)
			snprintf(text, SETTLE_TEXT_MAX, "choice: wait, %s: %s are lost at epoch %" PRId64 ", in %s",
				words->cost, words->amount, r->until, words->left);
		else if (amount_is_zero(&r->amount))
			snprintf(text, SETTLE_TEXT_MAX,
				"choice: wait, %s: nothing is lost, the channel stays open with %s unspent",
				words->cost, words->unspent);
		else
			snprintf(text, SETTLE_TEXT_MAX,
				"choice: wait, %s: %s must be submitted within 12h once the payer settles, or they are "
				"lost",
				words->cost, words->amount);
		return;
	}
}

static void step_text(char *text, const struct settle_report *r, const struct words *words, bool plan)
{
	switch (r->step) {
	case SETTLE_SUBMIT:
		snprintf(text, SETTLE_TEXT_MAX, "%s the voucher of lane %" PRIu64 ", nonce %" PRIu64 ": %s more",
			plan ? "would submit" : "submitted", r->lane, r->nonce, words->amount);
		return;
	case SETTLE_START:
		snprintf(text, SETTLE_TEXT_MAX, "%s: %s can be collected from epoch %" PRId64 " on, in %s%s",
			plan ? "would settle" : "settling", words->amount, r->until, words->left,
			r->deals != 0 ? "; deals on it that go on get no further" : "");
		return;
	case SETTLE_LATER:
		snprintf(text, SETTLE_TEXT_MAX, "open still, as %" PRIu64 " %s: settling now would bring %s", r->deals,
			r->deals == 1 ? "deal goes on" : "deals go on", words->amount);
		return;
	case SETTLE_OPEN:
		snprintf(text, SETTLE_TEXT_MAX, "%s open with %s unspent: settling would bring %s",
			plan ? "would stay" : "stays", words->unspent, words->amount);
		return;
	case SETTLE_WAIT:
		snprintf(text, SETTLE_TEXT_MAX,
			"settling: %s can be collected from epoch %" PRId64 " on, in %" PRId64 " epoch%s (%s)",
			words->amount, r->until, r->until - r->epoch, text_plural((uint64_t)(r->until - r->epoch)),
			words->left);
		return;
	case SETTLE_COLLECT:
		snprintf(text, SETTLE_TEXT_MAX, "%s %s", plan ? "would collect" : "collected", words->amount);
		return;
	case SETTLE_NOTHING:
		snprintf(text, SETTLE_TEXT_MAX, "collected: nothing is left to do");
		return;
	case SETTLE_LOST:
		snprintf(text, SETTLE_TEXT_MAX, "lost: vouchers of %s were not submitted in time", words->amount);
		return;
	case SETTLE_CHOICE:
		choice_text(text, r, words);
		return;
	}
}

/* The message of the step is on its way. */
static void pending_text(char *text, const struct settle_report *r, const struct words *words)
{
	static const char later[] = "is sent, and not on the ledger yet";

	if (r->step == SETTLE_SUBMIT)
		snprintf(text, SETTLE_TEXT_MAX, "the voucher of lane %" PRIu64 ", nonce %" PRIu64 ", %s: %s more",
			r->lane, r->nonce, later, words->amount);
	else if (r->step == SETTLE_COLLECT)
		snprintf(text, SETTLE_TEXT_MAX, "the message that collects %s %s", words->amount, later);
	else
		snprintf(text, SETTLE_TEXT_MAX, "the message that begins settling %s: %s can be collected 12h after it",
			later, words->amount);
}

char *show_settle_text(char *text, const struct settle_report *r, bool plan)
{
	int64_t epochs = r->until - r->epoch;
	struct words words;

	if (r->status != STATUS_OK && r->status != STATUS_TOO_LATE && status_class(r->status) != CLASS_EARLY) {
		snprintf(text, SETTLE_TEXT_MAX, "cannot %s: %s", step_names[r->step],
			r->text[0] != '\0' ? r->text : status_text(r->status));
		return text;
	}
	tool_amount_text(words.amount, &r->amount);
	tool_amount_text(words.unspent, &r->unspent);
	tool_epochs_text(words.left, epochs > 0 ? epochs : 0);
	tool_epochs_text(words.delay, PAYCH_SETTLE_DELAY);
	snprintf(words.cost, sizeof(words.cost), "%" PRIu64 " %s", r->messages,
		r->messages == 1 ? "message" : "messages");
	if (r->status == STATUS_PENDING)
		pending_text(text, r, &words);
	else
		step_text(text, r, &words, plan);
	return text;
}

static bool has_end(const struct settle_report *r)
{
	return r->step == SETTLE_START || r->step == SETTLE_WAIT || (r->step == SETTLE_CHOICE && r->until != 0);
}

static void add_choice(json_t *o, const struct settle_report *r)
{
	json_object_set_new(o, "choice", json_string(choice_names[r->choice]));
	json_object_set_new(o, "messages", json_integer((json_int_t)r->messages));
}

json_t *show_settle(const struct settle_report *r, enum network network, bool plan)
{
	char channel[ADDRESS_TEXT_MAX];
	json_t *o = json_pack("{s:s, s:s, s:b, s:I}", "channel", address_text(channel, &r->channel, network), "step",
		step_names[r->step], "plan", plan, "epoch", (json_int_t)r->epoch);

	if (r->step == SETTLE_SUBMIT) {
		json_object_set_new(o, "lane", tool_json_id(r->lane));
		json_object_set_new(o, "nonce", tool_json_id(r->nonce));
	}
	if (r->step == SETTLE_CHOICE)
		add_choice(o, r);
	if (r->step != SETTLE_NOTHING)
		json_object_set_new(o, "amount", tool_json_amount(&r->amount));
	if (r->step == SETTLE_OPEN || r->step == SETTLE_CHOICE)
		json_object_set_new(o, "unspent", tool_json_amount(&r->unspent));
	if (has_end(r) && r->status != STATUS_PENDING) {
		json_object_set_new(o, "until", json_integer(r->until));
		json_object_set_new(o, "wait_seconds", json_integer((r->until - r->epoch) * EPOCH_SECONDS));
	}
	if (r->deals != 0)
		json_object_set_new(o, "deals", json_integer((json_int_t)r->deals));
	json_object_set_new(o, "done", json_boolean(!plan && r->status == STATUS_OK));
	if (r->status == STATUS_PENDING)
		json_object_set_new(o, "pending", json_true());
	else if (r->status != STATUS_OK)
		json_object_set_new(o, "error", json_string(r->text[0] != '\0' ? r->text : status_text(r->status)));
	return o;
}
