/* show_settle.h - a step of settling a channel, in words and as JSON. */
#ifndef SHOW_SHOW_SETTLE_H
#define SHOW_SHOW_SETTLE_H

#include "settle/settle_total.h"
#include "tool/tool.h"

#define SETTLE_TEXT_MAX (6 * AMOUNT_TEXT_MAX + 512) /* bytes of a step in words */

/** show_settle_text - a step that was done, or is planned; returns @text, of SETTLE_TEXT_MAX bytes. */
char *show_settle_text(char *text, const struct settle_report *r, bool plan);
/** show_settle - all of it as JSON; a new object. */
json_t *show_settle(const struct settle_report *r, enum network network, bool plan);
/** show_settle_total_text, show_settle_total - the sums of a plan, in the same two forms. */
char *show_settle_total_text(char *text, const struct settle_total *total);
json_t *show_settle_total(const struct settle_total *total);

#endif
