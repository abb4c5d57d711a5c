/* faults.c - the Lotus ledger before a node, and a line between them that loses, cuts, repeats and forges.
 *
 * usage: faults [RUNS]
 *
 * The whole life of a channel, over and over. Whatever the line does: each
 * message is executed once, none is called replaced, and money is conserved.
 */
#include <stdlib.h>
#include <sys/stat.h>

#include "lotus/lotus.h"
#include "node/node.h"

#include "../../support/test.h"

#define RUNS      30   /* unless the command line has a number: each run waits for the disk */
#define TRIES_MAX 3000 /* of one message */

enum fault {
	LOSE_REQUEST, /* the node never sees it */
	LOSE_ANSWER,  /* the node has acted */
	CUT_ANSWER,
	PAGE,
	TOO_MANY,
	TWICE,       /* the node gets the request twice; the second answer is the one that comes */
	OLD_ANSWER,  /* the answer to the request before */
	HUGE_ANSWER, /* more than is read */
	BUSY,        /* an error of a gateway */
	NOT_SEEN,    /* a node that lags behind: a search finds nothing */
	FAULTS,
};

static struct line {
	struct node *node;
	struct bytes last; /* the answer to the request before */
	uint64_t random;
	unsigned percent; /* of requests that meet a fault */
	unsigned met[FAULTS];
} line;

static unsigned draw(unsigned below)
{
	line.random = line.random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned)(line.random >> 33) % below;
}

static void ask_node(struct transport_answer *answer, struct span body)
{
	const struct node_request request = {body, true};
	struct node_answer got = {.status = 0};

	bytes_clear(&answer->body);
	CHECK_EQUAL(node_answer(line.node, &got, &request), STATUS_OK, "the node answers");
	bytes_append(&answer->body, got.body.data, got.body.len);
	answer->code = (long)got.status;
	bytes_release(&got.body);
}

static enum status say(struct transport_answer *answer, long code, const char *text)
{
	bytes_clear(&answer->body);
	bytes_append_text(&answer->body, text);
	answer->code = code;
	return STATUS_OK;
}

/* The id of a request stands behind "id": in its text. */
static long id_of(struct span body)
{
	const char *at = memmem(body.data, body.len, "\"id\":", 5);

	return at != NULL ? strtol(at + 5, NULL, 10) : 0;
}

static enum status meet(enum fault fault, struct transport_answer *answer, struct span body, struct error *why)
{
	char text[128];

	line.met[fault]++;
	switch (fault) {
	case LOSE_REQUEST:
		return error_set(why, STATUS_NO_ANSWER, "lost");
	case LOSE_ANSWER:
		ask_node(answer, body);
		bytes_clear(&answer->body);
		return error_set(why, STATUS_NO_ANSWER, "lost");
	case CUT_ANSWER:
		ask_node(answer, body);
		answer->body.len /= 2;
		return STATUS_OK;
	case PAGE:
		return say(answer, 502, "<html><body>502 Bad Gateway</body></html>");
	case TOO_MANY:
		return say(answer, 429, "");
	case TWICE:
		ask_node(answer, body);
		ask_node(answer, body);
		return STATUS_OK;
	case OLD_ANSWER:
		ask_node(answer, body);
		bytes_clear(&answer->body);
		bytes_append(&answer->body, line.last.data, line.last.len);
		return STATUS_OK;
	case HUGE_ANSWER:
		return error_set(why, STATUS_TOO_LARGE, "huge");
	case BUSY:
		snprintf(text, sizeof(text),
			"{\"id\":%ld,\"jsonrpc\":\"2.0\",\"error\":{\"code\":1,\"message\":\"server busy\"}}",
			id_of(body));
		return say(answer, 200, text);
	case NOT_SEEN:
		if (memmem(body.data, body.len, "StateSearchMsg", 14) == NULL)
			break;
		snprintf(text, sizeof(text), "{\"id\":%ld,\"jsonrpc\":\"2.0\",\"result\":null}", id_of(body));
		return say(answer, 200, text);
	case FAULTS:
		break;
	}
	ask_node(answer, body);
	return STATUS_OK;
}

