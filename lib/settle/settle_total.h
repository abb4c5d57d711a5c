/* settle_total.h - the sums of a plan over several channels. */
#ifndef SETTLE_SETTLE_TOTAL_H
#define SETTLE_SETTLE_TOTAL_H

#include "settle/settle.h"

/** struct settle_total - the sums; all zeros: of no channel. */
struct settle_total {
	uint64_t channels;
	uint64_t left;                 /* channels whose way to the end costs more than it brings */
	struct amount earned, at_risk; /* of all channels */
	struct amount pays;            /* what the steps to the end bring, of the channels that are not left */
	struct settle_cost cost;       /* of these steps */
	struct settle_report first;    /* the channel whose deadline comes first; its @until is 0 if there is none */
};
/** settle_total_add - add @summary, a line of a plan. BAD_AMOUNT. */
MUST_CHECK enum status settle_total_add(struct settle_total *total, const struct settle_report *summary);

#endif
