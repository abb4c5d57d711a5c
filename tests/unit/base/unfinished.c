/* unfinished.c - names for what is not complete, and what is done with those that were left. */
#include "base/unfinished.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../support/test.h"

static char folder[] = "/tmp/unfinished-XXXXXX";

/* A path below the test's folder; static. */
static const char *at(const char *name)
{
	static char path[2][128];
	static int turn;

	turn = !turn;
	snprintf(path[turn], sizeof(path[turn]), "%s/%s", folder, name);
	return path[turn];
}

static void touch(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT, 0600);

	CHECK(fd >= 0, "a file");
	close(fd);
}

static bool is_there(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

static void test_held(void)
{
	char *first, *second, *third;
	int a, b, c;

	CHECK_EQUAL(unfinished_file(&first, &a, at(""), 0600), STATUS_OK, "a file");
	CHECK_TEXT(first, at(".retrieval-tmp-0"), "has the first name");
	CHECK_EQUAL(unfinished_folder(&second, &b, at(""), 0700), STATUS_OK, "a folder");
	CHECK_TEXT(second, at(".retrieval-tmp-1"), "has the next");
	CHECK(is_there(first), "because the first is held");
	CHECK_EQUAL(unfinished_file(&third, &c, at(""), 0600), STATUS_OK, "another file");
	CHECK_TEXT(third, at(".retrieval-tmp-2"), "has the one behind");
	unfinished_remove(first);
	unfinished_remove(second);
	unfinished_remove(third);
	CHECK(!is_there(first) && !is_there(second) && !is_there(third), "all are removed");
	close(a);
	close(b);
	close(c);
	free(first);
	free(second);
	free(third);
}

static void make_full(const char *name)
{
	char path[200];

	CHECK(mkdir(name, 0700) == 0, "a folder");
	snprintf(path, sizeof(path), "%s/in", name);
	touch(path);
}

/* What is at the first name, and whether it is removed for a new file. */
static void test_left(void)
{
	static const struct {
		const char *what;
		bool gone;
	} rows[] = {{"file", true}, {"folder", true}, {"symlink", false}, {"pipe", false}, {"held file", false}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *what = rows[i].what;
		int fd, held = -1;
		char *name;

		if (strstr(what, "file") != NULL)
			touch(at(".retrieval-tmp-0"));
		else if (strcmp(what, "folder") == 0)
			make_full(at(".retrieval-tmp-0"));
		else if (strcmp(what, "symlink") == 0)
			CHECK(symlink("nowhere", at(".retrieval-tmp-0")) == 0, what);
		else
			CHECK(mkfifo(at(".retrieval-tmp-0"), 0600) == 0, what);
		if (strcmp(what, "held file") == 0) {
			held = open(at(".retrieval-tmp-0"), O_RDONLY);
			CHECK(flock(held, LOCK_EX) == 0, "it is held");
		}
		CHECK_EQUAL(unfinished_file(&name, &fd, at(""), 0600), STATUS_OK, what);
		CHECK_TEXT(name, at(rows[i].gone ? ".retrieval-tmp-0" : ".retrieval-tmp-1"), what);
		unfinished_remove(name);
		CHECK(rows[i].gone != is_there(at(".retrieval-tmp-0")), what);
		unlink(at(".retrieval-tmp-0"));
		close(fd);
		close(held);
		free(name);
	}
}

static void test_killed(void)
{
	char *name;
	int fd, code;
	pid_t child = fork();

	if (child == 0) {
		if (unfinished_folder(&name, &fd, at(""), 0700) != STATUS_OK)
			_exit(1);
		raise(SIGKILL);
	}
	CHECK(waitpid(child, &code, 0) == child && WIFSIGNALED(code), "a process is killed");
	CHECK(is_there(at(".retrieval-tmp-0")), "and leaves its folder");
	CHECK_EQUAL(unfinished_file(&name, &fd, at(""), 0600), STATUS_OK, "which the next one");
	CHECK_TEXT(name, at(".retrieval-tmp-0"), "removes");
	unfinished_remove(name);
	close(fd);
	free(name);
}

static void test_link(void)
{
	int fd = open(folder, O_TMPFILE | O_RDWR, 0600);
	char *name;

	if (fd < 0)
		return; /* no files without a name here */
	CHECK_EQUAL(unfinished_link(&name, fd, at("")), STATUS_OK, "a file without a name gets one");
	CHECK(is_there(name), "it is there");
	CHECK(unlink(name) == 0, "it is removed");
	free(name);
	close(fd);
}

int main(void)
{
	CHECK(mkdtemp(folder) != NULL, "a folder");
	test_held();
	test_left();
	test_killed();
	test_link();
	CHECK(rmdir(folder) == 0, "nothing stays");
	return test_end();
}
