/* amount.c - exact arithmetic on token amounts, with the low-level functions of GMP.
 *
 * Knows the wire form, decimal digits and units; knows nothing of prices.
 * All AMOUNT_LIMBS limbs take part in every sum: a magnitude has 1016 bits and
 * the limbs hold 1024, so a sum can't carry out of them, and nothing here
 * allocates memory or trusts a length from a stranger.
 */
#include "base/amount.h"

#include <assert.h>
#include <gmp.h>
#include <string.h>

#define MAGNITUDE_MAX (AMOUNT_ENCODED_MAX - 1) /* bytes */
#define LIMB_BYTES    sizeof(uint64_t)
#define TOP_LIMB_BITS (8 * (MAGNITUDE_MAX - (AMOUNT_LIMBS - 1) * LIMB_BYTES)) /* that may be used */

_Static_assert(GMP_NUMB_BITS == 64 && _Generic((mp_limb_t)0, uint64_t : 1, default : 0), "a limb is a uint64_t");
_Static_assert(MAGNITUDE_MAX + 1 == AMOUNT_LIMBS * LIMB_BYTES, "a magnitude fills the limbs but for one byte");
/* A byte is 2.41 digits; and mpn_get_str() wants a byte more than the limbs can need. */
_Static_assert(AMOUNT_TEXT_MAX > AMOUNT_LIMBS * LIMB_BYTES * 241 / 100 + 2, "the digits of all limbs fit a text");

/* Normalise @result and assign the amount to @out; false if the magnitude needs more than MAGNITUDE_MAX bytes. */
static bool settle(struct amount *out, struct amount result)
{
	if (result.limb[AMOUNT_LIMBS - 1] >> TOP_LIMB_BITS)
		return false;
	result.used = AMOUNT_LIMBS;
	while (result.used > 0 && result.limb[result.used - 1] == 0)
		result.used--;
	if (result.used == 0)
		result.negative = false;
	*out = result;
	return true;
}

struct amount amount_zero(void)
{
	return (struct amount){0};
}

struct amount amount_u64(uint64_t afil)
{
	return (struct amount){.limb = {afil}, .used = afil > 0};
}

bool amount_is_zero(const struct amount *a)
{
	return a->used == 0;
}

bool amount_is_negative(const struct amount *a)
{
	return a->negative;
}

int amount_cmp(const struct amount *a, const struct amount *b)
{
	if (a->negative != b->negative)
		return a->negative ? -1 : 1;
	return a->negative ? mpn_cmp(b->limb, a->limb, AMOUNT_LIMBS) : mpn_cmp(a->limb, b->limb, AMOUNT_LIMBS);
}

/* Adds @a and the magnitude of @b with the sign @b_negative. */
static bool add_signed(struct amount *out, const struct amount *a, const struct amount *b, bool b_negative)
{
	struct amount sum = {.negative = a->negative};

	if (a->negative == b_negative) {
		mpn_add_n(sum.limb, a->limb, b->limb, AMOUNT_LIMBS);
	} else if (mpn_cmp(a->limb, b->limb, AMOUNT_LIMBS) >= 0) {
		mpn_sub_n(sum.limb, a->limb, b->limb, AMOUNT_LIMBS);
	} else {
		mpn_sub_n(sum.limb, b->limb, a->limb, AMOUNT_LIMBS);
		sum.negative = b_negative;
	}
	return settle(out, sum);
}

bool amount_add(struct amount *out, const struct amount *a, const struct amount *b)
{
	return add_signed(out, a, b, b->negative);
}

bool amount_sub(struct amount *out, const struct amount *a, const struct amount *b)
{
	return add_signed(out, a, b, !b->negative);
}

bool amount_mul_bytes(struct amount *out, const struct amount *per_byte, uint64_t bytes)
{
	struct amount product = {.negative = per_byte->negative};

	if (mpn_mul_1(product.limb, per_byte->limb, AMOUNT_LIMBS, bytes))
		return false;
	return settle(out, product);
}

bool amount_div_bytes(uint64_t *bytes, const struct amount *a, const struct amount *per_byte)
{
	mp_limb_t quotient[AMOUNT_LIMBS] = {0}, rest[AMOUNT_LIMBS];

	if (per_byte->used == 0 || per_byte->negative)
		return false;
	if (!a->negative && a->used >= per_byte->used)
		mpn_tdiv_qr(quotient, rest, 0, a->limb, a->used, per_byte->limb, per_byte->used);
	if (!mpn_zero_p(quotient + 1, AMOUNT_LIMBS - 1))
		return false;
	*bytes = quotient[0];
	return true;
}

struct amount amount_divide(const struct amount *a, uint64_t divisor)
{
	struct amount quotient = {.negative = a->negative}, out = {.used = 0};

	assert(divisor != 0);
	mpn_divrem_1(quotient.limb, 0, a->limb, AMOUNT_LIMBS, divisor);
	return settle(&out, quotient) ? out : amount_zero(); /* a quotient is no longer than @a */
}

