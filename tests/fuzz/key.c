/* key.c - key files: what parses signs, and the signature names the key. */
#include <string.h>

#include "base/key_file.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t signature[KEY_SIGNATURE_SIZE], public[KEY_PUBLIC_SIZE], digest[32] = {1};
	struct key key = {0};

	if (key_parse(&key, span_of(data, size), NULL) == STATUS_OK) {
		MUST(key_sign(signature, &key, digest) == STATUS_OK, "a key signs");
		MUST(key_recover(public, signature, digest) == STATUS_OK, "a signature recovers");
		MUST(memcmp(public, key.public, sizeof(public)) == 0, "to the key that made it");
	}
	key_release(&key);
	return 0;
}
