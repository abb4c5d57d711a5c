/* measure.c - run a command and say how long it took and how much memory it had.
 *
 * measure [-n RUNS] -r REPORT COMMAND [ARGUMENT ...]
 *
 * Writes one line to REPORT: the median of the wall-clock seconds, the
 * greatest peak memory in KiB.  With RUNS above 1 the command's standard
 * output is dropped.  Exits as the last run did.
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define RUNS_MAX 100000

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	static double seconds[RUNS_MAX];
	const char *report = NULL;
	long runs = 1, peak = 0;
	int c, status = 0;
	FILE *f;

	while ((c = getopt(argc, argv, "+n:r:")) != -1) {
		if (c == 'n')
			runs = strtol(optarg, NULL, 10);
		else if (c == 'r')
			report = optarg;
	}
	if (report == NULL || runs < 1 || runs > RUNS_MAX || optind >= argc)
		return 2;
	for (long i = 0; i < runs; i++) {
		posix_spawn_file_actions_t actions;
		double begin = now();
		struct rusage usage;
		pid_t pid;

		posix_spawn_file_actions_init(&actions);
		if (runs > 1)
			posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
		if (posix_spawnp(&pid, argv[optind], &actions, NULL, argv + optind, environ) != 0)
			return 127;
		posix_spawn_file_actions_destroy(&actions);
		if (wait4(pid, &status, 0, &usage) < 0)
			return 127;
		seconds[i] = now() - begin;
		if (usage.ru_maxrss > peak)
			peak = usage.ru_maxrss;
	}
	qsort(seconds, (size_t)runs, sizeof(seconds[0]), compare);
	f = fopen(report, "w");
	if (f == NULL || fprintf(f, "%.6f %ld\n", seconds[runs / 2], peak) < 0 || fclose(f) != 0)
		return 10;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
