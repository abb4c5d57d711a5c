/* set.c - offers the content of a CAR, and says where the CAR of an offer lies now. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "offer.h"
#include "proof/offer_statement.h"
#include "seller/offer.h"
#include "show/result.h"
#include "show/show.h"
#include "tool/terms.h"

/* An end needs a signature: without one, clients would not know of it. */
static void read_end(struct tool *t, struct offer_terms *terms)
{
	const char *valid = tool_value(t, "valid");
	struct address own = {0};
	uint64_t seconds;

	if (valid == NULL)
		return;
	seconds = tool_parse_seconds(t, valid);
	if (t->party.has_key)
		own = address_of_key(t->party.key.public);
	if (!address_equal(&own, &terms->payee))
		tool_fail(t, STATUS_USAGE,
			"--valid is for a signed offer, and the key is not that of the address to be paid");
	if (seconds == 0 || seconds > INT32_MAX)
		tool_fail(
			t, STATUS_USAGE, "--valid %.80s: an offer is valid from 1s on, for some years at most", valid);
	terms->expires = t->party.now + (int64_t)seconds;
}

enum status offer_set(struct tool *t)
{
	const char *pay_to = tool_value(t, "pay-to");
	struct party *p = &t->party;
	char price[TOOL_AMOUNT_MAX], size[TOOL_SIZE_MAX], cid[CID_TEXT_MAX], path[PATH_MAX];
	CLEAN_BYTES struct bytes bytes = {0};
	struct offer_terms terms = {0};
	struct offer_file file;
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
	read_end(t, &terms);
	if (realpath(t->arguments[0], path) == NULL)
		return party_fail(p, STATUS_IO, "cannot open '%s': %s", t->arguments[0], strerror(errno));
	s = seller_offer(p, &bytes, path, &terms);
	if (s != STATUS_OK)
		return s;
	s = offer_file_decode(&file, bytes_span(&bytes));
	if (s != STATUS_OK)
		return s;
	s = tool_write(t, bytes_span(&bytes));
	if (s != STATUS_OK)
		return s;
	tool_result(t, result_offer_file(bytes_span(&bytes), span_text(path)));
	party_done(p, "%s, %s, for %s per byte", cid_text(cid, &file.offer.payload),
		tool_size_text(size, file.offer.size), tool_amount_text(price, &file.offer.min_price_per_byte));
	return STATUS_OK;
}

/* From now on the same content is read from another CAR. */
enum status offer_move(struct tool *t)
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
