/* nomem.c - a shim for LD_PRELOAD: the allocation whose number is in NOMEM fails, once.
 *
 * Counted are malloc, calloc and realloc, from 1 on, in the order in which the program makes them.
 */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

/* How glibc calls its own. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *room, size_t size);

static _Atomic long count;

/* Is this the one? */
static int fails(void)
{
	static long wanted = -1;

	if (wanted < 0) {
		const char *text = getenv("NOMEM");

		wanted = text != NULL ? strtol(text, NULL, 10) : 0;
	}
	if (++count != wanted)
		return 0;
	errno = ENOMEM;
	return 1;
}

void *malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t nmemb, size_t size)
{
	return fails() ? NULL : __libc_calloc(nmemb, size);
}

void *realloc(void *ptr, size_t size)
{
	return fails() ? NULL : __libc_realloc(ptr, size);
}
