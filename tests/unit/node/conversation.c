/* conversation.c - what a Lotus node was asked and answered, asked again of a node with an embedded ledger.
 *
 * tests/data/node has the recorded conversations, one exchange a line: the
 * body of the request, the status of HTTP, the response, and how the answer is
 * compared:
 *
 *	equal   the same JSON
 *	shape   the same members with values of the same types, and the same error code
 *	exit    the same, this exit code, and, if the row names it, the message that was executed
 *	later   none: the node waited for ever
 *
 * The signed messages and vouchers are those of the recording: the channel is
 * placed where the node had it, so that every signature, every CID of a message
 * and every block of lanes has to come out as it did there.  Left out are what
 * the embedded ledger does not have, as ledger(1) says: f4 addresses, vouchers
 * that name their channel by its id or call another actor, and traces of gas.
 */
#include <jansson.h>
#include <stdlib.h>

#include "node/node.h"

#include "../../support/test.h"

#define PAYER   "t13wpfgij3wf3a35x47sm3hgdjf3mgee25trkgi5y"
#define PAYEE   "t1kvudw3uq6gkruanm2jnoff3bdm7jvpzhnrcrhdq"
#define THIRD   "t1ftgp7rko474xnp3msepj4phz3vytgaqo4f2hfma"
#define CHANNEL "t2efsz7lml7rhk4f7maxe6uukvp5lplsbp2dospvy"
#define SECOND  "t26la4drxrywnxvz3jwcq62thhq6n7v52ffdsrbpa"

static struct embedded *ledger;
static struct node *node;

static struct address address(const char *text)
{
	struct address a = {0};

	CHECK_EQUAL(address_parse(&a, NULL, span_text(text)), STATUS_OK, text);
	return a;
}

static struct amount fil(const char *afil)
{
	struct amount a = amount_zero();

	CHECK_EQUAL(amount_from_decimal(&a, afil), STATUS_OK, afil);
	return a;
}

static void fund(const char *who, const char *afil)
{
	struct address a = address(who);
	struct amount value = fil(afil);

	CHECK_EQUAL(embedded_fund(ledger, &a, &value), STATUS_OK, who);
}

static void place(const char *channel, const char *afil)
{
	struct address at = address(channel), from = address(PAYER), to = address(PAYEE);
	struct amount value = fil(afil);

	CHECK_EQUAL(embedded_place(ledger, &at, &from, &to, &value), STATUS_OK, channel);
}

static void open_node(const char *path, int64_t delay)
{
	struct embedded_options o = {NETWORK_TEST, true, 1785695124, {7}, .delay = delay};
	int64_t now;

	CHECK_EQUAL(embedded_init(path, &o), STATUS_OK, "init");
	CHECK_EQUAL(embedded_open(&ledger, path), STATUS_OK, "open");
	CHECK_EQUAL(embedded_advance(ledger, 35, &now), STATUS_OK, "advance");
	CHECK_EQUAL(node_new(&node, ledger), STATUS_OK, "a node");
	fund(PAYER, "1000000000000000000000");
	fund(PAYEE, "10000000000000000000");
}

static void close_node(void)
{
	node_free(node);
	embedded_close(ledger);
}

/* The first difference between the shapes of two values; NULL if they agree. A null may stand for any value. */
static const char *differs(const json_t *got, const json_t *want)
{
	const char *key, *inside;
	json_t *value;

	if (json_is_null(got) || json_is_null(want))
		return NULL;
	if (json_is_boolean(got) && json_is_boolean(want))
		return NULL;
	if (!got || json_typeof(got) != json_typeof(want))
		return "another type";
	if (json_is_array(want) && json_array_size(got) > 0 && json_array_size(want) > 0)
		return differs(json_array_get(got, 0), json_array_get(want, 0));
	json_object_foreach((json_t *)(uintptr_t)want, key, value)
	{
		inside = json_object_get(got, key) ? differs(json_object_get(got, key), value) : key;
		if (inside)
			return inside;
	}
	return NULL;
}

static json_int_t error_code(const json_t *response)
{
	return json_integer_value(json_object_get(json_object_get(response, "error"), "code"));
}