enum status amount_decode(struct amount *a, const uint8_t *buf, size_t len)
{
	struct amount read = {0};

	if (len == 0) {
		*a = read;
		return STATUS_OK;
	}
	if (len > AMOUNT_ENCODED_MAX || buf[0] > 1)
		return STATUS_BAD_AMOUNT;
	if (len == 1 || buf[1] == 0) /* a lone sign, leading zeros, minus zero */
		return STATUS_BAD_AMOUNT;
	read.negative = buf[0] == 1;
	for (size_t i = 0; i < len - 1; i++)
		read.limb[i / LIMB_BYTES] |= (uint64_t)buf[len - 1 - i] << (8 * (i % LIMB_BYTES));
	return settle(a, read) ? STATUS_OK : STATUS_BAD_AMOUNT;
}

size_t amount_encode(uint8_t *buf, const struct amount *a)
{
	size_t len = a->used * LIMB_BYTES;

	if (len == 0)
		return 0;
	while (a->limb[(len - 1) / LIMB_BYTES] >> (8 * ((len - 1) % LIMB_BYTES)) == 0)
		len--;
	buf[0] = a->negative;
	for (size_t i = 0; i < len; i++)
		buf[len - i] = (uint8_t)(a->limb[i / LIMB_BYTES] >> (8 * (i % LIMB_BYTES)));
	return len + 1;
}

char *amount_decimal(char *text, const struct amount *a)
{
	struct amount scratch = *a;
	unsigned char digits[AMOUNT_TEXT_MAX];
	size_t count, zeros = 0;
	char *p = text;

	if (a->used == 0)
		return strcpy(text, "0");
	count = mpn_get_str(digits, 10, scratch.limb, scratch.used);
	while (digits[zeros] == 0)
		zeros++;
	if (a->negative)
		*p++ = '-';
	for (size_t i = zeros; i < count; i++)
		*p++ = (char)('0' + digits[i]);
	*p = 0;
	return text;
}

/* Append one decimal digit to @a; false if the result does not fit. */
static bool push_digit(struct amount *a, unsigned digit)
{
	struct amount longer = {.negative = a->negative};

	if (mpn_mul_1(longer.limb, a->limb, AMOUNT_LIMBS, 10))
		return false;
	if (mpn_add_1(longer.limb, longer.limb, AMOUNT_LIMBS, digit))
		return false;
	return settle(a, longer);
}

/* ASCII only: the set of digits must not depend on LANG. */
static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static size_t count_digits(const char *text)
{
	size_t n = 0;

	while (is_digit(text[n]))
		n++;
	return n;
}

enum status amount_from_decimal(struct amount *a, const char *text)
{
	struct amount read = {0};
	bool negative = *text == '-';

	text += negative;
	if (!is_digit(*text) || (*text == '0' && (text[1] || negative)))
		return STATUS_BAD_AMOUNT;
	for (; is_digit(*text); text++)
		if (!push_digit(&read, (unsigned)(*text - '0')))
			return STATUS_BAD_AMOUNT;
	if (*text)
		return STATUS_BAD_AMOUNT;
	read.negative = negative;
	*a = read;
	return STATUS_OK;
}

/* The power of ten in afil that the unit @text stands for, or -1. */
static int unit_exponent(const char *text)
{
	static const struct {
		const char *name;
		int exponent;
	} units[] = {
		{"afil", 0},
		{"ffil", 3},
		{"pfil", 6},
		{"nfil", 9},
		{"ufil", 12},
		{"mfil", 15},
		{"fil", 18},
	};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		const char *name = units[i].name;
		size_t n = 0;

		while (name[n] && (text[n] == name[n] || text[n] == name[n] - 'a' + 'A'))
			n++;
		if (!name[n] && !text[n])
			return units[i].exponent;
	}
	return -1;
}

enum status amount_parse(struct amount *a, const char *text)
{
	size_t whole = count_digits(text), fraction = 0;
	const char *unit = text + whole;
	struct amount read = {0};
	int exponent;

	if (whole == 0 || (whole > 1 && text[0] == '0'))
		return STATUS_BAD_NUMBER;
	if (*unit == '.') {
		fraction = count_digits(unit + 1);
		if (fraction == 0)
			return STATUS_BAD_NUMBER;
		unit += 1 + fraction;
	}
	if (!*unit && strcmp(text, "0") != 0)
		return STATUS_NO_UNIT;
	exponent = *unit ? unit_exponent(unit) : 0;
	if (exponent < 0)
		return STATUS_BAD_NUMBER;
	for (size_t i = 0; i < whole; i++)
		if (!push_digit(&read, (unsigned)(text[i] - '0')))
			return STATUS_BAD_NUMBER;
	for (size_t i = 0; i < (size_t)exponent || i < fraction; i++) {
		unsigned digit = i < fraction ? (unsigned)(text[whole + 1 + i] - '0') : 0;

		if (i < (size_t)exponent ? !push_digit(&read, digit) : digit != 0)
			return STATUS_BAD_NUMBER;
	}
	*a = read;
	return STATUS_OK;
}
