/* transfer.c - data-transfer messages, in both orders. */
#include "wire/transfer.h"
#include "fuzz.h"

static void check(struct span in, enum record_order order)
{
	struct bytes out = {0};
	struct transfer t;

	if (transfer_decode(&t, in, order) != STATUS_OK)
		return;
	transfer_encode(&out, &t, order);
	fuzz_same(&out, in, "the message is written back the same");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check(span_of(data, size), RECORD_DECLARED);
	check(span_of(data, size), RECORD_SORTED);
	return 0;
}
