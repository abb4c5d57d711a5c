/* lotus_json.c - JSON of Lotus to structs, and back.
 *
 * Source: Lotus v1.36, api and chain/types; go-state-types, big and crypto.
 */
#include "lotus/lotus_json.h"

#include <inttypes.h>
#include <string.h>

#include "base/multibase.h"

enum status json_read_uint(uint64_t *out, const json_t *json)
{
	if (!json_is_integer(json) || json_integer_value(json) < 0)
		return STATUS_BAD_MESSAGE;
	*out = (uint64_t)json_integer_value(json);
	return STATUS_OK;
}

static struct span text_of(const json_t *json)
{
	return span_of(json_string_value(json), json_string_length(json));
}

enum status json_read_amount(struct amount *out, const json_t *json)
{
	const char *text = json_string_value(json);

	if (text == NULL || strlen(text) != json_string_length(json))
		return STATUS_BAD_MESSAGE;
	if (*text == '\0')
		text = "0"; /* Go's big.Int without a value */
	return amount_from_decimal(out, text) == STATUS_OK ? STATUS_OK : STATUS_BAD_MESSAGE;
}

enum status json_read_address(struct address *out, const json_t *json)
{
	struct span text = text_of(json);

	if (!json_is_string(json))
		return STATUS_BAD_MESSAGE;
	if (text.len > 2 && text.data[1] == '4')
		return STATUS_UNSUPPORTED;
	return address_parse(out, NULL, text) == STATUS_OK ? STATUS_OK : STATUS_BAD_MESSAGE;
}

enum status json_read_cid(struct cid *out, const json_t *json)
{
	const json_t *text = json_object_get(json, "/");

	if (!json_is_string(text) || json_object_size(json) != 1)
		return STATUS_BAD_MESSAGE;
	return cid_parse(out, text_of(text)) == STATUS_OK ? STATUS_OK : STATUS_BAD_MESSAGE;
}

enum status json_read_bytes(struct bytes *out, const json_t *json)
{
	struct span text = text_of(json);

	if (json_is_null(json))
		return STATUS_OK;
	if (!json_is_string(json) || text.len % 4 != 0)
		return STATUS_BAD_MESSAGE;
	for (int i = 0; i < 2 && text.len > 0 && text.data[text.len - 1] == '='; i++)
		text.len--;
	return base_decode(out, BASE64, text) == STATUS_OK ? STATUS_OK : STATUS_BAD_MESSAGE;
}

json_t *json_of_amount(const struct amount *amount)
{
	char digits[AMOUNT_TEXT_MAX];

	return json_string(amount_decimal(digits, amount));
}

json_t *json_of_address(const struct address *address, enum network network)
{
	char text[ADDRESS_TEXT_MAX];

	return json_string(address_text(text, address, network));
}

json_t *json_of_cid(const struct cid *cid)
{
	char text[CID_TEXT_MAX];

	return json_pack("{s:s}", "/", cid_text(text, cid));
}

json_t *json_of_bytes(struct span bytes)
{
	CLEAN_BYTES struct bytes text = {0};

	if (bytes.len == 0)
		return json_null();
	base_encode(&text, BASE64, bytes);
	while (text.len % 4 != 0 && !text.failed)
		bytes_append_byte(&text, '=');
	return bytes_status(&text) == STATUS_OK ? json_stringn((const char *)text.data, text.len) : NULL;
}

json_t *json_of_message(const struct message *m, enum network network)
{
	return json_pack("{s:i, s:o, s:o, s:I, s:o, s:I, s:o, s:o, s:I, s:o}", "Version", 0, "To",
		json_of_address(&m->to, network), "From", json_of_address(&m->from, network), "Nonce",
		(json_int_t)m->nonce, "Value", json_of_amount(&m->value), "GasLimit", (json_int_t)m->gas_limit,
		"GasFeeCap", json_of_amount(&m->gas_fee_cap), "GasPremium", json_of_amount(&m->gas_premium), "Method",
		(json_int_t)m->method, "Params", json_of_bytes(m->params));
}

json_t *json_of_signed(const struct signed_message *m, enum network network)
{
	size_t len = m->signature_type == SIGNATURE_BLS ? SIGNATURE_MAX : KEY_SIGNATURE_SIZE;

	return json_pack("{s:o, s:{s:i, s:o}}", "Message", json_of_message(&m->message, network), "Signature", "Type",
		(int)m->signature_type, "Data", json_of_bytes(span_of(m->signature, len)));
}
