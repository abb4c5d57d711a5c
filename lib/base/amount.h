/* amount.h - token amounts in attoFIL, exact, up to 127 bytes of magnitude.
 *
 * Only amount.c reads the members.  No float and no 64-bit integer ever
 * holds money; bytes of data and money can't be mixed up, because the only
 * way from one to the other is amount_mul_bytes().
 */
#ifndef BASE_AMOUNT_H
#define BASE_AMOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"

#define AMOUNT_ENCODED_MAX 128 /* sign byte and 127 bytes: go-state-types big.Int */
#define AMOUNT_TEXT_MAX    312 /* decimal digits of 2^1016, a sign and a zero */
#define AMOUNT_LIMBS       16

/** struct amount - opaque; all zero is the amount 0; limbs not in use are 0. */
struct amount {
	uint64_t limb[AMOUNT_LIMBS]; /* magnitude, least significant first */
	uint8_t used;                /* limbs in use; 0 for zero */
	bool negative;               /* never set for zero */
};

/** amount_zero - the amount 0. */
struct amount amount_zero(void);
/** amount_u64 - @afil attoFIL. */
struct amount amount_u64(uint64_t afil);
/** amount_is_zero - true if @a is 0. */
bool amount_is_zero(const struct amount *a);
/** amount_is_negative - true if @a is below 0. */
bool amount_is_negative(const struct amount *a);
/** amount_cmp - below, equal to or above zero as @a is to @b. */
int amount_cmp(const struct amount *a, const struct amount *b);

/* Arithmetic: false, and @out untouched, if the result does not fit 127 bytes.  @out may alias an input. */

/** amount_add - @a and @b. */
MUST_CHECK bool amount_add(struct amount *out, const struct amount *a, const struct amount *b);
/** amount_sub - @a less @b; a result below 0 is valid. */
MUST_CHECK bool amount_sub(struct amount *out, const struct amount *a, const struct amount *b);
/** amount_mul_bytes - the price of @bytes bytes at @per_byte. */
MUST_CHECK bool amount_mul_bytes(struct amount *out, const struct amount *per_byte, uint64_t bytes);
/**
 * amount_div_bytes - the whole bytes that @a pays for at @per_byte, rounded down.
 * A negative @a gives 0.  False, and @bytes untouched, if @per_byte is not above 0 or the result needs more than 64
 * bits.
 */
MUST_CHECK bool amount_div_bytes(uint64_t *bytes, const struct amount *a, const struct amount *per_byte);
/** amount_divide - @a divided by @divisor, which is not 0, rounded towards 0. */
struct amount amount_divide(const struct amount *a, uint64_t divisor);
/**
 * amount_decode - read the wire form: empty for 0, else sign byte 0 or 1 and big-endian magnitude.
 * @a: out; untouched on failure, which is always BAD_AMOUNT.
 * Refuses other sign bytes, leading zeros, minus zero, a lone sign, more than AMOUNT_ENCODED_MAX bytes.
 * Does not refuse amounts below 0.
 * Source: go-state-types/big, Int.MarshalCBOR (whose reader is laxer about leading zeros).
 */
MUST_CHECK enum status amount_decode(struct amount *a, const uint8_t *buf, size_t len);
/** amount_encode - write the wire form to @buf, of AMOUNT_ENCODED_MAX bytes; returns the length, 0 for 0. */
size_t amount_encode(uint8_t *buf, const struct amount *a);
/** amount_decimal - write the digits, after '-' if negative, to @text, of AMOUNT_TEXT_MAX bytes; returns @text. */
char *amount_decimal(char *text, const struct amount *a);
/**
 * amount_from_decimal - read exactly the form that amount_decimal() writes: no unit, no leading zeros.
 * BAD_AMOUNT otherwise, with @a untouched.
 */
MUST_CHECK enum status amount_from_decimal(struct amount *a, const char *text);
/**
 * amount_parse - read an amount typed by a person: digits, an optional fraction, and a unit.
 * Units: afil (1), ffil (10^3), pfil (10^6), nfil (10^9), ufil (10^12), mfil (10^15), fil (10^18); in any case.
 * Bare "0" is fine.  NO_UNIT for a number without a unit; BAD_NUMBER for anything else: a sign, a space, an exponent,
 * a leading zero before another digit, a point without digits on both sides, not a whole number of afil, too large.
 * @a is untouched on failure.  The locale makes no difference.
 */
MUST_CHECK enum status amount_parse(struct amount *a, const char *text);

#endif
