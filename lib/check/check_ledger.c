/* check_ledger.c - the books of an embedded ledger. */
#include "check/check.h"

/* INVARIANT 11 */
enum status check_ledger(struct findings *f, struct amount *present, struct embedded *e)
{
	char given[AMOUNT_TEXT_MAX], there[AMOUNT_TEXT_MAX];
	struct amount funded = amount_zero(), sum = amount_zero();
	enum status s = embedded_check(e, &funded, &sum);

	if (s == STATUS_OK) {
		*present = sum;
		return STATUS_OK;
	}
	if (s != STATUS_CORRUPT)
		return s;
	if (amount_cmp(&funded, &sum) != 0)
		finding(f, 11, "%s afil were funded, but accounts and channels hold %s afil",
			amount_decimal(given, &funded), amount_decimal(there, &sum));
	else
		finding(f, 24, "its books can't be read: a record is damaged, or is not the result of any message");
	return STATUS_OK;
}
