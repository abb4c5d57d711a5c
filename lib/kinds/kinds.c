/* kinds.c - the sorts of things that inspect knows: for each a function to recognize it, and one to show it.
 *
 * A new sort is two functions and a row of the table at the end.
 */
#include "kinds/kinds_private.h"

#include <string.h>

#include "base/multibase.h"
#include "kinds/documents.h"
#include "show/show_folders.h"
#include "wire/frame.h"

json_t *thing_begin(const struct thing *x, const char *kind)
{
	return json_pack("{s:o, s:s}", "thing", tool_json_text(x->name), "kind", kind);
}

/* All that is printed of a single item goes through here. */
void thing_print(struct tool *t, const struct thing *x, json_t *object)
{
	if (x->shown != NULL)
		*x->shown = object;
	else
		show_print(t, object);
}

/* The text of a thing, without the white space behind it. */
struct span thing_text(const struct thing *x)
{
	struct span text = bytes_span(&x->head);

	while (text.len > 0 && strchr(" \t\r\n", text.data[text.len - 1]) != NULL)
		text.len--;
	return text;
}

bool starts_with(struct span s, const char *bytes, size_t len)
{
	return s.len >= len && memcmp(s.data, bytes, len) == 0;
}

bool is_named(const struct thing *x, const char *end)
{
	size_t len = strlen(x->name), end_len = strlen(end);

	return !x->string && len > end_len && strcmp(x->name + len - end_len, end) == 0;
}

/* Folders. */

static bool is_folder(const struct thing *x)
{
	return x->folder;
}

static enum status show_any_folder(struct tool *t, const struct thing *x)
{
	return show_folder(t, &x->options);
}

/* Text. */

static bool is_key(const struct thing *x)
{
	struct key key = {0};
	bool yes = x->whole && x->head.len <= KEY_FILE_MAX && key_parse(&key, bytes_span(&x->head), NULL) == STATUS_OK;

	key_release(&key);
	return yes || starts_with(bytes_span(&x->head), "secp256k1 ", 10) ||
	       starts_with(bytes_span(&x->head), "secp256k1-argon2id ", 19);
}

static enum status show_key(struct tool *t, const struct thing *x)
{
	json_t *object = thing_begin(x, "key");
	struct key key = {0};
	struct address a;
	enum status s = key_parse(&key, bytes_span(&x->head), NULL);

	if (s != STATUS_OK && s != STATUS_PROTECTED) {
		json_decref(object);
		return s;
	}
	json_object_set_new(object, "type", json_string("secp256k1"));
	if (s == STATUS_PROTECTED) { /* only an owner of the passphrase may see the address */
		json_object_set_new(object, "protected", json_true());
	} else {
		a = address_of_key(key.public);
		json_object_set_new(object, "address", show_address(&a));
	}
	thing_print(t, x, object);
	key_release(&key);
	return STATUS_OK;
}

static bool is_cid(const struct thing *x)
{
	struct cid c;

	return x->whole && cid_parse(&c, thing_text(x)) == STATUS_OK;
}

static json_t *in_base(char prefix, enum base base, struct span bytes)
{
	struct bytes text = {0};
	json_t *made;

	bytes_append_byte(&text, (uint8_t)prefix);
	base_encode(&text, base, bytes);
	made = json_string(bytes_text(&text));
	bytes_release(&text);
	return made;
}

/* The same CID in every base: version 1 in all bases; version 0 if the CID has that form. */
static json_t *cid_forms(const struct cid *c)
{
	struct bytes bytes = {0};
	json_t *forms = json_object();
	struct cid v0 = {0};

	if (c->version == 0)
		bytes_append(&bytes, "\x01\x70", 2);
	bytes_append(&bytes, c->bytes, c->len);
	if (c->version == 0)
		v0 = *c;
	else if (c->codec == CODEC_DAG_PB && c->hash == HASH_SHA2_256 &&
		 cid_decode(&v0, span_of(c->bytes + 2, c->len - 2u)) != STATUS_OK)
		v0 = (struct cid){0};
	json_object_set_new(forms, "base32", in_base('b', BASE32, bytes_span(&bytes)));
	json_object_set_new(forms, "base58", in_base('z', BASE58, bytes_span(&bytes)));
	json_object_set_new(forms, "base36", in_base('k', BASE36, bytes_span(&bytes)));
	json_object_set_new(forms, "base16", in_base('f', BASE16, bytes_span(&bytes)));
	json_object_set_new(forms, "v0", show_cid(&v0));
	bytes_release(&bytes);
	return forms;
}

static enum status show_cid_text(struct tool *t, const struct thing *x)
{
	char codec[CID_NAME_MAX], hash[CID_NAME_MAX];
	const char *codec_name, *hash_name;
	struct cid c;
	enum status s = cid_parse(&c, thing_text(x));

	if (s != STATUS_OK)
		return s;
	codec_name = cid_codec_name(c.codec);
	hash_name = cid_hash_name(c.hash);
	thing_print(t, x,
		json_pack("{s:s, s:o, s:i, s:s, s:s, s:o, s:o}", "kind", "cid", "cid", show_cid(&c), "version",
			(int)c.version, "codec", codec_name != NULL ? codec_name : cid_codec_text(codec, c.codec),
			"hash", hash_name != NULL ? hash_name : cid_hash_text(hash, c.hash), "digest",
			show_hex(cid_digest(&c)), "forms", cid_forms(&c)));
	return STATUS_OK;
}

