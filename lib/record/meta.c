/* meta.c - checks the form of each field of meta.json, which comes from strangers: all readers of a recording rely on this check. */
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "ipld/cid.h"
#include "record/layout.h"

enum field_form {
	FORM_TEXT,    /* any text */
	FORM_NUMBER,  /* up to 63 bits; a number, or a decimal string */
	FORM_AMOUNT,  /* not negative; a number, or a decimal string */
	FORM_ADDRESS, /* an address of either network */
	FORM_CID,
	FORM_TRUTH, /* true or false */
};

static const char *const form_names[] = {
	"text", "a number of up to 63 bits", "an amount", "an address", "a CID", "true or false"};

/** struct meta_field - a field that a recording may have; other fields are ignored. */
struct meta_field {
	const char *name;
	enum field_form form;
};

static const struct meta_field meta_fields[] = {
	{"channel", FORM_ADDRESS},
	{"client_address", FORM_ADDRESS},
	{"provider_address", FORM_ADDRESS},
	{"client_key", FORM_TEXT},
	{"provider_key", FORM_TEXT},
	{"clock", FORM_NUMBER},
	{"content", FORM_TEXT},
	{"final_client_status", FORM_TEXT},
	{"final_provider_status", FORM_TEXT},
	{"root", FORM_CID},
	{"total_funds", FORM_AMOUNT},
	{"client_spent", FORM_AMOUNT},
	{"client_received", FORM_NUMBER},
	{"provider_received", FORM_AMOUNT},
	{"provider_sent", FORM_NUMBER},
	{NULL, FORM_TEXT},
};

static const struct meta_field scenario_fields[] = {
	{"size", FORM_NUMBER},
	{"lane", FORM_NUMBER},
	{"top_up", FORM_AMOUNT},
	{"channel_balance", FORM_AMOUNT},
	{"price_per_byte", FORM_AMOUNT},
	{"unseal_price", FORM_AMOUNT},
	{"payment_interval", FORM_NUMBER},
	{"payment_interval_increase", FORM_NUMBER},
	{"offer_min_price", FORM_AMOUNT},
	{"offer_unseal_price", FORM_AMOUNT},
	{"offer_payment_interval", FORM_NUMBER},
	{"offer_payment_interval_increase", FORM_NUMBER},
	{"no_data", FORM_TRUTH},
	{NULL, FORM_TEXT},
};

static bool is_number(const json_t *value)
{
	uint64_t number;

	if (json_is_integer(value))
		return json_integer_value(value) >= 0;
	return json_is_string(value) && number_parse(&number, span_text(json_string_value(value))) == STATUS_OK &&
	       number <= INT64_MAX;
}

static bool is_amount(const json_t *value)
{
	struct amount a;

	if (json_is_integer(value))
		return json_integer_value(value) >= 0;
	return json_is_string(value) && amount_from_decimal(&a, json_string_value(value)) == STATUS_OK &&
	       !amount_is_negative(&a);
}

static bool fits(const json_t *value, enum field_form form)
{
	const char *text = json_string_value(value);
	struct address a;
	struct cid c;

	switch (form) {
	case FORM_TEXT:
		return text != NULL;
	case FORM_NUMBER:
		return is_number(value);
	case FORM_AMOUNT:
		return is_amount(value);
	case FORM_ADDRESS:
		return text != NULL && address_parse(&a, NULL, span_text(text)) == STATUS_OK;
	case FORM_CID:
		return text != NULL && cid_parse(&c, span_text(text)) == STATUS_OK;
	case FORM_TRUTH:
		return json_is_boolean(value);
	}
	return false;
}

static bool check_fields(char *why, size_t size, const json_t *object, const struct meta_field *fields)
{
	for (; fields->name != NULL; fields++) {
		const json_t *value = json_object_get(object, fields->name);

		if (value == NULL || fits(value, fields->form))
			continue;
		snprintf(why, size, "'%s' is not %s", fields->name, form_names[fields->form]);
		return false;
	}
	return true;
}

bool recording_check_meta(char *why, size_t size, const json_t *meta)
{
	return check_fields(why, size, meta, meta_fields) &&
	       check_fields(why, size, json_object_get(meta, "scenario"), scenario_fields);
}
