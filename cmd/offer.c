/* offer - price content, so that proposals for it are accepted.
 *
 * offer set [--price AMOUNT] [--unseal AMOUNT] [--interval SIZE] [--increase SIZE] [--pay-to ADDRESS] [--root CID] [-a] [-o FILE] CAR
 * offer get [-a] [-o FILE] CID|@
 * offer list
 * offer remove CID
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "seller/offer.h"
#include "show/show.h"
#include "store/contents.h"
#include "tool/terms.h"
#include "tool/verbs.h"

static const struct tool_option options[] = {
	{"output", 'o', "FILE", "where the offer goes (default: standard output)"},
	{"text", 'a', NULL, "as one line of base64url"},
	{"price", 0, "AMOUNT", "asked per byte (default: 2afil)"},
	{"unseal", 0, "AMOUNT", "asked up front (default: 0)"},
	{"interval", 0, "SIZE", "bytes until the first payment (default: 1MiB)"},
	{"increase", 0, "SIZE", "growth of the interval after each payment (default: 1MiB)"},
	{"pay-to", 0, "ADDRESS", "who is paid (default: the address of the key)"},
	{"root", 0, "CID", "what is offered of a CAR that has not one root"},
	{NULL, 0, NULL, NULL},
};
static const struct tool_spec spec = {
	"offer",
	"set [-aq] [--price AMOUNT] [--unseal AMOUNT] [--interval SIZE] [--increase SIZE] [--pay-to ADDRESS] "
	"[--root CID] [-o FILE] CAR\n"
	"       offer get [-a] [-o FILE] CID|@\n"
	"       offer list [--json]\n"
	"       offer remove [-q] CID",
	"Offer the content of a CAR for a price, or look at what is offered. Every block of the CAR is\n"
	"checked first. Clients need the offer that 'set' and 'get' write.",
	options,
};

/* struct found - all offers of the store, as their bytes. */
struct found {
	struct bytes encoded; /* one after the other */
	struct bytes marks;   /* where each ends, and its content's number: two size_t */
};

static enum status keep(void *ctx, const struct offer *o, uint64_t content)
{
	struct found *f = ctx;
	size_t mark[2];

	offer_encode(&f->encoded, o);
	mark[0] = f->encoded.len;
	mark[1] = (size_t)content;
	bytes_append(&f->marks, mark, sizeof(mark));
	return f->encoded.failed || f->marks.failed ? STATUS_NO_MEMORY : STATUS_OK;
}

/* All offers are copied out first: no transaction stays open while something is printed. */
static enum status find_all(struct tool *t, struct found *f)
{
	struct kv_txn *txn;
	enum status s = kv_begin_read(store_kv(t->party.store), &txn);

	if (s != STATUS_OK)
		return s;
	s = store_each_offer(txn, keep, f);
	kv_abort(&txn);
	return s;
}

static bool next_offer(const struct found *f, size_t i, struct span *bytes, uint64_t *content)
{
	size_t mark[2], start[2] = {0};

	if ((i + 1) * sizeof(mark) > f->marks.len)
		return false;
	memcpy(mark, f->marks.data + i * sizeof(mark), sizeof(mark));
	if (i > 0)
		memcpy(start, f->marks.data + (i - 1) * sizeof(mark), sizeof(mark));
	*bytes = span_of(f->encoded.data + start[0], mark[0] - start[0]);
	*content = mark[1];
	return true;
}

static void release(struct found *f)
{
	bytes_release(&f->encoded);
	bytes_release(&f->marks);
}

static enum status set(struct tool *t)
{
	struct offer_terms terms = {0};
	const char *pay_to = tool_value(t, "pay-to");
	struct party *p = tool_open_party(t, NEED_NEW_STORE | (pay_to == NULL ? NEED_KEY : WANT_KEY));
	char price[AMOUNT_TEXT_MAX + 8], size[32], cid[CID_TEXT_MAX];
	struct bytes bytes = {0};
	struct offer o;
	char *path;
	enum status s = STATUS_OK;

	terms.price_per_byte = tool_amount(t, "price", NULL, amount_u64(DEFAULT_PRICE));
	terms.unseal_price = tool_amount(t, "unseal", NULL, amount_zero());
	terms.interval = tool_size(t, "interval", DEFAULT_INTERVAL);
	terms.increase = tool_size(t, "increase", DEFAULT_INCREASE);
	if (tool_value(t, "root") != NULL)
		terms.root = tool_parse_cid(t, tool_value(t, "root"));
	if (pay_to != NULL)
		terms.payee = tool_parse_address(t, pay_to);
	else
		s = party_address(p, &terms.payee);
	path = realpath(t->arguments[0], NULL);
	if (path == NULL)
		tool_fail(t, STATUS_IO, "cannot open '%s': %s", t->arguments[0], strerror(errno));
	if (s == STATUS_OK)
		s = seller_offer(p, &bytes, path, &terms);
	if (s == STATUS_OK)
		s = offer_decode(&o, bytes_span(&bytes));
	if (s == STATUS_OK)
		s = tool_write(t, bytes_span(&bytes));
	if (s == STATUS_OK)
		party_done(p, "%s, %s, for %s per byte", cid_text(cid, &o.payload), tool_size_text(size, o.size),
			tool_amount_text(price, &o.min_price_per_byte));
	free(path);
	bytes_release(&bytes);
	return s;
}

