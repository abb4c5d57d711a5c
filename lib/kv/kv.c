/* kv.c - keys and values in transactions, on LMDB.
 *
 * Knows transactions, and the checksum of each value.  Refuses to know the
 * meaning of a value.  Opening is in open.c, walking in cursor.c.
 *
 * A value as stored: one byte of version, eight of checksum, the value.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "kv/kv_private.h"

#define SNAPSHOT_TRIES 10000 /* tries of a reader to get a snapshot between two commits */
#define VALUE_VERSION  1
#define CHECKSUM_SIZE  8
#define VALUE_HEAD     (1 + CHECKSUM_SIZE)
#define RESERVE_STEP   (1u << 19) /* bytes */
#define VALUE_MAX      (1u << 30)
#define FULL_DISK      (1u << 18) /* bytes: with less room a short write is told as a full disk */

/* INVARIANT 26: open transactions of this thread, by the kind of their store; see kv_open_here(). */
static _Thread_local unsigned open_here[KV_LEDGER + 1];

unsigned kv_open_here(enum kv_kind kind)
{
	return open_here[kind];
}

enum status kv_status(int rc)
{
	switch (rc) {
	case MDB_SUCCESS:
		return STATUS_OK;
	case MDB_NOTFOUND:
		return STATUS_NOT_FOUND;
	case MDB_CORRUPTED:
	case MDB_PAGE_NOTFOUND:
	case MDB_INVALID:
	case MDB_INCOMPATIBLE:
		return STATUS_CORRUPT;
	case MDB_VERSION_MISMATCH:
		return STATUS_NEWER_VERSION;
	case MDB_READERS_FULL:
	case EAGAIN:
	case EBUSY:
		return STATUS_BUSY;
	case ENOMEM:
		return STATUS_NO_MEMORY;
	case ENOENT:
		return STATUS_NOT_FOUND;
	}
	/* LMDB's own codes are negative; the others are errno: ENOSPC, EIO, EACCES, EROFS, ... */
	return rc < 0 ? STATUS_STORE : STATUS_IO;
}

/* LMDB gives EIO for a write that was cut short, as the last one before a disk is full. */
static int full_disk(const struct kv *kv, int rc)
{
	return rc == EIO && file_room(kv->path, FULL_DISK) != STATUS_OK && errno == ENOSPC ? ENOSPC : rc;
}

enum status kv_fail(struct kv *kv, int rc)
{
	enum status s = kv_status(rc);

	if (s != STATUS_IO && s != STATUS_STORE)
		return s;
	rc = full_disk(kv, rc);
	error_set(&kv->error, s, "cannot write to '%.300s': %s", kv->path, mdb_strerror(rc));
	if (rc > 0)
		errno = rc;
	return s;
}

const struct error *kv_error(const struct kv *kv)
{
	return &kv->error;
}

static MDB_val val_of(struct span s)
{
	/* LMDB does not write through this pointer. */
	return (MDB_val){s.len, (void *)(uintptr_t)s.data};
}

/* INVARIANT 24: the checksum covers the key and the value's hash, so that no value passes under another key. */
static void checksum(uint8_t out[CHECKSUM_SIZE], struct span key, struct span value)
{
	uint8_t both[KV_KEY_MAX + BLAKE2B_256_SIZE], sum[BLAKE2B_256_SIZE];

	assert(key.len <= KV_KEY_MAX);
	blake2b(both, BLAKE2B_256_SIZE, value);
	memcpy(both + BLAKE2B_256_SIZE, key.data, key.len);
	blake2b(sum, sizeof(sum), span_of(both, BLAKE2B_256_SIZE + key.len));
	memcpy(out, sum, CHECKSUM_SIZE);
}

enum status kv_open_value(struct kv_txn *txn, struct span *value, struct span key, const MDB_val *stored)
{
	const uint8_t *at = stored->mv_data;
	uint8_t sum[CHECKSUM_SIZE];
	struct span found;

	/* A damaged length may point past the end of the file, where a read would kill the process. */
	if (key.len > KV_KEY_MAX || stored->mv_size < VALUE_HEAD || stored->mv_size > txn->bytes + txn->grown)
		return STATUS_CORRUPT;
	if (at[0] > VALUE_VERSION)
		return STATUS_NEWER_VERSION;
	found = span_of(at + VALUE_HEAD, stored->mv_size - VALUE_HEAD);
	checksum(sum, key, found);
	if (at[0] != VALUE_VERSION || memcmp(sum, at + 1, CHECKSUM_SIZE) != 0)
		return STATUS_CORRUPT;
	*value = found;
	return STATUS_OK;
}

uint64_t kv_number(struct kv *kv)
{
	MDB_envinfo info;

	mdb_env_info(kv->env, &info);
	return info.me_last_txnid;
}

