/* secret.h - what a process that holds secrets does first. */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include "base/status.h"

/**
 * secret_guard - from here on, no core file is made of this process, and no other process of its user can look into it.
 * Children that run another program are not concerned. IO with errno set.
 */
MUST_CHECK enum status secret_guard(void);

#endif
