/* secret.h - protects a process that holds secrets. */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include "base/status.h"

/**
 * secret_guard - from now on, the kernel makes no core file of this process, and no other process of its user can read its memory.
 * Children that run another program are not affected. IO with errno set.
 */
MUST_CHECK enum status secret_guard(void);

#endif
