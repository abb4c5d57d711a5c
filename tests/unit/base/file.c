/* file.c - whole reads and writes, and files that appear whole or not at all. */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../support/test.h"

#define PLENTY (1024 * 1024) /* bytes: far more than a pipe holds */

static char folder[] = "/tmp/test-file-XXXXXX";

/* A name in the test's folder; valid until the next call but one. */
static const char *at(const char *name)
{
	static char paths[2][128];
	static unsigned turn;

	turn = !turn;
	snprintf(paths[turn], sizeof(paths[turn]), "%s/%s", folder, name);
	return paths[turn];
}

static unsigned count_files(void)
{
	DIR *d = opendir(folder);
	unsigned n = 0;

	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n - 2;
}

static void check_content(const char *path, const char *want, const char *why)
{
	struct bytes b = {0};

	CHECK_EQUAL(file_slurp_path(&b, path, 4096), STATUS_OK, why);
	CHECK_TEXT(bytes_text(&b), want, why);
	bytes_release(&b);
}

static void put(const char *path, const char *text)
{
	struct file_out out;

	CHECK_EQUAL(file_out_open(&out, path, 0644), STATUS_OK, "opens");
	CHECK_EQUAL(file_write_full(out.fd, text, strlen(text)), STATUS_OK, "writes");
	CHECK_EQUAL(file_out_commit(&out), STATUS_OK, "commits");
	file_out_release(&out);
}

static void test_read_full(void)
{
	static const struct {
		size_t ask;
		enum status want;
		size_t got;
		const char *why;
	} rows[] = {
		{4, STATUS_OK, 4, "part of the stream"},
		{0, STATUS_OK, 0, "nothing"},
		{4, STATUS_CUT, 2, "more than is left"},
		{4, STATUS_END, 0, "after the end"},
		{0, STATUS_OK, 0, "nothing after the end"},
	};
	int ends[2];
	char buf[8];

	CHECK(pipe(ends) == 0, "a pipe");
	CHECK_EQUAL(file_write_full(ends[1], "abcdef", 6), STATUS_OK, "six bytes");
	close(ends[1]);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t got = 7;

		CHECK_EQUAL(file_read_full(ends[0], buf, rows[i].ask, &got), rows[i].want, rows[i].why);
		CHECK_EQUAL(got, rows[i].got, rows[i].why);
	}
	close(ends[0]);
	errno = 0;
	CHECK(file_read_full(ends[0], buf, 1, NULL) == STATUS_IO && errno == EBADF, "a closed descriptor");
	errno = 0;
	CHECK(file_write_full(ends[1], buf, 1) == STATUS_IO && errno == EBADF, "to write to, too");
}

static void tick(int signal_number)
{
	(void)signal_number;
}

/* Through a pipe that says EAGAIN at both ends, while a timer interrupts every call. */
static void test_interruptions(void)
{
	struct sigaction action = {.sa_handler = tick}; /* without SA_RESTART: calls fail with EINTR */
	struct itimerval often = {{0, 500}, {0, 500}}, never = {{0, 0}, {0, 0}};
	uint8_t *data = malloc(PLENTY), *back = calloc(1, PLENTY);
	int ends[2], child_status = 1;
	pid_t child;

	if (!CHECK(data && back && pipe2(ends, O_NONBLOCK) == 0, "a pipe that does not wait"))
		return;
	for (size_t i = 0; i < PLENTY; i++)
		data[i] = (uint8_t)(i * 7 >> 3);
	sigaction(SIGALRM, &action, NULL);
	child = fork();
	if (child == 0) {
		setitimer(ITIMER_REAL, &often, NULL);
		usleep(2000);
		_exit(file_write_full(ends[1], data, PLENTY) != STATUS_OK);
	}
	close(ends[1]);
	setitimer(ITIMER_REAL, &often, NULL);
	CHECK_EQUAL(file_read_full(ends[0], back, PLENTY, NULL), STATUS_OK, "interrupted and early reads go on");
	setitimer(ITIMER_REAL, &never, NULL);
	CHECK(waitpid(child, &child_status, 0) == child && child_status == 0, "and so do writes");
	CHECK(memcmp(data, back, PLENTY) == 0, "nothing is lost or doubled");
	close(ends[0]);
	free(data);
	free(back);
}

