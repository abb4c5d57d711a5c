/* open.c - opens a store, after a look at what is there.
 *
 * Knows the little of LMDB's file layout that tells a whole file from a cut
 * one: two header pages, each of which names the last page in use (mdb.c,
 * MDB_meta).  LMDB itself trusts them, and a read past the end of the file is
 * a signal, not an error.  Refuses to know what the store holds.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "kv/kv_private.h"

#define DATA_FILE    "data.mdb"
#define MAP_SIZE     (1ull << 34) /* address space, not memory or disk */
#define MAP_SIZE_MIN (1ull << 24)
#define READERS      1024

/* Where things lie in a header page of a 64-bit LMDB, data version 1. */
enum meta_layout {
	META_MAGIC = 16, /* behind the page's own header */
	META_VERSION = 20,
	META_PAGE_SIZE = 40, /* MDB_db.md_pad of the free list */
	META_FREE_ROOT = 80,
	META_MAIN_ROOT = 128,
	META_LAST_PAGE = 136,
	META_TXN = 144,
	META_END = 152,
};
#define META_MAGIC_VALUE   0xBEEFC0DEu
#define META_VERSION_VALUE 1u

static uint32_t load32(const uint8_t *at)
{
	uint32_t v;

	memcpy(&v, at, sizeof(v));
	return v;
}

static uint64_t load64(const uint8_t *at)
{
	uint64_t v;

	memcpy(&v, at, sizeof(v));
	return v;
}

/*
 * INVARIANT 25: with descriptor 1 closed, the store's file would become it, and a tool's output land in the store.
 * Each gets /dev/null the wrong way round, so that using it still fails, as it does with a closed one.
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

/** struct meta - what one header page says. */
struct meta {
	uint64_t txn, last_page;
	bool roots_fit; /* the roots lie before the last page */
};

/* One header page; @page_size is 0 for the first, which says it. */
static enum status read_meta(int fd, unsigned number, uint32_t *page_size, struct meta *out)
{
	uint8_t meta[META_END];
	uint64_t roots[2];
	enum status s = file_pread_full(fd, meta, sizeof(meta), (uint64_t)number * *page_size);
	uint32_t size;

	if (s != STATUS_OK)
		return s;
	if (load32(meta + META_MAGIC) != META_MAGIC_VALUE)
		return STATUS_CORRUPT;
	if (load32(meta + META_VERSION) != META_VERSION_VALUE)
		return STATUS_NEWER_VERSION;
	size = load32(meta + META_PAGE_SIZE);
	if (size < 512 || size > 65536 || (size & (size - 1)) != 0 || (*page_size && size != *page_size))
		return STATUS_CORRUPT;
	*out = (struct meta){load64(meta + META_TXN), load64(meta + META_LAST_PAGE), true};
	roots[0] = load64(meta + META_FREE_ROOT);
	roots[1] = load64(meta + META_MAIN_ROOT);
	for (int i = 0; i < 2; i++) {
		if (roots[i] != UINT64_MAX && (roots[i] < 2 || roots[i] > out->last_page))
			out->roots_fit = false;
	}
	*page_size = size;
	return STATUS_OK;
}

/* NOT_FOUND if nothing was ever written. */
static enum status check_data(int fd, uint64_t *file_size)
{
	struct meta metas[2] = {{0}};
	uint64_t last_page = 1;
	uint32_t page_size = 0;
	struct stat st;
	enum status s = read_meta(fd, 0, &page_size, &metas[0]);

	if (s == STATUS_OK)
		s = read_meta(fd, 1, &page_size, &metas[1]);
	/* Only the newer one is used. A commit that failed (a full disk) leaves new roots in the older one, under its old number. */
	if (s == STATUS_OK && !metas[metas[1].txn > metas[0].txn].roots_fit)
		s = STATUS_CORRUPT;
	for (int i = 0; i < 2; i++) {
		if (metas[i].last_page > last_page)
			last_page = metas[i].last_page;
	}
	/* The length is asked for last: a file in use only grows, and its header never names what is not there yet. */
	if (fstat(fd, &st) != 0)
		return STATUS_IO;
	if (!S_ISREG(st.st_mode))
		return STATUS_CORRUPT;
	if (st.st_size == 0)
		return STATUS_NOT_FOUND;
	if (s == STATUS_TRUNCATED || (s == STATUS_OK && last_page >= (uint64_t)st.st_size / page_size))
		return STATUS_CORRUPT;
	if (s == STATUS_OK)
		*file_size = (uint64_t)st.st_size;
	return s;
}

