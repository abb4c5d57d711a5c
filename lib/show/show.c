/* show.c - values as JSON, and JSON as text. */
#include "show/show.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/multibase.h"

#define TEXT_SHOWN 1024 /* bytes of a text from a stranger */
#define HEX_SHOWN  96   /* bytes of a byte string; a signature of any kind */

json_t *show_cid(const struct cid *c)
{
	char text[CID_TEXT_MAX];

	return cid_is_none(c) ? json_null() : json_string(cid_text(text, c));
}

json_t *show_address(const struct address *a)
{
	char text[ADDRESS_TEXT_MAX];

	return address_is_none(a) ? json_null() : json_string(address_text(text, a, NETWORK_MAIN));
}

json_t *show_text(struct span text)
{
	char clean[TEXT_SHOWN];

	span_clean(clean, sizeof(clean), text);
	return json_string(clean);
}

json_t *show_hex(struct span bytes)
{
	struct bytes text = {0};
	json_t *made;

	if (bytes.len == 0)
		return json_null();
	base_encode(&text, BASE16, span_of(bytes.data, bytes.len < HEX_SHOWN ? bytes.len : HEX_SHOWN));
	if (bytes.len > HEX_SHOWN)
		bytes_append_format(&text, "... (%zu bytes)", bytes.len);
	made = json_string(bytes_text(&text));
	bytes_release(&text);
	return made;
}

