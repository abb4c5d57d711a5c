/* ledger_place.c - which kind of ledger a place names, and the places that are none. */
#include "party/ledger_place.h"

#include <stdlib.h>

#include "embedded/embedded.h"

#include "../../support/test.h"

static const struct {
	const char *where;
	enum status want;
	const char *why;
} refused[] = {
	{"/nowhere/at/all", STATUS_NOT_FOUND, "a folder that is not there"},
	{"ftp://localhost:1234", STATUS_USAGE, "a URL of another kind"},
	{"http://", STATUS_USAGE, "a URL without a host"},
};

/* Nothing is asked of a node when it is opened. */
static void test_node(void)
{
	const struct ledger_place place = {.where = "http://127.0.0.1:1/rpc/v1"};
	struct error why = {.status = STATUS_OK};
	struct ledger *l;

	if (CHECK_EQUAL(ledger_open_place(&l, &place, &why), STATUS_OK, "a node that nobody has asked yet"))
		ledger_close(l);
	CHECK_TEXT(ledger_place_name("token:http://127.0.0.1:1/rpc/v1"), "http://127.0.0.1:1/rpc/v1",
		"a place is named without its token");
}

static void test_folder(const char *folder)
{
	const struct embedded_options o = {NETWORK_TEST, true, 0, {1}};
	enum network network = NETWORK_MAIN;
	struct ledger *l;

	CHECK_EQUAL(embedded_init(folder, &o), STATUS_OK, "a ledger in a folder");
	if (!CHECK_EQUAL(ledger_open(&l, folder), STATUS_OK, "opens"))
		return;
	CHECK(ledger_network(l, &network) == STATUS_OK && network == NETWORK_TEST, "the ledger of that folder");
	ledger_close(l);
}

int main(void)
{
	char folder[64], path[96], command[128];
	struct ledger *l;

	snprintf(folder, sizeof(folder), "/tmp/test-place-XXXXXX");
	if (!CHECK(mkdtemp(folder) != NULL, "a folder to work in"))
		return test_end();
	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++)
		CHECK_EQUAL(ledger_open(&l, refused[i].where), refused[i].want, refused[i].why);
	test_node();
	snprintf(path, sizeof(path), "%s/ledger", folder);
	test_folder(path);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	CHECK_EQUAL(system(command), 0, "tidy up");
	return test_end();
}
