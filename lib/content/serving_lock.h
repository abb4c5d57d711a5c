/* serving_lock.h - which deals are served by a living process.
 *
 * Each served deal is a shared lock on the byte of its number in the store's
 * file "serving", which stays empty: however a process ends, the kernel drops
 * its locks. A content that is being indexed is locked in the same way, so that
 * no other process removes the content.
 */
#ifndef CONTENT_SERVING_LOCK_H
#define CONTENT_SERVING_LOCK_H

#include "store/store.h"

#define SERVING_LOCK_CONTENTS (UINT64_C(1) << 62) /* deals have numbers below this one, contents from this one on */

/** struct serving_lock - the deals that one connection serves, or a check of others' locks; {.fd = -1} is closed. */
struct serving_lock {
	int fd;
};

/** serving_lock_open - IO if the file can't be opened or created. */
MUST_CHECK enum status serving_lock_open(struct serving_lock *x, const struct store *store);
/** serving_lock_enter, serving_lock_leave - begin to serve a deal, by its number in the store; end serving the deal. */
MUST_CHECK enum status serving_lock_enter(const struct serving_lock *x, uint64_t number);
void serving_lock_leave(const struct serving_lock *x, uint64_t number);
/** serving_lock_is_held - is a deal served through any other struct serving_lock, of this process or another? */
MUST_CHECK enum status serving_lock_is_held(const struct serving_lock *x, bool *served, uint64_t number);
/** serving_lock_close - end serving all deals; harmless on a closed lock. */
void serving_lock_close(struct serving_lock *x);

#endif
