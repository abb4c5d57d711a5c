/* amounts.c - every recorded token amount decodes to its decimal digits, and back.
 * usage: amounts VECTORS
 */
#include "../support/test.h"
#include "../support/vectors.h"

#include "ipld/cbor.h"

static void check_row(json_t *row)
{
	char text[AMOUNT_TEXT_MAX];
	struct bytes item = {0}, out = {0};
	struct amount read, parsed = amount_zero();
	struct cbor_reader r;

	vectors_hex(&item, vectors_text(row, "cbor"));
	r = cbor_reader(bytes_span(&item));
	cbor_read_amount(&r, &read);
	CHECK_EQUAL(cbor_end(&r), STATUS_OK, "the CBOR decodes");
	CHECK_TEXT(amount_decimal(text, &read), vectors_text(row, "decimal"), "the digits are the recorded ones");
	CHECK_EQUAL(amount_from_decimal(&parsed, vectors_text(row, "decimal")), STATUS_OK, "the digits parse");
	CHECK_EQUAL(amount_cmp(&parsed, &read), 0, "to the same amount");
	cbor_put_amount(&out, &parsed);
	CHECK(span_equal(bytes_span(&out), bytes_span(&item)), "and encode back");
	bytes_release(&out);
	bytes_release(&item);
}

int main(int argc, char **argv)
{
	json_t *rows = argc > 1 ? vectors_load(argv[1], "codec/token-amounts.json") : NULL, *row;
	size_t i;

	json_array_foreach(rows, i, row) check_row(row);
	json_decref(rows);
	return test_end();
}
