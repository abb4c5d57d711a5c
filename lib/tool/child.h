/* child.h - a command that the shell runs, and the other ends of its standard input and output. */
#ifndef TOOL_CHILD_H
#define TOOL_CHILD_H

#include <spawn.h>

#include "tool/tool.h"

struct child {
	pid_t child;
	int in, out;
};

/** tool_spawn_attributes - for a program that gets the default of the signals that the tools ignore. False if memory ran out. */
bool tool_spawn_attributes(posix_spawnattr_t *attributes);
/** tool_run_child - run @command; exits with a message if that can't be done. */
struct child tool_run_child(struct tool *t, const char *command);
/**
 * tool_end_child - hang up, and wait for the command to end; after a while a signal ends a command that does not end.
 *
 * Returns its exit code, -1 if a signal ended it.
 */
int tool_end_child(const struct child *c);

#endif
