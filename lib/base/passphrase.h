/* passphrase.h - the passphrase of a key: read from a descriptor, a file or a terminal; wiped when released.
 *
 * A passphrase is a line: all bytes up to the newline or the end, at least one.
 */
#ifndef BASE_PASSPHRASE_H
#define BASE_PASSPHRASE_H

#include "base/bytes.h"

#define PASSPHRASE_MAX 1023 /* bytes */

/** struct passphrase - locked in memory while it is filled; a copy is not, so pass pointers. */
struct passphrase {
	char text[PASSPHRASE_MAX + 1];
	size_t len; /* bytes */
};

/**
 * passphrase_read - read the next line of @fd, and no byte behind it.
 * @p: out; nothing to release on failure.
 * END if there is no line, BAD_VALUE if the line is empty, TOO_LARGE past PASSPHRASE_MAX, IO with errno set.
 */
MUST_CHECK enum status passphrase_read(struct passphrase *p, int fd);
/** passphrase_read_file - read the first line of a file that only its owner can read: INSECURE for others, else as passphrase_read(). */
MUST_CHECK enum status passphrase_read_file(struct passphrase *p, const char *path);
/**
 * passphrase_ask - write @prompt to the terminal of the process and read a line, which the terminal does not show.
 * The terminal is put back before a signal ends or stops the process.
 * NOT_FOUND if the process has no terminal, else as passphrase_read().
 */
MUST_CHECK enum status passphrase_ask(struct passphrase *p, const char *prompt);
/** passphrase_equal - the same bytes; compared in constant time. */
bool passphrase_equal(const struct passphrase *a, const struct passphrase *b);
/** passphrase_release - wipe and unlock; harmless on one of all zero. */
void passphrase_release(struct passphrase *p);

#endif
