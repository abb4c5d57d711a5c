/* number.c - numbers as people and JSON write them. */
#include "base/number.h"

enum status number_parse(uint64_t *number, struct span text)
{
	uint64_t value = 0;

	if (text.len == 0)
		return STATUS_BAD_NUMBER;
	for (size_t i = 0; i < text.len; i++) {
		uint8_t digit = (uint8_t)(text.data[i] - '0');

		if (digit > 9 || __builtin_mul_overflow(value, UINT64_C(10), &value) ||
			__builtin_add_overflow(value, (uint64_t)digit, &value))
			return STATUS_BAD_NUMBER;
	}
	*number = value;
	return STATUS_OK;
}
