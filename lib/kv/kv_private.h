/* kv_private.h - what the files of the store engine share; nobody else includes it. */
#ifndef KV_KV_PRIVATE_H
#define KV_KV_PRIVATE_H

#include <errno.h>
#include <lmdb.h>
#include <stdbool.h>

#include "base/workers.h"
#include "kv/kv.h"

struct kv {
	MDB_env *env;
	MDB_dbi dbi;
	unsigned page_size;
	bool read_only;
	unsigned open_txns; /* the map can be moved only while there are none */
	bool grouping;
	struct kv_txn *group;  /* what the group holds so far; NULL before its first write */
	struct kv_txn *inner;  /* the write transaction that is open inside the group */
	struct kv_file *files; /* to be durable before the group is; see group.c */
	size_t file_count, file_room;
	struct workers *crew; /* to sync them; NULL while there never were many */
};

struct kv_txn {
	struct kv *kv;
	MDB_txn *at;
	bool write;
	bool in_group;
	uint64_t bytes; /* of the store's pages when the transaction began */
	uint64_t grown; /* a bound on what its changes add */
};

/** kv_group_drop - forget the group and its files. */
void kv_group_drop(struct kv *kv);
/** header_check - both headers of the file fit each other, their seals and the file's length, which is @file_size; NOT_FOUND if nothing was ever written. */
MUST_CHECK enum status header_check(int fd, uint64_t *file_size);
/** header_seal - seal the header of transaction @number, which is committed; nothing happens if another one has followed. */
void header_seal(int fd, unsigned page_size, uint64_t number);
/**
 * kv_begin_snapshot - begin to read; EAGAIN, which is BUSY, if writers never leave a moment for it.
 *
 * LMDB copies the header of the snapshot without a lock. Once two commits have followed, that header page is being
 * written again, and what was copied may be half of each: a root on a page that the copied length does not have.
 * As long as the commit behind the snapshot has not ended, nobody can have touched its header.
 */
MUST_CHECK int kv_begin_snapshot(MDB_env *env, MDB_txn **out);
/** kv_status - what an LMDB or errno code means to us. */
enum status kv_status(int rc);
/** kv_open_value - the value in what is stored under @key, borrowed; CORRUPT unless its checksum holds. */
MUST_CHECK enum status kv_open_value(struct kv_txn *txn, struct span *value, struct span key, const MDB_val *stored);

#endif
