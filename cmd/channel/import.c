/* import.c - channel import: channels that are on the ledger, and vouchers in the text form that export and Lotus write. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/multibase.h"
#include "buyer/recovery.h"
#include "channel.h"
#include "funds/channels.h"
#include "seller/credit.h"
#include "show/show_channel.h"
#include "tool/channels.h"

#define VOUCHERS_MAX (16u << 20) /* bytes of a file of vouchers */

static enum status import_address(struct tool *t, const struct address *channel)
{
	struct party *p = &t->party;
	char text[ADDRESS_TEXT_MAX], balance[TOOL_AMOUNT_MAX];
	struct channel_view v;
	enum status s = buyer_import_channel(p, channel);

	if (s != STATUS_OK)
		return s;
	s = channel_view_load(p, &v, channel);
	if (s != STATUS_OK)
		return s;
	tool_report_json(t, show_channel(&v, p->network));
	party_done(p, "channel %s: this home is the %s, the balance is %s", address_text(text, channel, p->network),
		v.known.outbound ? "payer" : "payee", tool_amount_text(balance, &v.head.balance));
	return STATUS_OK;
}

/* Do we pay through the channel? By the store's record, else by the ledger. */
static enum status we_pay(struct party *p, const struct address *channel, bool *pay)
{
	struct address self;
	struct channel_view v;
	enum status s = channel_view_load(p, &v, channel);

	*pay = s == STATUS_OK && v.in_store && v.known.outbound;
	if (s != STATUS_OK || v.in_store || !v.on_ledger)
		return s;
	s = party_address(p, &self);
	*pay = s == STATUS_OK && address_equal(&self, &v.head.from) && !address_equal(&self, &v.head.to);
	return s;
}

/* A voucher that pays us, or a voucher that our key has signed and the store has lost. */
static enum status add_voucher(struct tool *t, const struct voucher *voucher)
{
	char channel[ADDRESS_TEXT_MAX], amount[AMOUNT_TEXT_MAX + 8];
	struct party *p = &t->party;
	bool pay, taken = false;
	enum status s = we_pay(p, &voucher->channel, &pay);

	if (s != STATUS_OK)
		return s;
	p->done[0] = '\0';
	address_text(channel, &voucher->channel, p->network);
	if (!pay) {
		s = seller_add_voucher(p, voucher);
		taken = p->done[0] != '\0';
	} else {
		s = buyer_add_voucher(p, voucher, &taken);
	}
	if (s != STATUS_OK)
		return s;
	if (pay && taken)
		party_done(p, "a voucher of channel %s is restored: lane %" PRIu64 ", nonce %" PRIu64 ", %s", channel,
			voucher->lane, voucher->nonce, tool_amount_text(amount, &voucher->amount));
	tool_result(t,
		json_pack("{s:s, s:o, s:o, s:o, s:b}", "channel", channel, "lane", tool_json_id(voucher->lane), "nonce",
			tool_json_id(voucher->nonce), "amount", tool_json_amount(&voucher->amount), "new", taken));
	return STATUS_OK;
}

/** struct import - what became of the vouchers so far. The good ones are kept, also if others fail. */
struct import {
	struct tool *t;
	const char *file; /* the name of the file; NULL for an argument */
	unsigned number;  /* of the line; the first is 1 */
	size_t words, count, new;
	enum status first; /* the first failure, and its words */
	struct error error;
};

/* @voucher borrows from @bytes. */
static enum status read_voucher(struct voucher *voucher, struct bytes *bytes, struct span text)
{
	enum status s = base_decode(bytes, BASE64URL, text);

	return s == STATUS_OK ? voucher_decode(voucher, bytes_span(bytes)) : s;
}

/* One voucher; checked like a payment, so that only vouchers that the ledger would redeem are kept. */
static enum status import_voucher(struct import *import, struct span text)
{
	CLEAN_BYTES struct bytes bytes = {0};
	struct voucher voucher;
	enum status s = read_voucher(&voucher, &bytes, text);

	if (s == STATUS_OK)
		return add_voucher(import->t, &voucher);
	if (import->file != NULL)
		return party_fail(&import->t->party, s, "line %u of '%.200s' is not a voucher: '%.40s%s'",
			import->number, import->file, (const char *)text.data, text.len > 40 ? "..." : "");
	return party_fail(&import->t->party, s, "'%.40s%s' is neither a channel, a file nor a voucher",
		(const char *)text.data, text.len > 40 ? "..." : "");
}

