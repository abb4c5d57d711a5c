/* kv_private.h - shared by the files of the store engine; no other file includes this header. */
#ifndef KV_KV_PRIVATE_H
#define KV_KV_PRIVATE_H

#include <errno.h>
#include <lmdb.h>
#include <stdbool.h>

#include "base/error.h"
#include "base/workers.h"
#include "kv/kv.h"

struct kv {
	MDB_env *env;
	MDB_dbi dbi;
	enum kv_kind kind; /* KV_HOME unless the caller has said */
	unsigned page_size;
	char *path;
	struct error error; /* of the last write that failed */
	int folder;         /* a descriptor of the store's folder */
	bool read_only;
	unsigned open_txns; /* the map can move only while this is 0 */
	bool grouping;
	struct kv_txn *group;  /* the group's transaction; NULL before the group's first write */
	struct kv_txn *inner;  /* the write transaction that is open inside the group */
	struct kv_file *files; /* files to sync before the group commits; see group.c */
	size_t file_count, file_room;
	struct workers *crew; /* threads that sync these files; NULL until there are many files */
};

struct kv_txn {
	struct kv *kv;
	MDB_txn *at;
	bool write;
	bool in_group;
	bool counted;   /* by kv_open_here(); the transaction of a group is not */
	uint64_t bytes; /* of the store's pages when the transaction began */
	uint64_t grown; /* a bound on the bytes that its changes add */
};

/** kv_group_drop - abort the group and drop its list of files. */
void kv_group_drop(struct kv *kv);
/** header_check - check that both headers fit each other, their seals and the file's length. @file_size: out, that length. NOT_FOUND if nothing was ever written. */
MUST_CHECK enum status header_check(int fd, uint64_t *file_size);
/** header_seal - seal the header of the committed transaction @number; does nothing if another commit has followed. */
void header_seal(int fd, unsigned page_size, uint64_t number);
/** struct header_roots - the root pages of the trees of a transaction, UINT64_MAX for an empty tree, and the last page. */
struct header_roots {
	uint64_t free_list, main, last_page;
};
/** header_roots - the roots of transaction @number; NOT_FOUND if its header is overwritten, or a failed commit is in it. */
MUST_CHECK enum status header_roots(struct header_roots *out, int fd, unsigned page_size, uint64_t number);
/** kv_file - the descriptor of the store's file. */
int kv_file(struct kv *kv);
/**
 * kv_begin_snapshot - begin to read; EAGAIN (BUSY) if commits follow each other too fast for a snapshot.
 *
 * LMDB copies the header of the snapshot without a lock. The second commit after the snapshot writes the same header
 * page again, and the copy may then mix two headers: a root on a page that the copied length does not have. As long as
 * the first commit after the snapshot has not ended, no writer can have touched the snapshot's header.
 */
MUST_CHECK int kv_begin_snapshot(MDB_env *env, MDB_txn **out);
/** kv_status - the status for an LMDB or errno code. */
enum status kv_status(int rc);
/** kv_fail - the status for the code of a write that failed; keeps words for kv_error() that name the store. Returns OK for success. */
enum status kv_fail(struct kv *kv, int rc);
/** kv_open_value - the value inside the bytes stored under @key, borrowed; CORRUPT unless its checksum holds. */
MUST_CHECK enum status kv_open_value(struct kv_txn *txn, struct span *value, struct span key, const MDB_val *stored);

#endif
