/* passphrase.c - a line of secret text from a descriptor, a file or the terminal. */
#include "base/passphrase.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/file.h"

#define TERMINAL "/dev/tty"

_Static_assert(PASSPHRASE_MAX <= crypto_pwhash_PASSWD_MAX, "a passphrase can be hashed");

/* Signals that would leave the terminal silent if they ended or stopped the process at the prompt. */
static const int held_back[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};

#define HELD_BACK (sizeof(held_back) / sizeof(held_back[0]))

static volatile sig_atomic_t caught; /* the last of these signals; 0: none */

static void on_signal(int number)
{
	caught = number;
}

/* One byte: 1, 0 at the end, -1 with errno set. At the prompt, EINTR for a pending signal. */
static ssize_t read_byte(int fd, char *byte)
{
	for (;;) {
		ssize_t n;

		if (caught != 0) {
			errno = EINTR;
			return -1;
		}
		n = read(fd, byte, 1);
		if (n >= 0 || errno != EINTR)
			return n;
	}
}

enum status passphrase_read(struct passphrase *p, int fd)
{
	struct passphrase line = {.len = 0};
	enum status s = STATUS_OK;
	ssize_t n;
	char byte;

	sodium_mlock(&line, sizeof(line)); /* best effort: the limit on locked memory may be 0 */
	while ((n = read_byte(fd, &byte)) > 0 && byte != '\n') {
		if (line.len == PASSPHRASE_MAX) {
			s = STATUS_TOO_LARGE;
			break;
		}
		line.text[line.len++] = byte;
	}
	if (n < 0)
		s = STATUS_IO;
	else if (n == 0 && line.len == 0)
		s = STATUS_END;
	else if (s == STATUS_OK && line.len == 0)
		s = STATUS_BAD_VALUE;
	if (s == STATUS_OK) {
		sodium_mlock(p, sizeof(*p));
		memcpy(p, &line, sizeof(*p));
	}
	sodium_memzero(&byte, sizeof(byte));
	passphrase_release(&line);
	return s;
}

enum status passphrase_read_file(struct passphrase *p, const char *path)
{
	enum status s;
	int fd, saved;

	s = file_open_private(&fd, path);
	if (s != STATUS_OK)
		return s;
	s = passphrase_read(p, fd);
	saved = errno;
	close(fd);
	errno = saved;
	return s;
}

/* Read a line with the terminal silent and the signals held back; both are as before at the end. */
static enum status read_silently(struct passphrase *p, int fd)
{
	struct sigaction hold = {.sa_handler = on_signal}, before[HELD_BACK];
	struct termios shown, silent;
	enum status s;
	int saved;

	if (tcgetattr(fd, &shown) != 0)
		return STATUS_IO;
	sigemptyset(&hold.sa_mask);
	caught = 0;
	for (size_t i = 0; i < HELD_BACK; i++)
		sigaction(held_back[i], &hold, &before[i]);
	silent = shown;
	silent.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK);
	silent.c_lflag |= ECHONL;
	s = tcsetattr(fd, TCSAFLUSH, &silent) == 0 ? passphrase_read(p, fd) : STATUS_IO;
	saved = errno;
	tcsetattr(fd, TCSAFLUSH, &shown);
	for (size_t i = 0; i < HELD_BACK; i++)
		sigaction(held_back[i], &before[i], NULL);
	errno = saved;
	return s;
}

enum status passphrase_ask(struct passphrase *p, const char *prompt)
{
	int fd = open(TERMINAL, O_RDWR | O_CLOEXEC | O_NOCTTY), number, saved;
	enum status s;

	if (fd < 0)
		return STATUS_NOT_FOUND;
	do {
		s = file_write_full(fd, prompt, strlen(prompt));
		if (s == STATUS_OK)
			s = read_silently(p, fd);
		number = caught;
		caught = 0;
		if (number != 0) {
			if (s == STATUS_OK)
				passphrase_release(p);
			raise(number); /* stopped: the prompt comes again when the process goes on */
		}
	} while (number == SIGTSTP);
	if (number != 0) {
		errno = EINTR;
		s = STATUS_IO;
	}
	saved = errno;
	close(fd);
	errno = saved;
	return s;
}

bool passphrase_equal(const struct passphrase *a, const struct passphrase *b)
{
	return a->len == b->len && sodium_memcmp(a->text, b->text, a->len) == 0;
}

void passphrase_release(struct passphrase *p)
{
	sodium_munlock(p, sizeof(*p)); /* wipes too */
}
