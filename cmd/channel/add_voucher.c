/* add_voucher.c - channel import: one voucher, for the side that this home has in the channel. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/file.h"
#include "base/hash.h"
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

static bool is_hash_of(struct span hash, struct span secret)
{
	uint8_t digest[BLAKE2B_256_SIZE];

	blake2b(digest, sizeof(digest), secret);
	return span_equal(hash, span_of(digest, sizeof(digest)));
}

/* The secret of --secret for a voucher that needs one: the bytes of the file, or those before its last line's end. */
static enum status read_secret(struct tool *t, struct bytes *secret, const struct voucher *voucher)
{
	const char *path = tool_value(t, "secret");
	enum status s;

	if (path == NULL || voucher->secret_hash.len == 0)
		return STATUS_OK;
	s = file_slurp_path(secret, path, VOUCHER_SECRET_MAX + 1);
	if (s != STATUS_OK)
		return party_fail(&t->party, s, "cannot read the secret in '%s': %s", path,
			s == STATUS_IO ? strerror(errno) : status_text(s));
	if (secret->len != 0 && secret->data[secret->len - 1] == '\n' &&
		!is_hash_of(voucher->secret_hash, bytes_span(secret)))
		secret->len--;
	if (is_hash_of(voucher->secret_hash, bytes_span(secret)))
		return STATUS_OK;
	return party_fail(&t->party, STATUS_NOT_SPENDABLE, "'%s' does not hold the secret of the voucher", path);
}

/* A voucher that pays us. */
static enum status take(struct tool *t, const struct voucher *voucher, bool *taken)
{
	CLEAN_BYTES struct bytes secret = {0};
	enum status s = read_secret(t, &secret, voucher);

	if (s != STATUS_OK)
		return s;
	s = seller_import_voucher(&t->party, voucher, bytes_span(&secret));
	*taken = t->party.done[0] != '\0';
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
	s = pay ? buyer_add_voucher(p, voucher, &taken) : take(t, voucher, &taken);
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
