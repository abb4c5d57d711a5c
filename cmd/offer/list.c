/* list.c - shows what is offered, and withdraws an offer. */
#include <string.h>

#include "content/offers.h"
#include "offer.h"
#include "party/statement.h"
#include "seller/offer.h"
#include "show/result.h"
#include "show/show.h"

/* An offer that was set without its key is signed now, if the key is here. */
static enum status sign_late(struct party *p, struct bytes *file)
{
	struct offer_file decoded;
	enum status s = offer_file_decode(&decoded, bytes_span(file));

	return s == STATUS_OK && decoded.proof.len == 0 ? party_sign_offer(p, file, 0) : s;
}

/* "@" is the offer of the content that was offered last. */
enum status offer_get(struct tool *t)
{
	const char *wanted = t->arguments[0];
	struct party *p = tool_open_party(t, NEED_READ_STORE | MAY_SIGN);
	bool newest = strcmp(wanted, "@") == 0;
	CLEAN_BYTES struct bytes offer = {0};
	struct cid payload = {0};
	enum status s;

	if (!newest)
		payload = tool_parse_cid(t, wanted);
	s = seller_get_offer(p, &offer, newest ? NULL : &payload);
	if (s == STATUS_NOT_FOUND && newest)
		return party_fail(p, s, "nothing is offered yet");
	if (s == STATUS_NOT_FOUND)
		return party_fail(p, s, "there is no offer for %s", wanted);
	if (s != STATUS_OK)
		return s;
	s = sign_late(p, &offer);
	if (s != STATUS_OK)
		return s;
	tool_result(t, result_offer_file(bytes_span(&offer), span_text("")));
	return tool_write(t, bytes_span(&offer));
}

static enum status print_offer(void *ctx, const struct listed_offer *listed)
{
	char price[TOOL_AMOUNT_MAX], size[TOOL_SIZE_MAX], cid[CID_TEXT_MAX];
	const struct offer *o = &listed->offer;
	json_t *object = result_offer_file(listed->file, listed->path);
	bool here = *listed->absent == '\0';

	if (!here)
		json_object_set_new(object, "absent", tool_json_text(listed->absent));
	tool_report(ctx, object, "%s  %s  %s per byte  %.*s%s%s\n", cid_text(cid, &o->payload),
		tool_size_text(size, o->size), tool_amount_text(price, &o->min_price_per_byte), (int)listed->path.len,
		(const char *)listed->path.data, here ? "" : "  not there now: ", listed->absent);
	return STATUS_OK;
}

enum status offer_list(struct tool *t)
{
	tool_open_party(t, NEED_READ_STORE);
	return seller_each_offer(&t->party, print_offer, t);
}

enum status offer_remove(struct tool *t)
{
	struct cid payload = tool_parse_cid(t, t->arguments[0]);
	struct party *p = tool_open_party(t, NEED_STORE);
	enum status s = seller_remove_offer(p, &payload);

	if (s != STATUS_OK)
		return s;
	tool_result(t, json_pack("{s:o, s:b}", "payload_cid", show_cid(&payload), "removed", 1));
	party_done(p, "%s is not offered any more; deals under way go on", t->arguments[0]);
	return STATUS_OK;
}
