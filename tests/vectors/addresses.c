/* addresses.c - every recorded address decodes to its text, and back.
 * usage: addresses VECTORS
 */
#include "../support/test.h"
#include "../support/vectors.h"

#include "wire/address.h"

static void check_row(json_t *row)
{
	char text[ADDRESS_TEXT_MAX];
	struct bytes raw = {0}, item = {0}, out = {0};
	struct address decoded = {0}, parsed = {0}, read = {0};
	struct cbor_reader r;
	enum network network = NETWORK_TEST;

	vectors_hex(&raw, vectors_text(row, "bytes"));
	vectors_hex(&item, vectors_text(row, "cbor"));
	CHECK_EQUAL(address_decode(&decoded, bytes_span(&raw)), STATUS_OK, "the bytes decode");
	CHECK(vectors_bytes_equal(address_span(&decoded), vectors_text(row, "bytes")), "and encode back");
	CHECK_TEXT(address_text(text, &decoded, NETWORK_MAIN), vectors_text(row, "address"),
		"the text is the recorded one");
	CHECK_EQUAL(address_parse(&parsed, &network, span_text(vectors_text(row, "address"))), STATUS_OK,
		"the text parses");
	CHECK(address_equal(&parsed, &decoded), "to the same address");
	CHECK_EQUAL(network, NETWORK_MAIN, "of the main network");
	r = cbor_reader(bytes_span(&item));
	address_read(&r, &read);
	CHECK_EQUAL(cbor_end(&r), STATUS_OK, "the CBOR decodes");
	CHECK(address_equal(&read, &decoded), "to the same address");
	address_write(&out, &read);
	CHECK(span_equal(bytes_span(&out), bytes_span(&item)), "and encodes back");
	bytes_release(&out);
	bytes_release(&item);
	bytes_release(&raw);
}

int main(int argc, char **argv)
{
	json_t *rows = argc > 1 ? vectors_load(argv[1], "codec/addresses.json") : NULL, *row;
	size_t i;

	json_array_foreach(rows, i, row) check_row(row);
	json_decref(rows);
	return test_end();
}
