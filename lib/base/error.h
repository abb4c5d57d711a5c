/* error.h - the words of a failure, for people. Logic reads the status, never the words.
 *
 * A function that fails either explains its failure, and its header says so, or
 * returns a bare status. Whoever knows the subject of a bare status - the file,
 * the frame - calls error_explain() on the way up: the words nearest to the
 * cause stay, so that no caller asks whether there are words. At the end
 * error_text() gives the text of the status if nobody had more to say.
 *
 * Words belong to the status that they were set with: words that are left from
 * a failure which was overcome do not explain a later one of another status.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdarg.h>

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
/** error_set - the same with the arguments themselves. */
enum status error_set(struct error *e, enum status s, const char *format, ...) __attribute__((format(printf, 3, 4)));
/** error_explain - set status and words if @s has no words yet; does nothing if @s is OK. Returns @s. */
enum status error_explain(struct error *e, enum status s, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
enum status error_explain_list(struct error *e, enum status s, const char *format, va_list args)
	__attribute__((format(printf, 3, 0)));
/** error_about - put the subject of the failure @s, in quotes, before its words, if there are any. Returns @s. */
enum status error_about(struct error *e, enum status s, const char *subject);
/** error_hint_list - set the hint. error_explain_hint_list - the same if @s has no words yet, and is not OK. */
void error_hint_list(struct error *e, const char *format, va_list args) __attribute__((format(printf, 2, 0)));
void error_explain_hint_list(struct error *e, enum status s, const char *format, va_list args)
	__attribute__((format(printf, 3, 0)));
/** error_clear - clear the words and the hint. */
void error_clear(struct error *e);
/** error_text - the words of @s, or status_text() if there are none; borrowed from @e. */
const char *error_text(const struct error *e, enum status s);

#endif
