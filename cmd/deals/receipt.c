/* receipt.c - deals receipt: a deal in numbers, as a signed statement, or with all that proves it. */
#include <inttypes.h>

#include "deals.h"
#include "kinds/thing.h"
#include "party/deal_list.h"
#include "party/receipt.h"
#include "show/deal_view.h"
#include "show/show.h"

/** struct times - of a deal's first and last event. */
struct times {
	int64_t first, last; /* unix seconds */
	bool any;
};

static enum status note_time(void *ctx, const struct deal_event *happened)
{
	struct times *times = ctx;

	if (!times->any)
		times->first = happened->event.time;
	times->last = happened->event.time;
	times->any = true;
	return STATUS_OK;
}

static enum status report(struct tool *t)
{
	struct party *p = tool_open_party(t, NEED_READ_STORE);
	const struct deal_params *terms;
	char began[SHOW_TIME_MAX], ended[SHOW_TIME_MAX];
	struct times times = {0};
	struct deal_name name;
	struct deal_view v;
	uint64_t from = 1;
	enum status s = party_find(p, &name, t->arguments[0], SIDES_BOTH);

	if (s != STATUS_OK)
		return s;
	s = deal_view_load(t, &v, &name);
	if (s != STATUS_OK)
		return s;
	s = party_each_event(p, &from, &name, note_time, &times);
	if (s != STATUS_OK)
		return s;
	terms = deal_view_params(&v);
	show_print(t, json_pack("{s:o, s:s, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:s}", "deal",
			      tool_json_id(name.id), "we", v.side == SIDE_CLIENT ? "bought" : "sold", "payload",
			      show_cid(deal_view_payload(&v)), "state", deal_state_name(deal_view_state(&v)), "bytes",
			      show_bytes(deal_view_bytes(&v)), "size", show_bytes(v.size), "price_per_byte",
			      tool_json_amount(&terms->price_per_byte), "unseal_price",
			      tool_json_amount(&terms->unseal_price), "paid", tool_json_amount(deal_view_funds(&v)),
			      "channel", show_address(deal_view_channel(&v)), "lane",
			      address_is_none(deal_view_channel(&v)) ? json_null()
			      : v.side == SIDE_CLIENT                ? tool_json_id(v.client.lane)
								     : tool_json_id(v.provider.lane),
			      "voucher_nonce", v.nonce != 0 ? tool_json_id(v.nonce) : json_null(), "began",
			      show_time(began, times.first), "last_event", show_time(ended, times.last)));
	return STATUS_OK;
}

/* The other side's receipt, from the file of --with. */
static enum status read_theirs(struct tool *t, struct bytes *theirs)
{
	struct thing file = {.name = tool_value(t, "with"), .fd = -1};
	enum status s = STATUS_OK;

	if (file.name == NULL)
		return s;
	s = thing_open(t, &file);
	if (s == STATUS_OK && (file.folder || file.string || !file.whole))
		s = party_fail(&t->party, file.string ? STATUS_NOT_FOUND : STATUS_BAD_MESSAGE,
			"cannot read '%.200s': %s", file.name,
			file.string ? "there is no such file" : "that is not a signed receipt");
	if (s == STATUS_OK)
		bytes_append(theirs, file.item.data, file.item.len);
	thing_close(&file);
	return s == STATUS_OK ? bytes_status(theirs) : s;
}

static enum status write_statement(struct tool *t, bool bundle)
{
	CLEAN_BYTES struct bytes theirs = {0}, made = {0};
	struct deal_name name;
	struct party *p;
	enum status s;

	tool_expect_output(t);
	s = read_theirs(t, &theirs);
	if (s != STATUS_OK)
		return s;
	p = tool_open_party(t, NEED_READ_STORE | NEED_KEY | WANT_LEDGER);
	s = party_find(p, &name, t->arguments[0], SIDES_BOTH);
	if (s != STATUS_OK)
		return s;
	s = bundle ? party_bundle(p, &made, &name, bytes_span(&theirs)) : party_receipt(p, &made, &name);
	if (s != STATUS_OK)
		return s;
	s = tool_write(t, bytes_span(&made));
	if (s != STATUS_OK)
		return s;
	tool_result(t, json_pack("{s:o, s:s, s:o}", "deal", tool_json_id(name.id), "side",
			       name.side == SIDE_CLIENT ? "client" : "provider", "size", show_bytes(made.len)));
	party_done(p, "the %s of deal %" PRIu64 " is signed", bundle ? "bundle" : "receipt", name.id);
	return STATUS_OK;
}

enum status deals_receipt(struct tool *t)
{
	bool sign = tool_flag(t, "sign"), bundle = tool_flag(t, "bundle");

	if (sign && bundle)
		tool_fail(t, STATUS_USAGE, "give --sign or --bundle, not both");
	if (tool_flag(t, "with") && !bundle)
		tool_fail(t, STATUS_USAGE, "--with is for --bundle");
	if (!sign && !bundle && (tool_flag(t, "output") || t->text))
		tool_fail(t, STATUS_USAGE, "--output and --text are for --sign and --bundle");
	return sign || bundle ? write_statement(t, bundle) : report(t);
}
