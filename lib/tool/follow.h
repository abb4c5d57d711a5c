/* follow.h - for tools that print events as they happen, until a signal stops them. */
#ifndef TOOL_FOLLOW_H
#define TOOL_FOLLOW_H

#include "tool/tool.h"

/** tool_follow_begin - from now on SIGINT and SIGTERM only set tool_follow_stopped(). */
void tool_follow_begin(void);
bool tool_follow_stopped(void);
/** tool_follow_wait - flush the output, and wait a moment; END, explained, if the reader has closed the output; IO. */
MUST_CHECK enum status tool_follow_wait(struct tool *t);

#endif
