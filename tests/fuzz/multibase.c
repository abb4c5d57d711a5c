/* multibase.c - bytes as text in every base. */
#include "base/multibase.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum base bases[] = {BASE16, BASE32, BASE36, BASE58, BASE64, BASE64URL};
	struct bytes bytes = {0}, text = {0};
	struct span in = span_of(data, size);

	for (size_t i = 0; i < sizeof(bases) / sizeof(bases[0]); i++) {
		if (base_decode(&bytes, bases[i], in) == STATUS_OK) {
			base_encode(&text, bases[i], bytes_span(&bytes));
			fuzz_same(&text, in, "the text is written back the same");
		} else {
			MUST(bytes.len == 0, "nothing is left of a failure");
		}
		bytes_clear(&bytes);
		if (size <= 2048) {
			base_encode(&text, bases[i], in);
			MUST(base_decode(&bytes, bases[i], bytes_span(&text)) == STATUS_OK, "what was encoded decodes");
			MUST(span_equal(bytes_span(&bytes), in), "to the same bytes");
		}
		bytes_release(&text);
		bytes_clear(&bytes);
	}
	if (multibase_decode(&bytes, in) != STATUS_OK)
		MUST(bytes.len == 0, "nothing is left of a failure");
	bytes_release(&bytes);
	return 0;
}
