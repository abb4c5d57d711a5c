/* kv.h - ordered keys and values in transactions; the one door to lmdb.
 *
 * This is all that a store engine must offer: another one (a SQL database)
 * is another file that implements this header.  Every value is kept with a
 * version and a checksum over key and value, because LMDB has none; a value
 * that does not verify is CORRUPT, never data.
 */
#ifndef KV_KV_H
#define KV_KV_H

#include "base/bytes.h"

#define KV_KEY_MAX 480 /* bytes */

struct kv;
struct kv_txn;

enum kv_mode {
	KV_READ_ONLY,
	KV_WRITE_IF_POSSIBLE, /* as KV_READ_ONLY where nothing can be written: a read-only mount, another's file */
	KV_READ_WRITE,
	KV_CREATE,
};

/**
 * kv_open - open the store in folder @path.
 * KV_CREATE makes the folder, with mode 0700, if it is not there. NOT_FOUND if there is none; INSECURE if the folder
 * is not ours or open to others; CORRUPT if the file is shorter than its own header says, or if its headers do not fit
 * each other; NEWER_VERSION. A store that is opened for reading needs no lock file, if none can be made.
 * Opens /dev/null on descriptors 0 to 2 that are closed, so that no tool's output can land in the store.
 */
MUST_CHECK enum status kv_open(struct kv **kv, const char *path, enum kv_mode mode);
void kv_close(struct kv *kv);

/* What a store is: a record of its own says it, under a key that begins with '!'; no other key of a store may. */
enum kv_kind { KV_HOME, KV_LEDGER };
/** kv_open_kind - kv_open(), and IS_HOME or IS_LEDGER if the store is there and of another kind. */
MUST_CHECK enum status kv_open_kind(struct kv **kv, const char *path, enum kv_mode mode, enum kv_kind kind);

/* A read transaction sees one moment. A write transaction waits for other writers. Neither may be open across I/O on a pipe. */
MUST_CHECK enum status kv_begin_read(struct kv *kv, struct kv_txn **txn);
/** kv_begin_write - READ_ONLY if the store was opened for reading. */
MUST_CHECK enum status kv_begin_write(struct kv *kv, struct kv_txn **txn);
/** kv_commit - make it durable; the transaction is over in any case, and *@txn is NULL. */
MUST_CHECK enum status kv_commit(struct kv_txn **txn);
/** kv_abort - drop it, and set *@txn to NULL; harmless if that is NULL already. */
void kv_abort(struct kv_txn **txn);
/**
 * CLEAN_TXN - `CLEAN_TXN struct kv_txn *txn = NULL;`: the transaction is aborted at the end of the scope, unless it was
 * committed. kv_commit() sets the variable to NULL whether it succeeds or not, so that no transaction ends twice:
 *
 *	CLEAN_TXN struct kv_txn *txn = NULL;
 *	enum status s = kv_begin_write(kv, &txn);
 *
 *	if (s != STATUS_OK)
 *		return s;
 *	s = store_put_channel(txn, &channel);
 *	if (s != STATUS_OK)
 *		return s;
 *	return kv_commit(&txn);
 */
#define CLEAN_TXN __attribute__((cleanup(kv_abort)))

/*
 * Groups: while one is open, a write transaction that commits becomes part of it, and all of them become durable
 * together: many small steps for the price of one sync. Until then what they say must stay inside: no byte that relies
 * on it may leave the process. From a group's first write on, other writers wait, so a group is committed before
 * anything is waited for. An aborted transaction takes back its own changes, not the group's.
 */
void kv_group_begin(struct kv *kv);
/** kv_group_commit - make durable what is in the group, which stays open; does nothing if that is nothing. If it fails, all of the group is gone. */
MUST_CHECK enum status kv_group_commit(struct kv *kv);
/** kv_sync_file - have what was written to @fd durable before anything that is committed from now on: at once, or with the group. IO. */
MUST_CHECK enum status kv_sync_file(struct kv *kv, int fd);
/** kv_group_end - commit, and close the group. */
MUST_CHECK enum status kv_group_end(struct kv *kv);

