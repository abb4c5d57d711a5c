/* kv.c - the store engine: what goes in comes out, in order, or is refused; whatever lies in the file. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kv/kv.h"

#include "../../support/test.h"

static char folder[64];

static const char *path_of(char *out, const char *name)
{
	snprintf(out, 96, "%s/%s", folder, name);
	return out;
}

static struct span text(const char *t)
{
	return span_text(t);
}

/* Run @body in a process of its own; its exit code, or 128 and the signal. */
static int in_child(int (*body)(void *arg), void *arg)
{
	pid_t pid;
	int status;

	fflush(NULL);
	pid = fork();
	if (pid == 0)
		_exit(body(arg));
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void put(struct kv *kv, const char *key, const char *value)
{
	struct kv_txn *txn;

	if (!CHECK_EQUAL(kv_begin_write(kv, &txn), STATUS_OK, "begin"))
		return;
	CHECK_EQUAL(kv_put(txn, text(key), text(value)), STATUS_OK, "put");
	CHECK_EQUAL(kv_commit(&txn), STATUS_OK, "commit");
}

static void test_round_trip(struct kv *kv)
{
	struct kv_txn *txn;
	struct span value;

	put(kv, "one", "first");
	put(kv, "one", "again");
	put(kv, "empty", "");
	CHECK_EQUAL(kv_begin_write(kv, &txn), STATUS_OK, "begin");
	CHECK_EQUAL(kv_put(txn, text("gone"), text("x")), STATUS_OK, "put");
	CHECK_EQUAL(kv_get(txn, &value, text("gone")), STATUS_OK, "a writer sees what it wrote");
	kv_abort(&txn);
	CHECK_EQUAL(kv_begin_read(kv, &txn), STATUS_OK, "begin");
	CHECK_EQUAL(kv_get(txn, &value, text("one")), STATUS_OK, "get");
	CHECK(span_is(value, "again"), "the last value put is the one that is there");
	CHECK_EQUAL(kv_get(txn, &value, text("empty")), STATUS_OK, "get an empty value");
	CHECK_EQUAL(value.len, 0, "an empty value is empty");
	CHECK_EQUAL(kv_get(txn, &value, text("gone")), STATUS_NOT_FOUND, "what was aborted is not there");
	kv_abort(&txn);
	CHECK_EQUAL(kv_begin_write(kv, &txn), STATUS_OK, "begin");
	CHECK_EQUAL(kv_delete(txn, text("one")), STATUS_OK, "delete");
	CHECK_EQUAL(kv_delete(txn, text("one")), STATUS_NOT_FOUND, "delete twice");
	CHECK_EQUAL(kv_commit(&txn), STATUS_OK, "commit");
	CHECK(txn == NULL, "a transaction that is committed is not there any more");
	kv_abort(&txn);
}

static enum status put_in_scope(struct kv *kv, const char *key, bool commit)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_write(kv, &txn);

	if (s != STATUS_OK)
		return s;
	s = kv_put(txn, text(key), text("x"));
	if (s != STATUS_OK || !commit)
		return s;
	return kv_commit(&txn);
}

static void test_scope(struct kv *kv)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct span value;

	CHECK_EQUAL(put_in_scope(kv, "left", false), STATUS_OK, "a scope that does not commit");
	CHECK_EQUAL(put_in_scope(kv, "scope", true), STATUS_OK, "a scope that commits");
	CHECK_EQUAL(kv_begin_write(kv, &txn), STATUS_OK, "begin");
	CHECK_EQUAL(kv_get(txn, &value, text("left")), STATUS_NOT_FOUND, "the end of a scope aborts");
	CHECK_EQUAL(kv_delete(txn, text("scope")), STATUS_OK, "what a scope committed stays");
	CHECK_EQUAL(kv_commit(&txn), STATUS_OK, "commit");
}

