/* watch_lock.h - one watcher for a store. */
#ifndef SETTLE_WATCH_LOCK_H
#define SETTLE_WATCH_LOCK_H

#include "store/store.h"

/** struct watch_lock - the lock of a watcher, for as long as its process lives; {.fd = -1} is none. */
struct watch_lock {
	int fd;
};
/**
 * watch_lock_take - lock the file "watching" of the store. OK if we have the lock already; where another copy of the
 * store is in its place now, that copy is locked. BUSY if another process has the lock; IO with errno set.
 */
MUST_CHECK enum status watch_lock_take(struct watch_lock *lock, const struct store *store);
/** watch_lock_drop - end the lock; harmless without one. */
void watch_lock_drop(struct watch_lock *lock);

#endif
