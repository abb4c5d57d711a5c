/* ledger.h - the verbs of ledger, and the ledger that they work on. */
#ifndef CMD_LEDGER_H
#define CMD_LEDGER_H

#include "embedded/embedded.h"
#include "tool/verbs.h"

/* open.c */
/** ledger_open_books - open the ledger that the settings name; exits with a message and a hint if it can't be. From then on addresses are written with the letter of the ledger's network. */
struct embedded *ledger_open_books(struct tool *t);
/** ledger_end_books - close the ledger, and take the words of a write that failed with @s. Returns @s. */
enum status ledger_end_books(struct tool *t, enum status s);
/** ledger_close_books - close the ledger if it is open. */
void ledger_close_books(void);
/** ledger_fail - close the ledger and exit: "cannot @verb the ledger in '...': @s in words". */
_Noreturn void ledger_fail(struct tool *t, enum status s, const char *verb);
enum status ledger_init(struct tool *t);

/* clock.c */
enum status ledger_head(struct tool *t);
enum status ledger_advance(struct tool *t);
/* gas.c */
enum status ledger_gas_price(struct tool *t);
/* money.c */
enum status ledger_fund(struct tool *t);
enum status ledger_balance_of(struct tool *t);
enum status ledger_channels(struct tool *t);
enum status ledger_place(struct tool *t);
enum status ledger_check(struct tool *t);
/* pending.c */
enum status ledger_pending(struct tool *t);
/* log.c */
enum status ledger_log(struct tool *t);
enum status ledger_watch(struct tool *t);
/* serve.c */
enum status ledger_serve(struct tool *t);

#endif