/* The same keys by kv_walk(). */
static void check_whole_walk(struct kv_txn *txn, const char *prefix, const char *after, const char *want)
{
	CLEAN_WALK struct kv_walk walk = kv_walk(txn, text(prefix), text(after));
	CLEAN_BYTES struct bytes got = {0};

	while (kv_walk_next(&walk)) {
		bytes_append(&got, walk.key.data, walk.key.len);
		bytes_append_byte(&got, ' ');
	}
	CHECK_EQUAL(walk.status, STATUS_OK, "the end of a walk is no failure");
	CHECK(!kv_walk_next(&walk), "and stays the end");
	CHECK_TEXT(bytes_text(&got), want, "keys that are walked");
}

/* The keys that a cursor gives, in a row. */
static void check_walk(struct kv *kv, const char *prefix, const char *after, bool back, const char *want)
{
	struct bytes got = {0};
	struct kv_cursor *c = NULL;
	struct span key, value;
	struct kv_txn *txn;
	enum status s;

	CHECK_EQUAL(kv_begin_read(kv, &txn), STATUS_OK, "begin");
	s = back ? kv_seek_last(txn, &c, text(prefix)) : kv_seek(txn, &c, text(prefix), text(after));
	CHECK_EQUAL(s, STATUS_OK, "seek");
	while (s == STATUS_OK && (s = back ? kv_prev(c, &key, &value) : kv_next(c, &key, &value)) == STATUS_OK) {
		bytes_append(&got, key.data, key.len);
		bytes_append_byte(&got, ' ');
	}
	CHECK_EQUAL(s, STATUS_NOT_FOUND, "the end of a prefix is NOT_FOUND");
	CHECK_TEXT(bytes_text(&got), want, "keys under a prefix");
	kv_cursor_free(&c);
	if (!back)
		check_whole_walk(txn, prefix, after, want);
	kv_abort(&txn);
	bytes_release(&got);
}

static void test_walks(struct kv *kv)
{
	check_walk(kv, "p", "", false, "");
	check_walk(kv, "p", "", true, "");
	put(kv, "o9", "");
	put(kv, "p1", "");
	put(kv, "p2", "");
	put(kv, "p3", "");
	put(kv, "q1", "");
	put(kv, "\xff\xff", "");
	check_walk(kv, "p", "", false, "p1 p2 p3 ");
	check_walk(kv, "p", "2", false, "p2 p3 ");
	check_walk(kv, "p", "9", false, "");
	check_walk(kv, "p", "", true, "p3 p2 p1 ");
	check_walk(kv, "\xff", "", false, "\xff\xff ");
	check_walk(kv, "\xff", "", true, "\xff\xff ");
	check_walk(kv, "", "", false, "empty o9 p1 p2 p3 q1 \xff\xff ");
	check_walk(kv, "", "", true, "\xff\xff q1 p3 p2 p1 o9 empty ");
	check_walk(kv, "zz", "", true, "");
}

/* Deleting under a cursor must neither skip nor repeat. */
static void test_delete_while_walking(struct kv *kv)
{
	struct kv_cursor *c;
	struct span key, value;
	struct kv_txn *txn;
	char name[32];
	int n = 0;

	CHECK_EQUAL(kv_begin_write(kv, &txn), STATUS_OK, "begin");
	for (int i = 0; i < 2000; i++) {
		snprintf(name, sizeof(name), "walk%05d", i);
		CHECK_EQUAL(kv_put(txn, text(name), text("some value of some length, so that pages fill")), STATUS_OK,
			"put");
	}
	CHECK_EQUAL(kv_commit(&txn), STATUS_OK, "commit");
	CHECK_EQUAL(kv_begin_write(kv, &txn), STATUS_OK, "begin");
	CHECK_EQUAL(kv_seek(txn, &c, text("walk"), text("")), STATUS_OK, "seek");
	while (kv_next(c, &key, &value) == STATUS_OK) {
		uint8_t copy[KV_KEY_MAX];

		memcpy(copy, key.data, key.len);
		CHECK_EQUAL(kv_delete(txn, span_of(copy, key.len)), STATUS_OK, "delete");
		n++;
	}
	CHECK_EQUAL(n, 2000, "each is deleted once");
	kv_cursor_free(&c);
	CHECK_EQUAL(kv_commit(&txn), STATUS_OK, "commit");
}

