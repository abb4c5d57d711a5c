/* limits.h - the limits that a provider's tool sets for its client: options, settings, defaults. */
#ifndef TOOL_LIMITS_H
#define TOOL_LIMITS_H

#include "tool/tool.h"

/* Options of every tool that judges proposals. */
#define MAX_OWED_OPTION                                                                                                \
	{                                                                                                              \
		"max-owed", 0, "AMOUNT",                                                                               \
			"send no more while a client owes so much, over all its deals (default: one interval; for "    \
			"all clients without a name together 64 of them; 0: any amount)"                               \
	}
#define LIMIT_OPTIONS                                                                                                  \
	{"max-open", 0, "N",                                                                                           \
		"reject a client's new deal while N of its deals are open (default: 64 for a named client)"},          \
		{"max-unpaid", 0, "N",                                                                                 \
			"reject it while the client has left N open deals with bytes unpaid (default: 1 for a named "  \
			"client)"},                                                                                    \
		MAX_OWED_OPTION,                                                                                       \
		{"max-cancelled", 0, "N",                                                                              \
			"reject it if the client cancelled N more deals with bytes unpaid than it completed "          \
			"(default: 16 if named)"},                                                                     \
	{                                                                                                              \
		"risk", 0, "AMOUNT",                                                                                   \
			"credit AMOUNT beyond what the channel has at finality (default: one interval of the deal)"    \
	}

/**
 * tool_limits - fill in the limits of the party. Exits if one is malformed.
 * @connection: the tool serves a connection: --max-deals applies, and without --client the client's name is in the
 * environment.
 */
void tool_limits(struct tool *t, bool connection);
/** tool_max_owed - fill in the limit of what a client may owe alone. Exits if it is malformed. */
void tool_max_owed(struct tool *t);
/** tool_limit_memory - have allocations beyond --max-memory fail, cleanly; @text: out, the limit in words, of 32 bytes. Exits if it is malformed. */
void tool_limit_memory(struct tool *t, char *text);

#endif
