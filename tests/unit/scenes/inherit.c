/* inherit - one content from several providers: what one has brought is not paid for to the next.
 *
 * The older deal may be damaged, wrong or cut off again, and inheriting may be
 * killed at any time.
 */
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../support/test.h"
#include "../../support/trade.h"

/* The first provider is cut off after @blocks blocks, and the second brings the rest. */
static void test_second_provider(uint64_t blocks, uint64_t unseal)
{
	uint64_t first, second, inherited;
	struct trade x = {.stop_after = UINT64_MAX};

	trade_begin();
	trade_offer("a", &repeating, 0, PRICE, SLOWLY);
	trade_offer("b", &repeating, unseal, PRICE, INTERVAL);
	first = cut_off("a", &repeating, blocks);
	inherited = trade_client_deal(first).total_received;
	second = trade_propose("b", &repeating, unseal, INTERVAL);
	CHECK_EQUAL(trade(&x, "b", second, first), STATUS_OK, "the second provider brings the rest");
	check_rest(second, "b", inherited, x.block_bytes, unseal);
	check_as_recording();
	if (blocks == repeating.blocks && unseal == 0) {
		struct client_deal d = trade_client_deal(second);

		CHECK(address_is_none(&d.channel), "where nothing is left no channel is opened");
	}
	trade_end("ab");
}

/* Each of three is cut off, and the first one's successor too; cut again, the last goes on as any deal does. */
static void test_third_provider(void)
{
	uint64_t first, second, third, inherited;
	struct trade x = {.stop_after = 7}, y = {.stop_after = 4}, z = {.stop_after = UINT64_MAX};

	trade_begin();
	trade_offer("a", &repeating, 0, PRICE, SLOWLY);
	trade_offer("b", &repeating, 0, PRICE, SLOWLY);
	trade_offer("c", &repeating, 0, PRICE, SLOWLY);
	first = cut_off("a", &repeating, 5);
	second = trade_propose("b", &repeating, 0, SLOWLY);
	CHECK_EQUAL(trade(&x, "b", second, first), STATUS_END, "the second is cut off too");
	inherited = trade_client_deal(second).inherited + trade_client_deal(second).total_received;
	CHECK_EQUAL(trade_client_deal(second).inherited_blocks + trade_client_deal(second).blocks_received, 12,
		"after 12 blocks");
	third = trade_propose("c", &repeating, 0, SLOWLY);
	CHECK_EQUAL(trade(&y, "c", third, second), STATUS_END, "and the third");
	CHECK_EQUAL(trade(&z, "c", third, second), STATUS_OK, "which goes on when asked again");
	check_rest(third, "c", inherited, y.block_bytes + z.block_bytes, 0);
	trade_end("abc");
}

/* Once a deal was asked for, what its request said stays, whatever is there to inherit later. */
static void test_asked_before(void)
{
	struct proposal_request r = trade_request("b", &repeating, 0, PRICE, INTERVAL);
	uint64_t first, second;
	struct trade deaf = {.deaf = true}, x = {.stop_after = UINT64_MAX};
	struct bytes frames = {0}, again = {0};
	struct client_deal d;
	struct party p;

	trade_begin();
	trade_offer("a", &repeating, 0, PRICE, SLOWLY);
	trade_offer("b", &repeating, 0, PRICE, INTERVAL);
	first = cut_off("a", &repeating, 6);
	second = trade_propose("b", &repeating, 0, INTERVAL);
	CHECK_EQUAL(trade(&deaf, "b", second, 0), STATUS_END, "it is asked for, and the answer is lost");
	CHECK_EQUAL(trade_client_deal(second).state, DEAL_WAIT_FOR_ACCEPTANCE,
		"nobody accepted, as far as the client knows");
	CHECK_EQUAL(trade(&x, "b", second, first), STATUS_OK, "asked again, it goes on");
	check_rest(second, "b", 0, x.block_bytes, 0);
	open_named(&p, "client");
	r.max_total = afil(99999999);
	CHECK_EQUAL(buyer_propose(&p, &frames, &d, &r), STATUS_OK, "a request by hand");
	CHECK(!client_may_inherit(&d), "has left too");
	r.max_total = afil(99999998);
	CHECK_EQUAL(buyer_propose(&p, NULL, &d, &r), STATUS_OK, "a request to come");
	CHECK(client_may_inherit(&d), "has not");
	CHECK_EQUAL(buyer_propose(&p, &again, &d, &r), STATUS_OK, "the same by hand");
	CHECK(!client_may_inherit(&d), "has");
	close_named(&p);
	bytes_release(&frames);
	bytes_release(&again);
	trade_end("ab");
}

