/* hex.h - bytes written as hex in the tables of unit tests. */
#ifndef TESTS_HEX_H
#define TESTS_HEX_H

#include <stdio.h>

#include "base/bytes.h"

/** hex_bytes - the bytes that @hex stands for (spaces are passed over); the caller releases them. */
static inline struct bytes hex_bytes(const char *hex)
{
	struct bytes out = {0};
	unsigned byte;

	while (*hex) {
		if (*hex == ' ') {
			hex++;
			continue;
		}
		if (sscanf(hex, "%2x", &byte) != 1)
			out.failed = true;
		bytes_append_byte(&out, (uint8_t)byte);
		hex += hex[1] ? 2 : 1;
	}
	return out;
}

#endif
