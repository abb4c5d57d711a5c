/* voucher.c - signed vouchers, in bytes and in Lotus's text. */
#include "wire/voucher.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_of(data, size), merges;
	struct bytes out = {0}, owned = {0};
	struct voucher_merge merge;
	struct address signer;
	struct voucher v;
	size_t count = 0;

	if (voucher_decode(&v, in) == STATUS_OK) {
		for (merges = v.merges; voucher_next_merge(&merge, &merges);)
			count++;
		MUST(count == v.merge_count && count <= VOUCHER_MERGES_MAX, "as many merges as were counted");
		voucher_write(&out, &v);
		fuzz_same(&out, in, "a voucher is written back the same");
		if (voucher_signer(&signer, &v) == STATUS_OK)
			MUST(address_protocol(&signer) == ADDRESS_SECP256K1, "a signer has an f1 address");
	}
	if (voucher_parse(&v, &owned, in) == STATUS_OK) {
		voucher_write(&out, &v);
		fuzz_same(&out, bytes_span(&owned), "a voucher in text is written back the same");
	}
	bytes_release(&owned);
	return 0;
}
