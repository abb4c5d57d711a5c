/* show_settle.c - shows the steps of settling, done or planned. Refuses to know why. */
#include "show/show_settle.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/text.h"

#define TIME_TEXT_MAX 48
#define ABOUT_DIGITS  4  /* of an amount that is not exact */
#define NFIL_PLACES   9  /* 1 nfil has one digit more, in afil */
#define FIL_PLACES    18 /* 1 fil */
#define FIL_FROM      15 /* amounts of more digits are written in fil */

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
	[SETTLE_SUMMARY] = "summary",
};
static const char *const choice_names[] = {
	[CHOOSE_SUBMIT] = "submit",
	[CHOOSE_CLOSE] = "close",
	[CHOOSE_WAIT] = "wait",
};

/** struct words - the parts of a text that more than one step has. */
struct words {
	char amount[TOOL_AMOUNT_MAX], unspent[TOOL_AMOUNT_MAX], unsubmitted[TOOL_AMOUNT_MAX], delay[TOOL_EPOCHS_MAX];
	char left[TOOL_EPOCHS_MAX + TIME_TEXT_MAX]; /* "12h, at 2026-11-27 08:17 UTC"; no time without a clock */
	char fee[TOOL_AMOUNT_MAX + 16];             /* "about 3 nfil" */
	char price[2 * TOOL_AMOUNT_MAX];            /* "3 messages, about 3 nfil in fees" */
	char net[TOOL_AMOUNT_MAX + 32];             /* ": 7 nfil after fees"; nothing without fees */
};

/* "2026-11-27 08:17 UTC", in the time zone of the user. */
static void time_text(char *text, int64_t seconds)
{
	time_t when = (time_t)seconds;
	struct tm parts;

	text[0] = '\0';
	if (seconds != 0 && localtime_r(&when, &parts) != NULL)
		strftime(text, TIME_TEXT_MAX, ", at %Y-%m-%d %H:%M %Z", &parts);
}

