/* terms.c - the request of a buyer, from an offer and options; small files in either form. */
#include "tool/terms.h"

#include <errno.h>
#include <string.h>

#include "base/multibase.h"
#include "buyer/propose.h"
#include "ipld/selector.h"
#include "party/statement.h"

#define OFFER_MAX 16384 /* bytes, in either form: the offer twice, and its signature */

void tool_read_whole(struct tool *t, struct bytes *out, const char *path, size_t max)
{
	struct bytes raw = {0}, decoded = {0};
	enum status s = file_slurp_path(&raw, path, max);
	struct span text;

	if (s == STATUS_TOO_LARGE) {
		party_hint_word(&t->party, "inspect", path);
		tool_fail(t, s, "'%s' is neither a CID nor an offer: it has more than %zu bytes", path, max);
	}
	if (s == STATUS_IO && errno == ENOENT)
		tool_fail(t, s, "'%s' is neither a CID nor a file that can be read: %s", path, strerror(errno));
	if (s != STATUS_OK)
		tool_fail(t, s, "cannot read '%s': %s", path, s == STATUS_IO ? strerror(errno) : status_text(s));
	text = bytes_span(&raw);
	while (text.len > 0 && (text.data[text.len - 1] == '\n' || text.data[text.len - 1] == '\r'))
		text.len--;
	if (text.len > 0 && base_decode(&decoded, BASE64URL, text) == STATUS_OK)
		bytes_append(out, decoded.data, decoded.len);
	else
		bytes_append(out, raw.data, raw.len);
	if (bytes_status(out) != STATUS_OK)
		tool_fail(t, STATUS_NO_MEMORY, "out of memory");
	bytes_release(&raw);
	bytes_release(&decoded);
}

/* The command line overrides the offer; the offer overrides the defaults. */
void tool_request_offer(struct tool *t, struct proposal_request *r, const struct offer *offer)
{
	const char *payee = tool_value(t, "pay-to");

	*r = (struct proposal_request){.payload = offer->payload,
		.provider = payee != NULL ? tool_parse_address(t, payee) : offer->payment_address,
		.size = tool_size(t, "size", offer->size),
		.params = {.selector = selector_all(),
			.price_per_byte = tool_amount(t, "price", NULL, offer->min_price_per_byte),
			.unseal_price = tool_amount(t, "unseal", NULL, offer->unseal_price),
			.payment_interval = tool_size(t, "interval", offer->max_payment_interval),
			.payment_interval_increase = tool_size(t, "increase", offer->max_payment_interval_increase)},
		.max_price = tool_ceiling(t, "max-price", "RETRIEVAL_MAX_PRICE"),
		.max_total = tool_ceiling(t, "max-total", "RETRIEVAL_MAX_TOTAL"),
		.dry_run = t->dry_run};
}

/* A signature that is there must be right. */
static struct offer_file read_offer(struct tool *t, struct bytes *owned, const char *path)
{
	struct offer_file file;
	enum status s;

	tool_read_whole(t, owned, path, OFFER_MAX);
	s = offer_file_decode(&file, bytes_span(owned));
	if (s != STATUS_OK) {
		party_hint_word(&t->party, "inspect", path);
		tool_fail(t, s, "'%s' is neither a CID nor an offer: %s", path, status_text(s));
	}
	s = party_check_offer(&t->party, &file);
	if (s != STATUS_OK)
		tool_fail(t, s, "cannot use the offer '%s': %s", path, party_words(&t->party, s));
	return file;
}

bool tool_read_request(struct tool *t, const char *what, struct proposal_request *r, struct bytes *owned)
{
	struct offer_file file = {.offer = {.min_price_per_byte = amount_u64(DEFAULT_PRICE),
					  .max_payment_interval = DEFAULT_INTERVAL,
					  .max_payment_interval_increase = DEFAULT_INCREASE}};
	const char *price = tool_value(t, "price");
	bool complete = true;

	if (cid_parse(&file.offer.payload, span_text(what)) != STATUS_OK)
		file = read_offer(t, owned, what);
	else
		complete = tool_value(t, "pay-to") != NULL || (price != NULL && strcmp(price, "0") == 0);
	tool_request_offer(t, r, &file.offer);
	if (file.proof.len != 0)
		r->signed_offer = bytes_span(owned);
	return complete;
}
