/* clock.c - elapsed time, and pauses. */
#include "base/clock.h"

#include <time.h>

static double seconds_by(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

double clock_seconds(void)
{
	return seconds_by(CLOCK_MONOTONIC);
}

double clock_seconds_since_boot(void)
{
	return seconds_by(CLOCK_BOOTTIME);
}

void clock_pause(unsigned milliseconds)
{
	struct timespec pause = {.tv_nsec = (long)milliseconds * 1000000};

	nanosleep(&pause, NULL);
}
