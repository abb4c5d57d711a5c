/* deals.h - the verbs of deals. */
#ifndef CMD_DEALS_H
#define CMD_DEALS_H

#include "tool/verbs.h"

/* list.c */
enum status deals_list(struct tool *t);
enum status deals_show(struct tool *t);
/* events.c */
enum status deals_events(struct tool *t);
/* receipt.c */
enum status deals_receipt(struct tool *t);
/* act.c */
enum status deals_cancel(struct tool *t);
enum status deals_restart(struct tool *t);
enum status deals_resume(struct tool *t);
enum status deals_forgive(struct tool *t);

#endif