static bool is_address(const struct thing *x)
{
	enum network network;
	struct address a;
	enum status s = x->whole ? address_parse(&a, &network, thing_text(x)) : STATUS_BAD_ADDRESS;

	return s == STATUS_OK || s == STATUS_BAD_CHECKSUM;
}

static enum status show_address_text(struct tool *t, const struct thing *x)
{
	static const char *const protocols[] = {"id", "secp256k1", "actor", "bls"};
	char main_text[ADDRESS_TEXT_MAX], test_text[ADDRESS_TEXT_MAX];
	enum network network;
	struct address a;
	enum status s = address_parse(&a, &network, thing_text(x));

	if (s == STATUS_BAD_CHECKSUM)
		return party_fail(&t->party, s, "'%.100s' is a mistyped address: its checksum does not match", x->name);
	if (s != STATUS_OK)
		return s;
	thing_print(t, x,
		json_pack("{s:s, s:s, s:s, s:s, s:s, s:o}", "kind", "address", "protocol",
			protocols[address_protocol(&a)], "network", network == NETWORK_MAIN ? "main" : "test", "main",
			address_text(main_text, &a, NETWORK_MAIN), "test", address_text(test_text, &a, NETWORK_TEST),
			"bytes", show_hex(address_span(&a))));
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
	return starts_with(s, "\xa2\x65roots", 7) || starts_with(s, "\xa2\x67version", 9) ||
	       starts_with(s, "\xa1\x67version\x02", 10);
}

static enum status show_car_file(struct tool *t, const struct thing *x)
{
	return show_car(t, x->fd, &x->options);
}

/* Text for people and programs. */

static bool is_made(json_t *object)
{
	bool yes = object != NULL;

	json_decref(object);
	return yes;
}

static bool is_json(const struct thing *x)
{
	return x->whole && is_made(document_json(bytes_span(&x->head)));
}

static bool is_json_lines(const struct thing *x)
{
	return x->whole && is_made(document_json_lines(bytes_span(&x->head)));
}

static bool is_table(const struct thing *x)
{
	return x->whole && !x->string && is_made(document_table(bytes_span(&x->head)));
}

static bool is_text(const struct thing *x)
{
	return x->whole && !x->string && is_made(document_text(bytes_span(&x->head)));
}

static enum status show_made(struct tool *t, const struct thing *x, const char *kind, json_t *made)
{
	json_t *object = thing_begin(x, kind);

	json_object_update_new(object, made);
	thing_print(t, x, object);
	return STATUS_OK;
}

static enum status show_json(struct tool *t, const struct thing *x)
{
	return show_made(t, x, "json", document_json(bytes_span(&x->head)));
}

static enum status show_json_lines(struct tool *t, const struct thing *x)
{
	return show_made(t, x, "json-lines", document_json_lines(bytes_span(&x->head)));
}

static enum status show_table(struct tool *t, const struct thing *x)
{
	return show_made(t, x, "table", document_table(bytes_span(&x->head)));
}

static enum status show_text_file(struct tool *t, const struct thing *x)
{
	return show_made(t, x, "text", document_text(bytes_span(&x->head)));
}

static bool is_nearly_frames(const struct thing *x)
{
	return x->head.len != 0 && is_named(x, ".frames");
}

static bool is_nearly_car(const struct thing *x)
{
	return x->head.len != 0 && is_named(x, ".car");
}

static bool is_bytes(const struct thing *x)
{
	return x->head.len != 0 && !x->string;
}

static enum status show_raw_bytes(struct tool *t, const struct thing *x)
{
	json_t *made;
	enum status s = document_bytes(&made, x->fd);

	return s == STATUS_OK ? show_made(t, x, "bytes", made) : s;
}

/* The first kind that fits is the result: kinds with known first bytes come before kinds that need a trial decode. */
const struct kind kinds[] = {
	{"folder", is_folder, show_any_folder},
	{"key", is_key, show_key},
	{"frames", is_frames, show_frame_stream},
	{"car", is_car, show_car_file},
	{"cid", is_cid, show_cid_text},
	{"address", is_address, show_address_text},
	{"voucher", is_voucher, show_voucher_item},
	{"offer", is_offer, show_offer},
	{"signed", is_statement, show_statement_item},
	{"message", is_message, show_message},
	{"selector", is_selector, show_selector},
	{"frames", is_nearly_frames, show_frame_stream},
	{"car", is_nearly_car, show_car_file},
	{"voucher", is_nearly_voucher, refuse_voucher},
	{"offer", is_nearly_offer, refuse_offer},
	{"signed", is_nearly_statement, refuse_statement},
	{"dag-pb", is_dagpb, show_dagpb_block},
	{"json", is_json, show_json},
	{"json-lines", is_json_lines, show_json_lines},
	{"cbor", is_cbor, show_cbor},
	{"cbor", is_nearly_cbor, refuse_cbor},
	{"table", is_table, show_table},
	{"text", is_text, show_text_file},
	{"bytes", is_bytes, show_raw_bytes},
	{NULL, NULL, NULL},
};

const struct kind *thing_kind(const struct thing *x)
{
	const struct kind *kind = kinds;

	while (kind->name != NULL && !kind->guess(x))
		kind++;
	return kind;
}