static int count_up(void *arg)
{
	struct kv *kv;
	struct kv_txn *txn;

	if (kv_open(&kv, arg, KV_READ_WRITE) != STATUS_OK)
		return 1;
	for (int i = 0; i < 100; i++) {
		struct span value;
		uint32_t n = 0;

		if (kv_begin_write(kv, &txn) != STATUS_OK)
			return 2;
		if (kv_get(txn, &value, text("count")) == STATUS_OK)
			memcpy(&n, value.data, sizeof(n));
		n++;
		if (kv_put(txn, text("count"), span_of(&n, sizeof(n))) != STATUS_OK || kv_commit(&txn) != STATUS_OK)
			return 3;
	}
	kv_close(kv);
	return 0;
}

static void test_two_writers(char *path)
{
	struct kv *kv;
	struct kv_txn *txn;
	struct span value;
	uint32_t n = 0;
	int status;
	pid_t other;

	fflush(NULL);
	other = fork();
	if (other == 0)
		_exit(count_up(path));
	CHECK_EQUAL(in_child(count_up, path), 0, "one writer");
	CHECK(waitpid(other, &status, 0) == other && status == 0, "the other writer");
	CHECK_EQUAL(kv_open(&kv, path, KV_READ_ONLY), STATUS_OK, "open to read");
	CHECK_EQUAL(kv_begin_read(kv, &txn), STATUS_OK, "begin");
	if (CHECK_EQUAL(kv_get(txn, &value, text("count")), STATUS_OK, "get"))
		memcpy(&n, value.data, sizeof(n));
	CHECK_EQUAL(n, 200, "two writers lose no update");
	kv_abort(&txn);
	CHECK(kv_begin_write(kv, &txn) != STATUS_OK, "read only is read only");
	kv_close(kv);
}

static int with_closed_descriptors(void *arg)
{
	struct kv *kv;
	struct stat st;

	close(0);
	close(1);
	close(2);
	if (kv_open(&kv, arg, KV_CREATE) != STATUS_OK)
		return 1;
	for (int fd = 0; fd < 3; fd++) {
		if (fstat(fd, &st) != 0 || !S_ISCHR(st.st_mode))
			return 2;
	}
	if (write(1, "x", 1) != -1)
		return 3;
	kv_close(kv);
	return 0;
}

static void test_opening(char *path)
{
	char other[96];
	struct kv *kv;
	struct stat st;

	CHECK_EQUAL(
		in_child(with_closed_descriptors, path), 0, "INVARIANT 25: closed descriptors never become the store");
	CHECK_EQUAL(kv_open(&kv, path_of(other, "none"), KV_READ_WRITE), STATUS_NOT_FOUND, "no folder");
	CHECK_EQUAL(mkdir(other, 0755), 0, "make a folder");
	CHECK_EQUAL(kv_open(&kv, other, KV_CREATE), STATUS_INSECURE, "a folder open to others");
	CHECK_EQUAL(chmod(other, 0700), 0, "close it");
	CHECK_EQUAL(kv_open(&kv, other, KV_READ_WRITE), STATUS_NOT_FOUND, "a folder without a store");
	CHECK_EQUAL(kv_open(&kv, other, KV_CREATE), STATUS_OK, "create");
	kv_close(kv);
	strcat(other, "/data.mdb");
	CHECK(stat(other, &st) == 0 && (st.st_mode & 0777) == 0600, "files are ours alone");
}

static void fill(const char *path)
{
	char key[32], value[6000];
	struct kv *kv;
	struct kv_txn *txn;

	CHECK_EQUAL(kv_open(&kv, path, KV_CREATE), STATUS_OK, "create");
	memset(value, 'v', sizeof(value));
	for (int i = 0; i < 300; i++) {
		CHECK_EQUAL(kv_begin_write(kv, &txn), STATUS_OK, "begin");
		for (int j = 0; j < 3; j++) {
			snprintf(key, sizeof(key), "key%04d", (i * 7 + j) % 400);
			CHECK_EQUAL(
				kv_put(txn, text(key), span_of(value, 20 + (size_t)(i % 60) * 90)), STATUS_OK, "put");
		}
		CHECK_EQUAL(kv_commit(&txn), STATUS_OK, "commit");
	}
	kv_close(kv);
}

