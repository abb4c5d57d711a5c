/* kinds.c - the sorts of things that inspect knows, one function to tell each and one to show it.
 *
 * A new sort is two functions and a row of the table at the end.
 */
#include "tool/kinds.h"

#include <errno.h>
#include <string.h>

#include "ipld/selector.h"

#define LINKS_MAX 16 /* links of a node that are shown without a full list */

static json_t *begin(const struct thing *x, const char *kind)
{
	return json_pack("{s:o, s:s}", "thing", show_text(span_text(x->name)), "kind", kind);
}

/* The text of a thing, without the white space behind it. */
static struct span text_of(const struct thing *x)
{
	struct span text = bytes_span(&x->head);

	while (text.len > 0 && strchr(" \t\r\n", text.data[text.len - 1]) != NULL)
		text.len--;
	return text;
}

static bool starts(struct span s, const char *bytes, size_t len)
{
	return s.len >= len && memcmp(s.data, bytes, len) == 0;
}

/* Folders. */

static bool is_folder(const struct thing *x)
{
	return x->folder;
}

static enum status show_folder(struct tool *t, const struct thing *x)
{
	struct deal_name newest;
	struct store *store;
	struct kv_txn *txn;
	uint64_t number = 0;
	size_t count = 1;
	int64_t epoch;
	enum status s = ledger_open(&t->party.ledger, x->name);

	if (s == STATUS_OK) {
		s = ledger_epoch(t->party.ledger, &epoch);
		ledger_close(t->party.ledger);
		t->party.ledger = NULL;
		if (s == STATUS_OK)
			show_print(t, json_pack("{s:o, s:s, s:I}", "thing", show_text(span_text(x->name)), "kind",
					      "ledger", "epoch", (json_int_t)epoch));
		return s;
	}
	s = store_open(&store, x->name, KV_READ_ONLY);
	if (s == STATUS_NOT_FOUND)
		return party_fail(&t->party, s, "'%s' is a folder, but neither a store nor a ledger", x->name);
	if (s != STATUS_OK)
		return party_fail(&t->party, s, "cannot open '%s': %s", x->name,
			s == STATUS_IO ? strerror(errno) : status_text(s));
	s = kv_begin_read(store_kv(store), &txn);
	if (s == STATUS_OK) {
		s = store_list_deals(txn, &newest, &count, &number, 0);
		kv_abort(txn);
	}
	store_close(store);
	if (s == STATUS_OK)
		show_print(t, json_pack("{s:o, s:s, s:o}", "thing", show_text(span_text(x->name)), "kind", "store",
				      "deals", show_bytes(number)));
	return s;
}

/* Text. */

static bool is_key(const struct thing *x)
{
	struct key key = {0};
	bool yes = x->whole && x->head.len <= KEY_FILE_MAX && key_parse(&key, bytes_span(&x->head)) == STATUS_OK;

	key_release(&key);
	return yes || starts(bytes_span(&x->head), "secp256k1 ", 10);
}

static enum status show_key(struct tool *t, const struct thing *x)
{
	json_t *object = begin(x, "key");
	struct key key = {0};
	struct address a;
	enum status s = key_parse(&key, bytes_span(&x->head));

	if (s == STATUS_OK) {
		a = address_of_key(key.public);
		json_object_set_new(object, "type", json_string("secp256k1"));
		json_object_set_new(object, "address", show_address(&a));
		show_print(t, object);
	} else {
		json_decref(object);
	}
	key_release(&key);
	return s;
}

static bool is_cid(const struct thing *x)
{
	struct cid c;

	return x->whole && cid_parse(&c, text_of(x)) == STATUS_OK;
}

static enum status show_cid_text(struct tool *t, const struct thing *x)
{
	const char *codec = "raw", *hash = "identity";
	struct cid c;
	enum status s = cid_parse(&c, text_of(x));

	if (s != STATUS_OK)
		return s;
	switch ((enum cid_codec)c.codec) {
	case CODEC_RAW:
		break;
	case CODEC_DAG_PB:
		codec = "dag-pb";
		break;
	case CODEC_DAG_CBOR:
		codec = "dag-cbor";
		break;
	case CODEC_FIL_UNSEALED:
		codec = "fil-commitment-unsealed";
		break;
	case CODEC_FIL_SEALED:
		codec = "fil-commitment-sealed";
		break;
	}
	switch ((enum cid_hash)c.hash) {
	case HASH_IDENTITY:
		break;
	case HASH_SHA2_256:
		hash = "sha2-256";
		break;
	case HASH_BLAKE2B_256:
		hash = "blake2b-256";
		break;
	case HASH_FIL_UNSEALED:
		hash = "sha2-256-trunc254-padded";
		break;
	case HASH_FIL_SEALED:
		hash = "poseidon-bls12_381-a2-fc1";
		break;
	}
	show_print(t, json_pack("{s:s, s:o, s:i, s:s, s:s, s:o}", "kind", "cid", "cid", show_cid(&c), "version",
			      (int)c.version, "codec", codec, "hash", hash, "digest", show_hex(cid_digest(&c))));
	return STATUS_OK;
}

