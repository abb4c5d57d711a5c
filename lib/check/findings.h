/* findings.h - the findings of a check, as a list.
 *
 * Knows neither the checks nor the printing: a check adds its findings, and
 * show prints them once no transaction is open.
 */
#ifndef CHECK_FINDINGS_H
#define CHECK_FINDINGS_H

#include "base/bytes.h"

#define FINDING_TEXT_MAX 1024 /* bytes, with the final zero */

/** struct finding - one broken invariant. */
struct finding {
	unsigned rule;               /* the number of the invariant; 0 for none */
	char text[FINDING_TEXT_MAX]; /* cleaned: safe on a terminal */
};

/** struct findings - {0} for none; findings_release() when done. */
struct findings {
	uint64_t absent;   /* how many of them are only absent now, such as an offered CAR */
	uint64_t owed;     /* how many of them are a lack of money in a channel */
	uint64_t count;    /* number of findings; more than findings_kept() if there are many, or memory ran out */
	struct bytes list; /* of struct finding: see findings_at() */
};

/** finding - note that invariant @rule (0 for none) is broken, and how. Beyond a few hundred findings are only counted. */
void finding(struct findings *f, unsigned rule, const char *format, ...) __attribute__((format(printf, 3, 4)));
/** finding_absent - the same for a finding that is repaired once a file is back. */
void finding_absent(struct findings *f, unsigned rule, const char *format, ...) __attribute__((format(printf, 3, 4)));
/** finding_owed - the same for a channel that holds too little: repaired once it is funded. */
void finding_owed(struct findings *f, unsigned rule, const char *format, ...) __attribute__((format(printf, 3, 4)));
/** findings_kept - the number of findings that findings_at() has. */
size_t findings_kept(const struct findings *f);
/** findings_at - the finding number @i, from 0; borrowed until the next finding(). */
const struct finding *findings_at(const struct findings *f, size_t i);
/** findings_release - release the list, and make it empty. */
void findings_release(struct findings *f);

#endif
