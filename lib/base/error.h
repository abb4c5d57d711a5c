/* error.h - the words of a failure, for people. Logic reads the status, never the words. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdarg.h>
#include <stdbool.h>

#include "base/status.h"

/** struct error - all zero is no error. */
struct error {
	enum status status; /* OK: there are no words */
	char why[640];      /* the failed action and the reason */
	char hint[256];     /* a command that helps; "" for none; may be set before the words */
};

/** error_set_list - set status and words; returns @s, so that a step can end with it. The hint stays. */
enum status error_set_list(struct error *e, enum status s, const char *format, va_list args)
	__attribute__((format(printf, 3, 0)));
/** error_clear - clear the words and the hint. */
void error_clear(struct error *e);
/** error_is_set - true if the error has words. */
static inline bool error_is_set(const struct error *e)
{
	return e->status != STATUS_OK;
}
/** error_text - the words, or status_text() of @s without words; borrowed from @e. */
const char *error_text(const struct error *e, enum status s);

#endif
