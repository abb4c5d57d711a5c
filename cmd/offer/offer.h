/* offer.h - the verbs of offer. */
#ifndef CMD_OFFER_H
#define CMD_OFFER_H

#include "tool/verbs.h"

/* set.c */
enum status offer_set(struct tool *t);
enum status offer_move(struct tool *t);
/* list.c */
enum status offer_get(struct tool *t);
enum status offer_list(struct tool *t);
enum status offer_remove(struct tool *t);

#endif