static void test_offsets(void)
{
	int fd = open(at("offsets"), O_RDWR | O_CREAT, 0600);
	char buf[4];

	CHECK_EQUAL(file_pwrite_full(fd, "abcd", 4, 10), STATUS_OK, "writes behind the end");
	CHECK_EQUAL(file_pread_full(fd, buf, 4, 10), STATUS_OK, "reads it");
	CHECK(memcmp(buf, "abcd", 4) == 0, "back");
	CHECK_EQUAL(file_pread_full(fd, buf, 4, 11), STATUS_TRUNCATED, "past the end");
	CHECK_EQUAL(file_pread_full(fd, buf, 0, 14), STATUS_OK, "nothing at the end");
	CHECK_EQUAL(file_pread_full(fd, buf, 4, UINT64_MAX), STATUS_TRUNCATED, "an offset that wraps");
	CHECK_EQUAL(file_pread_full(fd, buf, 4, INT64_MAX - 1), STATUS_TRUNCATED, "an end that wraps");
	errno = 0;
	CHECK(file_pwrite_full(fd, "x", 1, UINT64_MAX) == STATUS_IO && errno == EFBIG, "nor are they written");
	close(fd);
	unlink(at("offsets"));
}

static void test_slurp(void)
{
	struct bytes b = {0};

	put(at("small"), "0123456789");
	bytes_append_text(&b, ">");
	CHECK_EQUAL(file_slurp_path(&b, at("small"), 9), STATUS_TOO_LARGE, "one byte too many");
	CHECK_TEXT(bytes_text(&b), ">", "appends nothing");
	CHECK_EQUAL(file_slurp_path(&b, at("small"), 10), STATUS_OK, "just as many as allowed");
	CHECK_TEXT(bytes_text(&b), ">0123456789", "appends all");
	CHECK_EQUAL(file_slurp_path(&b, at("small"), SIZE_MAX), STATUS_OK, "no limit");
	CHECK_EQUAL(b.len, 21, "appends all again");
	CHECK_EQUAL(file_slurp_path(&b, "/dev/null", 0), STATUS_OK, "an empty file fits in nothing");
	CHECK_EQUAL(file_slurp_path(&b, "/dev/zero", PLENTY), STATUS_TOO_LARGE, "an endless one stops at the limit");
	errno = 0;
	CHECK(file_slurp_path(&b, at("none"), 10) == STATUS_IO && errno == ENOENT, "no such file");
	errno = 0;
	CHECK(file_slurp_path(&b, folder, 10) == STATUS_IO && errno == EISDIR, "a folder");
	CHECK_EQUAL(b.len, 21, "failures append nothing");
	bytes_release(&b);
	unlink(at("small"));
}

static void test_out(void)
{
	struct file_out out;
	struct stat st;

	umask(022);
	CHECK_EQUAL(file_out_open(&out, at("new"), 0666), STATUS_OK, "a new file");
	CHECK(file_write_full(out.fd, "one", 3) == STATUS_OK, "is written");
	CHECK(access(at("new"), F_OK) != 0 && count_files() == 0, "without a name");
	file_out_release(&out);
	CHECK_EQUAL(count_files(), 0, "and without a commit leaves nothing");
	file_out_release(&out);
	put(at("new"), "one");
	CHECK(stat(at("new"), &st) == 0 && (st.st_mode & 07777) == 0644, "the mode is the one asked for");
	check_content(at("new"), "one", "a committed file has its content");
	CHECK_EQUAL(file_out_open(&out, at("new"), 0600), STATUS_OK, "an older file");
	CHECK(file_write_full(out.fd, "two", 3) == STATUS_OK, "is written anew");
	check_content(at("new"), "one", "and keeps its content until the commit");
	CHECK_EQUAL(file_out_commit(&out), STATUS_OK, "the commit");
	check_content(at("new"), "two", "changes it at once");
	file_out_release(&out);
	check_content(at("new"), "two", "a release after it changes nothing");
	CHECK_EQUAL(count_files(), 1, "no other file stays");
	unlink(at("new"));
}

/* A name left by a crash, or by somebody in wait for it, is never written through. */
static void test_out_taken(void)
{
	struct stat st;

	put(at("new"), "one");
	CHECK(symlink(at("victim"), at(".retrieval-tmp-0")) == 0, "the first temporary name is a symlink");
	put(at(".retrieval-tmp-1"), "left");
	put(at("new"), "two");
	CHECK(access(at("victim"), F_OK) != 0, "which is not followed");
	CHECK(lstat(at(".retrieval-tmp-0"), &st) == 0, "nor removed");
	check_content(at("new"), "two", "the file is there");
	CHECK_EQUAL(count_files(), 2, "and what the crash left is gone");
	unlink(at(".retrieval-tmp-0"));
	unlink(at("new"));
	CHECK_EQUAL(count_files(), 0, "nothing stays");
}

