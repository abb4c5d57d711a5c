/* serve.h - what serve does beside serving. */
#ifndef CMD_SERVE_H
#define CMD_SERVE_H

#include <sys/types.h>

#include "tool/tool.h"

/** struct settler - the process that settles the channels of deals that are over; none yet if @pid is 0. */
struct settler {
	struct tool *t;
	bool wanted; /* by --settle */
	pid_t pid;
	int names;   /* gets the names of the channels */
	bool behind; /* a name was left out, and that was said */
};

/** settler_open - read --settle; exits if it is given and the key can't be read, or its passphrase only once. */
void settler_open(struct settler *settler, struct tool *t);
/** settler_note - a deal was reported: if the deal is over and was paid, have its channel settled. Never waits. */
void settler_note(struct settler *settler, const struct provider_deal *deal);
/** settler_close - let the process settle what it was told, and wait for its end, unless a signal ends this process too. */
void settler_close(struct settler *settler);

#endif