/* "2026-11-27T08:17:20Z", for programs. */
static json_t *json_time(int64_t seconds)
{
	char text[TIME_TEXT_MAX];
	time_t when = (time_t)seconds;
	struct tm parts;

	if (gmtime_r(&when, &parts) == NULL || strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
		return json_null();
	return json_string(text);
}

/* A time of so many of the ledger's epochs, which may be shorter or longer than the protocol's. */
static char *epochs_text(char *text, const struct settle_report *r, int64_t epochs)
{
	return tool_epochs_text(text, epochs * r->epoch_seconds / EPOCH_SECONDS);
}

/* What the step brings after the fees; false if that is not known. */
static bool net_of(struct amount *net, const struct settle_report *r)
{
	const struct amount *brings = r->step == SETTLE_SUMMARY ? &r->pays : &r->amount;

	return r->has_cost && r->cost.known && amount_sub(net, brings, &r->cost.fee);
}

/* Digits of attoFIL as a number of a larger unit, which has @places digits more; no zeros at its end. */
static void write_unit(char *text, const char *digits, size_t places, const char *unit)
{
	size_t len = strlen(digits), whole = len > places ? len - places : 0, end = len;
	size_t zeros = whole == 0 ? places - len : 0;

	while (end > whole && digits[end - 1] == '0')
		end--;
	snprintf(text, TOOL_AMOUNT_MAX, "%.*s%s%s%.*s%.*s %s", (int)whole, digits, whole == 0 ? "0" : "",
		end > whole ? "." : "", (int)zeros, "000000000000000000", (int)(end - whole), digits + whole, unit);
}

/*
 * A positive amount that is not exact, in ABOUT_DIGITS digits: @up rounds away from 0, for what is paid; else towards 0, for
 * what is left.
 */
static char *about_text(char *text, const struct amount *amount, bool up)
{
	char number[AMOUNT_TEXT_MAX + 1] = "0", *digits = number + 1;
	size_t len, at = ABOUT_DIGITS;

	len = strlen(amount_decimal(digits, amount));
	if (len > ABOUT_DIGITS) {
		up = up && strspn(digits + ABOUT_DIGITS, "0") != len - ABOUT_DIGITS;
		memset(digits + ABOUT_DIGITS, '0', len - ABOUT_DIGITS);
		for (; up && digits[at - 1] == '9'; at--)
			digits[at - 1] = '0';
		if (up)
			digits[at - 1]++; /* which may be the zero before the digits */
	}
	if (*number != '0')
		digits = number;
	len = strlen(digits);
	if (len > FIL_FROM)
		write_unit(text, digits, FIL_PLACES, "fil");
	else if (len > NFIL_PLACES)
		write_unit(text, digits, NFIL_PLACES, "nfil");
	else
		snprintf(text, TOOL_AMOUNT_MAX, "%s afil", digits);
	return text;
}

static void cost_words(struct words *words, const struct settle_report *r)
{
	char fee[TOOL_AMOUNT_MAX];
	struct amount net, none = amount_zero();
	bool free = r->has_cost && r->cost.known && amount_is_zero(&r->cost.most);
	int n;

	words->net[0] = '\0';
	snprintf(words->fee, sizeof(words->fee), "about %s", about_text(fee, &r->cost.fee, true));
	n = snprintf(words->price, sizeof(words->price), "%" PRIu64 " %s", r->messages,
		r->messages == 1 ? "message" : "messages");
	if (!r->has_cost || free || r->messages == 0)
		return;
	if (!r->cost.known) {
		snprintf(words->price + n, sizeof(words->price) - (size_t)n, ", at a fee that is not known");
		return;
	}
	snprintf(words->price + n, sizeof(words->price) - (size_t)n, ", %s in fees", words->fee);
	if (!net_of(&net, r))
		return;
	if (amount_is_negative(&net) && amount_sub(&net, &none, &net))
		snprintf(words->net, sizeof(words->net), ": a loss of about %s", about_text(fee, &net, true));
	else
		snprintf(words->net, sizeof(words->net), ": about %s after fees", about_text(fee, &net, false));
}

static void find_words(struct words *words, const struct settle_report *r)
{
	char left[TOOL_EPOCHS_MAX], clock[TIME_TEXT_MAX];
	int64_t epochs = r->until - r->epoch;

	tool_amount_text(words->amount, &r->amount);
	tool_amount_text(words->unspent, &r->unspent);
	tool_amount_text(words->unsubmitted, &r->unsubmitted);
	time_text(clock, r->until_time);
	epochs_text(left, r, epochs > 0 ? epochs : 0);
	snprintf(words->left, sizeof(words->left), "%s%s", left, clock);
	epochs_text(words->delay, r, PAYCH_SETTLE_DELAY);
	cost_words(words, r);
}

static void choice_text(char *text, const struct settle_report *r, const struct words *words)
{
	const char *anyway = r->held == HELD_FEE ? " --at-a-loss" : "";

	switch (r->choice) {
	case CHOOSE_SUBMIT:
		if (r->until != 0)
			snprintf(text, SETTLE_TEXT_MAX, "choice: settle%s, %s: %s made sure of%s", anyway, words->price,
				words->amount, words->net);
		else
			snprintf(text, SETTLE_TEXT_MAX,
				"choice: settle --keep-open%s, %s: %s made sure of, the channel stays open with %s "
				"unspent%s",
				anyway, words->price, words->amount, words->unspent, words->net);
		return;
	case CHOOSE_CLOSE:
		snprintf(text, SETTLE_TEXT_MAX,
			"choice: settle --close%s, %s: %s %s from epoch %" PRId64 " on, in %s%s", anyway, words->price,
			words->amount, r->outbound ? "come back" : "are paid out", r->until, words->left, words->net);
		return;
	case CHOOSE_WAIT:
		if (r->until != 0)
			snprintf(text, SETTLE_TEXT_MAX, "choice: wait, %s: %s are lost at epoch %" PRId64 ", in %s",
				words->price, words->amount, r->until, words->left);
		else if (amount_is_zero(&r->amount))
			snprintf(text, SETTLE_TEXT_MAX,
				"choice: wait, %s: nothing is lost, the channel stays open with %s unspent",
				words->price, words->unspent);
		else
			snprintf(text, SETTLE_TEXT_MAX,
				"choice: wait, %s: %s must be submitted within %s once the payer settles, or they are "
				"lost",
				words->price, words->amount, words->delay);
		return;
	}
}

static void submit_text(char *text, const struct settle_report *r, const struct words *words, bool plan)
{
	char voucher[96];

	snprintf(voucher, sizeof(voucher), "the voucher of lane %" PRIu64 ", nonce %" PRIu64, r->lane, r->nonce);
	if (r->held == HELD_FEE)
		snprintf(text, SETTLE_TEXT_MAX, "%s %s: %s more, and submitting costs %s",
			plan ? "would keep" : "keeps", voucher, words->amount, words->fee);
	else if (plan && r->has_cost && !amount_is_zero(&r->cost.most))
		snprintf(text, SETTLE_TEXT_MAX, "would submit %s: %s more, for %s", voucher, words->amount, words->fee);
	else
		snprintf(text, SETTLE_TEXT_MAX, "%s %s: %s more", plan ? "would submit" : "submitted", voucher,
			words->amount);
}

static void open_text(char *text, const struct settle_report *r, const struct words *words, bool plan)
{
	int n = snprintf(text, SETTLE_TEXT_MAX, "%s open with %s unspent: settling would bring %s",
		plan ? "would stay" : "stays", words->unspent, words->amount);

	if (r->held == HELD_FEE)
		n += snprintf(text + n, SETTLE_TEXT_MAX - (size_t)n, ", and cost %s", words->fee);
	if (r->held == HELD_TIME)
		n += snprintf(text + n, SETTLE_TEXT_MAX - (size_t)n,
			", and end before epoch %" PRId64 ", for which a voucher waits", r->until);
	if (!amount_is_zero(&r->unsubmitted))
		snprintf(text + n, SETTLE_TEXT_MAX - (size_t)n, "; vouchers of %s are not submitted yet",
			words->unsubmitted);
}

static void wait_text(char *text, const struct settle_report *r, const struct words *words)
{
	int n = snprintf(text, SETTLE_TEXT_MAX,
		"settling: %s can be collected from epoch %" PRId64 " on, in %" PRId64 " epoch%s (%s)", words->amount,
		r->until, r->until - r->epoch, text_plural((uint64_t)(r->until - r->epoch)), words->left);

	if (r->outbound)
		snprintf(text + n, SETTLE_TEXT_MAX - (size_t)n, "; until then the payee can submit more");
	else if (!amount_is_zero(&r->unsubmitted))
		snprintf(text + n, SETTLE_TEXT_MAX - (size_t)n, "; vouchers of %s are not submitted yet",
			words->unsubmitted);
}

static void start_text(char *text, const struct settle_report *r, const struct words *words, bool plan)
{
	snprintf(text, SETTLE_TEXT_MAX, "%s: %s can be collected from epoch %" PRId64 " on, in %s%s%s",
		plan ? "would settle" : "settling", words->amount, r->until, words->left,
		r->outbound ? "; until then the payee can submit more" : "",
		r->deals != 0 ? "; deals on it that go on get no further" : "");
}

static void collect_text(char *text, const struct settle_report *r, const struct words *words, bool plan)
{
	if (r->held == HELD_FEE)
		snprintf(text, SETTLE_TEXT_MAX, "%s %s: collecting costs %s", plan ? "would leave" : "leaves",
			words->amount, words->fee);
	else if (plan && r->has_cost && !amount_is_zero(&r->cost.most))
		snprintf(text, SETTLE_TEXT_MAX, "would collect %s, for %s", words->amount, words->fee);
	else
		snprintf(text, SETTLE_TEXT_MAX, "%s %s", plan ? "would collect" : "collected", words->amount);
}

static void summary_text(char *text, const struct settle_report *r, const struct words *words)
{
	int n = snprintf(
		text, SETTLE_TEXT_MAX, "in all: %s %s", words->amount, r->outbound ? "come back" : "are earned");

	if (!amount_is_zero(&r->unsubmitted) && r->until != 0)
		n += snprintf(text + n, SETTLE_TEXT_MAX - (size_t)n,
			", %s of them lost unless submitted before epoch %" PRId64 ", in %s", words->unsubmitted,
			r->until, words->left);
	else if (!amount_is_zero(&r->unsubmitted))
		n += snprintf(
			text + n, SETTLE_TEXT_MAX - (size_t)n, ", %s of them not submitted yet", words->unsubmitted);
	snprintf(text + n, SETTLE_TEXT_MAX - (size_t)n, "; to the end %s%s", words->price, words->net);
}

static void step_text(char *text, const struct settle_report *r, const struct words *words, bool plan)
{
	switch (r->step) {
	case SETTLE_SUBMIT:
		submit_text(text, r, words, plan);
		return;
	case SETTLE_START:
		start_text(text, r, words, plan);
		return;
	case SETTLE_LATER:
		snprintf(text, SETTLE_TEXT_MAX, "open still, as %" PRIu64 " %s: settling now would bring %s", r->deals,
			r->deals == 1 ? "deal goes on" : "deals go on", words->amount);
		return;
	case SETTLE_OPEN:
		open_text(text, r, words, plan);
		return;
	case SETTLE_WAIT:
		wait_text(text, r, words);
		return;
	case SETTLE_COLLECT:
		collect_text(text, r, words, plan);
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
	case SETTLE_SUMMARY:
		summary_text(text, r, words);
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
		snprintf(text, SETTLE_TEXT_MAX, "the message that begins settling %s: %s can be collected %s after it",
			later, words->amount, words->delay);
}

char *show_settle_text(char *text, const struct settle_report *r, bool plan)
{
	struct words words;

	if (r->status != STATUS_OK && r->status != STATUS_TOO_LATE && status_class(r->status) != CLASS_EARLY) {
		snprintf(text, SETTLE_TEXT_MAX, "cannot %s: %s", step_names[r->step],
			r->text[0] != '\0' ? r->text : status_text(r->status));
		return text;
	}
	find_words(&words, r);
	if (r->status == STATUS_PENDING)
		pending_text(text, r, &words);
	else
		step_text(text, r, &words, plan);
	return text;
}

static bool has_end(const struct settle_report *r)
{
	return r->step == SETTLE_START || r->step == SETTLE_WAIT ||
	       ((r->step == SETTLE_CHOICE || r->step == SETTLE_SUMMARY) && r->until != 0);
}

static void add_end(json_t *o, const struct settle_report *r)
{
	int64_t epochs = r->until > r->epoch || r->step != SETTLE_SUMMARY ? r->until - r->epoch : 0;

	json_object_set_new(o, "until", json_integer(r->until));
	json_object_set_new(o, "wait_seconds", json_integer(epochs * r->epoch_seconds));
	if (r->until_time != 0)
		json_object_set_new(o, "until_time", json_time(r->until_time));
}

/* Null where the ledger can't tell. */
static void add_cost(json_t *o, const struct settle_report *r)
{
	struct amount net;

	json_object_set_new(o, "fee", r->cost.known ? tool_json_amount(&r->cost.fee) : json_null());
	json_object_set_new(o, "fee_most", r->cost.known ? tool_json_amount(&r->cost.most) : json_null());
	json_object_set_new(o, "fee_about", json_boolean(r->cost.about));
	if (net_of(&net, r))
		json_object_set_new(o, "net", tool_json_amount(&net));
}

static void add_choice(json_t *o, const struct settle_report *r)
{
	if (r->step == SETTLE_CHOICE)
		json_object_set_new(o, "choice", json_string(choice_names[r->choice]));
	json_object_set_new(o, "messages", json_integer((json_int_t)r->messages));
}

/* The amounts, and what they cost. */
static void add_amounts(json_t *o, const struct settle_report *r)
{
	if (r->step != SETTLE_NOTHING)
		json_object_set_new(o, "amount", tool_json_amount(&r->amount));
	if (r->step == SETTLE_OPEN || r->step == SETTLE_CHOICE)
		json_object_set_new(o, "unspent", tool_json_amount(&r->unspent));
	if (r->step == SETTLE_SUMMARY || !amount_is_zero(&r->unsubmitted))
		json_object_set_new(o, "unsubmitted", tool_json_amount(&r->unsubmitted));
	if (r->step == SETTLE_SUMMARY)
		json_object_set_new(o, "pays", tool_json_amount(&r->pays));
	if (r->has_cost)
		add_cost(o, r);
	if (r->held != HELD_NOT)
		json_object_set_new(o, "held", json_string(r->held == HELD_FEE ? "fee" : "time"));
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
	if (r->step == SETTLE_CHOICE || r->step == SETTLE_SUMMARY)
		add_choice(o, r);
	add_amounts(o, r);
	if (has_end(r) && r->status != STATUS_PENDING)
		add_end(o, r);
	if (r->deals != 0)
		json_object_set_new(o, "deals", json_integer((json_int_t)r->deals));
	json_object_set_new(o, "done", json_boolean(!plan && r->status == STATUS_OK && r->held == HELD_NOT));
	if (r->status == STATUS_PENDING)
		json_object_set_new(o, "pending", json_true());
	else if (r->status != STATUS_OK)
		json_object_set_new(o, "error", json_string(r->text[0] != '\0' ? r->text : status_text(r->status)));
	return o;
}

char *show_settle_total_text(char *text, const struct settle_total *total)
{
	struct settle_report sum = total->first;
	struct words words;
	int n;

	sum.step = SETTLE_SUMMARY;
	sum.amount = total->earned;
	sum.unsubmitted = total->at_risk;
	sum.pays = sum.unspent = total->pays;
	sum.cost = total->cost;
	sum.has_cost = true;
	sum.messages = 1; /* the number is not shown */
	find_words(&words, &sum);
	n = snprintf(text, SETTLE_TEXT_MAX, "total of %" PRIu64 " channel%s: %s are ours", total->channels,
		text_plural(total->channels), words.amount);
	if (!amount_is_zero(&total->at_risk))
		n += snprintf(
			text + n, SETTLE_TEXT_MAX - (size_t)n, ", %s of them not submitted yet", words.unsubmitted);
	if (sum.until != 0)
		n += snprintf(text + n, SETTLE_TEXT_MAX - (size_t)n, ", the first before epoch %" PRId64 ", in %s",
			sum.until, words.left);
	n += snprintf(text + n, SETTLE_TEXT_MAX - (size_t)n, "; to the end %s paid%s", words.unspent, words.net);
	if (total->left != 0)
		snprintf(text + n, SETTLE_TEXT_MAX - (size_t)n, "; %" PRIu64 " channel%s not worth the fees",
			total->left, total->left == 1 ? " is" : "s are");
	return text;
}

json_t *show_settle_total(const struct settle_total *total)
{
	struct settle_report sum = total->first;
	json_t *o = json_pack("{s:s, s:b, s:I, s:I, s:o, s:o}", "step", "total", "plan", true, "channels",
		(json_int_t)total->channels, "left", (json_int_t)total->left, "amount",
		tool_json_amount(&total->earned), "unsubmitted", tool_json_amount(&total->at_risk));

	sum.step = SETTLE_SUMMARY;
	sum.pays = total->pays;
	sum.cost = total->cost;
	sum.has_cost = true;
	json_object_set_new(o, "pays", tool_json_amount(&total->pays));
	add_cost(o, &sum);
	if (sum.until != 0)
		add_end(o, &sum);
	return o;
}
