/* forms.c - how a node writes addresses, amounts, CIDs, bytes and messages in JSON. */
#include <string.h>

#include "base/multibase.h"
#include "node/node_private.h"

json_t *form_cid(const struct cid *cid)
{
	char text[CID_TEXT_MAX];

	return json_pack("{s:s}", "/", cid_text(text, cid));
}

json_t *form_address(const struct node *n, const struct address *a)
{
	char text[ADDRESS_TEXT_MAX];

	return json_string(address_text(text, a, n->about.network));
}

json_t *form_amount(const struct amount *a)
{
	char text[AMOUNT_TEXT_MAX];

	return json_string(amount_decimal(text, a));
}

json_t *form_bytes(struct span bytes)
{
	CLEAN_BYTES struct bytes text = {0};

	if (bytes.len == 0)
		return json_null();
	base_encode(&text, BASE64, bytes);
	while (!text.failed && text.len % 4 != 0)
		bytes_append_byte(&text, '=');
	return bytes_status(&text) == STATUS_OK ? json_stringn((const char *)text.data, text.len) : NULL;
}

enum status base64_decode(struct bytes *out, const char *text)
{
	size_t len = strlen(text), padding = 0;

	if (len % 4 != 0)
		return STATUS_BAD_TEXT;
	while (padding < 2 && padding < len && text[len - padding - 1] == '=')
		padding++;
	return base_decode(out, BASE64, span_of(text, len - padding));
}

json_t *form_message(const struct node *n, const struct message *m)
{
	struct cid cid;

	if (message_cid(&cid, m) != STATUS_OK)
		return NULL;
	return json_pack("{s:i, s:o, s:o, s:I, s:o, s:I, s:o, s:o, s:I, s:o, s:o}", "Version", 0, "To",
		form_address(n, &m->to), "From", form_address(n, &m->from), "Nonce", (json_int_t)m->nonce, "Value",
		form_amount(&m->value), "GasLimit", (json_int_t)m->gas_limit, "GasFeeCap", form_amount(&m->gas_fee_cap),
		"GasPremium", form_amount(&m->gas_premium), "Method", (json_int_t)m->method, "Params",
		form_bytes(m->params), "CID", form_cid(&cid));
}

json_t *form_signed(const struct node *n, const struct signed_message *m)
{
	size_t len = m->signature_type == SIGNATURE_BLS ? SIGNATURE_MAX : KEY_SIGNATURE_SIZE;
	struct cid cid;

	if (signed_message_cid(&cid, m) != STATUS_OK)
		return NULL;
	return json_pack("{s:o, s:{s:i, s:o}, s:o}", "Message", form_message(n, &m->message), "Signature", "Type",
		(int)m->signature_type, "Data", form_bytes(span_of(m->signature, len)), "CID", form_cid(&cid));
}