enum { READ_RIGHT, READ_REFUSED, READ_WRONG };

/* Read all of a store, and write to it; a value that comes out must be one that went in. */
static int use_all(void *arg)
{
	struct kv_cursor *c;
	struct kv_txn *txn;
	struct kv *kv;
	struct span key, value;
	int result = READ_RIGHT;
	enum status s;

	alarm(20);
	if (kv_open(&kv, arg, KV_READ_WRITE) != STATUS_OK)
		return READ_REFUSED;
	if (kv_begin_write(kv, &txn) != STATUS_OK)
		return READ_REFUSED;
	if (kv_seek(txn, &c, text("key"), text("")) != STATUS_OK)
		return READ_REFUSED;
	for (int n = 0; (s = kv_next(c, &key, &value)) != STATUS_NOT_FOUND && n < 1000; n++) {
		if (s != STATUS_OK) {
			result = READ_REFUSED;
			continue;
		}
		for (size_t i = 0; i < value.len; i++) {
			if (value.data[i] != 'v')
				return READ_WRONG;
		}
	}
	kv_cursor_free(&c);
	if (kv_put(txn, text("key0000"), text("vvv")) != STATUS_OK || kv_commit(&txn) != STATUS_OK)
		return READ_REFUSED;
	kv_close(kv);
	return result;
}

static void copy_file(const char *to, const uint8_t *data, size_t len)
{
	int fd = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	CHECK(fd >= 0 && write(fd, data, len) == (ssize_t)len, "write a damaged copy");
	close(fd);
}

/* INVARIANT 24: a byte changed anywhere, and a file cut anywhere. */
static void test_damage(char *path)
{
	char file[160];
	static uint8_t data[8 << 20];
	ssize_t len;
	size_t used;
	unsigned tally[3] = {0}, signals = 0;
	int fd;

	fill(path);
	CHECK_EQUAL(in_child(use_all, path), READ_RIGHT, "an undamaged store reads right");
	snprintf(file, sizeof(file), "%s/data.mdb", path);
	fd = open(file, O_RDONLY);
	len = read(fd, data, sizeof(data));
	close(fd);
	CHECK(len > 8192, "read the store's file");
	/* Behind the last page there is a hole, where nothing can be damaged. */
	for (used = (size_t)len; used > 0 && data[used - 1] == 0;)
		used--;
	srandom(1);
	for (int i = 0; i < 300; i++) {
		size_t at = (size_t)random() % used;
		uint8_t old = data[at];
		int result;

		data[at] ^= (uint8_t)(1 + random() % 255);
		copy_file(file, data, (size_t)len);
		result = in_child(use_all, path);
		CHECK(result != 128 + SIGALRM, "a damaged store never hangs us");
		if (result >= 128)
			signals++;
		else if (CHECK(result >= READ_RIGHT && result < READ_WRONG, "a damaged store never reads wrong"))
			tally[result]++;
		data[at] = old;
	}
	printf("note: 300 flips: %u harmless, %u refused, %u ended by a signal in lmdb\n", tally[READ_RIGHT],
		tally[READ_REFUSED], signals);
	for (size_t cut = 1; cut < used; cut += used / 40) {
		struct kv *kv;

		copy_file(file, data, cut);
		CHECK_EQUAL(kv_open(&kv, path, KV_READ_WRITE), STATUS_CORRUPT, "a file cut short is CORRUPT");
	}
}

