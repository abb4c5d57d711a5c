/* kind_items.c - the sorts of things that are one item of CBOR, or its text: offers, vouchers, messages, nodes. */
#include "base/multibase.h"
#include "ipld/selector.h"
#include "kinds/kinds_private.h"
#include "party/statement.h"
#include "show/show_proof.h"
#include "wire/deal_message.h"

#define LINKS_MAX 16 /* links of a node that are shown without a full list */

bool is_offer(const struct thing *x)
{
	struct offer_file file;

	return x->whole && offer_file_decode(&file, x->item) == STATUS_OK;
}

enum status show_offer(struct tool *t, const struct thing *x)
{
	json_t *object = thing_begin(x, "offer");
	struct amount total;
	struct offer_file file;
	struct offer offer;
	enum status s = offer_file_decode(&file, x->item);

	if (s != STATUS_OK) {
		json_decref(object);
		return s;
	}
	offer = file.offer;
	json_object_update_new(object, show_record(&offer_record, &offer));
	json_object_set_new(object, "id", show_text(offer.id));
	if (price_of(&total,
		    &(struct deal_params){
			    .price_per_byte = offer.min_price_per_byte, .unseal_price = offer.unseal_price},
		    offer.size))
		json_object_set_new(object, "cost", tool_json_amount(&total));
	if (file.proof.len != 0)
		json_object_set_new(object, "signed", show_offer_statement(&file, t->json || x->shown != NULL));
	thing_print(t, x, object);
	s = x->options.verify ? party_verify_offer(&t->party, &file) : STATUS_OK;
	return s == STATUS_OK ? s : party_fail(&t->party, s, "'%.100s': %s", x->name, party_words(&t->party, s));
}

static bool parse_voucher(struct voucher *v, struct bytes *owned, const struct thing *x)
{
	return x->whole &&
	       (voucher_decode(v, x->item) == STATUS_OK || voucher_parse(v, owned, thing_text(x)) == STATUS_OK);
}

bool is_voucher(const struct thing *x)
{
	struct bytes owned = {0};
	struct voucher v;
	bool yes = parse_voucher(&v, &owned, x);

	bytes_release(&owned);
	return yes;
}

/* As Lotus prints it. */
static json_t *voucher_text(const struct voucher *v)
{
	struct bytes encoded = {0}, text = {0};
	json_t *made;

	voucher_write(&encoded, v);
	base_encode(&text, BASE64URL, bytes_span(&encoded));
	made = json_string(bytes_text(&text));
	bytes_release(&encoded);
	bytes_release(&text);
	return made;
}

enum status show_voucher_item(struct tool *t, const struct thing *x)
{
	json_t *object = thing_begin(x, "voucher");
	struct bytes owned = {0};
	struct address signer;
	struct voucher v;
	enum status s = STATUS_OK;

	if (parse_voucher(&v, &owned, x)) {
		json_object_update_new(object, show_voucher(&v));
		json_object_set_new(object, "text", voucher_text(&v));
		thing_print(t, x, object);
		if (x->options.verify)
			s = voucher_signer(&signer, &v);
		if (s == STATUS_UNSUPPORTED)
			s = party_fail(&t->party, s, "'%.100s': BLS signatures can't be verified here", x->name);
		else if (s != STATUS_OK)
			s = party_fail(&t->party, s, "'%.100s': no key made this voucher's signature", x->name);
	}
	bytes_release(&owned);
	return s;
}

bool is_statement(const struct thing *x)
{
	struct signed_statement statement;

	return x->whole && signed_decode(&statement, x->item) == STATUS_OK;
}

enum status show_statement_item(struct tool *t, const struct thing *x)
{
	struct signed_statement statement;
	json_t *object;
	enum status s = signed_decode(&statement, x->item);

	if (s != STATUS_OK)
		return s;
	object = thing_begin(x, "signed");
	json_object_update_new(object, show_statement(&statement, t->json || x->shown != NULL));
	thing_print(t, x, object);
	s = x->options.verify ? show_verify_statement(&t->party, &statement) : STATUS_OK;
	return s == STATUS_OK ? s : party_fail(&t->party, s, "'%.100s': %s", x->name, party_words(&t->party, s));
}

bool is_message(const struct thing *x)
{
	struct deal_message m;

	return x->whole && deal_message_decode(&m, x->item) == STATUS_OK;
}

static json_t *describe_message(const struct deal_message *m)
{
	switch (m->kind) {
	case MESSAGE_PROPOSAL:
		return json_pack("{s:o}", "proposal", show_record(&proposal_record, &m->proposal));
	case MESSAGE_RESPONSE:
		return json_pack("{s:o}", "response", show_record(&response_record, &m->response));
	case MESSAGE_PAYMENT:
		return json_pack("{s:o}", "payment", show_record(&payment_record, &m->payment));
	case MESSAGE_QUERY:
		return json_pack("{s:o}", "query", show_query(&m->query));
	case MESSAGE_QUERY_RESPONSE:
		return json_pack("{s:o}", "query_response", show_query_response(&m->query_response));
	}
	return NULL;
}

