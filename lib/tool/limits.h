/* limits.h - what a provider's tool grants its client: options, settings, defaults. */
#ifndef TOOL_LIMITS_H
#define TOOL_LIMITS_H

#include "tool/tool.h"

/* Options of every tool that judges proposals. */
#define LIMIT_OPTIONS                                                                                                  \
	{"max-open", 0, "N",                                                                                           \
		"reject a client's new deal while N of its deals are open (default: 64 for a named client)"},          \
		{"max-unpaid", 0, "N",                                                                                 \
			"reject it while the client has left N open deals with bytes unpaid (default: 1 for a named "  \
			"client)"},                                                                                    \
		{"max-owed", 0, "AMOUNT",                                                                              \
			"send no more while a client owes so much, over all its deals (default: one interval; for "    \
			"all "                                                                                         \
			"clients without a name together 64 of them; 0: any amount)"},                                 \
	{                                                                                                              \
		"max-cancelled", 0, "N",                                                                               \
			"reject it if the client cancelled N more deals with bytes unpaid than it completed "          \
			"(default: 16 if named)"                                                                       \
	}

/**
 * tool_limits - fill in the limits of the party. Exits if one is malformed.
 * @connection: the tool serves one: --max-deals counts, and without --client what made it has put the name into the
 * environment.
 */
void tool_limits(struct tool *t, bool connection);
/** tool_limit_memory - have allocations beyond --max-memory fail, cleanly; @text, of 32 bytes, says how much that is. Exits if it is malformed. */
void tool_limit_memory(struct tool *t, char *text);

#endif