static bool is_address(const struct thing *x)
{
	enum network network;
	struct address a;
	enum status s = x->whole ? address_parse(&a, &network, text_of(x)) : STATUS_BAD_ADDRESS;

	return s == STATUS_OK || s == STATUS_BAD_CHECKSUM;
}

static enum status show_address_text(struct tool *t, const struct thing *x)
{
	static const char *const protocols[] = {"id", "secp256k1", "actor", "bls"};
	char main_text[ADDRESS_TEXT_MAX], test_text[ADDRESS_TEXT_MAX];
	enum network network;
	struct address a;
	enum status s = address_parse(&a, &network, text_of(x));

	if (s == STATUS_BAD_CHECKSUM)
		return party_fail(&t->party, s, "'%.100s' is a mistyped address: its checksum does not match", x->name);
	if (s != STATUS_OK)
		return s;
	show_print(t, json_pack("{s:s, s:s, s:s, s:s, s:s, s:o}", "kind", "address", "protocol",
			      protocols[address_protocol(&a)], "network", network == NETWORK_MAIN ? "main" : "test",
			      "main", address_text(main_text, &a, NETWORK_MAIN), "test",
			      address_text(test_text, &a, NETWORK_TEST), "bytes", show_hex(address_span(&a))));
	return STATUS_OK;
}

/* Streams and CARs. */

static bool is_frames(const struct thing *x)
{
	enum frame_kind kind;
	struct span s = x->item;
	uint64_t len;
	size_t used;

	return varint_decode(&len, &used, s.data, s.len) == STATUS_OK && len > 0 && len <= FRAME_MAX &&
	       frame_kind(&kind, span_of(s.data + used, s.len - used)) == STATUS_OK;
}

static enum status show_frame_stream(struct tool *t, const struct thing *x)
{
	return show_frames(t, x->fd, &x->options);
}

static bool is_car(const struct thing *x)
{
	struct span s = x->item;
	uint64_t len;
	size_t used;

	if (varint_decode(&len, &used, s.data, s.len) != STATUS_OK)
		return false;
	s = span_of(s.data + used, s.len - used);
	return starts(s, "\xa2\x65roots", 7) || starts(s, "\xa2\x67version", 9) || starts(s, "\xa1\x67version\x02", 10);
}

static enum status show_car_file(struct tool *t, const struct thing *x)
{
	return show_car(t, x->fd, &x->options);
}

/* Single items. */

static bool is_offer(const struct thing *x)
{
	struct offer o;

	return x->whole && offer_decode(&o, x->item) == STATUS_OK;
}

static enum status show_offer(struct tool *t, const struct thing *x)
{
	json_t *object = begin(x, "offer");
	struct amount total;
	struct offer offer;
	enum status s = offer_decode(&offer, x->item);

	if (s != STATUS_OK) {
		json_decref(object);
		return s;
	}
	json_object_update_new(object, show_record(&offer_record, &offer));
	json_object_set_new(object, "id", show_text(offer.id));
	if (price_of(&total,
		    &(struct deal_params){
			    .price_per_byte = offer.min_price_per_byte, .unseal_price = offer.unseal_price},
		    offer.size))
		json_object_set_new(object, "cost", tool_json_amount(&total));
	show_print(t, object);
	return STATUS_OK;
}

static bool parse_voucher(struct voucher *v, struct bytes *owned, const struct thing *x)
{
	return x->whole &&
	       (voucher_decode(v, x->item) == STATUS_OK || voucher_parse(v, owned, text_of(x)) == STATUS_OK);
}

static bool is_voucher(const struct thing *x)
{
	struct bytes owned = {0};
	struct voucher v;
	bool yes = parse_voucher(&v, &owned, x);

	bytes_release(&owned);
	return yes;
}

static enum status show_voucher_item(struct tool *t, const struct thing *x)
{
	json_t *object = begin(x, "voucher");
	struct bytes owned = {0};
	struct address signer;
	struct voucher v;
	enum status s = STATUS_OK;