/* A proposal by hand for a deal that has inherited says so as well, with the same bytes each time. */
static void test_proposal_says_held(void)
{
	struct proposal_request r = trade_request("b", &repeating, 0, PRICE, INTERVAL);
	struct graphsync_request request;
	struct graphsync_message m;
	struct bytes frames = {0}, again = {0};
	struct client_deal d;
	struct receiver *receiver = NULL;
	struct party p;
	uint64_t first;

	trade_begin();
	trade_offer("a", &repeating, 0, PRICE, SLOWLY);
	first = cut_off("a", &repeating, 6);
	open_named(&p, "client");
	CHECK_EQUAL(buyer_propose(&p, NULL, &d, &r), STATUS_OK, "the client proposes");
	CHECK(receiver_new(&receiver, &p) == STATUS_OK && receiver_open(receiver, d.id) == STATUS_OK &&
			receiver_seed(receiver, first) == STATUS_OK,
		"the deal inherits");
	CHECK_EQUAL(receiver_seed(receiver, first), STATUS_OK, "once");
	CHECK_EQUAL(receiver_deal(receiver)->inherited_blocks, 6, "what there was");
	receiver_free(receiver);
	CHECK(buyer_propose(&p, &frames, &d, &r) == STATUS_OK && buyer_propose(&p, &again, &d, &r) == STATUS_OK,
		"it is proposed by hand, twice");
	CHECK(d.skip_links >= 6 && span_equal(bytes_span(&frames), bytes_span(&again)), "with the same bytes");
	CHECK(graphsync_decode(&m, span_of(frames.data + 2, frames.len - 2)) == STATUS_OK &&
			graphsync_next_request(&request, &m.requests) && request_skip_links(&request) == d.skip_links,
		"which say what is held");
	close_named(&p);
	bytes_release(&frames);
	bytes_release(&again);
	trade_end("a");
}

/* What can't be meant is an error; what is not there is not. */
static void test_wrong_older(void)
{
	struct receiver *receiver = NULL;
	struct proposal_request r = trade_request("b", &repeating, 0, PRICE, INTERVAL);
	struct client_deal d, empty, other;
	struct party p;

	trade_begin();
	open_named(&p, "client");
	CHECK_EQUAL(buyer_propose(&p, NULL, &d, &r), STATUS_OK, "a deal");
	r.provider = address_of_name("a");
	CHECK_EQUAL(buyer_propose(&p, NULL, &empty, &r), STATUS_OK, "one with nothing in it");
	r.payload = large.root;
	CHECK_EQUAL(buyer_propose(&p, NULL, &other, &r), STATUS_OK, "one for another payload");
	CHECK(receiver_new(&receiver, &p) == STATUS_OK && receiver_open(receiver, d.id) == STATUS_OK, "it is opened");
	CHECK_EQUAL(receiver_seed(receiver, 12345), STATUS_NOT_FOUND, "no such deal");
	CHECK_EQUAL(receiver_seed(receiver, other.id), STATUS_WRONG_DEAL, "another payload");
	CHECK_EQUAL(receiver_seed(receiver, d.id), STATUS_OK, "itself");
	CHECK_EQUAL(receiver_seed(receiver, empty.id), STATUS_OK, "nothing at all");
	CHECK_EQUAL(receiver_deal(receiver)->inherited, 0, "is what is inherited of these");
	receiver_free(receiver);
	close_named(&p);
	trade_end("");
}

enum damage { FLIP_BYTE, CUT_SHORT, GONE, NO_HEADER, BAD_LENGTH, DAMAGE_COUNT };