/* The name of a ledger, beside a voucher of that ledger: it must be the name of ours. */
static enum status check_ledger(struct tool *t, const char *name)
{
	char ours[LEDGER_ID_TEXT_MAX];
	struct party *p = &t->party;
	struct ledger_id id;
	enum status s = ledger_identity(p->ledger, &id);

	if (s != STATUS_OK || strcmp(name, ledger_id_text(ours, &id)) == 0)
		return s;
	return party_fail(p, STATUS_OTHER_LEDGER, "the voucher is of the ledger %s, but the ledger in '%s' is %s", name,
		tool_ledger_name(t), ours);
}

/* One line of an export: a voucher and the name of its ledger. Either may stand alone. */
static enum status import_line(struct import *import, char *line)
{
	enum status s = STATUS_OK;
	const char *voucher = NULL;
	char *rest = NULL;

	for (char *word = strtok_r(line, " \r\t", &rest); word != NULL; word = strtok_r(NULL, " \r\t", &rest)) {
		if (ledger_id_is_text(span_text(word)))
			s = check_ledger(import->t, word);
		else if (voucher != NULL)
			s = party_fail(&import->t->party, STATUS_BAD_TEXT,
				"'%.40s' follows a voucher: a line has one voucher, and the name of its ledger", word);
		else
			voucher = word;
		import->words++;
		if (s != STATUS_OK)
			break;
	}
	import->count += voucher != NULL;
	return s == STATUS_OK && voucher != NULL ? import_voucher(import, span_text(voucher)) : s;
}

/*
 * Is this voucher of a file worth no more than the held or the redeemed one of its lane? An export has such vouchers: they
 * are not new, and no failure.
 */
static bool is_old(const struct import *import, enum status s)
{
	return import->file != NULL && (s == STATUS_STALE_NONCE || s == STATUS_STALE_AMOUNT);
}

static enum status import_lines(struct tool *t, struct bytes *lines, const char *name)
{
	struct import import = {.t = t, .first = STATUS_OK};
	struct party *p = &t->party;
	char *rest;

	if (lines->len != 0 && memchr(lines->data, 0, lines->len) != NULL)
		return party_fail(p, STATUS_BAD_TEXT, "'%.200s' has a zero byte: it is no list of vouchers", name);
	bytes_append_byte(lines, 0);
	if (lines->failed)
		return STATUS_NO_MEMORY;
	if (strcmp(name, "-") == 0 || access(name, F_OK) == 0)
		import.file = name;
	rest = (char *)lines->data;
	for (char *line = strsep(&rest, "\n"); line != NULL; line = strsep(&rest, "\n")) {
		size_t before = import.count;
		enum status s;

		import.number++;
		s = import_line(&import, line);
		import.new += s == STATUS_OK &&import.count != before && p->done[0] != '\0';
		if (s != STATUS_OK && !is_old(&import, s) && import.first == STATUS_OK) {
			import.first = s;
			import.error = p->error;
		}
	}
	if (import.words == 0)
		return party_fail(p, STATUS_END, "'%.200s' is empty: there is no voucher in it", name);
	p->error = import.error;
	if (import.count > 1)
		party_done(p, "%zu of %zu vouchers are new here", import.new, import.count);
	return import.first;
}

static enum status read_argument(struct bytes *lines, const char *argument)
{
	if (strcmp(argument, "-") == 0)
		return file_slurp(lines, STDIN_FILENO, VOUCHERS_MAX);
	if (access(argument, F_OK) == 0)
		return file_slurp_path(lines, argument, VOUCHERS_MAX);
	bytes_append_text(lines, argument);
	return bytes_status(lines);
}

static enum status import_one(struct tool *t, const char *argument)
{
	CLEAN_BYTES struct bytes lines = {0};
	struct address channel;
	enum status s;

	if (address_parse(&channel, NULL, span_text(argument)) == STATUS_OK)
		return import_address(t, &channel);
	s = read_argument(&lines, argument);
	if (s != STATUS_OK)
		return party_fail(&t->party, s, "cannot read '%s': %s", argument,
			s == STATUS_IO ? strerror(errno) : status_text(s));
	return import_lines(t, &lines, argument);
}

enum status channel_import(struct tool *t)
{
	enum status s = STATUS_OK;

	tool_open_party(t, NEED_NEW_STORE | NEED_LEDGER | NEED_KEY);
	for (int i = 0; i < t->argument_count && s == STATUS_OK; i++)
		s = import_one(t, t->arguments[i]);
	return s;
}
