/* child.c - a command that the shell runs, and the other ends of its standard input and output. */
#include "tool/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define GRACE  5000000000ll /* nanoseconds until a command has to end, after its input and output are closed */
#define STEP   100000l      /* the first wait between two checks; each further wait doubles, up to STRIDE */
#define STRIDE 50000000l

bool tool_spawn_attributes(posix_spawnattr_t *attributes)
{
	sigset_t defaults;

	if (posix_spawnattr_init(attributes) != 0)
		return false;
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	sigaddset(&defaults, SIGXFSZ);
	posix_spawnattr_setsigdefault(attributes, &defaults);
	posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGDEF);
	return true;
}

struct child tool_run_child(struct tool *t, const char *command)
{
	posix_spawnattr_t attributes;
	char *argv[] = {(char *)(uintptr_t) "sh", (char *)(uintptr_t) "-c", (char *)(uintptr_t)command, NULL};
	posix_spawn_file_actions_t actions;
	int to[2], from[2];
	pid_t child;

	if (pipe2(to, O_CLOEXEC) != 0 || pipe2(from, O_CLOEXEC) != 0 || posix_spawn_file_actions_init(&actions) != 0 ||
		!tool_spawn_attributes(&attributes))
		tool_fail(t, STATUS_IO, "cannot make pipes: %s", strerror(errno));
	posix_spawn_file_actions_adddup2(&actions, to[0], STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, from[1], STDOUT_FILENO);
	if (posix_spawn(&child, "/bin/sh", &actions, &attributes, argv, environ) != 0)
		tool_fail(t, STATUS_IO, "cannot run '%s': %s", command, strerror(errno));
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	close(to[0]);
	close(from[1]);
	return (struct child){child, from[0], to[1]};
}

/* Wait for the command to end; false if it does not. */
static bool has_ended(const struct child *c, int *status)
{
	struct timespec step = {.tv_nsec = STEP};

	for (long long waited = 0; waited < GRACE; waited += step.tv_nsec) {
		pid_t ended = waitpid(c->child, status, WNOHANG);

		if (ended == c->child || (ended < 0 && errno != EINTR))
			return true;
		nanosleep(&step, NULL);
		step.tv_nsec = step.tv_nsec < STRIDE / 2 ? 2 * step.tv_nsec : STRIDE;
	}
	return false;
}

/* End a command that does not end by itself. */
static void end(const struct child *c, int *status)
{
	kill(c->child, SIGTERM);
	if (has_ended(c, status))
		return;
	kill(c->child, SIGKILL);
	while (waitpid(c->child, status, 0) < 0 && errno == EINTR)
		;
}

int tool_end_child(const struct child *c)
{
	int status = SIGKILL;

	close(c->out);
	close(c->in);
	if (!has_ended(c, &status))
		end(c, &status);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
