/* channels.h - how a channel is named on a command line, and what the store knows of all. */
#ifndef TOOL_CHANNELS_H
#define TOOL_CHANNELS_H

#include "tool/tool.h"

/**
 * tool_find_channel - the channel that @text means; exits with a clear message if there is none.
 * An address; a unique beginning of the address of one in the store; or a deal (its id, a prefix of it, or @), whose channel it is.
 * A whole address is taken as it is: nothing says that the store or the ledger has it.
 */
struct address tool_find_channel(struct tool *t, const char *text);

#endif
