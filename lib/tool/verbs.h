/* verbs.h - for tools that do several things: `ledger fund ...`, `channel open ...`. */
#ifndef TOOL_VERBS_H
#define TOOL_VERBS_H

#include "tool/tool.h"

/** struct tool_verb - one thing that a tool does; a table of them ends with an empty one. */
struct tool_verb {
	const char *name;
	enum status (*run)(struct tool *t); /* finds its arguments, without the verb, in @t */
	int least, most;                    /* how many arguments; -1: any number */
	const char *arguments;              /* as usage shows them */
	const char *options; /* those of the tool's own options that it takes, each with a space behind it */
};

/** tool_run_verb - do what the first argument says; exits with usage if it is no verb, or if arguments or options are not the verb's. */
MUST_CHECK enum status tool_run_verb(struct tool *t, const struct tool_verb *verbs);

#endif
