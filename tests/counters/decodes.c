/* decodes.c - linked into the tools in BUILD/tests/counted: counts how often a tool decodes a frame.
 *
 * The linker's --wrap puts the counter between frame_decode() and its callers. At the end a line "TOOL N" goes to the
 * file that DECODES names.
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "wire/frame.h"

enum status __real_frame_decode(struct frame *f, struct span body);
enum status __wrap_frame_decode(struct frame *f, struct span body);

static atomic_ulong count;

enum status __wrap_frame_decode(struct frame *f, struct span body)
{
	count++;
	return __real_frame_decode(f, body);
}

__attribute__((destructor)) static void report(void)
{
	const char *name = getenv("DECODES");
	FILE *out = name != NULL ? fopen(name, "a") : NULL;

	if (out == NULL)
		return;
	fprintf(out, "%s %lu\n", program_invocation_short_name, (unsigned long)count);
	fclose(out);
}
