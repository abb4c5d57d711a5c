/* settle_total.c - adds up the plans of several channels. */
#include "settle/settle_total.h"

/* A deadline counts if something is lost then. */
static void note_deadline(struct settle_total *total, const struct settle_report *r)
{
	if (r->until != 0 && !amount_is_zero(&r->unsubmitted) &&
		(total->first.until == 0 || r->until < total->first.until))
		total->first = *r;
}

enum status settle_total_add(struct settle_total *total, const struct settle_report *r)
{
	if (!amount_add(&total->earned, &total->earned, &r->amount) ||
		!amount_add(&total->at_risk, &total->at_risk, &r->unsubmitted))
		return STATUS_BAD_AMOUNT;
	if (total->channels++ == 0)
		total->cost.known = true;
	note_deadline(total, r);
	if (r->held != HELD_NOT) {
		total->left++;
		return STATUS_OK;
	}
	if (!amount_add(&total->pays, &total->pays, &r->pays) || !settle_cost_add(&total->cost, &r->cost))
		return STATUS_BAD_AMOUNT;
	return STATUS_OK;
}
