/* terminal - run a command on a terminal of its own, and answer what it asks.
 *
 * terminal [ANSWER ...] -- COMMAND [ARGUMENT ...]
 *
 * Each time the command has written a line that ends with ": " and waits, the next ANSWER is typed, with a newline; an
 * ANSWER of "^C" is the key that interrupts. What the command shows on its terminal goes to standard error, its standard
 * output stays ours. Behind the end, a line says whether the terminal still shows what is typed: "echo on" or "echo off".
 * Exits as the command does, with 128 and the signal's number if a signal ended it.
 */
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static void type(int terminal, const char *answer)
{
	int failed = strcmp(answer, "^C") == 0 ? write(terminal, "\003", 1) < 0 : dprintf(terminal, "%s\n", answer) < 0;

	if (failed)
		exit(99);
}

/* Does the terminal keep quiet about what is typed? Then the command waits for an answer. */
static int is_silent(int terminal)
{
	struct termios t;

	return tcgetattr(terminal, &t) == 0 && (t.c_lflag & ECHO) == 0;
}

static void answer_all(int terminal, char **answers)
{
	char piece[512], last[2] = "";
	ssize_t n;

	while ((n = read(terminal, piece, sizeof(piece))) > 0) {
		if (write(STDERR_FILENO, piece, (size_t)n) != n)
			exit(99);
		last[0] = n > 1 ? piece[n - 2] : last[1];
		last[1] = piece[n - 1];
		if (memcmp(last, ": ", 2) != 0 || strcmp(*answers, "--") == 0)
			continue;
		while (!is_silent(terminal))
			usleep(1000); /* a terminal tells nobody that its mode has changed */
		type(terminal, *answers++);
	}
}

int main(int argc, char **argv)
{
	int command = 1, terminal, slave, status;
	pid_t child;

	while (command < argc && strcmp(argv[command], "--") != 0)
		command++;
	if (command + 1 >= argc || openpty(&terminal, &slave, NULL, NULL, NULL) != 0)
		return 99;
	child = fork();
	if (child == 0) {
		close(terminal);
		if (setsid() < 0 || ioctl(slave, TIOCSCTTY, 0) != 0)
			_exit(99);
		execvp(argv[command + 1], argv + command + 1);
		_exit(99);
	}
	close(slave);
	answer_all(terminal, argv + 1);
	if (child < 0 || waitpid(child, &status, 0) != child)
		return 99;
	fprintf(stderr, "echo %s\n", is_silent(terminal) ? "off" : "on");
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