static enum status check_file(int folder, uint64_t *file_size)
{
	int fd = openat(folder, DATA_FILE, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	enum status s;

	*file_size = 0;
	if (fd < 0)
		return errno == ENOENT ? STATUS_NOT_FOUND : STATUS_IO;
	s = check_data(fd, file_size);
	close(fd);
	return s;
}

/* LMDB would say what is wrong on stderr, and then do the same. */
static void on_assert(MDB_env *env, const char *text)
{
	(void)env;
	(void)text;
	abort();
}

/* LMDB leaves the file of its pages open in programs that are run from here; whatever these write must not end up in it. */
static int keep_from_children(MDB_env *env)
{
	int fd, rc = mdb_env_get_fd(env, &fd);

	if (rc != MDB_SUCCESS)
		return rc;
	return fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 ? MDB_SUCCESS : errno;
}

static int open_env(MDB_env **out, const char *path, unsigned flags, uint64_t map_size)
{
	MDB_env *env;
	int rc = mdb_env_create(&env);

	if (rc != MDB_SUCCESS)
		return rc;
	mdb_env_set_assert(env, on_assert);
	rc = mdb_env_set_maxreaders(env, READERS);
	if (rc == MDB_SUCCESS)
		rc = mdb_env_set_mapsize(env, map_size);
	if (rc == MDB_SUCCESS)
		rc = mdb_env_open(env, path, flags, S_IRUSR | S_IWUSR);
	if (rc == MDB_SUCCESS)
		rc = keep_from_children(env);
	if (rc != MDB_SUCCESS) {
		mdb_env_close(env);
		return rc;
	}
	*out = env;
	return MDB_SUCCESS;
}

/* The map is far larger than the store will be, so that it does not fill up; less if address space is limited. */
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

static enum status look_first(const char *path, enum kv_mode mode, uint64_t *file_size)
{
	enum status s = fill_descriptors();
	int folder;

	if (s == STATUS_OK && mode == KV_CREATE)
		s = file_make_folders(path, S_IRWXU);
	if (s == STATUS_OK)
		s = check_folder(path);
	if (s != STATUS_OK)
		return s;
	folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return STATUS_IO;
	s = check_file(folder, file_size);
	close(folder);
	return s == STATUS_NOT_FOUND && mode == KV_CREATE ? STATUS_OK : s;
}

/* The one database, and what only an open environment tells. */
static int start(struct kv *kv)
{
	MDB_txn *txn;
	MDB_stat stat;
	int dead, rc = mdb_reader_check(kv->env, &dead);

	if (rc == MDB_SUCCESS)
		rc = mdb_txn_begin(kv->env, NULL, MDB_RDONLY, &txn);
	if (rc != MDB_SUCCESS)
		return rc;
	rc = mdb_dbi_open(txn, NULL, 0, &kv->dbi);
	if (rc != MDB_SUCCESS) {
		mdb_txn_abort(txn);
		return rc;
	}
	rc = mdb_txn_commit(txn);
	if (rc == MDB_SUCCESS)
		rc = mdb_env_stat(kv->env, &stat);
	if (rc == MDB_SUCCESS)
		kv->page_size = stat.ms_psize;
	return rc;
}

enum status kv_open(struct kv **out, const char *path, enum kv_mode mode)
{
	uint64_t file_size;
	enum status s = look_first(path, mode, &file_size);
	struct kv *kv;
	int rc;

	if (s != STATUS_OK)
		return s;
	kv = calloc(1, sizeof(*kv));
	if (!kv)
		return STATUS_NO_MEMORY;
	rc = open_largest(&kv->env, path, MDB_NOTLS | (mode == KV_READ_ONLY ? MDB_RDONLY : 0), file_size);
	if (rc == MDB_SUCCESS)
		rc = start(kv);
	if (rc != MDB_SUCCESS) {
		kv_close(kv);
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
	if (kv->env)
		mdb_env_close(kv->env);
	free(kv);
}
