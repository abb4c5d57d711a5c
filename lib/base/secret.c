/* secret.c - what a process that holds secrets does first.
 *
 * A limit of 0 on core files would not do: a kernel that pipes them to a program passes it over, and children inherit it.
 * To leave out single pages would not do: secrets pass through the stack and the registers.
 */
#include "base/secret.h"

#include <sys/prctl.h>

enum status secret_guard(void)
{
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 ? STATUS_OK : STATUS_IO;
}
