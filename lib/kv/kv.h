/* kv.h - ordered keys and values in transactions; the one door to lmdb.
 *
 * This header is all that a store engine must offer: another engine (a SQL
 * database) is another implementation of this header.  Each value is stored with
 * a version and a checksum over key and value, because LMDB has no checksums.  A
 * value whose checksum fails gives CORRUPT and is never returned as data.
 */
#ifndef KV_KV_H
#define KV_KV_H

#include "base/bytes.h"
#include "base/error.h"

#define KV_KEY_MAX 480 /* bytes */

struct kv;
struct kv_txn;

enum kv_mode {
	KV_READ_ONLY,
	KV_WRITE_IF_POSSIBLE, /* as KV_READ_ONLY if the store can't be written: a read-only mount, another user's file */
	KV_READ_WRITE,
	KV_CREATE,
};

/**
 * kv_open - open the store in folder @path.
 * KV_CREATE makes a missing folder, with mode 0700. NOT_FOUND if there is no store; INSECURE if the folder belongs to
 * another user or is open to others; CORRUPT if the file is shorter than its own header says, or if its headers do not
 * fit each other; NEWER_VERSION. A store that is opened for reading does without a lock file if none can be made.
 * Opens /dev/null on closed descriptors among 0 to 2, so that no tool's output can reach the store.
 */
MUST_CHECK enum status kv_open(struct kv **kv, const char *path, enum kv_mode mode);
void kv_close(struct kv *kv);
/** kv_error - the words of the last write that failed, with the folder of the store and the reason; borrowed. */
const struct error *kv_error(const struct kv *kv);

/** kv_number - the number of the last commit by any process: another number means that records may have changed. */
uint64_t kv_number(struct kv *kv);

/* The kind of a store. A record names the kind; its key begins with '!', and no other key may begin with '!'. */
enum kv_kind { KV_HOME, KV_LEDGER };
/** kv_open_kind - kv_open(), with IS_HOME or IS_LEDGER for a store of another kind. */
MUST_CHECK enum status kv_open_kind(struct kv **kv, const char *path, enum kv_mode mode, enum kv_kind kind);

/* A read transaction sees one snapshot. A write transaction waits for other writers. No transaction may be open across I/O on a pipe. */
MUST_CHECK enum status kv_begin_read(struct kv *kv, struct kv_txn **txn);
/** kv_begin_write - READ_ONLY if the store was opened for reading. */
MUST_CHECK enum status kv_begin_write(struct kv *kv, struct kv_txn **txn);
/** kv_commit - make the transaction durable. The transaction ends in any case, and *@txn is set to NULL. */
MUST_CHECK enum status kv_commit(struct kv_txn **txn);
/** kv_abort - drop the transaction's changes and set *@txn to NULL; harmless if *@txn is NULL. */
void kv_abort(struct kv_txn **txn);
/** kv_open_here - the number of transactions of stores of this kind that are open on the calling thread. An open group does not count. */
unsigned kv_open_here(enum kv_kind kind);
/**
 * CLEAN_TXN - `CLEAN_TXN struct kv_txn *txn = NULL;`: the transaction is aborted at the end of the scope unless
 * committed. kv_commit() always sets the variable to NULL, so that no transaction ends twice:
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
 * Groups: while a group is open, a write transaction that commits joins the group, and all transactions of the group
 * become durable together, with one sync. Until the group is committed, no byte that relies on its transactions may
 * leave the process. From the group's first write on, other writers wait, so the caller commits the group before
 * waiting for anything. An aborted transaction undoes its own changes, not the group's.
 */
void kv_group_begin(struct kv *kv);
/** kv_group_commit - make the group's transactions durable; the group stays open. Does nothing for an empty group. On failure all transactions of the group are lost. */
MUST_CHECK enum status kv_group_commit(struct kv *kv);
/** kv_sync_file - make the bytes written to @fd durable before any later commit: at once, or with the group. IO. */
MUST_CHECK enum status kv_sync_file(struct kv *kv, int fd);
/** kv_group_end - commit and close the group. */
MUST_CHECK enum status kv_group_end(struct kv *kv);