/* DATA 6: where the older CAR is damaged its use ends; the rest is bought, and what comes of it is right. */
static void test_damage(enum damage how)
{
	static const char *const names[] = {"a flipped byte", "a cut", "no file", "no header", "a length of nonsense"};
	uint64_t first, second;
	struct trade x = {.stop_after = UINT64_MAX};
	struct bytes car, whole;
	char path[128];
	size_t middle;

	trade_begin();
	trade_offer("a", &repeating, 0, PRICE, SLOWLY);
	trade_offer("b", &repeating, 0, PRICE, INTERVAL);
	first = cut_off("a", &repeating, 12);
	snprintf(path, sizeof(path), "%s/home-client/blocks/%llu.car", scratch, (unsigned long long)first);
	car = read_file(path);
	whole = read_file(path);
	middle = car.len / 2;
	if (how == FLIP_BYTE)
		car.data[middle] ^= 1;
	else if (how == NO_HEADER)
		memset(car.data, 0, 64);
	else if (how == BAD_LENGTH)
		memset(car.data + middle, 0xff, car.len - middle);
	CHECK(write_file(path, span_of(car.data, how == CUT_SHORT ? middle : car.len)), "the CAR is damaged");
	if (how == GONE)
		unlink(path);
	second = trade_propose("b", &repeating, 0, INTERVAL);
	CHECK_EQUAL(trade(&x, "b", second, first), STATUS_OK, names[how]);
	CHECK(trade_client_deal(second).inherited < trade_client_deal(first).total_received, "not all is inherited");
	CHECK((trade_client_deal(second).inherited != 0) == (how != GONE && how != NO_HEADER), "but what is right is");
	check_rest(second, "b", trade_client_deal(second).inherited, x.block_bytes, 0);
	CHECK(write_file(path, bytes_span(&whole)), "the older deal's blocks are repaired, for the checker");
	bytes_release(&car);
	bytes_release(&whole);
	trade_end("ab");
}

/* Kills. */

/* The child runs on to its next system call, or its end; true if that call is the beginning of an fdatasync(). */
static bool next_is_sync(pid_t child, int *status)
{
	struct __ptrace_syscall_info info = {0};

	if (ptrace(PTRACE_SYSCALL, child, 0, 0) != 0 || waitpid(child, status, 0) != child || !WIFSTOPPED(*status))
		return false;
	return ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof(info), &info) > 0 &&
	       info.op == PTRACE_SYSCALL_INFO_ENTRY && info.entry.nr == SYS_fdatasync;
}

static void inherit_in_child(uint64_t deal, uint64_t from)
{
	struct receiver *r = NULL;
	struct party p;
	enum status s;

	if (ptrace(PTRACE_TRACEME, 0, 0, 0) != 0 || raise(SIGSTOP) != 0)
		_exit(2);
	open_named(&p, "client");
	s = receiver_new(&r, &p);
	if (s == STATUS_OK)
		s = receiver_open(r, deal);
	if (s == STATUS_OK)
		s = receiver_seed(r, from);
	_exit(s == STATUS_OK ? 0 : 1);
}

/* Inherit in a process that is killed as its fdatasync() number @syncs begins; true if it came to its end before that. */
static bool inherit_until(uint64_t deal, uint64_t from, unsigned syncs)
{
	pid_t child = fork();
	int status = 0;

	if (child == 0)
		inherit_in_child(deal, from);
	CHECK(waitpid(child, &status, 0) == child && WIFSTOPPED(status), "it waits for us");
	CHECK(ptrace(PTRACE_SETOPTIONS, child, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) == 0, "it is ours");
	while (syncs != 0 && WIFSTOPPED(status))
		syncs -= next_is_sync(child, &status);
	if (WIFSTOPPED(status)) {
		kill(child, SIGKILL);
		waitpid(child, &status, 0);
	}
	CHECK(WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL : WEXITSTATUS(status) == 0,
		"it is killed, or inherits");
	return !WIFSIGNALED(status);
}

