/* direct.h - make-voucher without a deal. */
#ifndef CMD_MAKE_VOUCHER_DIRECT_H
#define CMD_MAKE_VOUCHER_DIRECT_H

#include "tool/tool.h"

/** direct_options - the options that a payment without a deal has and a deal's payment has not. */
extern const char *const direct_options[];
/** direct_pay - sign the voucher that --channel, --lane and --amount name, and write its text. Exits with usage if an option is missing, or is one for deals. */
MUST_CHECK enum status direct_pay(struct tool *t);

#endif
