/* multibase.c - bytes as text in six bases.
 *
 * Bases of a power of two are read and written as a stream of bits; 36 and 58
 * need long division, so the length of their texts is limited when read.
 */
#include "base/multibase.h"

#include <string.h>

#define DIVISION_TEXT_MAX 4096 /* characters of base 36 or 58 that are read */
#define NO_DIGIT          0xff

static const struct {
	const char *alphabet;
	unsigned size; /* letters in the alphabet */
	unsigned bits; /* that one letter stands for; 0 where division is needed */
} bases[] = {
	[BASE16] = {"0123456789abcdef", 16, 4},
	[BASE32] = {"abcdefghijklmnopqrstuvwxyz234567", 32, 5},
	[BASE36] = {"0123456789abcdefghijklmnopqrstuvwxyz", 36, 0},
	[BASE58] = {"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz", 58, 0},
	[BASE64] = {"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", 64, 6},
	[BASE64URL] = {"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", 64, 6},
};

/* The number of letters of @bits each for @len bytes, rounded up, without overflow. */
static size_t letters_for(size_t len, unsigned bits)
{
	return len / bits * 8 + (len % bits * 8 + bits - 1) / bits;
}

static void encode_bits(uint8_t *letter, enum base base, struct span in)
{
	unsigned bits = bases[base].bits, mask = bases[base].size - 1, filled = 0;
	uint32_t window = 0; /* its low @filled bits are still to be written */

	for (size_t i = 0; i < in.len; i++) {
		window = window << 8 | in.data[i];
		for (filled += 8; filled >= bits; filled -= bits)
			*letter++ = (uint8_t)bases[base].alphabet[window >> (filled - bits) & mask];
	}
	if (filled > 0)
		*letter = (uint8_t)bases[base].alphabet[window << (bits - filled) & mask];
}

/* Append @in, a big-endian number in base @from, to @out in base @to; each leading zero stays one zero. */
static void change_base(struct bytes *out, unsigned to, struct span in, unsigned from)
{
	size_t start = out->len, zeros = 0, room, used = 0;
	uint8_t *digits; /* of the number so far, least significant first */

	while (zeros < in.len && in.data[zeros] == 0)
		zeros++;
	room = from > to ? 2 * in.len : in.len; /* log2(256) / log2(36) is below 2 */
	digits = bytes_grow(out, room);
	if (!digits)
		return;
	for (size_t i = zeros; i < in.len; i++) {
		uint32_t carry = in.data[i];

		for (size_t j = 0; j < used; j++) {
			carry += digits[j] * from;
			digits[j] = (uint8_t)(carry % to);
			carry /= to;
		}
		for (; carry > 0; carry /= to)
			digits[used++] = (uint8_t)(carry % to);
	}
	memset(digits + used, 0, zeros);
	out->len = start + used + zeros;
	for (size_t i = 0, j = used + zeros; i + 1 < j; i++) {
		uint8_t swap = digits[i];

		digits[i] = digits[--j];
		digits[j] = swap;
	}
}

void base_encode(struct bytes *out, enum base base, struct span in)
{
	size_t start = out->len;
	uint8_t *letter;

	if (bases[base].bits > 0) {
		letter = bytes_grow(out, letters_for(in.len, bases[base].bits));
		if (letter)
			encode_bits(letter, base, in);
		return;
	}
	change_base(out, bases[base].size, in, 256);
	for (size_t i = start; i < out->len; i++)
		out->data[i] = (uint8_t)bases[base].alphabet[out->data[i]];
}

/* Turns letters into digits in place of @digits, which has as many bytes as @text; false on a wrong letter. */
static bool read_digits(uint8_t *digits, enum base base, bool upper, struct span text)
{
	uint8_t value[256];

	memset(value, NO_DIGIT, sizeof(value));
	for (unsigned i = 0; i < bases[base].size; i++) {
		char letter = bases[base].alphabet[i];

		if (upper && letter >= 'a' && letter <= 'z')
			letter = (char)(letter - 'a' + 'A');
		value[(uint8_t)letter] = (uint8_t)i;
	}
	for (size_t i = 0; i < text.len; i++) {
		digits[i] = value[text.data[i]];
		if (digits[i] == NO_DIGIT)
			return false;
	}
	return true;
}

/* Packs digits of @bits into bytes in place; false if more is left than fewer zero bits than a letter has. */
static bool pack_bits(uint8_t *digits, size_t *len, unsigned bits)
{
	uint32_t window = 0;
	unsigned filled = 0;
	size_t used = 0;

	for (size_t i = 0; i < *len; i++) {
		window = window << bits | digits[i];
		filled += bits;
		if (filled >= 8) {
			filled -= 8;
			digits[used++] = (uint8_t)(window >> filled);
		}
	}
	*len = used;
	return filled < bits && (window & ((1u << filled) - 1)) == 0;
}

static enum status decode(struct bytes *out, enum base base, bool upper, struct span text)
{
	uint8_t digits[DIVISION_TEXT_MAX];
	size_t start = out->len, len = text.len;
	uint8_t *tail;

	if (bases[base].bits > 0) {
		tail = bytes_grow(out, len);
		if (!tail)
			return STATUS_NO_MEMORY;
		if (!read_digits(tail, base, upper, text) || !pack_bits(tail, &len, bases[base].bits)) {
			out->len = start;
			return STATUS_BAD_TEXT;
		}
		out->len = start + len;
		return STATUS_OK;
	}
	if (len > sizeof(digits))
		return STATUS_TOO_LARGE;
	if (!read_digits(digits, base, upper, text))
		return STATUS_BAD_TEXT;
	change_base(out, 256, span_of(digits, len), bases[base].size);
	return bytes_status(out);
}

enum status base_decode(struct bytes *out, enum base base, struct span text)
{
	return decode(out, base, false, text);
}

enum status multibase_decode(struct bytes *out, struct span text)
{
	static const struct {
		char prefix;
		enum base base;
		bool upper;
	} prefixes[] = {
		{'f', BASE16, false},
		{'F', BASE16, true},
		{'b', BASE32, false},
		{'B', BASE32, true},
		{'k', BASE36, false},
		{'K', BASE36, true},
		{'z', BASE58, false},
		{'m', BASE64, false},
		{'u', BASE64URL, false},
	};

	for (size_t i = 0; text.len > 0 && i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (text.data[0] == (uint8_t)prefixes[i].prefix)
			return decode(out, prefixes[i].base, prefixes[i].upper, span_of(text.data + 1, text.len - 1));
	return STATUS_BAD_TEXT;
}
