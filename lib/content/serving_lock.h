/* serving_lock.h - which deals are being served by a process that lives.
 *
 * Each is a shared lock on the byte of its number in the file "serving" of the
 * store, which stays empty: however a process ends, the kernel drops its locks.
 * A content that is being taken in is locked in the same way, so that nobody
 * takes it for left over.
 */
#ifndef CONTENT_SERVING_LOCK_H
#define CONTENT_SERVING_LOCK_H

#include "store/store.h"

#define SERVING_LOCK_CONTENTS (UINT64_C(1) << 62) /* deals have numbers below this, contents from this on */

/** struct serving_lock - what one connection serves, or a look at what others do; {.fd = -1} is closed. */
struct serving_lock {
	int fd;
};

/** serving_lock_open - IO if the file can't be opened or made. */
MUST_CHECK enum status serving_lock_open(struct serving_lock *x, const struct store *store);
/** serving_lock_enter, serving_lock_leave - a deal, by its number in the store, is served here from now on; or no more. */
MUST_CHECK enum status serving_lock_enter(const struct serving_lock *x, uint64_t number);
void serving_lock_leave(const struct serving_lock *x, uint64_t number);
/** serving_lock_is_held - is a deal served through any other struct serving_lock, of this process or another? */
MUST_CHECK enum status serving_lock_is_held(const struct serving_lock *x, bool *served, uint64_t number);
/** serving_lock_close - all that is served here is no more; harmless on a closed one. */
void serving_lock_close(struct serving_lock *x);

#endif
