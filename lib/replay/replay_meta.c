/* replay_meta.c - what meta.json must and may hold: it comes from strangers, and all that follows trusts it. */
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "replay/replay_private.h"

enum field_form {
	FORM_TEXT,    /* anything in quotes */
	FORM_NUMBER,  /* up to 63 bits; a number, or a decimal string */
	FORM_AMOUNT,  /* not negative; a number, or a decimal string */
	FORM_ADDRESS, /* of either network */
	FORM_CID,
	FORM_TRUTH, /* true or false */
};

static const char *const form_names[] = {
	"text", "a number of up to 63 bits", "an amount", "an address", "a CID", "true or false"};

/** struct meta_field - one that a replay reads; others may be there. */
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

/* What is there must be what its name says; which of them a replay can't do without is found where it is needed. */
static enum status check_fields(struct replay *r, const json_t *object, const struct meta_field *fields)
{
	char why[160];

	for (; fields->name != NULL; fields++) {
		const json_t *value = json_object_get(object, fields->name);

		if (value == NULL || fits(value, fields->form))
			continue;
		snprintf(why, sizeof(why), "'%s' is not %s", fields->name, form_names[fields->form]);
		return replay_broken(r, "meta.json", why);
	}
	return STATUS_OK;
}

enum status replay_check_meta(struct replay *r)
{
	enum status s = check_fields(r, r->meta, meta_fields);

	return s == STATUS_OK ? check_fields(r, r->scenario, scenario_fields) : s;
}

enum status replay_need(struct replay *r, const char *field)
{
	char why[160];

	if (json_object_get(r->meta, field) != NULL)
		return STATUS_OK;
	snprintf(why, sizeof(why), "'%s' is missing", field);
	return replay_broken(r, "meta.json", why);
}
