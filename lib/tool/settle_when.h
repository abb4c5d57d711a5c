/* settle_when.h - the setting that says when vouchers are submitted. */
#ifndef TOOL_SETTLE_WHEN_H
#define TOOL_SETTLE_WHEN_H

#include "settle/settle.h"
#include "tool/tool.h"

#define SETTLE_WHEN_HELP                                                                                               \
	"keep channels open, and submit only once they are 'spent', once AMOUNT is to be submitted, or DURATION "      \
	"before it is too late"

/**
 * tool_settle_when - read --when, RETRIEVAL_WHEN or the configuration: "spent", amounts and durations, with commas
 * between them. @policy gets the conditions, and then keeps channels open; untouched if there are none.
 */
void tool_settle_when(struct tool *t, struct settle_policy *policy);

#endif
