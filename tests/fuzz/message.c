/* message.c - chain messages and the parameters of those that we send. */
#include "wire/message.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_of(data, size), secret;
	struct signed_message signed_message;
	struct address from, to;
	struct cid code;
	struct bytes out = {0};
	struct voucher voucher;
	enum status s;

	if (signed_message_decode(&signed_message, in) == STATUS_OK) {
		signed_message_encode(&out, &signed_message);
		fuzz_same(&out, in, "a signed message is written back the same");
		s = signed_message_verify(&signed_message);
		MUST(s == STATUS_OK || s == STATUS_BAD_SIGNATURE || s == STATUS_UNSUPPORTED, "it verifies or not");
	}
	if (create_params_decode(&code, &from, &to, in) == STATUS_OK) {
		create_params(&out, &code, &from, &to);
		fuzz_same(&out, in, "the parameters of a creation are written back the same");
	}
	if (create_return_decode(&from, &to, in) == STATUS_OK) {
		create_return(&out, &from, &to);
		fuzz_same(&out, in, "the result of a creation is written back the same");
	}
	if (update_params_decode(&voucher, &secret, in) == STATUS_OK) {
		update_params(&out, &voucher, secret);
		fuzz_same(&out, in, "the parameters of an update are written back the same");
	}
	return 0;
}
