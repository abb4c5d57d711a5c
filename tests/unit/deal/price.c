/* price.c - intervals at their edges: every limit by counting up, saturation, and terms that are refused. */
#include "deal/price.h"

#include "../../support/test.h"

static struct deal_params terms(uint64_t interval, uint64_t increase)
{
	struct deal_params t = {0};

	t.payment_interval = interval;
	t.payment_interval_increase = increase;
	return t;
}

/* INVARIANT 14 */
static void test_terms(void)
{
	static const struct {
		uint64_t interval, increase;
		enum status want;
		const char *why;
	} rows[] = {
		{1, 0, STATUS_OK, "the smallest interval is fine"},
		{INTERVAL_MAX, INTERVAL_MAX, STATUS_OK, "the largest interval is fine"},
		{0, 0, STATUS_REJECTED, "fault 6: an interval of 0 is refused"},
		{0, 1 << 20, STATUS_REJECTED, "an interval of 0 is refused with an increase too"},
		{INTERVAL_MAX + 1, 0, STATUS_REJECTED, "an interval above the largest is refused"},
		{1ull << 63, 0, STATUS_REJECTED, "an interval of 2^63 is refused"},
		{UINT64_MAX, 0, STATUS_REJECTED, "an interval of 2^64-1 is refused"},
		{1, INTERVAL_MAX + 1, STATUS_REJECTED, "an increase above the largest is refused"},
		{1, UINT64_MAX, STATUS_REJECTED, "an increase of 2^64-1 is refused"},
	};
	struct deal_params t;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		t = terms(rows[i].interval, rows[i].increase);
		CHECK_EQUAL(terms_check(&t), rows[i].want, rows[i].why);
	}
	t = terms(1, 0);
	CHECK_EQUAL(amount_from_decimal(&t.price_per_byte, "-1"), STATUS_OK, "-1 is an amount");
	CHECK_EQUAL(terms_check(&t), STATUS_REJECTED, "a negative price is refused");
	t = terms(1, 0);
	CHECK_EQUAL(amount_from_decimal(&t.unseal_price, "-1"), STATUS_OK, "-1 is an amount");
	CHECK_EQUAL(terms_check(&t), STATUS_REJECTED, "fault 7: a negative unseal price is refused");
}

/* MONEY 1, the definition itself, step by step. */
static void test_against_counting(uint64_t interval, uint64_t increase)
{
	struct deal_params t = terms(interval, increase);
	uint64_t below = 0, size = interval, limit = interval;

	CHECK_EQUAL(interval_lower_bound(&t, 0), 0, "nothing is below 0");
	for (unsigned n = 0; n < 300; n++) {
		CHECK_EQUAL(interval_next(&t, below), limit, "the limit after a limit");
		CHECK_EQUAL(interval_next(&t, limit - 1), limit, "the limit just above");
		CHECK_EQUAL(interval_lower_bound(&t, limit), below, "the limit before a limit");
		CHECK_EQUAL(interval_lower_bound(&t, below + 1), below, "the limit just below");
		size += increase;
		below = limit;
		limit += size;
	}
}

static void test_saturation(void)
{
	struct deal_params t = terms(INTERVAL_MAX, INTERVAL_MAX);

	CHECK(interval_next(&t, UINT64_MAX) == UINT64_MAX, "nothing is above 2^64-1");
	CHECK(interval_next(&t, UINT64_MAX - 1) == UINT64_MAX, "a limit that does not fit is 2^64-1");
	CHECK(interval_lower_bound(&t, UINT64_MAX) < UINT64_MAX, "the limit below 2^64-1 is below it");
	t = terms(1, 0);
	CHECK(interval_next(&t, UINT64_MAX - 1) == UINT64_MAX, "byte by byte up to the end");
	CHECK(interval_lower_bound(&t, UINT64_MAX) == UINT64_MAX - 1, "byte by byte down from the end");
	t = terms(1, 1);
	CHECK(interval_next(&t, 1ull << 62) > 1ull << 62, "a small start and a far limit");
}

/* MONEY 2 */
static void test_price(void)
{
	struct deal_params t = terms(1, 0);
	struct amount got;
	char text[AMOUNT_TEXT_MAX];

	t.price_per_byte = amount_u64(2);
	t.unseal_price = amount_u64(1000);
	CHECK(price_of(&got, &t, 0), "the price of nothing");
	CHECK_TEXT(amount_decimal(text, &got), "1000", "nothing costs the unseal price");
	CHECK(price_of(&got, &t, UINT64_MAX), "the price of 2^64-1 bytes");
	CHECK_TEXT(amount_decimal(text, &got), "36893488147419104230", "money does not wrap at 64 bits");
}

int main(void)
{
	test_terms();
	test_against_counting(1, 0);
	test_against_counting(1, 1);
	test_against_counting(1 << 20, 1 << 20);
	test_against_counting(3671, 1039);
	test_saturation();
	test_price();
	return test_end();
}