/* A commit that fails on a full disk leaves new roots in the older header, under its old number: the store is whole. */
static void test_failed_commit(char *path)
{
	enum { PAGE = 4096, ROOT = 128, TXN = 144 };
	static uint8_t data[8 << 20];
	char file[160];
	uint64_t txn[2], beyond = 1 << 20;
	struct kv *kv;
	size_t older;
	ssize_t len;
	int fd;

	fill(path);
	snprintf(file, sizeof(file), "%s/data.mdb", path);
	fd = open(file, O_RDONLY);
	len = read(fd, data, sizeof(data));
	close(fd);
	memcpy(&txn[0], data + TXN, sizeof(txn[0]));
	memcpy(&txn[1], data + PAGE + TXN, sizeof(txn[1]));
	older = txn[0] < txn[1] ? 0 : 1;
	memcpy(data + older * PAGE + ROOT, &beyond, sizeof(beyond));
	copy_file(file, data, (size_t)len);
	CHECK_EQUAL(in_child(use_all, path), READ_RIGHT, "a store whose last commit failed reads right");
	memcpy(data + (1 - older) * PAGE + ROOT, &beyond, sizeof(beyond));
	copy_file(file, data, (size_t)len);
	CHECK_EQUAL(kv_open(&kv, path, KV_READ_WRITE), STATUS_CORRUPT, "a root beyond the end is CORRUPT");
}

static enum status get(struct kv *kv, const char *key)
{
	struct kv_txn *txn;
	struct span value;
	enum status s = kv_begin_read(kv, &txn);

	if (s != STATUS_OK)
		return s;
	s = kv_get(txn, &value, text(key));
	kv_abort(&txn);
	return s;
}

/* What another process sees. */
static int look(void *arg)
{
	struct kv *kv;
	int found;

	if (kv_open(&kv, arg, KV_READ_ONLY) != STATUS_OK)
		return 100;
	found = (get(kv, "g1") == STATUS_OK) + 2 * (get(kv, "g2") == STATUS_OK) + 4 * (get(kv, "g3") == STATUS_OK);
	kv_close(kv);
	return found;
}

/* A group is one commit: seen inside at once, outside when it is committed; an aborted part takes only itself back. */
static void test_groups(char *path)
{
	char file[160];
	struct kv_txn *txn;
	struct kv_cursor *c;
	struct span key, value;
	struct kv *kv;
	int fd;

	CHECK_EQUAL(kv_open(&kv, path, KV_CREATE), STATUS_OK, "create");
	put(kv, "before", "");
	kv_group_begin(kv);
	CHECK_EQUAL(kv_group_commit(kv), STATUS_OK, "an empty group commits");
	CHECK_EQUAL(get(kv, "before"), STATUS_OK, "a group reads what was there before it");
	put(kv, "g1", "one");
	CHECK_EQUAL(kv_begin_write(kv, &txn), STATUS_OK, "begin");
	CHECK_EQUAL(kv_put(txn, text("g2"), text("two")), STATUS_OK, "put");
	CHECK_EQUAL(kv_delete(txn, text("g1")), STATUS_OK, "delete");
	CHECK_EQUAL(get(kv, "g2"), STATUS_OK, "a reader inside sees what the open writer wrote");
	CHECK_EQUAL(get(kv, "g1"), STATUS_NOT_FOUND, "and what it deleted");
	kv_abort(&txn);
	CHECK_EQUAL(get(kv, "g1"), STATUS_OK, "an aborted part takes back its own changes");
	CHECK_EQUAL(get(kv, "g2"), STATUS_NOT_FOUND, "all of them");
	put(kv, "g3", "three");
	CHECK_EQUAL(kv_begin_read(kv, &txn), STATUS_OK, "begin");
	CHECK_EQUAL(kv_seek(txn, &c, text("g"), text("")), STATUS_OK, "seek in a group");
	CHECK_EQUAL(kv_next(c, &key, &value), STATUS_OK, "next");
	CHECK(span_is(key, "g1"), "a cursor walks the group");
	kv_cursor_free(&c);
	kv_abort(&txn);
	CHECK_EQUAL(in_child(look, path), 0, "others see nothing of a group that is not committed");
	CHECK_EQUAL(kv_group_commit(kv), STATUS_OK, "commit the group");
	CHECK_EQUAL(in_child(look, path), 1 + 4, "then they see all of it");

	snprintf(file, sizeof(file), "%s/a file", path);
	fd = open(file, O_RDWR | O_CREAT, 0600);
	CHECK_EQUAL(write(fd, "x", 1), 1, "write a file");
	CHECK_EQUAL(kv_sync_file(kv, fd), STATUS_OK, "a file joins the group");
	CHECK_EQUAL(kv_sync_file(kv, fd), STATUS_OK, "twice is once");
	close(fd);
	put(kv, "g2", "two");
	CHECK_EQUAL(kv_group_end(kv), STATUS_OK, "and is synced with it, though its owner has closed it");
	CHECK_EQUAL(in_child(look, path), 1 + 2 + 4, "the end of a group commits it");
	fd = open(file, O_RDONLY);
	CHECK_EQUAL(kv_sync_file(kv, fd), STATUS_OK, "outside of a group a file is synced at once");
	close(fd);
	CHECK_EQUAL(kv_sync_file(kv, fd), STATUS_IO, "what is no file is an error");

	kv_group_begin(kv);
	put(kv, "lost", "");
	kv_close(kv);
	CHECK_EQUAL(kv_open(&kv, path, KV_READ_WRITE), STATUS_OK, "open again");
	CHECK_EQUAL(get(kv, "lost"), STATUS_NOT_FOUND, "a group that was never committed never was");
	kv_close(kv);
}

