/* tool_private.h - for lib/tool only. */
#ifndef TOOL_TOOL_PRIVATE_H
#define TOOL_TOOL_PRIVATE_H

#include "tool/tool.h"

/** tool_load_config - read $XDG_CONFIG_HOME/retrieval/config, lines of "name = value"; exits if it is malformed. */
void tool_load_config(struct tool *t);

#endif
