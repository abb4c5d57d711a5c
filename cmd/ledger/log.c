/* log.c - ledger log and watch: the entries of the ledger's log. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ledger.h"
#include "tool/follow.h"

static const char *write_address(char *text, struct tool *t, const struct address *a)
{
	return address_is_none(a) ? "" : address_text(text, a, t->party.network);
}

/** struct following - the printed part of the log. */
struct following {
	struct tool *t;
	uint64_t next; /* the number of the next entry */
};

static json_t *entry_json(struct tool *t, const struct embedded_entry *e)
{
	char text[ADDRESS_TEXT_MAX], message[CID_TEXT_MAX];
	json_t *o = json_pack(
		"{s:o, s:I, s:s}", "entry", tool_json_id(e->number), "epoch", (json_int_t)e->epoch, "what", e->what);
	const struct {
		const char *name;
		const struct address *address;
	} addresses[] = {{"from", &e->from}, {"to", &e->to}, {"channel", &e->channel}};

	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++)
		if (!address_is_none(addresses[i].address))
			json_object_set_new(
				o, addresses[i].name, json_string(write_address(text, t, addresses[i].address)));
	json_object_set_new(o, "value", tool_json_amount(&e->value));
	if (strcmp(e->what, "update") == 0) {
		json_object_set_new(o, "lane", tool_json_id(e->lane));
		json_object_set_new(o, "nonce", tool_json_id(e->nonce));
	}
	if (!amount_is_zero(&e->fee))
		json_object_set_new(o, "fee", tool_json_amount(&e->fee));
	json_object_set_new(o, "exit", json_integer(e->exit_code));
	if (e->text[0] != '\0')
		json_object_set_new(o, "error", json_string(e->text));
	if (e->message.len != 0)
		json_object_set_new(o, "message", json_string(cid_text(message, &e->message)));
	return o;
}

static enum status print_entry(void *ctx, const struct embedded_entry *e)
{
	char from[ADDRESS_TEXT_MAX], to[ADDRESS_TEXT_MAX], channel[ADDRESS_TEXT_MAX];
	char value[TOOL_AMOUNT_MAX], digits[TOOL_AMOUNT_MAX], fee[TOOL_AMOUNT_MAX + 16] = "", lane[64] = "",
										    why[256] = "";
	struct following *f = ctx;
	struct tool *t = f->t;

	f->next = e->number + 1;
	write_address(from, t, &e->from);
	if (strcmp(e->what, "update") == 0)
		snprintf(lane, sizeof(lane), " lane %" PRIu64 " nonce %" PRIu64, e->lane, e->nonce);
	if (!amount_is_zero(&e->fee))
		snprintf(fee, sizeof(fee), ", fee %s", tool_amount_text(digits, &e->fee));
	if (e->exit_code != 0)
		snprintf(why, sizeof(why), ": refused (%d) %s", e->exit_code, e->text);
	tool_report(t, t->json ? entry_json(t, e) : NULL, "%" PRIu64 " epoch %" PRId64 " %s%s%s%s%s%s%s%s%s%s%s%s\n",
		e->number, e->epoch, e->what, address_is_none(&e->from) ? "" : " from ",
		address_is_none(&e->from) ? "" : from, address_is_none(&e->to) ? "" : " to ",
		write_address(to, t, &e->to), address_is_none(&e->channel) ? "" : " channel ",
		write_address(channel, t, &e->channel), lane, amount_is_zero(&e->value) ? "" : " ",
		amount_is_zero(&e->value) ? "" : tool_amount_text(value, &e->value), fee, why);
	return STATUS_OK;
}

static enum status print_log(struct tool *t, bool follow)
{
	struct following f = {t, tool_number(t, "from", 0)};
	struct embedded *books = ledger_open_books(t);
	enum status s;

	if (follow)
		tool_follow_begin();
	do {
		s = embedded_log(books, f.next, print_entry, &f);
		if (s == STATUS_OK && follow)
			s = tool_follow_wait(t);
	} while (s == STATUS_OK && follow && !tool_follow_stopped());
	return s;
}

enum status ledger_log(struct tool *t)
{
	return print_log(t, tool_flag(t, "follow"));
}

enum status ledger_watch(struct tool *t)
{
	return print_log(t, true);
}