#define KV_WHY_MAX 120
/**
 * kv_check_pages - check each page of the snapshot that @txn reads: its place, its bounds, that it has one use, and that no
 * page in use is in the list of free pages. CORRUPT, with the page and its fault in @why. For a check of the whole store:
 * reads the file once, with a bit of memory for each page.
 */
MUST_CHECK enum status kv_check_pages(struct kv_txn *txn, char why[KV_WHY_MAX]);

/**
 * kv_check_kind - OK if the store is of this @kind: the kind record says so, or the store has the first record of that kind, or is empty.
 * IS_HOME, IS_LEDGER; NEWER_VERSION for an unknown kind.
 */
MUST_CHECK enum status kv_check_kind(struct kv_txn *txn, enum kv_kind kind);
/** kv_put_kind - kv_check_kind(), then write the kind record. */
MUST_CHECK enum status kv_put_kind(struct kv_txn *txn, enum kv_kind kind);

/** kv_get - read the value of @key, borrowed until the next write or the end of the transaction; NOT_FOUND. */
MUST_CHECK enum status kv_get(struct kv_txn *txn, struct span *value, struct span key);
MUST_CHECK enum status kv_put(struct kv_txn *txn, struct span key, struct span value);
/** kv_delete - delete a pair; NOT_FOUND if there is no such key. */
MUST_CHECK enum status kv_delete(struct kv_txn *txn, struct span key);

/**
 * struct kv_cursor - walks the keys that begin with a prefix, in order or backwards.
 * kv_seek(): go to the first key at or after @prefix + @after; kv_seek_last(): to the last key under @prefix.
 * kv_next(), kv_prev(): return the current pair and move on; NOT_FOUND at the end of the prefix. The caller may delete
 * the returned pair. A pair whose checksum fails gives CORRUPT, and the cursor moves on all the same.
 * Free a cursor before its transaction ends.
 */
struct kv_cursor;
MUST_CHECK enum status kv_seek(struct kv_txn *txn, struct kv_cursor **c, struct span prefix, struct span after);
MUST_CHECK enum status kv_seek_last(struct kv_txn *txn, struct kv_cursor **c, struct span prefix);
MUST_CHECK enum status kv_next(struct kv_cursor *c, struct span *key, struct span *value);
MUST_CHECK enum status kv_prev(struct kv_cursor *c, struct span *key, struct span *value);
/** kv_cursor_free - free the cursor and set *@c to NULL; harmless if *@c is NULL. */
void kv_cursor_free(struct kv_cursor **c);
/** CLEAN_CURSOR - `CLEAN_CURSOR struct kv_cursor *c = NULL;`: freed at the end of the scope. Declare the cursor after its CLEAN_TXN. */
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
 * @key, @value: the current pair, borrowed until the next write or the end of the transaction.
 * @status: the reason why there is no next pair; OK at the end of the prefix.
 * kv_walk() begins at @prefix + @after and never fails: the first kv_walk_next() reports the failure. The caller may
 * delete the current pair. With @past_damaged set, a pair whose checksum fails is passed over, and CORRUPT is the status
 * at the end: for lists in which a bad record must not hide the others. A walk must end before its transaction: declare
 * the walk in a function that gets the transaction as an argument, or call kv_walk_end(), which is harmless twice.
 */
struct kv_walk {
	struct kv_cursor *cursor;
	struct span key, value;
	enum status status;
	bool past_damaged; /* set by the caller */
	bool damaged;      /* a pair was passed over */
};
struct kv_walk kv_walk(struct kv_txn *txn, struct span prefix, struct span after);
bool kv_walk_next(struct kv_walk *w);
void kv_walk_end(struct kv_walk *w);
#define CLEAN_WALK __attribute__((cleanup(kv_walk_end)))

#endif
