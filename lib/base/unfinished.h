/* unfinished.h - names for files and folders that are not complete yet.
 *
 * The name is FOLDER/.retrieval-tmp-N, for the first N that is free. Who makes the file or folder holds a lock on it
 * until it has its final name. A name without a lock was left by a process that was killed: the next process that
 * needs a name in this folder removes what was left there.
 */
#ifndef BASE_UNFINISHED_H
#define BASE_UNFINISHED_H

#include <sys/types.h>

#include "base/status.h"

/**
 * unfinished_file - make a file.
 * @name: out, owned by the caller; its path. @fd: out; open for reading and writing, and the lock.
 * @folder: the folder's path, with a slash at the end, or "" for the working folder.
 * IO with errno set.
 */
MUST_CHECK enum status unfinished_file(char **name, int *fd, const char *folder, mode_t mode);
/** unfinished_link - give the file @fd, which has no name, a name; @fd stays the caller's. As unfinished_file(). */
MUST_CHECK enum status unfinished_link(char **name, int fd, const char *folder);
/** unfinished_folder - make a folder; @fd is its lock alone. As unfinished_file(). */
MUST_CHECK enum status unfinished_folder(char **name, int *fd, const char *folder, mode_t mode);
/** unfinished_spool - open a file that has no name and ends with its descriptor. @folder: its folder. IO with errno set. */
MUST_CHECK enum status unfinished_spool(int *fd, const char *folder);
/** unfinished_remove - remove @path, and if it is a folder all that is in it. What can't be removed stays. */
void unfinished_remove(const char *path);

#endif
