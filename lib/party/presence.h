/* presence.h - which deals are being served by a process that lives.
 *
 * Each is a shared lock on the byte of its number in the file "serving" of the
 * store, which stays empty: however a process ends, the kernel drops its locks.
 */
#ifndef PARTY_PRESENCE_H
#define PARTY_PRESENCE_H

#include "store/store.h"

/** struct presence - what one connection serves, or a look at what others do; {.fd = -1} is closed. */
struct presence {
	int fd;
};

/** presence_open - IO if the file can't be opened or made. */
MUST_CHECK enum status presence_open(struct presence *x, const struct store *store);
/** presence_enter, presence_leave - a deal, by its number in the store, is served here from now on; or no more. */
MUST_CHECK enum status presence_enter(const struct presence *x, uint64_t number);
void presence_leave(const struct presence *x, uint64_t number);
/** presence_of - is a deal served through any other struct presence, of this process or another? */
MUST_CHECK enum status presence_of(const struct presence *x, bool *served, uint64_t number);
/** presence_close - all that is served here is no more; harmless on a closed one. */
void presence_close(struct presence *x);

#endif
