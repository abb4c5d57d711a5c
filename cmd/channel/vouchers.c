/* vouchers.c - channel vouchers and export: signed vouchers in the text form that Lotus reads and writes. */
#include <inttypes.h>

#include "base/multibase.h"
#include "channel.h"

struct printing {
	struct tool *t;
	bool bare; /* the text of the voucher, and the name of its ledger */
	char ledger[LEDGER_ID_TEXT_MAX];
};

static enum status print_voucher(void *ctx, const struct voucher *voucher, struct span encoded)
{
	char amount[TOOL_AMOUNT_MAX];
	CLEAN_BYTES struct bytes text = {0};
	struct printing *printing = ctx;
	json_t *object;

	base_encode(&text, BASE64URL, encoded);
	if (bytes_status(&text) != STATUS_OK)
		return STATUS_NO_MEMORY;
	object = json_pack("{s:o, s:o, s:o, s:s}", "lane", tool_json_id(voucher->lane), "nonce",
		tool_json_id(voucher->nonce), "amount", tool_json_amount(&voucher->amount), "voucher",
		bytes_text(&text));
	if (printing->bare)
		json_object_set_new(object, "ledger", json_string(printing->ledger));
	if (printing->bare)
		tool_report(printing->t, object, "%s %s\n", bytes_text(&text), printing->ledger);
	else
		tool_report(printing->t, object, "lane %" PRIu64 " nonce %" PRIu64 " %s %s\n", voucher->lane,
			voucher->nonce, tool_amount_text(amount, &voucher->amount), bytes_text(&text));
	return STATUS_OK;
}

static enum status print_vouchers(struct tool *t, bool best, bool bare)
{
	struct printing printing = {t, bare, ""};
	struct channel_view v;
	struct ledger_id id;
	enum status s = channel_find(t, &v);

	if (s != STATUS_OK)
		return s;
	s = ledger_identity(t->party.ledger, &id);
	if (s != STATUS_OK)
		return s;
	ledger_id_text(printing.ledger, &id);
	s = channel_each_voucher(&t->party, &v.known.address, best, print_voucher, &printing);
	return s == STATUS_OK ? channel_each_waiting(&t->party, &v.known.address, print_voucher, &printing) : s;
}

enum status channel_vouchers(struct tool *t)
{
	return print_vouchers(t, tool_flag(t, "best"), false);
}

enum status channel_export(struct tool *t)
{
	return print_vouchers(t, true, true);
}
