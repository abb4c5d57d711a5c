/* follow.c - printing until a signal comes, or the reader closes the output. */
#include "tool/follow.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#define POLL_MS 200 /* wait between two checks */

static volatile sig_atomic_t stopped;

static void on_stop(int signal_number)
{
	(void)signal_number;
	stopped = 1;
}

void tool_follow_begin(void)
{
	struct sigaction stop = {.sa_handler = on_stop};

	sigemptyset(&stop.sa_mask);
	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGTERM, &stop, NULL);
}

bool tool_follow_stopped(void)
{
	return stopped;
}

enum status tool_follow_wait(struct tool *t)
{
	struct pollfd out = {.fd = STDOUT_FILENO};

	if (tool_flush() != STATUS_OK)
		return STATUS_IO;
	if (!stopped && poll(&out, 1, POLL_MS) > 0 && (out.revents & (POLLERR | POLLNVAL)))
		return party_fail(&t->party, STATUS_END, "the reader of the output went away");
	return STATUS_OK;
}
