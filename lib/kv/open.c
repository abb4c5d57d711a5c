/* open.c - opens a store, after checking its folder and file.
 *
 * Knows who must own the folder, and how to open a store that can only be read.
 * LMDB trusts the file: a read past its end is a signal, not an error, so the
 * file is checked first (header.c). Refuses to know the content of the store.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "kv/kv_private.h"

#define DATA_FILE    "data.mdb"
#define MAP_SIZE     (1ull << 34) /* address space, not memory or disk */
#define MAP_SIZE_MIN (1ull << 24)
#define READERS      1024
#define LOCK_FILE    "lock.mdb"
#define LOCK_SIZE    ((READERS + 64) * 64) /* bytes; no less than LMDB needs for its readers */

/*
 * INVARIANT 25: with descriptor 1 closed, the store's file would become descriptor 1 and receive the tool's output.
 * Each closed descriptor gets /dev/null in the wrong direction, so that its use still fails.
 */
static enum status fill_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) != -1)
			continue;
		if (open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
			return STATUS_IO;
	}
	return STATUS_OK;
}

static enum status check_folder(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return errno == ENOENT || errno == ENOTDIR ? STATUS_NOT_FOUND : STATUS_IO;
	if (!S_ISDIR(st.st_mode))
		return STATUS_NOT_FOUND;
	if (st.st_uid != geteuid() || (st.st_mode & (S_IRWXG | S_IRWXO)))
		return STATUS_INSECURE;
	return STATUS_OK;
}

