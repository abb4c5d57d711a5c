/* price.h - payment intervals and prices: how much is due at which byte.
 *
 * MONEY 1: a payment interval starts at I and grows by inc; the cumulative
 * limits are C1 = I, C2 = C1 + (I + inc), C3 = C2 + (I + 2 inc), ...
 * MONEY 2: at limit C the client must have paid C x price + unseal price.
 */
#ifndef DEAL_PRICE_H
#define DEAL_PRICE_H

#include "wire/deal_types.h"

#define INTERVAL_MAX (1ull << 50) /* bytes; no interval or increase above this is accepted */

/** terms_check - REJECTED unless 0 < interval <= INTERVAL_MAX, increase <= INTERVAL_MAX, and no price is negative. */
MUST_CHECK enum status terms_check(const struct deal_params *t);
/* Cumulative limits in bytes; limits saturate at UINT64_MAX, and each function takes O(log n) time. The terms must have passed terms_check(). */
/** interval_next - the smallest limit above @current. */
uint64_t interval_next(const struct deal_params *t, uint64_t current);
/** interval_lower_bound - the largest limit below @current, or 0 (the original's IntervalLowerBound). */
uint64_t interval_lower_bound(const struct deal_params *t, uint64_t current);
/** price_of - @bytes x price + unseal price; false on overflow of an amount. */
MUST_CHECK bool price_of(struct amount *out, const struct deal_params *t, uint64_t bytes);

#endif