	if (parse_voucher(&v, &owned, x)) {
		json_object_update_new(object, show_voucher(&v));
		show_print(t, object);
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

/* The messages of retrieval that are not in a frame. */
static json_t *decode_message(struct span in)
{
	union {
		struct proposal proposal;
		struct response response;
		struct payment payment;
		struct query query;
		struct query_response answer;
	} m;

	if (proposal_decode(&m.proposal, in, RECORD_DECLARED) == STATUS_OK)
		return json_pack("{s:o}", "proposal", show_record(&proposal_record, &m));
	if (response_decode(&m.response, in, RECORD_DECLARED) == STATUS_OK)
		return json_pack("{s:o}", "response", show_record(&response_record, &m));
	if (payment_decode(&m.payment, in, RECORD_DECLARED) == STATUS_OK)
		return json_pack("{s:o}", "payment", show_record(&payment_record, &m));
	if (query_decode(&m.query, in) == STATUS_OK)
		return json_pack("{s:o}", "query", show_record(&query_record, &m));
	if (query_response_decode(&m.answer, in) == STATUS_OK)
		return json_pack("{s:o}", "query_response", show_record(&query_response_record, &m));
	return NULL;
}

static bool is_message(const struct thing *x)
{
	json_t *object = x->whole ? decode_message(x->item) : NULL;
	bool yes = object != NULL;

	json_decref(object);
	return yes;
}

static enum status show_message(struct tool *t, const struct thing *x)
{
	json_t *object = begin(x, "message");

	json_object_update_new(object, decode_message(x->item));
	show_print(t, object);
	return STATUS_OK;
}

static bool is_selector(const struct thing *x)
{
	enum selector_kind kind;

	return x->whole && x->item.len > 1 && selector_parse(&kind, x->item) != STATUS_BAD_SELECTOR;
}

static enum status show_selector(struct tool *t, const struct thing *x)
{
	json_t *object = begin(x, "selector");
	enum selector_kind kind;
	bool all = selector_parse(&kind, x->item) == STATUS_OK;

	json_object_set_new(object, "supported", json_boolean(all));
	json_object_set_new(object, "selector", all ? json_string("all") : show_item(x->item));
	show_print(t, object);
	return STATUS_OK;
}

static bool is_dagpb(const struct thing *x)
{
	json_t *object = x->whole && x->item.len > 0 ? show_dagpb(x->item, 0) : NULL;
	bool yes = json_object_size(object) > 0;

	json_decref(object);
	return yes;
}

static enum status show_dagpb_block(struct tool *t, const struct thing *x)
{
	json_t *object = begin(x, "dag-pb");
	struct cid c;
	enum status s = cid_of(&c, 1, CODEC_DAG_PB, HASH_SHA2_256, x->item);

	if (s == STATUS_OK) {
		json_object_set_new(object, "cid", show_cid(&c));
		json_object_update_new(object, show_dagpb(x->item, x->options.list ? SIZE_MAX : LINKS_MAX));
		show_print(t, object);
	} else {
		json_decref(object);
	}
	return s;
}

static bool is_cbor(const struct thing *x)
{
	return x->whole && x->item.len > 0 && cbor_check(x->item, CBOR_ANY_ORDER) == STATUS_OK;
}

static enum status show_cbor(struct tool *t, const struct thing *x)
{
	bool sorted = cbor_check(x->item, CBOR_SORTED) == STATUS_OK;
	json_t *object = begin(x, sorted ? "dag-cbor" : "cbor");
	struct cid c;

	json_object_set_new(object, "size", show_bytes(x->item.len));
	if (sorted && cid_of(&c, 1, CODEC_DAG_CBOR, HASH_SHA2_256, x->item) == STATUS_OK)
		json_object_set_new(object, "cid", show_cid(&c));
	json_object_set_new(object, "item", show_item(x->item));
	show_print(t, object);
	return STATUS_OK;
}

/* The first that fits is it: what says by its first bytes what it is comes before what must be tried. */
const struct kind kinds[] = {
	{"store or ledger", is_folder, show_folder},
	{"key", is_key, show_key},
	{"frames", is_frames, show_frame_stream},
	{"car", is_car, show_car_file},
	{"cid", is_cid, show_cid_text},
	{"address", is_address, show_address_text},
	{"voucher", is_voucher, show_voucher_item},
	{"offer", is_offer, show_offer},
	{"message", is_message, show_message},
	{"selector", is_selector, show_selector},
	{"dag-pb", is_dagpb, show_dagpb_block},
	{"cbor", is_cbor, show_cbor},
	{NULL, NULL, NULL},
};
