/* secret.c - protects a process that holds secrets.
 *
 * A limit of 0 on core files is not enough: a kernel that pipes core files to a program ignores the limit, and children
 * inherit the limit. Excluding single pages is not enough: secrets pass through the stack and the registers.
 */
#include "base/secret.h"

#include <sys/prctl.h>

enum status secret_guard(void)
{
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 ? STATUS_OK : STATUS_IO;
}