static void test_out_special(void)
{
	struct file_out out;
	struct stat st;

	put(at("target"), "old");
	CHECK(symlink("target", at("link")) == 0, "a symlink");
	put(at("link"), "new");
	CHECK(lstat(at("link"), &st) == 0 && S_ISLNK(st.st_mode), "stays a symlink");
	check_content(at("target"), "new", "and its target is replaced");
	put("/dev/null", "gone");
	CHECK(stat("/dev/null", &st) == 0 && S_ISCHR(st.st_mode), "a device is written to, not replaced");
	CHECK_EQUAL(file_out_open(&out, "/dev/full", 0600), STATUS_OK, "a full disk opens");
	errno = 0;
	CHECK(file_write_full(out.fd, "x", 1) == STATUS_IO && errno == ENOSPC, "and takes nothing");
	file_out_release(&out);
	errno = 0;
	CHECK(file_out_open(&out, folder, 0600) == STATUS_IO && errno == EISDIR, "a folder is no file");
	file_out_release(&out);
	errno = 0;
	CHECK(file_out_open(&out, at("none/new"), 0600) == STATUS_IO && errno == ENOENT, "nor is there one in none");
	file_out_release(&out);
	CHECK_EQUAL(file_out_open(&out, at("moved"), 0600), STATUS_OK, "a file");
	CHECK(mkdir(at("moved"), 0700) == 0, "whose name a folder takes meanwhile");
	CHECK(file_out_commit(&out) == STATUS_IO && errno == EISDIR, "is not committed");
	file_out_release(&out);
	rmdir(at("moved"));
	CHECK_EQUAL(count_files(), 2, "only the two files stay");
	unlink(at("link"));
	unlink(at("target"));
}

static void test_out_dangling(void)
{
	struct file_out out;
	struct stat st;

	CHECK(mkdir(at("big"), 0700) == 0 && symlink("big/target", at("middle")) == 0 &&
			symlink("middle", at("link")) == 0,
		"a symlink to a symlink to no file");
	put(at("link"), "new");
	CHECK(lstat(at("link"), &st) == 0 && S_ISLNK(st.st_mode), "stays a symlink");
	check_content(at("big/target"), "new", "and the file is made where it leads");
	unlink(at("link"));
	CHECK(symlink(at("big/other"), at("link")) == 0, "an absolute one");
	put(at("link"), "new");
	check_content(at("big/other"), "new", "is followed too");
	unlink(at("link"));
	CHECK(symlink("none/target", at("link")) == 0, "a symlink into no folder");
	errno = 0;
	CHECK(file_out_open(&out, at("link"), 0600) == STATUS_IO && errno == ENOENT, "is refused");
	unlink(at("link"));
	CHECK(symlink("link", at("link")) == 0, "a symlink to itself");
	errno = 0;
	CHECK(file_out_open(&out, at("link"), 0600) == STATUS_IO && errno == ELOOP, "too");
	unlink(at("link"));
	unlink(at("middle"));
	unlink(at("big/target"));
	unlink(at("big/other"));
	rmdir(at("big"));
	CHECK_EQUAL(count_files(), 0, "nothing stays");
}

static void test_create(void)
{
	struct file_out out;

	CHECK_EQUAL(file_out_create(&out, at("new"), 0600), STATUS_OK, "a file that is to be new");
	CHECK(file_write_full(out.fd, "one", 3) == STATUS_OK, "is written");
	CHECK(access(at("new"), F_OK) != 0, "unseen");
	CHECK_EQUAL(file_out_commit(&out), STATUS_OK, "and gets its name");
	file_out_release(&out);
	check_content(at("new"), "one", "whole");
	CHECK_EQUAL(file_out_create(&out, at("new"), 0600), STATUS_EXISTS, "which is taken then");
	file_out_release(&out);
	CHECK(symlink("nowhere", at("link")) == 0, "a symlink to nowhere");
	CHECK_EQUAL(file_out_create(&out, at("link"), 0600), STATUS_EXISTS, "takes a name too");
	unlink(at("link"));
	CHECK_EQUAL(file_out_create(&out, at("late"), 0600), STATUS_OK, "a file");
	put(at("late"), "other");
	CHECK_EQUAL(file_out_commit(&out), STATUS_EXISTS, "whose name is taken meanwhile is not committed");
	file_out_release(&out);
	check_content(at("late"), "other", "and leaves the other one alone");
	unlink(at("late"));
	unlink(at("new"));
	CHECK_EQUAL(count_files(), 0, "nothing stays");
}

static void test_room(void)
{
	CHECK_EQUAL(file_room(folder, 1), STATUS_OK, "a byte has room");
	errno = 0;
	CHECK(file_room(folder, UINT64_C(1) << 62) == STATUS_IO && errno == ENOSPC, "4 EiB have none");
	CHECK(file_room(at("none"), 1) == STATUS_IO, "nor has a folder that is not there");
}