/* True if no commit has followed the snapshot of @txn, so that no writer has touched the snapshot's header. */
static bool is_newest(MDB_env *env, MDB_txn *txn)
{
	MDB_envinfo info;

	mdb_env_info(env, &info);
	return info.me_last_txnid == mdb_txn_id(txn);
}

int kv_begin_snapshot(MDB_env *env, MDB_txn **out)
{
	MDB_txn *txn, *next;
	int rc = mdb_txn_begin(env, NULL, MDB_RDONLY, &txn);

	if (rc != MDB_SUCCESS)
		return rc;
	for (unsigned tries = 0; tries < SNAPSHOT_TRIES; tries++) {
		if (is_newest(env, txn)) {
			*out = txn;
			return MDB_SUCCESS;
		}
		rc = mdb_txn_begin(env, NULL, MDB_RDONLY, &next);
		if (rc == MDB_SUCCESS && mdb_txn_id(next) == mdb_txn_id(txn)) {
			/* The next commit is being written: that commit had not ended when the header was copied. */
			mdb_txn_abort(next);
			*out = txn;
			return MDB_SUCCESS;
		}
		mdb_txn_abort(txn);
		if (rc != MDB_SUCCESS)
			return rc;
		txn = next;
	}
	mdb_txn_abort(txn);
	return EAGAIN;
}

/* Begin a transaction outside any group. */
static enum status begin_alone(struct kv *kv, struct kv_txn **out, bool write)
{
	struct kv_txn *txn;
	MDB_envinfo info;
	int rc;

	if (write && kv->read_only)
		return STATUS_READ_ONLY;
	txn = calloc(1, sizeof(*txn));
	if (!txn)
		return STATUS_NO_MEMORY;
	rc = write ? mdb_txn_begin(kv->env, NULL, 0, &txn->at) : kv_begin_snapshot(kv->env, &txn->at);
	if (rc == MDB_MAP_RESIZED && kv->open_txns == 0) {
		/* Another process made the map larger. */
		rc = mdb_env_set_mapsize(kv->env, 0);
		if (rc == MDB_SUCCESS)
			rc = write ? mdb_txn_begin(kv->env, NULL, 0, &txn->at) : kv_begin_snapshot(kv->env, &txn->at);
	}
	if (rc != MDB_SUCCESS) {
		free(txn);
		return rc == MDB_MAP_RESIZED ? STATUS_BUSY : kv_fail(kv, rc);
	}
	mdb_env_info(kv->env, &info);
	txn->bytes = ((uint64_t)info.me_last_pgno + 1) * kv->page_size;
	txn->kv = kv;
	txn->write = write;
	kv->open_txns++;
	*out = txn;
	return STATUS_OK;
}

/* Begin a transaction inside the group: a write transaction can be aborted alone; a reader sees the changes of the innermost writer. */
static enum status begin_in_group(struct kv *kv, struct kv_txn **out, bool write)
{
	struct kv_txn *outer = kv->inner != NULL ? kv->inner : kv->group, *txn = calloc(1, sizeof(*txn));
	int rc = MDB_SUCCESS;

	if (!txn)
		return STATUS_NO_MEMORY;
	assert(!write || kv->inner == NULL);
	*txn = (struct kv_txn){
		.kv = kv, .at = outer->at, .write = write, .in_group = true, .bytes = outer->bytes + outer->grown};
	if (write)
		rc = mdb_txn_begin(kv->env, outer->at, 0, &txn->at);
	if (rc != MDB_SUCCESS) {
		free(txn);
		return kv_fail(kv, rc);
	}
	if (write)
		kv->inner = txn;
	*out = txn;
	return STATUS_OK;
}

static enum status begin(struct kv *kv, struct kv_txn **out, bool write)
{
	enum status s = STATUS_OK;

	if (!kv->grouping || (!write && kv->group == NULL))
		return begin_alone(kv, out, write);
	if (kv->group == NULL)
		s = begin_alone(kv, &kv->group, true);
	return s == STATUS_OK ? begin_in_group(kv, out, write) : s;
}

static enum status begin_counted(struct kv *kv, struct kv_txn **txn, bool write)
{
	enum status s = begin(kv, txn, write);

	if (s != STATUS_OK)
		return s;
	(*txn)->counted = true;
	open_here[kv->kind]++;
	return STATUS_OK;
}

/* The transaction ends: it counts no more. */
static void uncount(struct kv_txn *txn)
{
	if (txn->counted)
		open_here[txn->kv->kind]--;
	txn->counted = false;
}

enum status kv_begin_read(struct kv *kv, struct kv_txn **txn)
{
	return begin_counted(kv, txn, false);
}

enum status kv_begin_write(struct kv *kv, struct kv_txn **txn)
{
	return begin_counted(kv, txn, true);
}

