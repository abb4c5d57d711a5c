/* import_lines.c - channel import: vouchers in the text form that export and Lotus write, one a line. */
#include <string.h>
#include <unistd.h>

#include "base/multibase.h"
#include "channel.h"
#include "tool/channels.h"

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
		return channel_add_voucher(import->t, &voucher);
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

enum status channel_import_lines(struct tool *t, struct bytes *lines, const char *name)
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
