/* error.c - sets and reads the words of a failure. */
#include "base/error.h"

#include <stdio.h>

enum status error_set_list(struct error *e, enum status s, const char *format, va_list args)
{
	char why[sizeof(e->why)]; /* the arguments may borrow the old words */

	vsnprintf(why, sizeof(why), format, args);
	snprintf(e->why, sizeof(e->why), "%s", why);
	e->status = s;
	return s;
}

void error_clear(struct error *e)
{
	e->status = STATUS_OK;
	e->why[0] = e->hint[0] = '\0';
}

const char *error_text(const struct error *e, enum status s)
{
	return error_is_set(e) ? e->why : status_text(s);
}
