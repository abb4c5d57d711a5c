/* line.h - what ends a connection early: a signal, silence, or its time.
 *
 * Either way the work at hand is finished and committed first.
 */
#ifndef TOOL_LINE_H
#define TOOL_LINE_H

#include <signal.h>

#include "tool/tool.h"

#define IDLE_HELP "give up when nothing comes for so long (default: 2m; 0s: never)"
#define LINE_TIME SIGVTALRM

/**
 * tool_line_open - make @line of two descriptors, with large pipes; from now on SIGINT, SIGTERM and SIGHUP end it, and
 * silence for as long as --idle says. Recorded if that was asked for.
 */
MUST_CHECK enum status tool_line_open(struct tool *t, struct line *line, int in, int out);
/** tool_line_close - silence ends nothing any more. The descriptors stay open. */
void tool_line_close(void);
/** tool_line_limit - end the line @seconds from now, however busy it is; 0 for never. IO. */
MUST_CHECK enum status tool_line_limit(struct tool *t, uint64_t seconds);
/** tool_line_signal - the signal that ended it: SIGALRM for silence, LINE_TIME for its time, 0 for none. */
int tool_line_signal(void);
/** tool_line_idle - how many seconds of silence are allowed; 0 for any. */
unsigned tool_line_idle(struct tool *t);

#endif