/* Open transactions are counted for each kind of store; a group counts no more than the transactions in it. */
static void test_open_here(char *path)
{
	struct kv_txn *outer = NULL, *inner = NULL;
	struct kv *kv;

	CHECK_EQUAL(kv_open_kind(&kv, path, KV_CREATE, KV_LEDGER), STATUS_OK, "a ledger");
	CHECK_EQUAL(kv_begin_read(kv, &outer), STATUS_OK, "read");
	CHECK_EQUAL(kv_open_here(KV_LEDGER), 1, "a transaction of a ledger");
	CHECK_EQUAL(kv_open_here(KV_HOME), 0, "is none of a home");
	CHECK_EQUAL(kv_begin_write(kv, &inner), STATUS_OK, "write");
	CHECK_EQUAL(kv_open_here(KV_LEDGER), 2, "two of them");
	CHECK_EQUAL(kv_commit(&inner), STATUS_OK, "commit");
	kv_abort(&outer);
	CHECK_EQUAL(kv_open_here(KV_LEDGER), 0, "both have ended");
	kv_group_begin(kv);
	put(kv, "a", "1");
	CHECK_EQUAL(kv_open_here(KV_LEDGER), 0, "a group that waits for its commit");
	CHECK_EQUAL(kv_begin_write(kv, &inner), STATUS_OK, "write in the group");
	CHECK_EQUAL(kv_open_here(KV_LEDGER), 1, "a transaction in a group");
	kv_abort(&inner);
	CHECK_EQUAL(kv_group_end(kv), STATUS_OK, "end");
	CHECK_EQUAL(kv_open_here(KV_LEDGER), 0, "all have ended");
	kv_close(kv);
}

int main(void)
{
	char path[96], command[128];
	struct kv *kv;

	snprintf(folder, sizeof(folder), "/tmp/test-kv-XXXXXX");
	if (!CHECK(mkdtemp(folder) != NULL, "a folder to work in"))
		return test_end();
	path_of(path, "a");
	CHECK_EQUAL(kv_open(&kv, path, KV_CREATE), STATUS_OK, "create");
	test_round_trip(kv);
	test_scope(kv);
	test_walks(kv);
	test_delete_while_walking(kv);
	kv_close(kv);
	test_two_writers(path);
	path_of(path, "b");
	test_opening(path);
	path_of(path, "c");
	test_damage(path);
	path_of(path, "d");
	test_failed_commit(path);
	path_of(path, "e");
	test_groups(path);
	path_of(path, "f");
	test_open_here(path);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	CHECK_EQUAL(system(command), 0, "tidy up");
	return test_end();
}