enum status show_message(struct tool *t, const struct thing *x)
{
	struct deal_message m;
	json_t *object;
	enum status s = deal_message_decode(&m, x->item);

	if (s != STATUS_OK)
		return s;
	object = thing_begin(x, "message");
	json_object_update_new(object, describe_message(&m));
	thing_print(t, x, object);
	return STATUS_OK;
}

bool is_selector(const struct thing *x)
{
	enum selector_kind kind;

	return x->whole && x->item.len > 1 && selector_parse(&kind, x->item) != STATUS_BAD_SELECTOR;
}

enum status show_selector(struct tool *t, const struct thing *x)
{
	json_t *object = thing_begin(x, "selector");
	enum selector_kind kind;
	bool all = selector_parse(&kind, x->item) == STATUS_OK;

	json_object_set_new(object, "supported", json_boolean(all));
	json_object_set_new(object, "selector", all ? json_string("all") : show_item(x->item));
	thing_print(t, x, object);
	return STATUS_OK;
}

bool is_dagpb(const struct thing *x)
{
	json_t *object = x->whole && x->item.len > 0 ? show_dagpb(x->item, 0) : NULL;
	bool yes = json_object_size(object) > 0;

	json_decref(object);
	return yes;
}

enum status show_dagpb_block(struct tool *t, const struct thing *x)
{
	json_t *object = thing_begin(x, "dag-pb");
	struct cid c;
	enum status s = cid_of(&c, 1, CODEC_DAG_PB, HASH_SHA2_256, x->item);

	if (s == STATUS_OK) {
		json_object_set_new(object, "cid", show_cid(&c));
		json_object_update_new(object, show_dagpb(x->item, x->options.list ? SIZE_MAX : LINKS_MAX));
		thing_print(t, x, object);
	} else {
		json_decref(object);
	}
	return s;
}

bool is_cbor(const struct thing *x)
{
	return x->whole && x->item.len > 0 && cbor_check(x->item, CBOR_ANY_ORDER) == STATUS_OK;
}

enum status show_cbor(struct tool *t, const struct thing *x)
{
	bool sorted = cbor_check(x->item, CBOR_SORTED) == STATUS_OK;
	json_t *object = thing_begin(x, sorted ? "dag-cbor" : "cbor");
	struct cid c;

	json_object_set_new(object, "size", show_bytes(x->item.len));
	if (sorted && cid_of(&c, 1, CODEC_DAG_CBOR, HASH_SHA2_256, x->item) == STATUS_OK)
		json_object_set_new(object, "cid", show_cid(&c));
	json_object_set_new(
		object, "item", t->json || x->shown != NULL ? show_whole_item(x->item) : show_item(x->item));
	thing_print(t, x, object);
	return STATUS_OK;
}

/* Bytes that look like one of these kinds, but are broken. */

bool is_nearly_voucher(const struct thing *x)
{
	return x->whole && x->item.len != 0 &&
	       (is_named(x, ".voucher") || (x->item.data[0] == 0x8b && x->item.len > 32));
}

bool is_nearly_offer(const struct thing *x)
{
	return x->whole && x->item.len != 0 && (is_named(x, ".offer") || starts_with(x->item, "\xa9\x62ID", 4));
}

/* It begins as a signed statement does, or is called one. */
bool is_nearly_statement(const struct thing *x)
{
	static const char begin[] = {(char)0xa4, 0x64, 'b', 'o', 'd', 'y'};

	return x->whole && x->item.len != 0 &&
	       (is_named(x, ".receipt") || is_named(x, ".bundle") || starts_with(x->item, begin, sizeof(begin)));
}

bool is_nearly_cbor(const struct thing *x)
{
	return x->whole && x->item.len != 0 && is_named(x, ".cbor");
}

static enum status fail_nearly(struct tool *t, const struct thing *x, const char *kind, enum status s)
{
	if (s == STATUS_OK)
		s = STATUS_BAD_MESSAGE;
	return party_fail(
		&t->party, s, "'%.200s' looks like %s, but does not decode: %s", x->name, kind, status_text(s));
}

enum status refuse_voucher(struct tool *t, const struct thing *x)
{
	struct voucher v;

	return fail_nearly(t, x, "a voucher", voucher_decode(&v, x->item));
}

enum status refuse_offer(struct tool *t, const struct thing *x)
{
	struct offer_file file;

	return fail_nearly(t, x, "an offer", offer_file_decode(&file, x->item));
}

enum status refuse_statement(struct tool *t, const struct thing *x)
{
	struct signed_statement statement;

	return fail_nearly(t, x, "a signed statement", signed_decode(&statement, x->item));
}

enum status refuse_cbor(struct tool *t, const struct thing *x)
{
	return fail_nearly(t, x, "CBOR", cbor_check(x->item, CBOR_ANY_ORDER));
}