static json_int_t exit_code(const json_t *response)
{
	json_t *result = json_object_get(response, "result"), *receipt = json_object_get(result, "MsgRct");

	if (!receipt)
		receipt = json_object_get(result, "Receipt");
	return json_integer_value(json_object_get(receipt, "ExitCode"));
}

static void check_answer(const json_t *got, const json_t *row)
{
	const json_t *want = json_object_get(row, "response");
	const char *check = json_string_value(json_object_get(row, "check"));
	const char *note = json_string_value(json_object_get(row, "note"));
	const char *difference;

	CHECK_EQUAL(error_code(got), error_code(want), note);
	if (strcmp(check, "equal") == 0) {
		CHECK(json_equal((json_t *)(uintptr_t)got, (json_t *)(uintptr_t)want), note);
		return;
	}
	difference = differs(got, want);
	if (difference)
		fprintf(stderr, "\"%s\" is not there, or has a value of another type\n", difference);
	CHECK(!difference, note);
	if (strcmp(check, "exit") != 0)
		return;
	CHECK_EQUAL(exit_code(got), json_integer_value(json_object_get(row, "exit")), note);
	if (json_object_get(row, "landed"))
		CHECK_TEXT(json_string_value(
				   json_object_get(json_object_get(json_object_get(got, "result"), "Message"), "/")),
			json_string_value(json_object_get(row, "landed")), note);
}

static void ask(const json_t *row, bool can_write)
{
	const char *body = json_string_value(json_object_get(row, "request"));
	const char *note = json_string_value(json_object_get(row, "note"));
	struct node_request request = {span_text(body), can_write};
	unsigned before = test_failed;
	struct node_answer answer;
	json_t *got;

	if (!CHECK_EQUAL(node_answer(node, &answer, &request), STATUS_OK, note))
		return;
	CHECK_EQUAL(answer.later, json_object_get(row, "status") == NULL, note);
	if (answer.later)
		return;
	CHECK_EQUAL(answer.status, json_integer_value(json_object_get(row, "status")), note);
	if (json_object_get(row, "response")) {
		got = json_loadb((const char *)answer.body.data, answer.body.len, 0, NULL);
		check_answer(got, row);
		json_decref(got);
	} else {
		CHECK_EQUAL(answer.body.len, 0, note);
	}
	if (test_failed > before)
		fprintf(stderr, "%s\n%.*s\n", body, (int)answer.body.len, (const char *)answer.body.data);
	bytes_release(&answer.body);
}

/* Go through a conversation. A row may also move the clock. */
static void converse(const char *name, bool can_write)
{
	char path[128], line[65536];
	unsigned rows = 0;
	int64_t now;
	FILE *file;

	snprintf(path, sizeof(path), "tests/data/node/%s.jsonl", name);
	file = fopen(path, "r");
	if (!CHECK(file != NULL, path))
		return;
	while (fgets(line, sizeof(line), file)) {
		json_t *row = json_loads(line, 0, NULL);
		json_int_t epochs = json_integer_value(json_object_get(row, "advance"));

		if (epochs > 0)
			CHECK_EQUAL(embedded_advance(ledger, epochs, &now), STATUS_OK, "advance");
		else if (CHECK(row != NULL, path))
			ask(row, can_write);
		json_decref(row);
		rows++;
	}
	CHECK(rows > 0, path);
	fclose(file);
}

int main(void)
{
	char folder[] = "/tmp/test-node-XXXXXX", path[64], command[64];

	if (!CHECK(mkdtemp(folder) != NULL, "a folder to work in"))
		return test_end();
	snprintf(path, sizeof(path), "%s/basics", folder);
	open_node(path, 0);
	place(CHANNEL, "1600000000000000000");
	converse("envelope", true);
	converse("auth", false);
	converse("basics", true);
	close_node();

	snprintf(path, sizeof(path), "%s/channel", folder);
	open_node(path, 0);
	fund(THIRD, "1000000000000000");
	place(CHANNEL, "1600000000000000000");
	place(SECOND, "100000000000000000");
	converse("channel", true);
	close_node();

	snprintf(path, sizeof(path), "%s/replace", folder);
	open_node(path, 1);
	place(CHANNEL, "1600000000000000000");
	converse("replace", true);
	close_node();
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	CHECK_EQUAL(system(command), 0, "tidy up");
	return test_end();
}
