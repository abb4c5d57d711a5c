/* random.h - randomness of the system. */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include "base/bytes.h"

/** random_fill - @len bytes of the system's randomness; waits until there is some. IO with errno set. */
MUST_CHECK enum status random_fill(void *buf, size_t len);

#endif
