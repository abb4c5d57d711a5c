/* findings.h - what a check found to be broken, as a list.
 *
 * Knows neither who checks nor who prints: a check notes its findings, and
 * show prints them once no transaction is open.
 */
#ifndef CHECK_FINDINGS_H
#define CHECK_FINDINGS_H

#include "base/bytes.h"

#define FINDING_TEXT_MAX 1024 /* bytes, with the final zero */

/** struct finding - one thing that is broken. */
struct finding {
	unsigned rule;               /* the number of the invariant; 0 for none */
	char text[FINDING_TEXT_MAX]; /* cleaned: safe on a terminal */
};

/** struct findings - {0} for none; findings_release() when done. */
struct findings {
	uint64_t absent;   /* of them: what is only not there now, as the disk of an offered CAR */
	uint64_t count;    /* how many there are; more than findings_kept() if they are many, or memory is short */
	struct bytes list; /* of struct finding: see findings_at() */
};

/** finding - note that invariant @rule (0 for none) is broken, and how. Beyond a few hundred findings are only counted. */
void finding(struct findings *f, unsigned rule, const char *format, ...) __attribute__((format(printf, 3, 4)));
/** finding_absent - the same for what is right again once a file is back. */
void finding_absent(struct findings *f, unsigned rule, const char *format, ...) __attribute__((format(printf, 3, 4)));
/** findings_kept - how many of them findings_at() has. */
size_t findings_kept(const struct findings *f);
/** findings_at - the finding number @i, from 0; borrowed until the next finding(). */
const struct finding *findings_at(const struct findings *f, size_t i);
/** findings_release - release the list; there are none then. */
void findings_release(struct findings *f);

#endif
