/* direct.c - make-voucher --channel: a voucher that pays without a deal. */
#include "direct.h"

#include <inttypes.h>
#include <string.h>

#include "base/hash.h"
#include "base/multibase.h"
#include "funds/direct_voucher.h"
#include "tool/channels.h"

const char *const direct_options[] = {
	"lane", "amount", "time-lock-min", "time-lock-max", "secret-hash", "min-settle-height", NULL};

/* An epoch of a condition, @EPOCH: a duration would be another one at each call. */
static int64_t read_epoch(struct tool *t, const char *option)
{
	const char *text = tool_value(t, option);
	uint64_t epoch;

	if (text == NULL)
		return 0;
	if (*text != '@')
		tool_fail(t, STATUS_USAGE, "--%s '%.80s' is not @EPOCH", option, text);
	epoch = tool_parse_number(t, text + 1);
	if (epoch == 0 || epoch > INT64_MAX)
		tool_fail(t, STATUS_USAGE, "--%s '%.80s' is not an epoch from 1 on", option, text);
	return (int64_t)epoch;
}

static struct span read_hash(struct tool *t, struct bytes *hash)
{
	const char *text = tool_value(t, "secret-hash");

	if (text == NULL)
		return span_of("", 0);
	if (base_decode(hash, BASE16, span_text(text)) != STATUS_OK || hash->len != BLAKE2B_256_SIZE)
		tool_fail(t, STATUS_USAGE,
			"--secret-hash '%.80s' is not the blake2b-256 of a secret: 64 hexadecimal digits, in lower "
			"case",
			text);
	return bytes_span(hash);
}

static void check_options(struct tool *t, const struct amount *ceiling)
{
	if (tool_value(t, "deal") != NULL)
		tool_fail(t, STATUS_USAGE, "give --deal or --channel, not both");
	if (tool_value(t, "lane") == NULL || tool_value(t, "amount") == NULL)
		tool_fail(t, STATUS_USAGE, "--channel needs --lane N and --amount AMOUNT");
	if (amount_is_negative(ceiling))
		tool_fail(t, STATUS_USAGE, "--channel needs a ceiling: --max-total AMOUNT, or RETRIEVAL_MAX_TOTAL");
}

static struct direct_voucher read_wanted(struct tool *t, struct bytes *hash)
{
	struct direct_voucher wanted = {.lane = tool_number(t, "lane", 0),
		.amount = tool_amount(t, "amount", NULL, amount_zero()),
		.time_lock_min = read_epoch(t, "time-lock-min"),
		.time_lock_max = read_epoch(t, "time-lock-max"),
		.min_settle_height = read_epoch(t, "min-settle-height"),
		.secret_hash = read_hash(t, hash)};

	if (amount_is_zero(&wanted.amount))
		tool_fail(t, STATUS_USAGE, "a voucher for 0 pays nothing");
	if (wanted.lane > VOUCHER_LANE_MAX)
		tool_fail(t, STATUS_USAGE, "lanes end at %" PRIu64, (uint64_t)VOUCHER_LANE_MAX);
	if (wanted.time_lock_max != 0 && wanted.time_lock_max < wanted.time_lock_min)
		tool_fail(t, STATUS_USAGE, "a voucher can't expire before it is valid");
	return wanted;
}

static enum status write_voucher(struct tool *t, struct span encoded)
{
	char channel[ADDRESS_TEXT_MAX];
	struct voucher v;
	enum status s = voucher_decode(&v, encoded);

	if (s != STATUS_OK)
		return s;
	s = tool_write(t, encoded);
	if (s != STATUS_OK)
		return s;
	tool_result(t, json_pack("{s:s, s:o, s:o, s:o}", "channel", address_text(channel, &v.channel, t->party.network),
			       "lane", tool_json_id(v.lane), "nonce", tool_json_id(v.nonce), "amount",
			       tool_json_amount(&v.amount)));
	return STATUS_OK;
}

enum status direct_pay(struct tool *t)
{
	CLEAN_BYTES struct bytes hash = {0}, encoded = {0};
	struct amount ceiling = tool_ceiling(t, "max-total", "RETRIEVAL_MAX_TOTAL");
	struct direct_voucher wanted;
	struct party *p;
	enum status s;

	check_options(t, &ceiling);
	wanted = read_wanted(t, &hash);
	p = tool_open_party(t, NEED_STORE | NEED_KEY | NEED_LEDGER);
	wanted.channel = tool_find_channel(t, tool_value(t, "channel"));
	s = direct_voucher_sign(p, &encoded, &wanted, &ceiling, t->dry_run);
	return s == STATUS_OK && !t->dry_run ? write_voucher(t, bytes_span(&encoded)) : s;
}
