/* node.c - the bodies of requests to a node: each gets an answer, and nobody's money moves without a signature. */
#include <jansson.h>

#include "fuzz.h"
#include "node/node.h"

static char folder[] = "/tmp/fuzz-node-XXXXXX";
static struct embedded *ledger;
static struct node *node;

static void tidy_up(void)
{
	char command[sizeof(folder) + 16];

	node_free(node);
	embedded_close(ledger);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	MUST(system(command) == 0, "the folder goes away");
}

/* A ledger with an account and a channel, which the seeds name. */
static void begin(void)
{
	struct embedded_options o = {NETWORK_TEST, true, 0, {7}, .chain_addresses = true};
	struct amount much = amount_u64(1000000);
	struct address from, to, channel;
	char path[sizeof(folder) + 8];

	MUST(address_parse(&from, NULL, span_text("t13wpfgij3wf3a35x47sm3hgdjf3mgee25trkgi5y")) == STATUS_OK &&
			address_parse(&to, NULL, span_text("t1kvudw3uq6gkruanm2jnoff3bdm7jvpzhnrcrhdq")) == STATUS_OK &&
			address_parse(&channel, NULL, span_text("t2efsz7lml7rhk4f7maxe6uukvp5lplsbp2dospvy")) ==
				STATUS_OK,
		"the addresses");
	MUST(mkdtemp(folder) != NULL, "a folder to work in");
	snprintf(path, sizeof(path), "%s/ledger", folder);
	MUST(embedded_init(path, &o) == STATUS_OK && embedded_open(&ledger, path) == STATUS_OK &&
			embedded_fund(ledger, &from, &much) == STATUS_OK &&
			embedded_place(ledger, &channel, &from, &to, &much) == STATUS_OK &&
			node_new(&node, ledger) == STATUS_OK,
		"a node");
	atexit(tidy_up);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct node_request request = {span_of(data, size), true};
	struct node_answer answer;
	json_t *json;

	if (!node)
		begin();
	MUST(node_answer(node, &answer, &request) == STATUS_OK, "there is an answer");
	MUST(answer.later || answer.status == 200 || answer.status == 400 || answer.status == 500, "with a status");
	if (answer.body.len != 0) {
		json = json_loadb((const char *)answer.body.data, answer.body.len, 0, NULL);
		MUST(json != NULL, "it is JSON");
		json_decref(json);
	}
	bytes_release(&answer.body);
	return 0;
}
