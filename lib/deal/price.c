/* price.c - the arithmetic of intervals and prices.
 *
 * Knows MONEY 1 and 2.  Refuses to know states, vouchers and who pays whom.
 * The n-th limit has a closed form, so no function loops over intervals
 * (fault 6 of the original, where an interval of 0 loops for ever).
 */
#include "deal/price.h"

enum status terms_check(const struct deal_params *t)
{
	if (t->payment_interval == 0 || t->payment_interval > INTERVAL_MAX)
		return STATUS_REJECTED;
	if (t->payment_interval_increase > INTERVAL_MAX)
		return STATUS_REJECTED;
	if (amount_is_negative(&t->price_per_byte) || amount_is_negative(&t->unseal_price))
		return STATUS_REJECTED;
	return STATUS_OK;
}

/* MONEY 1: C_n = n I + inc n (n - 1) / 2, with C_0 = 0; UINT64_MAX if C_n is larger. */
static uint64_t limit(const struct deal_params *t, uint64_t n)
{
	uint64_t flat, pairs, grown, sum;

	if (n == 0)
		return 0;
	if (__builtin_mul_overflow(n, t->payment_interval, &flat))
		return UINT64_MAX;
	if (t->payment_interval_increase == 0)
		return flat;
	if (n % 2 ? __builtin_mul_overflow(n, (n - 1) / 2, &pairs) : __builtin_mul_overflow(n / 2, n - 1, &pairs))
		return UINT64_MAX;
	if (__builtin_mul_overflow(pairs, t->payment_interval_increase, &grown))
		return UINT64_MAX;
	if (__builtin_add_overflow(flat, grown, &sum))
		return UINT64_MAX;
	return sum;
}

/* The smallest n with C_n >= bytes.  An interval is at least 1, so C_n >= n, and n <= bytes. */
static uint64_t first_at_least(const struct deal_params *t, uint64_t bytes)
{
	uint64_t low = 0, high = bytes;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (limit(t, middle) >= bytes)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

uint64_t interval_next(const struct deal_params *t, uint64_t current)
{
	return current == UINT64_MAX ? UINT64_MAX : limit(t, first_at_least(t, current + 1));
}

uint64_t interval_lower_bound(const struct deal_params *t, uint64_t current)
{
	return current == 0 ? 0 : limit(t, first_at_least(t, current) - 1);
}

bool price_of(struct amount *out, const struct deal_params *t, uint64_t bytes)
{
	struct amount data;

	return amount_mul_bytes(&data, &t->price_per_byte, bytes) && amount_add(out, &data, &t->unseal_price);
}
