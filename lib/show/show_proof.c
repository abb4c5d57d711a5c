/* show_proof.c - signed statements for people, and for programs that verify them by themselves. */
#include "show/show_proof.h"

#include <string.h>

#include "base/multibase.h"

static json_t *show_based(enum base base, struct span bytes)
{
	CLEAN_BYTES struct bytes text = {0};

	base_encode(&text, base, bytes);
	return json_string(bytes_text(&text));
}

json_t *show_signed(const struct signed_statement *statement, bool whole)
{
	json_t *object = json_pack("{s:s, s:o, s:b}", "type", statement_name(statement->kind), "signer",
		show_address(&statement->signer), "verified", signed_verify(statement) == STATUS_OK);

	if (!whole)
		return object;
	json_object_set_new(object, "signature", show_based(BASE16, span_of(statement->signature, KEY_SIGNATURE_SIZE)));
	json_object_set_new(object, "body", show_based(BASE64URL, statement->body));
	return object;
}

static json_t *show_named_ledger(const struct named_ledger *named)
{
	char text[LEDGER_ID_TEXT_MAX];
	struct ledger_id id = {.network = span_is(named->network, "t") ? NETWORK_TEST : NETWORK_MAIN};

	if (named->genesis.len == 0)
		return json_null();
	memcpy(id.genesis, named->genesis.data, sizeof(id.genesis));
	return json_string(ledger_id_text(text, &id));
}

json_t *show_offer_statement(const struct offer_file *file, bool whole)
{
	json_t *object = show_signed(&file->statement, whole);
	bool same = span_equal(file->said.offer, file->encoded);

	json_object_set_new(object, "issued", json_integer(file->said.issued));
	json_object_set_new(
		object, "expires", file->said.expires != 0 ? json_integer(file->said.expires) : json_null());
	json_object_set_new(object, "ledger", show_named_ledger(&file->said.ledger));
	json_object_set_new(object, "of_this_offer", json_boolean(same));
	return object;
}
