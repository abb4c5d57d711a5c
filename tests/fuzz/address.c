/* address.c - addresses in bytes and in text. */
#include "wire/address.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_of(data, size);
	enum network network = NETWORK_MAIN;
	char text[ADDRESS_TEXT_MAX];
	struct address a, again;

	if (address_decode(&a, in) == STATUS_OK) {
		MUST(span_equal(address_span(&a), in), "the bytes are kept");
		address_text(text, &a, NETWORK_MAIN);
		MUST(address_parse(&again, NULL, span_text(text)) == STATUS_OK && address_equal(&a, &again),
			"the text parses");
	}
	if (address_parse(&a, &network, in) == STATUS_OK)
		MUST(span_equal(span_text(address_text(text, &a, network)), in), "the text is written back the same");
	return 0;
}
