/* follow.h - for tools that go on printing what happens, until they are stopped. */
#ifndef TOOL_FOLLOW_H
#define TOOL_FOLLOW_H

#include "tool/tool.h"

/** tool_follow_begin - from now on SIGINT and SIGTERM only set tool_follow_stopped(). */
void tool_follow_begin(void);
bool tool_follow_stopped(void);
/** tool_follow_wait - have what was printed taken, and wait a moment; END, explained, if the reader of the output has gone; IO. */
MUST_CHECK enum status tool_follow_wait(struct tool *t);

#endif
