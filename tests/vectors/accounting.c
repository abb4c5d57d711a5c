/* accounting.c - codec/accounting.json: intervals and what the original says is owed. */
#include <stdlib.h>

#include "deal/price.h"

#include "../support/test.h"
#include "../support/vectors.h"

/* Numbers are JSON integers, money is text. */
static uint64_t number_of(json_t *row, const char *field)
{
	return (uint64_t)json_integer_value(json_object_get(row, field));
}

static struct amount amount_of(json_t *row, const char *field)
{
	struct amount a = {0};

	CHECK_EQUAL(amount_from_decimal(&a, vectors_text(row, field)), STATUS_OK, field);
	return a;
}

/* What the original's provider says is owed before it resumes: its lenient floor; may be negative. Source: validators.go, paymentOwed. */
static bool original_owed(
	struct amount *out, const struct deal_params *t, uint64_t current_interval, const struct amount *paid)
{
	struct amount required;

	if (amount_cmp(paid, &t->unseal_price) < 0)
		return amount_sub(out, &t->unseal_price, paid);
	return price_of(&required, t, interval_lower_bound(t, current_interval)) && amount_sub(out, &required, paid);
}

static void check_row(json_t *row)
{
	struct deal_params t = {0};
	struct amount paid = amount_of(row, "TotalPaid"), owed;
	uint64_t current = number_of(row, "CurrentInterval");
	char text[AMOUNT_TEXT_MAX];

	t.payment_interval = number_of(row, "PaymentInterval");
	t.payment_interval_increase = number_of(row, "PaymentIntervalIncrease");
	t.price_per_byte = amount_of(row, "PricePerByte");
	t.unseal_price = amount_of(row, "UnsealPrice");
	CHECK_EQUAL(terms_check(&t), STATUS_OK, "recorded terms are fine");
	CHECK_EQUAL(interval_next(&t, current), number_of(row, "NextInterval"), "NextInterval");
	CHECK_EQUAL(interval_lower_bound(&t, current), number_of(row, "IntervalLowerBound"), "IntervalLowerBound");
	if (CHECK(original_owed(&owed, &t, current, &paid), "PaymentOwed fits"))
		CHECK_TEXT(amount_decimal(text, &owed), vectors_text(row, "PaymentOwed"), "PaymentOwed");
}

int main(int argc, char **argv)
{
	json_t *rows = argc > 1 ? vectors_load(argv[1], "codec/accounting.json") : NULL;
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row) check_row(row);
	if (rows)
		CHECK_EQUAL(json_array_size(rows), 200, "every row is there");
	json_decref(rows);
	return test_end();
}