static enum status check_file(int folder, uint64_t *file_size)
{
	int fd = openat(folder, DATA_FILE, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	enum status s;

	*file_size = 0;
	if (fd < 0)
		return errno == ENOENT ? STATUS_NOT_FOUND : STATUS_IO;
	s = header_check(fd, file_size);
	close(fd);
	return s;
}

/*
 * One process at a time opens or closes the store. LMDB from 0.9.30 on destroys the locks of a store as its last user
 * closes the store, and a program that opens the store at that moment could keep the destroyed locks. The system gives
 * the guard up if its holder is killed. A file system without such locks has to do without the guard.
 */
static void guard(struct kv *kv)
{
	while (flock(kv->folder, LOCK_EX) != 0 && errno == EINTR) {
	}
}

static void end_guard(struct kv *kv)
{
	(void)flock(kv->folder, LOCK_UN); /* closing the folder gives the guard up too */
}

/* LMDB itself would print the text on stderr, and then do the same. */
static void on_assert(MDB_env *env, const char *text)
{
	(void)env;
	(void)text;
	abort();
}

/* LMDB leaves the store's file open in child programs, whose output must not reach the store. */
static int keep_from_children(MDB_env *env)
{
	int fd, rc = mdb_env_get_fd(env, &fd);

	if (rc != MDB_SUCCESS)
		return rc;
	return fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 ? MDB_SUCCESS : errno;
}

static int set_up(MDB_env *env, const char *path, unsigned flags, uint64_t map_size)
{
	int rc;

	mdb_env_set_assert(env, on_assert);
	rc = mdb_env_set_maxreaders(env, READERS);
	if (rc != MDB_SUCCESS)
		return rc;
	rc = mdb_env_set_mapsize(env, map_size);
	if (rc != MDB_SUCCESS)
		return rc;
	rc = mdb_env_open(env, path, flags, S_IRUSR | S_IWUSR);
	return rc == MDB_SUCCESS ? keep_from_children(env) : rc;
}

static int open_env(MDB_env **out, const char *path, unsigned flags, uint64_t map_size)
{
	MDB_env *env;
	int rc = mdb_env_create(&env);

	if (rc != MDB_SUCCESS)
		return rc;
	rc = set_up(env, path, flags, map_size);
	if (rc != MDB_SUCCESS) {
		mdb_env_close(env);
		return rc;
	}
	*out = env;
	return MDB_SUCCESS;
}

/* The map is far larger than any store, so that the map never fills up; smaller if address space is limited. */
static int open_largest(MDB_env **out, const char *path, unsigned flags, uint64_t file_size)
{
	uint64_t size = MAP_SIZE > 4 * file_size ? MAP_SIZE : 4 * file_size;
	int rc;

	size -= size % 65536;
	do {
		rc = open_env(out, path, flags, size);
		size /= 2;
	} while (rc == ENOMEM && size >= MAP_SIZE_MIN && size > file_size);
	return rc;
}

/*
 * LMDB writes to its lock file through a mapping: a write for which the disk has no room would kill the process, so the
 * room is taken first. Other failures are left to LMDB.
 */
static int reserve_lock(const struct kv *kv)
{
	off_t size = LOCK_SIZE;
	struct stat st;
	int fd, rc = 0;

	if (fstatat(kv->folder, LOCK_FILE, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		if (!S_ISREG(st.st_mode) || (st.st_size >= size && st.st_blocks * 512 >= st.st_size))
			return MDB_SUCCESS;
		size = st.st_size > size ? st.st_size : size;
	}
	fd = openat(kv->folder, LOCK_FILE, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
	if (fd < 0)
		return errno == ENOSPC || errno == EDQUOT ? errno : MDB_SUCCESS;
	if (fallocate(fd, 0, 0, size) != 0)
		rc = errno;
	close(fd);
	return rc == ENOSPC || rc == EDQUOT ? rc : MDB_SUCCESS;
}

static bool may_not_write(int rc)
{
	return rc == EROFS || rc == EACCES || rc == EPERM;
}

/*
 * LMDB does without a lock file only on a read-only mount. If this user can't write a lock file for another reason,
 * this user can't write the store either.
 */
static int open_to_read(struct kv *kv, const char *path, uint64_t file_size)
{
	int rc = open_largest(&kv->env, path, MDB_NOTLS | MDB_RDONLY, file_size);

	kv->read_only = true;
	if (may_not_write(rc))
		rc = open_largest(&kv->env, path, MDB_NOTLS | MDB_RDONLY | MDB_NOLOCK, file_size);
	return rc;
}

static int open_as(struct kv *kv, const char *path, enum kv_mode mode, uint64_t file_size)
{
	int rc;

	if (mode == KV_READ_ONLY)
		return open_to_read(kv, path, file_size);
	rc = open_largest(&kv->env, path, MDB_NOTLS, file_size);
	return mode == KV_WRITE_IF_POSSIBLE && may_not_write(rc) ? open_to_read(kv, path, file_size) : rc;
}

/* Check folder and file. @folder is out, and open only if the status is OK. */
static enum status look_first(int *folder, const char *path, enum kv_mode mode, uint64_t *file_size)
{
	enum status s = fill_descriptors();

	if (s != STATUS_OK)
		return s;
	if (mode == KV_CREATE) {
		s = file_make_folders(path, S_IRWXU);
		if (s != STATUS_OK)
			return s;
	}
	s = check_folder(path);
	if (s != STATUS_OK)
		return s;
	*folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*folder < 0)
		return STATUS_IO;
	s = check_file(*folder, file_size);
	if (s == STATUS_NOT_FOUND && mode == KV_CREATE)
		return STATUS_OK;
	if (s != STATUS_OK)
		close(*folder);
	return s;
}

static int open_database(struct kv *kv)
{
	MDB_txn *txn;
	int rc = kv_begin_snapshot(kv->env, &txn);

	if (rc != MDB_SUCCESS)
		return rc;
	rc = mdb_dbi_open(txn, NULL, 0, &kv->dbi);
	if (rc != MDB_SUCCESS) {
		mdb_txn_abort(txn);
		return rc;
	}
	return mdb_txn_commit(txn);
}

/* Open the one database, and read the values that need an open environment. */
static int start(struct kv *kv)
{
	MDB_stat stat;
	int dead, rc = mdb_reader_check(kv->env, &dead);

	if (rc != MDB_SUCCESS)
		return rc;
	rc = open_database(kv);
	if (rc != MDB_SUCCESS)
		return rc;
	rc = mdb_env_stat(kv->env, &stat);
	if (rc == MDB_SUCCESS)
		kv->page_size = stat.ms_psize;
	return rc;
}

enum status kv_open(struct kv **out, const char *path, enum kv_mode mode)
{
	uint64_t file_size;
	int folder, rc;
	enum status s = look_first(&folder, path, mode, &file_size);
	struct kv *kv;

	if (s != STATUS_OK)
		return s;
	kv = calloc(1, sizeof(*kv));
	if (!kv) {
		close(folder);
		return STATUS_NO_MEMORY;
	}
	kv->folder = folder;
	kv->path = strdup(path);
	guard(kv);
	rc = kv->path != NULL ? reserve_lock(kv) : ENOMEM;
	if (rc == MDB_SUCCESS)
		rc = open_as(kv, path, mode, file_size);
	end_guard(kv);
	if (rc == MDB_SUCCESS)
		rc = start(kv);
	if (rc != MDB_SUCCESS) {
		kv_close(kv);
		if (rc > 0)
			errno = rc;
		return kv_status(rc);
	}
	*out = kv;
	return STATUS_OK;
}

void kv_close(struct kv *kv)
{
	if (!kv)
		return;
	kv_group_drop(kv);
	guard(kv);
	if (kv->env)
		mdb_env_close(kv->env);
	close(kv->folder);
	free(kv->path);
	free(kv);
}