/**
 * kv_check_kind - OK if the store is of this @kind: it says so, or it has the first record of that kind, or it is empty.
 * IS_HOME, IS_LEDGER; NEWER_VERSION for a kind that is not known here.
 */
MUST_CHECK enum status kv_check_kind(struct kv_txn *txn, enum kv_kind kind);
/** kv_put_kind - kv_check_kind(), and the store says so from now on. */
MUST_CHECK enum status kv_put_kind(struct kv_txn *txn, enum kv_kind kind);

/** kv_get - the value of @key, borrowed until the next write or the end of the transaction; NOT_FOUND. */
MUST_CHECK enum status kv_get(struct kv_txn *txn, struct span *value, struct span key);
MUST_CHECK enum status kv_put(struct kv_txn *txn, struct span key, struct span value);
/** kv_delete - NOT_FOUND if there is none. */
MUST_CHECK enum status kv_delete(struct kv_txn *txn, struct span key);

/**
 * struct kv_cursor - walks the keys that begin with a prefix, in order or backwards.
 * kv_seek(): go to the first key at or after @prefix + @after; kv_seek_last(): to the last key under @prefix.
 * kv_next(), kv_prev(): the current pair, then move on; NOT_FOUND at the end of the prefix. The pair just given may be
 * deleted. A pair that does not verify is CORRUPT, and the cursor moves on all the same.
 * Free a cursor before its transaction ends.
 */
struct kv_cursor;
MUST_CHECK enum status kv_seek(struct kv_txn *txn, struct kv_cursor **c, struct span prefix, struct span after);
MUST_CHECK enum status kv_seek_last(struct kv_txn *txn, struct kv_cursor **c, struct span prefix);
MUST_CHECK enum status kv_next(struct kv_cursor *c, struct span *key, struct span *value);
MUST_CHECK enum status kv_prev(struct kv_cursor *c, struct span *key, struct span *value);
/** kv_cursor_free - free it, and set *@c to NULL; harmless if that is NULL already. */
void kv_cursor_free(struct kv_cursor **c);
/** CLEAN_CURSOR - `CLEAN_CURSOR struct kv_cursor *c = NULL;`: freed at the end of the scope. Declare it after its CLEAN_TXN. */
#define CLEAN_CURSOR __attribute__((cleanup(kv_cursor_free)))

/**
 * struct kv_walk - all pairs whose keys begin with a prefix, in order:
 *
 *	CLEAN_WALK struct kv_walk walk = kv_walk(txn, prefix, after);
 *
 *	while (kv_walk_next(&walk)) {
 *		... walk.key, walk.value ...
 *	}
 *	return walk.status;
 *
 * @key, @value: the pair at hand, borrowed until the next write or the end of the transaction.
 * @status: why there is no next pair; OK at the end of the prefix.
 * kv_walk() begins at @prefix + @after and fails nowhere: the first kv_walk_next() says what went wrong. The pair at
 * hand may be deleted. With @past_damaged set, a pair whose checksum fails is passed over, and CORRUPT is the status at
 * the end: for lists in which one bad record must hide no other. A walk ends before its transaction does: declare it in the scope of a function that is given
 * the transaction, or call kv_walk_end(), which is harmless twice.
 */
struct kv_walk {
	struct kv_cursor *cursor;
	struct span key, value;
	enum status status;
	bool past_damaged; /* to be set by the caller */
	bool damaged;      /* a pair was passed over */
};
struct kv_walk kv_walk(struct kv_txn *txn, struct span prefix, struct span after);
bool kv_walk_next(struct kv_walk *w);
void kv_walk_end(struct kv_walk *w);
#define CLEAN_WALK __attribute__((cleanup(kv_walk_end)))

#endif
