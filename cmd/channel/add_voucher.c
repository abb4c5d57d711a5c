/* add_voucher.c - channel import: one voucher, for the side that this home has in the channel. */
#include <inttypes.h>

#include "buyer/recovery.h"
#include "channel.h"
#include "funds/channels.h"
#include "seller/credit.h"
#include "tool/channels.h"

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

enum status channel_add_voucher(struct tool *t, const struct voucher *voucher)
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
