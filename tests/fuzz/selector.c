/* selector.c - selectors: one that is accepted is strict DAG-CBOR. */
#include "ipld/selector.h"
#include "fuzz.h"
#include "ipld/cbor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_of(data, size);
	enum selector_kind kind;

	if (selector_parse(&kind, in) == STATUS_OK && size != 0)
		MUST(cbor_check(in, CBOR_SORTED) == STATUS_OK, "a selector is strict DAG-CBOR");
	return 0;
}