/* What is kept is what the deal says, and the beginning of the right CAR. */
static void check_beginning(uint64_t deal)
{
	struct client_deal d = trade_client_deal(deal);
	struct bytes car;
	char path[128];

	check_named("client");
	snprintf(path, sizeof(path), "%s/home-client/blocks/%llu.car", scratch, (unsigned long long)deal);
	car = read_file(path);
	CHECK(car.len <= large.car.len && (car.len == 0 || memcmp(car.data, large.car.data, car.len) == 0),
		"what is there is right");
	CHECK(d.unasked && d.total_received == 0 && d.blocks_received == 0, "and belongs to no provider");
	bytes_release(&car);
}

/* Killed anywhere, inheriting leaves something right, and the next run goes on. */
static void test_kills(void)
{
	uint64_t first, second, third, before = 0, midway = 0;
	struct trade x = {.stop_after = UINT64_MAX}, y = {.stop_after = UINT64_MAX}, z = {.stop_after = UINT64_MAX};
	struct amount nothing = amount_zero();
	struct client_deal d = {0};
	bool over = false;

	trade_begin();
	trade_offer("a", &large, 0, 0, INTERVAL);
	trade_offer("b", &large, 0, PRICE, INTERVAL);
	first = trade_propose("a", &large, 0, INTERVAL);
	CHECK_EQUAL(trade(&x, "a", first, 0), STATUS_OK, "the first deal brings all");
	second = trade_propose("b", &large, 0, INTERVAL);
	for (unsigned syncs = 1; !over; syncs++) {
		over = inherit_until(second, first, syncs);
		d = trade_client_deal(second);
		CHECK(d.inherited >= before, "what is inherited is not lost");
		midway += d.inherited_blocks != 0 && d.inherited_blocks != large.blocks;
		before = d.inherited;
		check_beginning(second);
	}
	CHECK(midway != 0, "a kill came between two steps");
	CHECK_EQUAL(before, large.bytes, "in the end it is all");
	CHECK_EQUAL(trade(&y, "b", second, first), STATUS_OK, "nothing is left to bring");
	CHECK_EQUAL(y.block_bytes, 0, "and nothing comes");
	d = trade_client_deal(second);
	CHECK(d.state == DEAL_COMPLETED && trade_provider_deal("b", second).state == DEAL_COMPLETED &&
			amount_cmp(&d.funds_spent, &nothing) == 0 && is_whole(second, &large),
		"the deal is complete, whole, and free");
	third = trade_propose("b", &large, 0, SLOWLY);
	CHECK_EQUAL(trade(&z, "b", third, second), STATUS_OK, "a deal that inherits it all at once");
	d = trade_client_deal(third);
	CHECK(z.block_bytes == 0 && d.inherited_blocks == large.blocks && is_whole(third, &large),
		"is whole and free too");
	trade_end("ab");
}

/* The ceiling is for what has to be bought. */
static void test_ceiling(void)
{
	struct proposal_request r = trade_request("b", &repeating, 0, PRICE, INTERVAL);
	struct client_deal d;
	struct party p;

	trade_begin();
	open_named(&p, "client");
	r.max_total = afil((repeating.bytes - 5000) * PRICE);
	CHECK_EQUAL(buyer_propose(&p, NULL, &d, &r), STATUS_TOO_DEAR, "the whole is above the ceiling");
	r.seeded_bytes = 4999;
	CHECK_EQUAL(buyer_propose(&p, NULL, &d, &r), STATUS_TOO_DEAR, "and so is too large a rest");
	r.seeded_bytes = 5000;
	CHECK_EQUAL(buyer_propose(&p, NULL, &d, &r), STATUS_OK, "but not the right one");
	close_named(&p);
	trade_end("");
}

int main(void)
{
	if (!scratch_begin())
		return test_end();
	contents_make();
	for (uint64_t blocks = 1; blocks <= repeating.blocks; blocks++)
		test_second_provider(blocks, 0);
	test_second_provider(9, 500);
	test_second_provider(repeating.blocks, 500);
	test_third_provider();
	test_asked_before();
	test_proposal_says_held();
	test_wrong_older();
	for (int how = 0; how < DAMAGE_COUNT; how++)
		test_damage((enum damage)how);
	test_kills();
	test_ceiling();
	contents_release();
	scratch_end();
	return test_end();
}
