/* params.c - reads the parameters of methods, with Go's words for what is wrong.
 *
 * Knows the types.  Refuses to know what a method does with a value.
 */
#include <string.h>

#include "node/node_private.h"

static const char *type_of(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return "object";
	case JSON_ARRAY:
		return "array";
	case JSON_STRING:
		return "string";
	case JSON_INTEGER:
	case JSON_REAL:
		return "number";
	case JSON_TRUE:
	case JSON_FALSE:
		return "bool";
	case JSON_NULL:
		break;
	}
	return "null";
}

static bool bad(struct call *c, const char *type, const char *why)
{
	call_fail(c, RPC_PARSE, "unmarshaling params for '%s' (param: *%s): %s", c->method, type, why);
	return false;
}

static bool bad_type(struct call *c, const char *type, const json_t *value, const char *wanted)
{
	call_fail(c, RPC_PARSE,
		"unmarshaling params for '%s' (param: *%s): json: cannot unmarshal %s into Go value of type %s",
		c->method, type, value ? type_of(value) : "nothing", wanted);
	return false;
}

static bool read_address(struct call *c, const char *type, const json_t *value, struct address *out)
{
	const char *text = json_string_value(value);

	if (!text)
		return bad_type(c, type, value, "string");
	if (address_parse(out, NULL, span_text(text)) != STATUS_OK)
		return bad(c, type, "not an address of the kinds f0 to f3");
	return true;
}

bool param_address(struct call *c, size_t i, struct address *out)
{
	return read_address(c, "address.Address", json_array_get(c->params, i), out);
}

static bool read_cid(struct call *c, const char *type, const json_t *value, struct cid *out)
{
	const char *text = json_string_value(json_object_get(value, "/"));

	if (!json_is_object(value))
		return bad_type(c, type, value, "struct { CidTarget string }");
	if (!text || cid_parse(out, span_text(text)) != STATUS_OK)
		return bad(c, type, "invalid cid");
	return true;
}

bool param_cid(struct call *c, size_t i, struct cid *out)
{
	return read_cid(c, "cid.Cid", json_array_get(c->params, i), out);
}

bool param_int(struct call *c, size_t i, const char *type, int64_t *out)
{
	const json_t *value = json_array_get(c->params, i);

	if (!json_is_integer(value))
		return bad_type(c, type, value, type);
	*out = json_integer_value(value);
	return true;
}

bool param_bool(struct call *c, size_t i, bool *out)
{
	const json_t *value = json_array_get(c->params, i);

	if (!json_is_boolean(value))
		return bad_type(c, "bool", value, "bool");
	*out = json_is_true(value);
	return true;
}

bool param_tipset(struct call *c, size_t i, int64_t *epoch)
{
	const json_t *value = json_array_get(c->params, i);
	char text[CID_TEXT_MAX];
	struct cid cid;
	enum status s;

	if (!json_is_array(value) && !json_is_null(value))
		return bad_type(c, "types.TipSetKey", value, "[]cid.Cid");
	if (json_array_size(value) == 0) {
		s = tipset_head(c->node, &cid, epoch);
	} else {
		if (!read_cid(c, "types.TipSetKey", json_array_get(value, 0), &cid))
			return false;
		s = json_array_size(value) == 1 ? tipset_find(c->node, epoch, &cid) : STATUS_NOT_FOUND;
	}
	if (s == STATUS_NOT_FOUND)
		call_fail(c, RPC_FAILED, "loading tipset {%s}: get block %s: ipld: could not find %s",
			cid_text(text, &cid), text, text);
	else if (s != STATUS_OK)
		call_broke(c, s);
	return s == STATUS_OK;
}

/* The members of a message. An absent member is zero, as null is. */

static bool is_absent(const json_t *value)
{
	return !value || json_is_null(value);
}

static bool read_amount(struct call *c, const json_t *object, const char *name, struct amount *out)
{
	const json_t *value = json_object_get(object, name);
	const char *text = json_string_value(value);

	*out = amount_zero();
	if (is_absent(value) || (text && *text == '\0'))
		return true;
	if (!text)
		return bad_type(c, "types.Message", value, "string");
	if (amount_from_decimal(out, text) != STATUS_OK)
		return bad(c, "types.Message", "failed to parse bigint string");
	return true;
}

static bool read_unsigned(struct call *c, const json_t *object, const char *name, uint64_t *out)
{
	const json_t *value = json_object_get(object, name);

	*out = 0;
	if (is_absent(value))
		return true;
	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return bad_type(c, "types.Message", value, "uint64");
	*out = (uint64_t)json_integer_value(value);
	return true;
}

static bool read_bytes(struct call *c, const char *type, const json_t *value, struct bytes *out)
{
	const char *text = json_string_value(value);
	enum status s;

	if (is_absent(value))
		return true;
	if (!text)
		return bad_type(c, type, value, "[]uint8");
	s = base64_decode(out, text);
	if (s == STATUS_NO_MEMORY) {
		call_broke(c, s);
		return false;
	}
	return s == STATUS_OK || bad(c, type, "illegal base64 data");
}

static bool read_party(struct call *c, const json_t *object, const char *name, struct address *out)
{
	const json_t *value = json_object_get(object, name);

	return is_absent(value) || read_address(c, "types.Message", value, out);
}

static bool read_message(struct call *c, const json_t *value, struct message_param *out)
{
	struct message *m = &out->message;
	uint64_t gas_limit = 0;

	if (!json_is_object(value))
		return bad_type(c, "types.Message", value, "types.Message");
	if (!read_unsigned(c, value, "Version", &m->version) || !read_party(c, value, "To", &m->to) ||
		!read_party(c, value, "From", &m->from) || !read_unsigned(c, value, "Nonce", &m->nonce) ||
		!read_amount(c, value, "Value", &m->value) || !read_unsigned(c, value, "GasLimit", &gas_limit) ||
		!read_amount(c, value, "GasFeeCap", &m->gas_fee_cap) ||
		!read_amount(c, value, "GasPremium", &m->gas_premium) ||
		!read_unsigned(c, value, "Method", &m->method) ||
		!read_bytes(c, "types.Message", json_object_get(value, "Params"), &out->params))
		return false;
	m->gas_limit = (int64_t)gas_limit;
	m->params = bytes_span(&out->params);
	out->no_value = is_absent(json_object_get(value, "Value"));
	return true;
}

bool param_message(struct call *c, size_t i, struct message_param *out)
{
	memset(out, 0, sizeof(*out));
	return read_message(c, json_array_get(c->params, i), out);
}

bool param_signed(struct call *c, size_t i, struct signed_param *out)
{
	const json_t *value = json_array_get(c->params, i), *signature = json_object_get(value, "Signature");
	const json_t *type = json_object_get(signature, "Type");

	memset(out, 0, sizeof(*out));
	if (!json_is_object(value))
		return bad_type(c, "types.SignedMessage", value, "types.SignedMessage");
	if (!json_is_object(signature))
		return bad_type(c, "types.SignedMessage", signature, "crypto.Signature");
	if (!json_is_integer(type))
		return bad_type(c, "types.SignedMessage", type, "crypto.SigType");
	out->signature_type = json_integer_value(type);
	return read_bytes(c, "types.SignedMessage", json_object_get(signature, "Data"), &out->signature) &&
	       read_message(c, json_object_get(value, "Message"), &out->message);
}

void message_param_release(struct message_param *m)
{
	bytes_release(&m->params);
}

void signed_param_release(struct signed_param *m)
{
	message_param_release(&m->message);
	bytes_release(&m->signature);
}
