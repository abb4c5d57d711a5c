/* stop.c - catches the signals that end a tool, or puts them off while something unfinished has a name on the disk. */
#include "tool/stop.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
#define SIGNALS (sizeof(signals) / sizeof(signals[0]))

static bool held[SIGNALS]; /* by us */
static unsigned depth;
static volatile int stop;

static void on_stop(int signal_number)
{
	stop = signal_number;
}

const volatile int *stop_begin(void)
{
	struct sigaction ours = {.sa_handler = on_stop}, before;

	sigemptyset(&ours.sa_mask);
	for (size_t i = 0; depth == 0 && i < SIGNALS; i++) {
		held[i] = sigaction(signals[i], NULL, &before) == 0 && before.sa_handler == SIG_DFL;
		if (held[i])
			sigaction(signals[i], &ours, NULL);
	}
	depth++;
	return &stop;
}

void stop_end(void)
{
	struct sigaction usual = {.sa_handler = SIG_DFL};

	depth--;
	sigemptyset(&usual.sa_mask);
	for (size_t i = 0; depth == 0 && i < SIGNALS; i++)
		if (held[i])
			sigaction(signals[i], &usual, NULL);
	if (depth == 0 && stop != 0)
		raise(stop);
}

/* Does the caller want the tool to outlive its terminal? */
static bool hangup_is_ignored(void)
{
	struct sigaction before;

	return sigaction(SIGHUP, NULL, &before) == 0 && before.sa_handler == SIG_IGN;
}

void stop_catch(void (*handler)(int signal_number))
{
	struct sigaction action = {.sa_handler = handler};

	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < SIGNALS; i++)
		if (signals[i] != SIGHUP || !hangup_is_ignored())
			sigaction(signals[i], &action, NULL);
}