const char *show_time(char *text, int64_t seconds)
{
	time_t when = (time_t)seconds;
	struct tm parts;

	if (gmtime_r(&when, &parts) == NULL || strftime(text, SHOW_TIME_MAX, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
		snprintf(text, SHOW_TIME_MAX, "%" PRId64, seconds);
	return text;
}

json_t *show_bytes(uint64_t count)
{
	return count <= INT64_MAX ? json_integer((json_int_t)count) : tool_json_id(count);
}

/* "PricePerByte" becomes "price_per_byte", "PayloadCID" "payload_cid". */
static void snake_case(char *out, size_t size, const char *key)
{
	size_t n = 0;

	for (size_t i = 0; key[i] != '\0' && n + 2 < size; i++) {
		bool upper = isupper((unsigned char)key[i]);

		if (i > 0 && upper && (islower((unsigned char)key[i - 1]) || islower((unsigned char)key[i + 1])))
			out[n++] = '_';
		out[n++] = (char)tolower((unsigned char)key[i]);
	}
	out[n] = '\0';
}

static json_t *show_field(const struct field *f, const char *at)
{
	const void *value = at + f->offset;

	switch (f->kind) {
	case FIELD_UINT:
		return f->key != NULL && strcmp(f->key, "ID") == 0 ? tool_json_id(*(const uint64_t *)value)
								   : show_bytes(*(const uint64_t *)value);
	case FIELD_INT:
		return json_integer((json_int_t) * (const int64_t *)value);
	case FIELD_BOOL:
		return json_boolean(*(const bool *)value);
	case FIELD_AMOUNT:
		return tool_json_amount(value);
	case FIELD_ADDRESS:
	case FIELD_ADDRESS_OR_NULL:
		return show_address(value);
	case FIELD_CID:
	case FIELD_CID_OR_NULL:
		return show_cid(value);
	case FIELD_TEXT:
	case FIELD_TEXT_ANY:
		return show_text(*(const struct span *)value);
	case FIELD_BYTES:
		return show_hex(*(const struct span *)value);
	case FIELD_ANY_OR_NULL:
		return show_item(*(const struct span *)value);
	case FIELD_RECORD:
		return show_record(f->sub, value);
	case FIELD_RECORD_OR_NULL:
		return *(const bool *)(at + f->present) ? show_record(f->sub, value) : json_null();
	case FIELD_VOUCHER:
		return show_voucher(value);
	}
	return json_null();
}

json_t *show_record(const struct record *record, const void *in)
{
	json_t *object = json_object();
	char key[64];

	for (size_t i = 0; i < record->count; i++) {
		snake_case(key, sizeof(key), record->fields[i].key != NULL ? record->fields[i].key : "");
		json_object_set_new(object, key, show_field(&record->fields[i], in));
	}
	return object;
}

__attribute__((format(printf, 2, 3))) static void add_condition(struct bytes *words, const char *format, ...)
{
	char text[160];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	bytes_append_text(words, words->len != 0 ? "; " : "");
	bytes_append_text(words, text);
}

/* What the ledger asks for before it redeems a voucher, in words; null for nothing. */
static json_t *conditions_in_words(const struct voucher *v)
{
	CLEAN_BYTES struct bytes words = {0};

	if (v->time_lock_min != 0)
		add_condition(&words, "from epoch %" PRId64 " on", v->time_lock_min);
	if (v->time_lock_max != 0)
		add_condition(&words, "up to epoch %" PRId64, v->time_lock_max);
	if (v->secret_hash.len != 0)
		add_condition(&words, "with the secret of this hash");
	if (v->extra.len != 0)
		add_condition(&words, "if a call to another actor succeeds");
	if (v->merge_count != 0)
		add_condition(&words, "together with the merged lanes, which its amount counts again");
	if (v->min_settle_height != 0)
		add_condition(
			&words, "then the channel settles at epoch %" PRId64 " at the earliest", v->min_settle_height);
	if (words.len == 0 || bytes_status(&words) != STATUS_OK)
		return json_null();
	return json_stringn((const char *)words.data, words.len);
}

json_t *show_voucher(const struct voucher *v)
{
	static const char *const types[] = {"none", "secp256k1", "bls"};
	static const size_t sizes[] = {0, KEY_SIGNATURE_SIZE, SIGNATURE_MAX};
	struct address signer = {0};
	struct voucher_merge merge;
	struct span rest = v->merges;
	json_t *merges = json_array();

	while (voucher_next_merge(&merge, &rest))
		json_array_append_new(merges,
			json_pack("{s:o, s:o}", "lane", tool_json_id(merge.lane), "nonce", tool_json_id(merge.nonce)));
	if (voucher_signer(&signer, v) != STATUS_OK)
		signer = (struct address){0};
	return json_pack("{s:o, s:o, s:o, s:o, s:I, s:I, s:o, s:o, s:I, s:o, s:s, s:o, s:o, s:o}", "channel",
		show_address(&v->channel), "lane", tool_json_id(v->lane), "nonce", tool_json_id(v->nonce), "amount",
		tool_json_amount(&v->amount), "time_lock_min", (json_int_t)v->time_lock_min, "time_lock_max",
		(json_int_t)v->time_lock_max, "secret_hash", show_hex(v->secret_hash), "extra", show_hex(v->extra),
		"min_settle_height", (json_int_t)v->min_settle_height, "merges", merges, "signature_type",
		types[v->signature_type], "signature", show_hex(span_of(v->signature, sizes[v->signature_type])),
		"signer", show_address(&signer), "conditions", conditions_in_words(v));
}

/* The name of a field gives the meaning of its number. */
static bool is_one_of(const char *key, const char *names)
{
	const char *at = strstr(names, key);
	size_t len = strlen(key);

	for (; at != NULL; at = strstr(at + 1, key))
		if (at[-1] == ' ' && at[len] == ' ')
			return true;
	return false;
}

static const char *unit_of(const char *key, const json_t *value)
{
	if (json_is_string(value) && isdigit((unsigned char)*json_string_value(value)) &&
		is_one_of(key,
			" amount price_per_byte min_price_per_byte unseal_price payment_owed owed price cost "
			"paid spent "
			"received funds total_funds max_total payment_requested shortfall unpaid balance signed held "))
		return " afil";
	if (json_is_integer(value) &&
		is_one_of(key, " size bytes length payment_interval payment_interval_increase max_payment_interval "
			       "max_payment_interval_increase interval increase block_bytes paid_for limit file_size "))
		return " bytes";
	return "";
}

static void print_scalar(const char *key, const json_t *value)
{
	if (json_is_string(value))
		tool_print("%s", json_string_value(value));
	else if (json_is_integer(value))
		tool_print("%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else if (json_is_real(value))
		tool_print("%.17g", json_real_value(value));
	else if (json_is_boolean(value))
		tool_print("%s", json_is_true(value) ? "yes" : "no");
	else
		tool_print("-");
	tool_print("%s", unit_of(key, value));
}

/* Fields without information are left out for people. */
static bool is_empty(const json_t *value)
{
	return json_is_null(value) || (json_is_string(value) && *json_string_value(value) == '\0') ||
	       (json_is_array(value) && json_array_size(value) == 0) ||
	       (json_is_object(value) && json_object_size(value) == 0);
}

/* key=value key={...} key=[..., ...] */
static void print_inline(const char *key, json_t *value)
{
	const char *name;
	json_t *part;
	size_t i;

	if (json_is_object(value)) {
		const char *gap = "";

		tool_print("{");
		json_object_foreach(value, name, part)
		{
			if (is_empty(part))
				continue;
			tool_print("%s%s=", gap, name);
			print_inline(name, part);
			gap = " ";
		}
		tool_print("}");
	} else if (json_is_array(value)) {
		tool_print("[");
		json_array_foreach(value, i, part)
		{
			tool_print("%s", i > 0 ? ", " : "");
			print_inline(key, part);
		}
		tool_print("]");
	} else {
		print_scalar(key, value);
	}
}

static void print_name(const char *key)
{
	char name[TEXT_SHOWN];
	size_t n = 0;

	for (; key[n] != '\0' && n + 1 < sizeof(name); n++)
		name[n] = key[n] == '_' ? ' ' : key[n];
	name[n] = '\0';
	tool_print("%s", name);
}

static void print_lines(json_t *object, int indent)
{
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value)
	{
		if (is_empty(value))
			continue;
		tool_print("%*s", indent, "");
		print_name(key);
		if (json_is_object(value)) {
			tool_print(":\n");
			print_lines(value, indent + 2);
			continue;
		}
		tool_print(": ");
		print_inline(key, value);
		tool_print("\n");
	}
}

static bool print_json(struct tool *t, json_t *object)
{
	if (!t->json)
		return false;
	tool_print_json(object);
	return true;
}

void show_print(struct tool *t, json_t *object)
{
	if (print_json(t, object))
		return;
	print_lines(object, 0);
	json_decref(object);
}

void show_print_line(struct tool *t, json_t *object)
{
	const char *key, *gap = "";
	json_t *value;

	if (print_json(t, object))
		return;
	json_object_foreach(object, key, value)
	{
		if (is_empty(value))
			continue;
		tool_print("%s%s=", gap, key);
		print_inline(key, value);
		gap = " ";
	}
	tool_print("\n");
	json_decref(object);
}