static enum status post(void *self, struct transport_answer *answer, struct span body, struct error *why)
{
	enum status s = STATUS_OK;

	(void)self;
	if (draw(100) < line.percent)
		s = meet((enum fault)draw(FAULTS), answer, body, why);
	else
		ask_node(answer, body);
	bytes_clear(&line.last);
	bytes_append(&line.last, answer->body.data, answer->body.len);
	return s;
}

static void stay_open(void *self)
{
	(void)self;
}

/* One life of a channel. */
static struct life {
	struct embedded *ledger;
	struct lotus *client;
	struct key payer, payee;
	struct address from, to, channel;
	int64_t delay;
} life;

static void pass(int64_t epochs)
{
	int64_t now;

	CHECK_EQUAL(embedded_advance(life.ledger, epochs, &now), STATUS_OK, "time passes");
}

/* Sign with gas that the node has named, as often as it takes to hear of it. */
static struct signed_message sign(const struct key *key, struct message m)
{
	struct signed_message sm = {0};
	struct receipt refusal;
	enum status s = STATUS_NO_ANSWER;

	for (int i = 0; i < TRIES_MAX && s != STATUS_OK; i++)
		s = lotus_ops.estimate(life.client, &m, &refusal, NULL);
	CHECK_EQUAL(s, STATUS_OK, "an estimate, in the end");
	CHECK_EQUAL(message_sign(&sm, &m, key), STATUS_OK, "sign");
	return sm;
}

/* Submit the same bytes until the message is final. */
static void send(const struct key *key, struct message m, const char *what)
{
	struct signed_message sm = sign(key, m);
	struct outcome o = {.state = MESSAGE_UNKNOWN};

	for (int i = 0; i < TRIES_MAX && o.state != MESSAGE_FINAL; i++) {
		enum status s = lotus_ops.submit(life.client, &o, &sm);

		CHECK(s == STATUS_OK || s == STATUS_NO_ANSWER || s == STATUS_TOO_LARGE || s == STATUS_REJECTED ||
				s == STATUS_BAD_MESSAGE || s == STATUS_NOT_FOUND,
			what);
		CHECK(s != STATUS_OK || o.state != MESSAGE_REPLACED, "no message is replaced");
		if (life.delay > 0 && draw(4) == 0)
			pass(1);
	}
	CHECK_EQUAL(o.state, MESSAGE_FINAL, what);
	CHECK_EQUAL(o.receipt.exit_code, 0, what);
}

static void live(void)
{
	struct address init = address_of_id(ADDRESS_INIT_ACTOR_ID);
	struct bytes create = {0}, update = {0};
	struct cid code = paych_code();
	struct voucher v = {.lane = 3, .nonce = 1, .amount = amount_u64(1200)};
	struct message m = {.from = life.from, .to = init, .method = METHOD_INIT_EXEC, .value = amount_u64(1000)};

	create_params(&create, &code, &life.from, &life.to);
	m.params = bytes_span(&create);
	CHECK_EQUAL(lotus_ops.created(life.client, &life.channel, &m), STATUS_OK, "the channel to come");
	send(&life.payer, m, "create");
	send(&life.payer, (struct message){.from = life.from, .to = life.channel, .nonce = 1, .value = amount_u64(500)},
		"add");
	v.channel = life.channel;
	CHECK_EQUAL(voucher_sign(&v, &life.payer), STATUS_OK, "a voucher");
	update_params(&update, &v, span_of(NULL, 0));
	m = (struct message){.from = life.to, .to = life.channel, .method = METHOD_PAYCH_UPDATE};
	m.params = bytes_span(&update);
	send(&life.payee, m, "update");
	m = (struct message){.from = life.to, .to = life.channel, .nonce = 1, .method = METHOD_PAYCH_SETTLE};
	send(&life.payee, m, "settle");
	pass(PAYCH_SETTLE_DELAY + 1);
	m.nonce = 2;
	m.method = METHOD_PAYCH_COLLECT;
	send(&life.payee, m, "collect");
	bytes_release(&update);
	bytes_release(&create);
}

