/* varint.c - unsigned varints (LEB128), strict. */
#include "base/varint.h"

#define PAYLOAD_BITS 7
#define MORE         0x80 /* set on every byte but the last */

enum status varint_decode(uint64_t *value, size_t *used, const uint8_t *buf, size_t len)
{
	uint64_t v = 0;

	for (size_t i = 0; i < len && i < VARINT_READ_MAX; i++) {
		v |= (uint64_t)(buf[i] & ~MORE) << (PAYLOAD_BITS * i);
		if (buf[i] & MORE)
			continue;
		if (buf[i] == 0 && i > 0)
			return STATUS_NOT_MINIMAL;
		*value = v;
		*used = i + 1;
		return STATUS_OK;
	}
	return len < VARINT_READ_MAX ? STATUS_TRUNCATED : STATUS_TOO_LARGE;
}

size_t varint_encode(uint8_t *buf, uint64_t value)
{
	size_t len = 0;

	for (; value >= MORE; value >>= PAYLOAD_BITS)
		buf[len++] = (uint8_t)(value | MORE);
	buf[len++] = (uint8_t)value;
	return len;
}

void varint_append(struct bytes *b, uint64_t value)
{
	uint8_t buf[VARINT_MAX];

	bytes_append(b, buf, varint_encode(buf, value));
}
