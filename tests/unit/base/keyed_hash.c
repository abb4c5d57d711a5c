/* keyed_hash.c - a hash holds for one process, and tells inputs apart. */
#include "../../support/test.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/keyed_hash.h"

static void test_same_and_different(void)
{
	struct wide_hash a = keyed_hash_wide(span_text("a")), again = keyed_hash_wide(span_text("a"));
	struct wide_hash b = keyed_hash_wide(span_text("b")), none = keyed_hash_wide(span_of(NULL, 0));

	CHECK(wide_hash_equal(a, again), "one input has one hash");
	CHECK(!wide_hash_equal(a, b) && !wide_hash_equal(a, none), "two have two");
	CHECK(none.half[0] != 0 || none.half[1] != 0, "none of them is all zero");
	CHECK(keyed_hash(span_text("a")) == keyed_hash(span_text("a")), "so it is with the short one");
	CHECK(keyed_hash(span_text("a")) != keyed_hash(span_text("b")), "for both");
}

/* The key is drawn in each process: nobody can know it beforehand. */
static void test_other_process(void)
{
	uint64_t hash[2] = {0, 0};
	int ends[2];

	if (!CHECK_EQUAL(pipe(ends), 0, "a pipe"))
		return;
	for (int i = 0; i < 2; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			hash[0] = keyed_hash(span_text("a"));
			_exit(write(ends[1], hash, sizeof(hash[0])) == sizeof(hash[0]) ? 0 : 1);
		}
		CHECK_EQUAL(read(ends[0], &hash[i], sizeof(hash[i])), sizeof(hash[i]), "a child's hash");
		waitpid(pid, NULL, 0);
	}
	CHECK(hash[0] != hash[1], "two processes have two keys");
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	test_other_process(); /* before this process has drawn a key */
	test_same_and_different();
	return test_end();
}
