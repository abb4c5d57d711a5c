/* settler.c - serve --settle: a process beside serve settles the channels of deals that are over.
 *
 * SETTLE 6: the client's answers do not wait for a ledger, and no failure of
 * settling fails a deal. The key that pays and collects is not in the process
 * that talks to strangers.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "serve.h"
#include "tool/child.h"
#include "tool/connection.h"

#define ARGUMENTS_MAX 24

/* The settings that settle has to have as we have them. */
static const char *const passed_on[] = {"home", "ledger", "ledger-token", "key", "passphrase-file", "clock", "seed"};

void settler_open(struct settler *settler, struct tool *t)
{
	*settler = (struct settler){.t = t, .wanted = tool_flag(t, "settle"), .names = -1};
	if (settler->wanted && tool_value(t, "passphrase-file") == NULL &&
		tool_setting(t, "passphrase-fd", "RETRIEVAL_PASSPHRASE_FD") != NULL)
		tool_fail(t, STATUS_USAGE,
			"a descriptor gives the passphrase once, and --settle needs it for each run of settle: give "
			"--passphrase-file");
	if (settler->wanted && access(tool_key_path(t), R_OK) != 0)
		tool_fail(t, STATUS_USAGE, "cannot use key '%s', which --settle needs: %s", tool_key_path(t),
			strerror(errno));
}

/* The program settle, beside ours; the one that PATH finds if there is none beside ours. */
static void find_program(char path[PATH_MAX])
{
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - sizeof("/settle"));
	char *name;

	path[n > 0 ? n : 0] = '\0';
	name = strrchr(path, '/');
	strcpy(name != NULL ? name : path, "/settle");
	if (access(path, X_OK) != 0)
		strcpy(path, "settle");
}

/* settle -q --keep-open -, with our settings; @room holds the options. */
static void make_arguments(const struct tool *t, const char *argv[ARGUMENTS_MAX], char room[][32])
{
	size_t n = 0;

	argv[n++] = "settle";
	argv[n++] = "-q";
	argv[n++] = "--keep-open";
	if (t->json)
		argv[n++] = "--json";
	for (size_t i = 0; i < sizeof(passed_on) / sizeof(passed_on[0]); i++) {
		if (tool_value(t, passed_on[i]) == NULL)
			continue;
		snprintf(room[i], sizeof(room[i]), "--%s", passed_on[i]);
		argv[n++] = room[i];
		argv[n++] = tool_value(t, passed_on[i]);
	}
	argv[n++] = "-";
	argv[n] = NULL;
}

/* Its input is the pipe, its output our messages: standard input and output are the client's. */
static int spawn(struct settler *settler, int names)
{
	char room[sizeof(passed_on) / sizeof(passed_on[0])][32], path[PATH_MAX];
	const char *argv[ARGUMENTS_MAX];
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int failed;

	find_program(path);
	make_arguments(settler->t, argv, room);
	if (posix_spawn_file_actions_init(&actions) != 0 || !tool_spawn_attributes(&attributes))
		return ENOMEM;
	posix_spawn_file_actions_adddup2(&actions, names, STDIN_FILENO);
	if (settler->t->quiet)
		posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	else
		posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
	failed = posix_spawnp(&settler->pid, path, &actions, &attributes, (char **)(uintptr_t)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	return failed;
}

static void start(struct settler *settler)
{
	int ends[2], failed;

	if (pipe2(ends, O_CLOEXEC) != 0) {
		tool_warn(settler->t, "cannot settle: %s", strerror(errno));
		return;
	}
	failed = spawn(settler, ends[0]);
	close(ends[0]);
	if (failed != 0) {
		tool_warn(settler->t, "cannot run settle: %s", strerror(failed));
		settler->pid = 0;
		close(ends[1]);
		return;
	}
	settler->names = ends[1];
	fcntl(settler->names, F_SETFL, O_NONBLOCK);
}

static void end(struct settler *settler)
{
	if (settler->names >= 0)
		close(settler->names);
	while (settler->pid != 0 && waitpid(settler->pid, NULL, 0) < 0 && errno == EINTR)
		;
	settler->pid = 0;
	settler->names = -1;
}

/* False with errno if the process has ended, or is so far behind that the pipe is full. */
static bool tell(struct settler *settler, const char *line)
{
	if (settler->pid == 0)
		start(settler);
	return settler->pid != 0 && write(settler->names, line, strlen(line)) > 0;
}

void settler_note(struct settler *settler, const struct provider_deal *deal)
{
	char channel[ADDRESS_TEXT_MAX], line[ADDRESS_TEXT_MAX + 1];

	if (!settler->wanted || !deal_is_final(SIDE_PROVIDER, deal->state) || address_is_none(&deal->channel) ||
		amount_is_zero(&deal->funds_received))
		return;
	snprintf(line, sizeof(line), "%s\n", address_text(channel, &deal->channel, settler->t->party.network));
	if (tell(settler, line))
		return;
	if (errno == EPIPE) { /* one more try: the process had its reasons, and has said them */
		end(settler);
		if (tell(settler, line))
			return;
	}
	if (!settler->behind)
		tool_warn(settler->t, "settle does not keep up: channel %s and others are left to settle --watch",
			channel);
	settler->behind = true;
}

/* The client need not wait with us. */
static void leave_client(void)
{
	int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (nowhere < 0)
		return;
	dup2(nowhere, STDIN_FILENO);
	dup2(nowhere, STDOUT_FILENO);
	close(nowhere);
}

void settler_close(struct settler *settler)
{
	int signal_number = tool_connection_signal();

	if (settler->pid == 0 || signal_number == SIGTERM || signal_number == SIGINT || signal_number == SIGHUP)
		return; /* after a signal the pipe ends with us, and the process after the pipe */
	leave_client();
	end(settler);
}
