/* channels.h - names of channels on a command line, and the store's records of all channels. */
#ifndef TOOL_CHANNELS_H
#define TOOL_CHANNELS_H

#include "tool/tool.h"

/**
 * tool_find_channel - the channel that @text means; exits with a clear message if there is none.
 * @text: an address; a unique beginning of the address of a channel in the store; or the channel's deal (an id, a prefix of an id, or @).
 * Does not check that the store or the ledger has a channel at a whole address.
 */
struct address tool_find_channel(struct tool *t, const char *text);

#endif
