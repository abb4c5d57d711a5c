/* verbs.h - for tools that do several things: `ledger fund ...`, `channel open ...`. */
#ifndef TOOL_VERBS_H
#define TOOL_VERBS_H

#include "tool/tool.h"

/** struct tool_verb - one verb of a tool; a table of them ends with an empty verb. */
struct tool_verb {
	const char *name;
	enum status (*run)(struct tool *t); /* the function; its arguments, without the verb, are in @t */
	int least, most;                    /* how many arguments; -1: any number */
	const char *arguments;              /* as usage shows them */
	const char *options; /* the names of the tool's own options that the verb takes, each with a space behind it */
};

/** tool_run_verb - run the verb that the first argument names; exits with usage if there is no such verb, or if the arguments or options do not fit the verb. */
MUST_CHECK enum status tool_run_verb(struct tool *t, const struct tool_verb *verbs);

#endif