/* "@" is the offer of the content that was taken in last. */
static enum status get(struct tool *t)
{
	const char *wanted = t->arguments[0];
	struct party *p = tool_open_party(t, NEED_READ_STORE);
	bool newest = strcmp(wanted, "@") == 0;
	struct cid payload = {0};
	struct found f = {0};
	struct span bytes, best = {0};
	uint64_t content, highest = 0;
	enum status s;

	if (!newest)
		payload = tool_parse_cid(t, wanted);
	s = find_all(t, &f);
	for (size_t i = 0; s == STATUS_OK && next_offer(&f, i, &bytes, &content); i++) {
		struct offer o;

		s = offer_decode(&o, bytes);
		if (s == STATUS_OK && (newest ? content >= highest : cid_equal(&o.payload, &payload))) {
			best = bytes;
			highest = content;
		}
	}
	if (s == STATUS_OK && best.len == 0)
		s = newest ? party_fail(p, STATUS_NOT_FOUND, "nothing is offered yet")
			   : party_fail(p, STATUS_NOT_FOUND, "there is no offer for %s", wanted);
	if (s == STATUS_OK)
		s = tool_write(t, best);
	release(&f);
	return s;
}

/* The path of a content's CAR; "" if it is not known. */
static enum status path_of(struct tool *t, char *path, size_t size, uint64_t number)
{
	struct bytes owned = {0};
	struct content content;
	struct kv_txn *txn;
	enum status s = kv_begin_read(store_kv(t->party.store), &txn);

	*path = '\0';
	if (s != STATUS_OK)
		return s;
	s = store_get_content(txn, &content, &owned, number);
	kv_abort(&txn);
	if (s == STATUS_OK)
		snprintf(path, size, "%.*s", (int)content.path.len, (const char *)content.path.data);
	bytes_release(&owned);
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

static enum status list(struct tool *t)
{
	char price[AMOUNT_TEXT_MAX + 8], size[32], cid[CID_TEXT_MAX], path[4096];
	struct found f = {0};
	struct span bytes;
	uint64_t content;
	struct offer o;
	enum status s;

	tool_open_party(t, NEED_READ_STORE);
	s = find_all(t, &f);
	for (size_t i = 0; s == STATUS_OK && next_offer(&f, i, &bytes, &content); i++) {
		json_t *object;

		s = offer_decode(&o, bytes);
		if (s == STATUS_OK)
			s = path_of(t, path, sizeof(path), content);
		if (s != STATUS_OK)
			break;
		object = show_record(&offer_record, &o);
		json_object_set_new(object, "id", show_text(o.id));
		json_object_set_new(object, "path", tool_json_text(path));
		tool_report(t, object, "%s  %s  %s per byte  %s\n", cid_text(cid, &o.payload),
			tool_size_text(size, o.size), tool_amount_text(price, &o.min_price_per_byte), path);
	}
	release(&f);
	return s;
}

static enum status remove_offer(struct tool *t)
{
	struct cid payload = tool_parse_cid(t, t->arguments[0]);
	struct party *p = tool_open_party(t, NEED_STORE);
	struct kv_txn *txn;
	enum status s = kv_begin_write(store_kv(p->store), &txn);

	if (s != STATUS_OK)
		return s;
	s = store_delete_offer(txn, &payload);
	if (s != STATUS_OK)
		kv_abort(&txn);
	else
		s = kv_commit(&txn);
	if (s == STATUS_NOT_FOUND)
		return party_fail(p, s, "there is no offer for %s", t->arguments[0]);
	if (s == STATUS_OK)
		party_done(p, "%s is not offered any more; deals under way go on", t->arguments[0]);
	return s;
}

#define SET_OPTIONS "output text price unseal interval increase pay-to root "
static const struct tool_verb verbs[] = {
	{"set", set, 1, 1, "CAR", SET_OPTIONS},
	{"get", get, 1, 1, "CID|@", "output text "},
	{"list", list, 0, 0, "", ""},
	{"remove", remove_offer, 1, 1, "CID", ""},
	{NULL, NULL, 0, 0, NULL, NULL},
};

int main(int argc, char **argv)
{
	struct tool t;

	tool_begin(&t, &spec, argc, argv);
	return tool_end(&t, tool_run_verb(&t, verbs));
}