/* Each step stands once in the log of the ledger, and was not refused. */
static enum status count_entry(void *ctx, const struct embedded_entry *entry)
{
	static const char *const steps[] = {"create", "add-funds", "update", "settle", "collect"};
	unsigned *counts = ctx;

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		counts[i] += strcmp(entry->what, steps[i]) == 0;
	CHECK_EQUAL(entry->exit_code, 0, "no message is refused");
	return STATUS_OK;
}

static void check_books(void)
{
	struct amount funded, present, want = amount_u64(1001200), have;
	unsigned counts[5] = {0};

	CHECK_EQUAL(embedded_log(life.ledger, 0, count_entry, counts), STATUS_OK, "the log");
	for (size_t i = 0; i < 5; i++)
		CHECK_EQUAL(counts[i], 1, "each message is executed once");
	CHECK_EQUAL(embedded_check(life.ledger, &funded, &present), STATUS_OK, "money is conserved");
	CHECK(embedded_ops.balance(life.ledger, &have, &life.to) == STATUS_OK && amount_cmp(&have, &want) == 0,
		"the payee has what the voucher said");
}

static void run(const char *folder, unsigned seed)
{
	const struct lotus_options options = {.confidence = seed % 2 ? 1 : 5, .keep_ms = 0};
	struct embedded_options o = {.network = NETWORK_TEST, .manual = true, .chain_addresses = true};
	struct transport transport = {.post = post, .close = stay_open};
	struct amount million = amount_u64(1000000);
	char path[96];

	line.random = seed;
	line.percent = 5 * (seed % 8);
	life.delay = o.delay = seed % 3;
	o.identity[0] = (uint8_t)(seed + 1);
	snprintf(path, sizeof(path), "%s/%u", folder, seed);
	CHECK_EQUAL(embedded_init(path, &o), STATUS_OK, "a ledger");
	CHECK_EQUAL(embedded_open(&life.ledger, path), STATUS_OK, "open");
	CHECK_EQUAL(embedded_fund(life.ledger, &life.from, &million), STATUS_OK, "fund the payer");
	CHECK_EQUAL(embedded_fund(life.ledger, &life.to, &million), STATUS_OK, "fund the payee");
	CHECK_EQUAL(node_new(&line.node, life.ledger), STATUS_OK, "a node");
	CHECK_EQUAL(lotus_open(&life.client, &transport, &options), STATUS_OK, "a client");
	live();
	check_books();
	lotus_ops.close(life.client);
	node_free(line.node);
	embedded_close(life.ledger);
}

int main(int argc, char **argv)
{
	static const uint8_t payer_seed[KEY_SECRET_SIZE] = {1}, payee_seed[KEY_SECRET_SIZE] = {2};
	char folder[] = "/tmp/retrieval-faults-XXXXXX", command[96];
	unsigned runs = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : RUNS;

	CHECK(mkdtemp(folder) != NULL, "a folder");
	CHECK(key_from_seed(&life.payer, payer_seed) == STATUS_OK &&
			key_from_seed(&life.payee, payee_seed) == STATUS_OK,
		"keys");
	life.from = address_of_key(life.payer.public);
	life.to = address_of_key(life.payee.public);
	for (unsigned seed = 0; seed < runs; seed++)
		run(folder, seed);
	for (unsigned i = 0; i < FAULTS; i++)
		CHECK(line.met[i] > runs / 2, "each fault was met");
	snprintf(command, sizeof(command), "rm -r %s", folder);
	CHECK_EQUAL(system(command), 0, "the folder goes");
	key_release(&life.payer);
	key_release(&life.payee);
	bytes_release(&line.last);
	return test_end();
}
