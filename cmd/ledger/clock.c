/* clock.c - ledger head and advance. */
#include <inttypes.h>

#include "base/text.h"
#include "ledger.h"

static int64_t epoch_now(struct tool *t, struct embedded *books)
{
	int64_t epoch = 0;
	enum status s = embedded_ops.epoch(books, &epoch);

	if (s != STATUS_OK)
		ledger_fail(t, s, "read");
	return epoch;
}

enum status ledger_head(struct tool *t)
{
	struct embedded *books = ledger_open_books(t);
	struct embedded_options o;
	int64_t epoch, left;
	enum status s;

	s = embedded_about(books, &o);
	if (s != STATUS_OK)
		return s;
	epoch = epoch_now(t, books);
	if (o.manual || t->party.now < o.genesis) {
		tool_report(t, json_pack("{s:I, s:b}", "epoch", (json_int_t)epoch, "manual", o.manual),
			"epoch %" PRId64 "\n", epoch);
		return STATUS_OK;
	}
	left = EPOCH_SECONDS - (t->party.now - o.genesis) % EPOCH_SECONDS;
	tool_report(t,
		json_pack("{s:I, s:b, s:I}", "epoch", (json_int_t)epoch, "manual", 0, "next_in", (json_int_t)left),
		"epoch %" PRId64 ", next in %" PRId64 "s\n", epoch, left);
	return STATUS_OK;
}

enum status ledger_advance(struct tool *t)
{
	struct embedded *books;
	const char *text = t->arguments[0];
	char duration[TOOL_EPOCHS_MAX];
	int64_t epoch, by, target = 0;
	enum status s = STATUS_OK;

	if (text[0] == '@')
		target = (int64_t)(tool_parse_number(t, text + 1) & INT64_MAX);
	books = ledger_open_books(t);
	epoch = epoch_now(t, books);
	by = text[0] == '@' ? target - epoch : tool_parse_epochs(t, text);
	if (by < 0)
		return party_fail(
			&t->party, STATUS_BAD_STATE, "time does not go back: the ledger is at epoch %" PRId64, epoch);
	if (t->dry_run)
		epoch += by;
	else if (by > 0)
		s = embedded_advance(books, by, &epoch);
	if (s == STATUS_BAD_NUMBER)
		return party_fail(&t->party, s, "'%s' is too far ahead", text);
	if (s != STATUS_OK)
		return s;
	tool_report_json(t, json_pack("{s:I, s:I}", "advanced", (json_int_t)by, "epoch", (json_int_t)epoch));
	party_done(&t->party, "%s %" PRId64 " epoch%s (%s), to epoch %" PRId64,
		t->dry_run ? "would advance" : "advanced", by, text_plural((uint64_t)by),
		tool_epochs_text(duration, by), epoch);
	return STATUS_OK;
}
