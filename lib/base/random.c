/* random.c - randomness of the system. */
#include "base/random.h"

#include <errno.h>
#include <sys/random.h>

enum status random_fill(void *buf, size_t len)
{
	uint8_t *at = buf;

	while (len > 0) {
		ssize_t n = getrandom(at, len, 0);

		if (n < 0 && errno != EINTR)
			return STATUS_IO;
		if (n > 0) {
			at += n;
			len -= (size_t)n;
		}
	}
	return STATUS_OK;
}
