/* import.c - channel import: channels that are on the ledger, and where the text of vouchers comes from. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "buyer/recovery.h"
#include "channel.h"
#include "funds/channels.h"
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
	return channel_import_lines(t, &lines, argument);
}

enum status channel_import(struct tool *t)
{
	enum status s = STATUS_OK;

	tool_open_party(t, NEED_NEW_STORE | NEED_LEDGER | NEED_KEY);
	for (int i = 0; i < t->argument_count && s == STATUS_OK; i++)
		s = import_one(t, t->arguments[i]);
	return s;
}