static void test_private(void)
{
	int fd;

	CHECK(file_open_private(&fd, at("none")) == STATUS_IO && errno == ENOENT, "no file");
	put(at("mine"), "x");
	CHECK(chmod(at("mine"), 0600) == 0 && file_open_private(&fd, at("mine")) == STATUS_OK, "a file of ours");
	close(fd);
	CHECK(symlink("mine", at("link")) == 0, "its symlink");
	CHECK_EQUAL(file_open_private(&fd, at("link")), STATUS_INSECURE, "is not ours alone");
	CHECK(chmod(at("mine"), 0604) == 0, "a file that others can read");
	CHECK_EQUAL(file_open_private(&fd, at("mine")), STATUS_INSECURE, "neither");
	unlink(at("link"));
	unlink(at("mine"));
}

static void test_standard_output(void)
{
	struct file_out out = {0};
	pid_t child;
	int code = 0;

	file_out_release(&out);
	CHECK(fcntl(0, F_GETFD) >= 0, "releasing an empty one closes nothing");
	CHECK(file_out_open(&out, NULL, 0600) == STATUS_OK && out.fd == 1, "no name is standard output");
	CHECK_EQUAL(file_out_commit(&out), STATUS_OK, "which commits");
	file_out_release(&out);
	CHECK(file_out_open(&out, "-", 0600) == STATUS_OK && out.fd == 1, "and so is -");
	file_out_release(&out);
	CHECK(fcntl(1, F_GETFD) >= 0, "it is never closed");
	child = fork();
	if (child == 0) {
		close(1);
		_exit(file_out_open(&out, "-", 0600) == STATUS_OK && file_out_commit(&out) == STATUS_IO ? 0 : 1);
	}
	CHECK(waitpid(child, &code, 0) == child && code == 0, "a closed standard output is found at the commit");
}

static void test_folders(void)
{
	struct stat st;

	CHECK_EQUAL(file_make_folders(at("a/b/c"), 0700), STATUS_OK, "folders in folders");
	CHECK(stat(at("a/b/c"), &st) == 0 && S_ISDIR(st.st_mode) && (st.st_mode & 07777) == 0700, "are made");
	CHECK_EQUAL(file_make_folders(at("a//b/c/"), 0700), STATUS_OK, "fine if they are there, slashes or not");
	CHECK_EQUAL(file_make_folders("/", 0700), STATUS_OK, "the root is there");
	CHECK_EQUAL(file_sync_folder(at("a/b/c")), STATUS_OK, "a folder syncs");
	CHECK_EQUAL(file_sync_folder("/tmp"), STATUS_OK, "the root syncs");
	CHECK_EQUAL(file_sync_folder("name"), STATUS_OK, "a bare name lies in the current folder");
	CHECK(file_sync_folder(at("none/name")) == STATUS_IO && errno == ENOENT, "no such folder");
	put(at("a/file"), "x");
	errno = 0;
	CHECK(file_make_folders(at("a/file"), 0700) == STATUS_IO && errno == ENOTDIR, "a file is no folder");
	CHECK(file_make_folders(at("a/file/b"), 0700) == STATUS_IO && errno == ENOTDIR, "and holds none");
	unlink(at("a/file"));
	rmdir(at("a/b/c"));
	rmdir(at("a/b"));
	rmdir(at("a"));
}

static void test_until(void)
{
	static const uint8_t bytes[100000];
	volatile int stop = 0;
	int ends[2], from;

	CHECK(pipe2(ends, O_NONBLOCK) == 0, "a pipe that nobody reads");
	CHECK_EQUAL(file_write_until(ends[1], bytes, 10, &stop), STATUS_OK, "takes a little");
	stop = 1;
	CHECK_EQUAL(file_write_until(ends[1], bytes, 10, &stop), STATUS_OK, "also when it is to end");
	CHECK_EQUAL(file_write_until(ends[1], bytes, sizeof(bytes), &stop), STATUS_END, "until it is full");
	from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	CHECK(from >= 0, "a file");
	CHECK_EQUAL(file_send_until(ends[1], from, 0, 4096, &stop), STATUS_END, "nor is that waited for");
	CHECK_EQUAL(file_send_until(ends[0], from, 0, 10, &stop), STATUS_IO, "a failure is one all the same");
	close(from);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	CHECK(mkdtemp(folder) != NULL, "a folder for the test");
	test_read_full();
	test_interruptions();
	test_offsets();
	test_slurp();
	test_out();
	test_out_taken();
	test_out_special();
	test_out_dangling();
	test_create();
	test_room();
	test_private();
	test_standard_output();
	test_folders();
	CHECK(rmdir(folder) == 0, "the tests clean up");
	test_until();
	return test_end();
}
