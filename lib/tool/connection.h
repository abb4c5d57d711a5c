/* connection.h - ends a connection early: on a signal, after silence, or after its time.
 *
 * Either way the work at hand is finished and committed first.
 */
#ifndef TOOL_CONNECTION_H
#define TOOL_CONNECTION_H

#include <signal.h>

#include "peer/connection.h"
#include "tool/tool.h"

#define IDLE_HELP "give up when there is no progress for DURATION (default: 2m; 0s: never)"
#define LINE_TIME SIGVTALRM

/**
 * tool_connection_catch - from now on SIGINT, SIGTERM and SIGHUP do not kill the process: they end the connection, also the
 * one that is opened next. IO.
 */
MUST_CHECK enum status tool_connection_catch(struct tool *t);
/**
 * tool_connection_open - tool_connection_catch(), and make @line of two descriptors, with large pipes; silence of the length
 * of --idle ends @line too. The connection is recorded if the options ask for a recording.
 */
MUST_CHECK enum status tool_connection_open(struct tool *t, struct connection *line, int in, int out);
/** tool_connection_close - silence ends nothing any more. The descriptors stay open. */
void tool_connection_close(void);
/** tool_connection_limit - end the line @seconds from now, however busy it is; 0 for never. IO. */
MUST_CHECK enum status tool_connection_limit(struct tool *t, uint64_t seconds);
/** tool_connection_signal - the signal that ended it: SIGALRM for silence, LINE_TIME for its time, 0 for none. */
int tool_connection_signal(void);
/** tool_connection_idle - the allowed seconds of silence; 0 for any. */
unsigned tool_connection_idle(struct tool *t);

#endif
