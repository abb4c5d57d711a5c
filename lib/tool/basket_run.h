/* basket_run.h - a basket from a tool's operands and options, bought over commands that reach providers. */
#ifndef TOOL_BASKET_RUN_H
#define TOOL_BASKET_RUN_H

#include "basket/basket.h"
#include "tool/progress.h"
#include "tool/terms.h"

/** struct basket_run - a basket, and its progress output; released by basket_release(&run.basket). It must not move. */
struct basket_run {
	struct basket basket;
	struct tool *t;
	struct progress progress;
	double wait_until; /* clock_seconds() until which channels on their way to the ledger are waited for */
};

/** basket_run_read - the contents, terms and ceilings among the tool's operands and options; exits with a clear message. */
void basket_run_read(struct basket_run *run, struct tool *t);
/** basket_run_buy - get as many contents as the provider that @command reaches will deliver. @first: no provider was asked before. The result of each content is in the basket. */
MUST_CHECK enum status basket_run_buy(struct basket_run *run, const char *command, bool first);

#endif
