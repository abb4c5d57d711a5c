/* clock.c - elapsed time, and pauses. */
#include "base/clock.h"

#include <time.h>

double clock_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void clock_pause(unsigned milliseconds)
{
	struct timespec pause = {.tv_nsec = (long)milliseconds * 1000000};

	nanosleep(&pause, NULL);
}
