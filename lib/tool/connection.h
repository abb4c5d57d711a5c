/* connection.h - a command that the shell runs, and the other ends of its standard input and output. */
#ifndef TOOL_CONNECTION_H
#define TOOL_CONNECTION_H

#include "tool/tool.h"

struct connection {
	pid_t child;
	int in, out;
};

/** tool_connect - run @command; exits with a message if that can't be done. */
struct connection tool_connect(struct tool *t, const char *command);
/**
 * tool_disconnect - hang up, and wait for the command to end; one that does not is made to, after a while.
 *
 * Returns its exit code, -1 if a signal ended it.
 */
int tool_disconnect(const struct connection *c);

#endif
