/* read_only.c - tests of stores that can only be read: no lock file can be made, and nothing is written. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../support/test.h"
#include "kv/kv.h"

#define NOBODY 65534

static char folder[64], path[96];

static void make_store(void)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct kv *kv;

	CHECK_EQUAL(kv_open(&kv, path, KV_CREATE), STATUS_OK, "create");
	CHECK(kv_begin_write(kv, &txn) == STATUS_OK && kv_put(txn, span_text("a"), span_text("b")) == STATUS_OK &&
			kv_commit(&txn) == STATUS_OK,
		"something is put");
	kv_close(kv);
}

/* Without a lock file, in a folder that nothing can be added to, of somebody who may not do it all the same. */
static void close_store(void)
{
	char name[128];

	snprintf(name, sizeof(name), "%s/lock.mdb", path);
	CHECK(unlink(name) == 0, "the lock file goes");
	snprintf(name, sizeof(name), "%s/data.mdb", path);
	CHECK(chmod(name, S_IRUSR) == 0 && chmod(path, S_IRUSR | S_IXUSR) == 0 && chmod(folder, 0711) == 0,
		"the store is closed to writers");
	if (geteuid() == 0)
		CHECK(chown(name, NOBODY, NOBODY) == 0 && chown(path, NOBODY, NOBODY) == 0,
			"and given to somebody who is not root");
}

static bool reads(struct kv *kv)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct span value;

	return kv_begin_read(kv, &txn) == STATUS_OK && kv_get(txn, &value, span_text("a")) == STATUS_OK &&
	       span_is(value, "b");
}

static int look_inside(void)
{
	struct kv_txn *txn;
	struct kv *kv;

	if (geteuid() == 0 && (setgid(NOBODY) != 0 || setuid(NOBODY) != 0))
		return 1;
	if (kv_open(&kv, path, KV_READ_WRITE) != STATUS_IO || errno != EACCES)
		return 2;
	if (kv_open(&kv, path, KV_READ_ONLY) != STATUS_OK || !reads(kv))
		return 3;
	kv_close(kv);
	if (kv_open(&kv, path, KV_WRITE_IF_POSSIBLE) != STATUS_OK || !reads(kv))
		return 4;
	if (kv_begin_write(kv, &txn) != STATUS_READ_ONLY)
		return 5;
	kv_close(kv);
	return 0;
}

static void test_closed_store(void)
{
	int status = -1;
	pid_t child;

	fflush(NULL);
	child = fork();
	if (child == 0)
		_exit(look_inside());
	CHECK(child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status), "somebody looks inside");
	CHECK_EQUAL(WEXITSTATUS(status), 0, "what can't be written can be read");
}

/* Where writing is possible it is done. */
static void test_open_store(void)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct kv *kv;

	CHECK_EQUAL(kv_open(&kv, path, KV_WRITE_IF_POSSIBLE), STATUS_OK, "open");
	CHECK(kv_begin_write(kv, &txn) == STATUS_OK && kv_put(txn, span_text("c"), span_text("d")) == STATUS_OK &&
			kv_commit(&txn) == STATUS_OK,
		"a store that can be written is");
	kv_close(kv);
}

int main(void)
{
	char command[128];

	snprintf(folder, sizeof(folder), "/tmp/test-read-XXXXXX");
	if (!CHECK(mkdtemp(folder) != NULL, "a folder to work in"))
		return test_end();
	snprintf(path, sizeof(path), "%s/store", folder);
	make_store();
	test_open_store();
	close_store();
	test_closed_store();
	chmod(path, S_IRWXU);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	CHECK_EQUAL(system(command), 0, "tidy up");
	return test_end();
}
