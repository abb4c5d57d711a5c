/* channel.h - the verbs of channel. */
#ifndef CMD_CHANNEL_H
#define CMD_CHANNEL_H

#include "funds/channel_view.h"
#include "tool/verbs.h"

/* fund.c: the verbs that move money */
enum status channel_open(struct tool *t);
enum status channel_add_funds(struct tool *t);
/* show.c */
enum status channel_list_all(struct tool *t);
enum status channel_show(struct tool *t);
enum status channel_lanes(struct tool *t);
/* messages.c */
/** channel_print_messages - print our messages to a channel whose end is not recorded. */
MUST_CHECK enum status channel_print_messages(struct tool *t, const struct address *channel);
/* vouchers.c */
enum status channel_vouchers(struct tool *t);
enum status channel_export(struct tool *t);
/* accept.c: the verb that accepts an older ledger */
enum status channel_accept_ledger(struct tool *t);
/* import.c: the verb that imports channels and vouchers */
enum status channel_import(struct tool *t);
/* import_lines.c */
/** channel_import_lines - import the vouchers in @lines, one a line, with the names of their ledgers; @lines is changed. @name: the argument: a file, "-", or the voucher itself. The first failure, explained; the other vouchers are imported. */
MUST_CHECK enum status channel_import_lines(struct tool *t, struct bytes *lines, const char *name);
/* add_voucher.c */
/** channel_add_voucher - import a voucher that pays us, or a voucher that our key has signed and the store has lost. */
MUST_CHECK enum status channel_add_voucher(struct tool *t, const struct voucher *voucher);

/** channel_find - open the party, and find the channel that the first argument means; NOT_FOUND if neither the store nor the ledger has it. */
MUST_CHECK enum status channel_find(struct tool *t, struct channel_view *v);

#endif
