/* amount.c - amounts in bytes, in decimal and as people type them. */
#include <string.h>

#include "base/amount.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t encoded[AMOUNT_ENCODED_MAX];
	char decimal[AMOUNT_TEXT_MAX];
	struct amount a, again;
	char *text;

	if (amount_decode(&a, data, size) == STATUS_OK) {
		size_t n = amount_encode(encoded, &a);

		MUST(span_equal(span_of(encoded, n), span_of(data, size)), "the bytes are written back the same");
		amount_decimal(decimal, &a);
		MUST(amount_from_decimal(&again, decimal) == STATUS_OK && amount_cmp(&a, &again) == 0,
			"the digits parse");
	}
	text = fuzz_text(span_of(data, size));
	if (amount_from_decimal(&a, text) == STATUS_OK)
		MUST(strcmp(amount_decimal(decimal, &a), text) == 0, "the digits are written back the same");
	if (amount_parse(&a, text) == STATUS_OK)
		MUST(!amount_is_negative(&a), "nobody types a negative amount");
	free(text);
	return 0;
}