int kv_file(struct kv *kv)
{
	mdb_filehandle_t fd = -1;

	mdb_env_get_fd(kv->env, &fd);
	return fd;
}

/*
 * INVARIANT 25: extend the file to its last page.  LMDB does not write pages at the end that one transaction took and
 * gave back, so a healthy file could be shorter than its header says, and a cut file would look the same.  The
 * writer's lock is held, so no other process changes the length.  The extension is a hole and takes no disk space.
 */
static int reserve_file(struct kv_txn *txn)
{
	uint64_t free_list = txn->bytes / 512 + 64 * (uint64_t)txn->kv->page_size;
	uint64_t need = (txn->bytes + txn->grown + free_list + RESERVE_STEP) / RESERVE_STEP * RESERVE_STEP;
	int fd = kv_file(txn->kv);
	struct stat st;

	if (fstat(fd, &st) != 0)
		return errno;
	if ((uint64_t)st.st_size < need && ftruncate(fd, (off_t)need) != 0)
		return errno;
	return MDB_SUCCESS;
}

/* Merge the transaction into the group (@keep), or undo the transaction. */
static int leave_group(struct kv_txn *txn, bool keep)
{
	int rc = MDB_SUCCESS;

	if (txn->write) {
		txn->kv->inner = NULL;
		if (keep)
			txn->kv->group->grown += txn->grown;
		if (keep)
			rc = mdb_txn_commit(txn->at);
		else
			mdb_txn_abort(txn->at);
	}
	free(txn);
	return rc;
}

enum status kv_commit(struct kv_txn **txn)
{
	struct kv_txn *ending = *txn;
	struct kv *kv = ending->kv;
	uint64_t number;
	int rc = MDB_SUCCESS;

	uncount(ending);
	if (ending->in_group) {
		*txn = NULL;
		return kv_fail(kv, leave_group(ending, true));
	}
	if (ending->write && ending->grown != 0)
		rc = reserve_file(ending);
	if (rc != MDB_SUCCESS) {
		kv_abort(txn);
		return kv_fail(kv, rc);
	}
	*txn = NULL;
	number = mdb_txn_id(ending->at);
	rc = mdb_txn_commit(ending->at);
	if (rc == MDB_SUCCESS && ending->write && ending->grown != 0)
		header_seal(kv_file(kv), kv->page_size, number);
	kv->open_txns--;
	free(ending);
	return kv_fail(kv, rc);
}

void kv_abort(struct kv_txn **txn)
{
	struct kv_txn *ending = *txn;

	if (ending == NULL)
		return;
	*txn = NULL;
	uncount(ending);
	if (ending->in_group) {
		leave_group(ending, false);
		return;
	}
	mdb_txn_abort(ending->at);
	ending->kv->open_txns--;
	free(ending);
}

/* Add a bound on the pages that one change takes: a copy and a split at each level of the tree, and the pages of the value. */
static void count_change(struct kv_txn *txn, size_t len)
{
	txn->grown += 24 * (uint64_t)txn->kv->page_size + len + len / 256;
}

enum status kv_get(struct kv_txn *txn, struct span *value, struct span key)
{
	MDB_val k = val_of(key), v;
	int rc;

	assert(key.len > 0 && key.len <= KV_KEY_MAX);
	rc = mdb_get(txn->at, txn->kv->dbi, &k, &v);
	return rc == MDB_SUCCESS ? kv_open_value(txn, value, key, &v) : kv_status(rc);
}

enum status kv_put(struct kv_txn *txn, struct span key, struct span value)
{
	MDB_val k = val_of(key), v = {VALUE_HEAD + value.len, NULL};
	uint8_t sum[CHECKSUM_SIZE], *at;
	int rc;

	assert(key.len > 0 && key.len <= KV_KEY_MAX);
	if (value.len > VALUE_MAX)
		return STATUS_TOO_LARGE;
	checksum(sum, key, value);
	count_change(txn, v.mv_size);
	rc = mdb_put(txn->at, txn->kv->dbi, &k, &v, MDB_RESERVE);
	if (rc != MDB_SUCCESS)
		return kv_fail(txn->kv, rc);
	at = v.mv_data;
	at[0] = VALUE_VERSION;
	memcpy(at + 1, sum, CHECKSUM_SIZE);
	if (value.len)
		memcpy(at + VALUE_HEAD, value.data, value.len);
	return STATUS_OK;
}

enum status kv_delete(struct kv_txn *txn, struct span key)
{
	MDB_val k = val_of(key);

	assert(key.len > 0 && key.len <= KV_KEY_MAX);
	count_change(txn, 0);
	return kv_fail(txn->kv, mdb_del(txn->at, txn->kv->dbi, &k, NULL));
}
