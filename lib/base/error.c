/* error.c - sets and reads the words of a failure. */
#include "base/error.h"

#include <stdbool.h>
#include <stdio.h>

/* Are there words for @s, or are no words needed? */
static bool is_explained(const struct error *e, enum status s)
{
	return s == STATUS_OK || e->status == s;
}

enum status error_set_list(struct error *e, enum status s, const char *format, va_list args)
{
	char why[sizeof(e->why)]; /* the arguments may borrow the old words */

	vsnprintf(why, sizeof(why), format, args);
	snprintf(e->why, sizeof(e->why), "%s", why);
	e->status = s;
	return s;
}

enum status error_set(struct error *e, enum status s, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	error_set_list(e, s, format, args);
	va_end(args);
	return s;
}

enum status error_explain_list(struct error *e, enum status s, const char *format, va_list args)
{
	return is_explained(e, s) ? s : error_set_list(e, s, format, args);
}

enum status error_explain(struct error *e, enum status s, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	error_explain_list(e, s, format, args);
	va_end(args);
	return s;
}

enum status error_about(struct error *e, enum status s, const char *subject)
{
	return s != STATUS_OK && e->status == s ? error_set(e, s, "'%.300s': %s", subject, e->why) : s;
}

void error_hint_list(struct error *e, const char *format, va_list args)
{
	vsnprintf(e->hint, sizeof(e->hint), format, args);
}

void error_explain_hint_list(struct error *e, enum status s, const char *format, va_list args)
{
	if (!is_explained(e, s))
		error_hint_list(e, format, args);
}

void error_clear(struct error *e)
{
	e->status = STATUS_OK;
	e->why[0] = e->hint[0] = '\0';
}

const char *error_text(const struct error *e, enum status s)
{
	return e->status == s && s != STATUS_OK ? e->why : status_text(s);
}
