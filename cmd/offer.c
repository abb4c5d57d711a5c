/* offer - offer the content of a CAR for a price, or look at what is offered.
 *
 * offer set [-aq] [--price AMOUNT] [--unseal AMOUNT] [--interval SIZE] [--increase SIZE] [--pay-to ADDRESS]
 *       [--root CID] [-o FILE] CAR
 * offer get [-a] [-o FILE] CID|@
 * offer list [--json]
 * offer move [-q] CID CAR
 * offer remove [-q] CID
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "seller/offer.h"
#include "seller/offers.h"
#include "show/result.h"
#include "show/show.h"
#include "tool/terms.h"
#include "tool/verbs.h"

static const struct tool_option options[] = {
	{"output", 'o', "FILE", "where the offer goes (default: standard output)"},
	{"text", 'a', NULL, "write the offer as one line of base64url"},
	{"price", 0, "AMOUNT", "the price of a byte (default: 2afil)"},
	{"unseal", 0, "AMOUNT", "the price of unsealing, due before the first byte (default: 0)"},
	{"interval", 0, "SIZE", "bytes sent before the first payment is due (default: 1MiB)"},
	{"increase", 0, "SIZE", "bytes by which the interval grows after each payment (default: 1MiB)"},
	{"pay-to", 0, "ADDRESS", "who is paid (default: the address of the key)"},
	{"root", 0, "CID", "the root to offer, of a CAR that has none or several"},
	{NULL, 0, NULL, NULL},
};
static const struct tool_spec spec = {
	"offer",
	"set [-aq] [--price AMOUNT] [--unseal AMOUNT] [--interval SIZE] [--increase SIZE] [--pay-to ADDRESS] "
	"[--root CID] [-o FILE] CAR\n"
	"       offer get [-a] [-o FILE] CID|@\n"
	"       offer list [--json]\n"
	"       offer move [-q] CID CAR\n"
	"       offer remove [-q] CID",
	"Offer the content of a CAR for a price, or look at what is offered. Every block of the CAR is\n"
	"checked first. 'set' and 'get' write the offer that clients need.",
	options,
};

static enum status set(struct tool *t)
{
	const char *pay_to = tool_value(t, "pay-to");
	struct party *p = &t->party;
	char price[TOOL_AMOUNT_MAX], size[TOOL_SIZE_MAX], cid[CID_TEXT_MAX], path[PATH_MAX];
	CLEAN_BYTES struct bytes bytes = {0};
	struct offer_terms terms = {0};
	struct offer o;
	enum status s = STATUS_OK;

	tool_expect_output(t);
	terms.price_per_byte = tool_amount(t, "price", NULL, amount_u64(DEFAULT_PRICE));
	terms.unseal_price = tool_amount(t, "unseal", NULL, amount_zero());
	terms.interval = tool_size(t, "interval", DEFAULT_INTERVAL);
	terms.increase = tool_size(t, "increase", DEFAULT_INCREASE);
	if (tool_value(t, "root") != NULL)
		terms.root = tool_parse_cid(t, tool_value(t, "root"));
	if (pay_to != NULL)
		terms.payee = tool_parse_address(t, pay_to);
	tool_open_party(t, NEED_NEW_STORE | (pay_to == NULL ? NEED_KEY : WANT_KEY));
	if (pay_to == NULL)
		s = party_address(p, &terms.payee);
	if (s != STATUS_OK)
		return s;
	if (realpath(t->arguments[0], path) == NULL)
		return party_fail(p, STATUS_IO, "cannot open '%s': %s", t->arguments[0], strerror(errno));
	s = seller_offer(p, &bytes, path, &terms);
	if (s != STATUS_OK)
		return s;
	s = offer_decode(&o, bytes_span(&bytes));
	if (s != STATUS_OK)
		return s;
	s = tool_write(t, bytes_span(&bytes));
	if (s != STATUS_OK)
		return s;
	tool_result(t, result_offer(&o, span_text(path)));
	party_done(p, "%s, %s, for %s per byte", cid_text(cid, &o.payload), tool_size_text(size, o.size),
		tool_amount_text(price, &o.min_price_per_byte));
	return STATUS_OK;
}

/* "@" is the offer of the content that was offered last. */
static enum status get(struct tool *t)
{
	const char *wanted = t->arguments[0];
	struct party *p = tool_open_party(t, NEED_READ_STORE);
	bool newest = strcmp(wanted, "@") == 0;
	CLEAN_BYTES struct bytes offer = {0};
	struct cid payload = {0};
	struct offer o;
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
	s = offer_decode(&o, bytes_span(&offer));
	if (s != STATUS_OK)
		return s;
	tool_result(t, result_offer(&o, span_text("")));
	return tool_write(t, bytes_span(&offer));
}

static enum status print_offer(void *ctx, const struct listed_offer *listed)
{
	char price[TOOL_AMOUNT_MAX], size[TOOL_SIZE_MAX], cid[CID_TEXT_MAX];
	const struct offer *o = &listed->offer;
	json_t *object = result_offer(o, listed->path);
	bool here = *listed->absent == '\0';

	if (!here)
		json_object_set_new(object, "absent", tool_json_text(listed->absent));
	tool_report(ctx, object, "%s  %s  %s per byte  %.*s%s%s\n", cid_text(cid, &o->payload),
		tool_size_text(size, o->size), tool_amount_text(price, &o->min_price_per_byte), (int)listed->path.len,
		(const char *)listed->path.data, here ? "" : "  not there now: ", listed->absent);
	return STATUS_OK;
}

static enum status list(struct tool *t)
{
	tool_open_party(t, NEED_READ_STORE);
	return seller_each_offer(&t->party, print_offer, t);
}

/* From now on the same content is read from another CAR. */
static enum status move(struct tool *t)
{
	struct cid payload = tool_parse_cid(t, t->arguments[0]);
	struct party *p = tool_open_party(t, NEED_STORE);
	char *path = realpath(t->arguments[1], NULL);
	enum status s;

	if (path == NULL)
		tool_fail(t, STATUS_IO, "cannot open '%s': %s", t->arguments[1], strerror(errno));
	s = seller_move(p, path, &payload);
	if (s == STATUS_OK)
		tool_result(
			t, json_pack("{s:o, s:o}", "payload_cid", show_cid(&payload), "path", tool_json_text(path)));
	free(path);
	if (s != STATUS_OK)
		return s;
	party_done(p, "%s is in '%s' now", t->arguments[0], t->arguments[1]);
	return STATUS_OK;
}

static enum status remove_offer(struct tool *t)
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

#define SET_OPTIONS "output text price unseal interval increase pay-to root "
static const struct tool_verb verbs[] = {
	{"set", set, 1, 1, "CAR", SET_OPTIONS},
	{"get", get, 1, 1, "CID|@", "output text "},
	{"list", list, 0, 0, "", ""},
	{"move", move, 2, 2, "CID CAR", ""},
	{"remove", remove_offer, 1, 1, "CID", ""},
	{NULL, NULL, 0, 0, NULL, NULL},
};

int main(int argc, char **argv)
{
	struct tool t;

	tool_begin(&t, &spec, argc, argv);
	return tool_end(&t, tool_run_verb(&t, verbs));
}
