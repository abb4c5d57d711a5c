/* show_channel.h - a channel, for people and scripts. */
#ifndef SHOW_SHOW_CHANNEL_H
#define SHOW_SHOW_CHANNEL_H

#include "funds/channel_view.h"
#include "show/show.h"

#define CHANNEL_STATE_MAX (2 * AMOUNT_TEXT_MAX + 128) /* bytes, with the final zero */

/** show_channel_state - "open", or the epoch until which the channel settles, with the amount to submit before; into @text of CHANNEL_STATE_MAX bytes. */
const char *show_channel_state(char *text, const struct channel_view *v);
/** show_channel_in_flight - our messages to the channel that are not on the ledger yet, after a comma, or ""; into @text of CHANNEL_STATE_MAX bytes. */
const char *show_channel_in_flight(char *text, const struct channel_view *v);
/** show_channel - all fields of the store and the ledger, as a new reference. */
json_t *show_channel(const struct channel_view *v, enum network network);
/** show_channel_parties - the payer and the payee, from the ledger or else from the store. */
void show_channel_parties(char *payer, char *payee, const struct channel_view *v, enum network network);

#endif
