/* pending.c - a node whose ledger lets messages wait: push, pending, search, wait, and the channel that came of it. */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>

#include "base/multibase.h"
#include "node/node.h"

#include "../../support/test.h"

static struct embedded *ledger;
static struct node *node;
static struct key key;
static struct address us, them;
static json_t *response; /* the last one */

/* Ask, and keep the response; false if there is no answer yet. */
static bool ask(const char *method, const char *params)
{
	CLEAN_BYTES struct bytes body = {0};
	struct node_request request = {.can_write = true};
	struct node_answer answer;
	bool later;

	bytes_append_format(&body, "{\"id\":1,\"method\":\"Filecoin.%s\",\"params\":[%s]}", method, params);
	request.body = bytes_span(&body);
	json_decref(response);
	response = NULL;
	if (!CHECK_EQUAL(node_answer(node, &answer, &request), STATUS_OK, method))
		return false;
	response = json_loadb((const char *)answer.body.data, answer.body.len, 0, NULL);
	later = answer.later;
	CHECK(later == !response, "an answer, or none");
	bytes_release(&answer.body);
	return !later;
}

/* A member of the last response, by the names on the way to it. */
static const json_t *member(const char *a, const char *b)
{
	const json_t *inside = json_object_get(response, a);

	return b ? json_object_get(inside, b) : inside;
}

static const char *answer_error(void)
{
	const char *text = json_string_value(member("error", "message"));

	return text ? text : "no error";
}

static struct signed_message sign(const struct message *m)
{
	struct signed_message sm = {0};

	CHECK_EQUAL(message_sign(&sm, m, &key), STATUS_OK, "sign");
	return sm;
}

static void append_base64(struct bytes *out, struct span in)
{
	size_t start = out->len;

	base_encode(out, BASE64, in);
	while ((out->len - start) % 4 != 0)
		bytes_append_byte(out, '=');
}

/* The message as a client writes it, as the parameter of MpoolPush or, without @signature, of the other methods. */
static const char *form(struct bytes *out, const struct signed_message *sm, bool signature)
{
	const struct message *m = &sm->message;
	char from[ADDRESS_TEXT_MAX], to[ADDRESS_TEXT_MAX], value[AMOUNT_TEXT_MAX];

	bytes_clear(out);
	if (signature)
		bytes_append_text(out, "{\"Message\":");
	bytes_append_format(out,
		"{\"Version\":0,\"To\":\"%s\",\"From\":\"%s\",\"Nonce\":%" PRIu64
		",\"Value\":\"%s\",\"GasLimit\":%" PRId64
		",\"GasFeeCap\":\"0\",\"GasPremium\":\"0\",\"Method\":%" PRIu64 ",\"Params\":\"",
		address_text(to, &m->to, NETWORK_TEST), address_text(from, &m->from, NETWORK_MAIN), m->nonce,
		amount_decimal(value, &m->value), m->gas_limit, m->method);
	append_base64(out, m->params);
	bytes_append_text(out, "\"}");
	if (signature) {
		bytes_append_text(out, ",\"Signature\":{\"Type\":1,\"Data\":\"");
		append_base64(out, span_of(sm->signature, KEY_SIGNATURE_SIZE));
		bytes_append_text(out, "\"}}");
	}
	return bytes_text(out);
}

static void advance(int64_t epochs)
{
	int64_t now;

	CHECK_EQUAL(embedded_advance(ledger, epochs, &now), STATUS_OK, "advance");
}

static void check_result_text(const char *method, const char *params, const char *want)
{
	ask(method, params);
	CHECK_TEXT(
		json_string_value(member("result", NULL)) ? json_string_value(member("result", NULL)) : answer_error(),
		want, method);
}

/* A create message is in the pool until its epoch has come. */
static void check_pool(const struct signed_message *create, const char *cid)
{
	struct signed_message other = *create, gap = *create;
	CLEAN_BYTES struct bytes text = {0};
	char params[512];

	ask("StateSearchMsg", (snprintf(params, sizeof(params), "[],{\"/\":\"%s\"},-1,true", cid), params));
	CHECK(strstr(answer_error(), "could not find"), "a message that nobody has pushed");
	ask("MpoolPush", form(&text, create, true));
	CHECK_TEXT(json_string_value(member("result", "/")), cid, "push gives the CID of the signed message");
	ask("StateSearchMsg", params);
	CHECK(json_is_null(member("result", NULL)), "pending: a search finds nothing");
	ask("MpoolPush", form(&text, create, true));
	CHECK(strstr(answer_error(), "message with nonce already exists"), "the same message again");
	other.message.value = amount_u64(3);
	other = sign(&other.message);
	ask("MpoolPush", form(&text, &other, true));
	CHECK(strstr(answer_error(), "already in mpool, increase GasPremium to 1 from 0 to trigger replace by fee: "
				     "replace by fee has too low GasPremium"),
		"another of the same nonce");
	ask("MpoolPending", "[]");
	CHECK_EQUAL(json_array_size(member("result", NULL)), 1, "one message is pending");
	CHECK_TEXT(json_string_value(
			   json_object_get(json_object_get(json_array_get(member("result", NULL), 0), "CID"), "/")),
		cid, "it is ours");
	CHECK(!ask("StateWaitMsg", (snprintf(params, sizeof(params), "{\"/\":\"%s\"},0,-1,true", cid), params)),
		"a wait waits");
	gap.message.nonce = 5;
	gap = sign(&gap.message);
	ask("MpoolPush", form(&text, &gap, true));
	CHECK(member("result", "/"), "a nonce may be missing before a message");
	ask("MpoolPending", "[]");
	CHECK_EQUAL(json_array_size(member("result", NULL)), 2, "that message waits");
}

static void check_nonces(json_int_t pool, json_int_t state)
{
	char from[ADDRESS_TEXT_MAX], params[512];

	address_text(from, &us, NETWORK_TEST);
	ask("MpoolGetNonce", (snprintf(params, sizeof(params), "\"%s\"", from), params));
	CHECK_EQUAL(json_integer_value(member("result", NULL)), pool, "the pool counts");
	ask("StateGetActor", (snprintf(params, sizeof(params), "\"%s\",[]", from), params));
	CHECK_EQUAL(json_integer_value(member("result", "Nonce")), state, "the state counts");
}

/* What the message did, told by its receipt and by the state. */
static void check_channel(const struct address *channel, const char *cid)
{
	char params[512], text[ADDRESS_TEXT_MAX], from[ADDRESS_TEXT_MAX], id[ADDRESS_TEXT_MAX];
	const char *returned;

	address_text(text, channel, NETWORK_TEST);
	snprintf(params, sizeof(params), "{\"/\":\"%s\"},3,-1,true", cid);
	CHECK(!ask("StateWaitMsg", params), "not deep enough");
	advance(3);
	CHECK(ask("StateWaitMsg", params), "deep enough");
	returned = json_string_value(json_object_get(member("result", "ReturnDec"), "RobustAddress"));
	CHECK_TEXT(returned ? returned : answer_error(), text, "the address was known before");
	ask("StateSearchMsg", (snprintf(params, sizeof(params), "[],{\"/\":\"%s\"},2,true", cid), params));
	CHECK(json_is_null(member("result", NULL)), "beyond the look-back");
	ask("StateSearchMsg", (snprintf(params, sizeof(params), "[],{\"/\":\"%s\"},3,true", cid), params));
	CHECK_EQUAL(json_integer_value(member("result", "Height")), 2, "executed when it was due");
	ask("StateReadState", (snprintf(params, sizeof(params), "\"%s\",[]", text), params));
	snprintf(id, sizeof(id), "\"%s\",[]", json_string_value(json_object_get(member("result", "State"), "To")));
	check_result_text("StateAccountKey", id, address_text(from, &them, NETWORK_TEST));
	check_result_text("WalletBalance", (snprintf(params, sizeof(params), "\"%s\"", text), params), "70");
}

/* The state at a key is fixed for clients: another state is under another key. Older keys are known for a day. */
static void check_keys(void)
{
	char params[512], from[ADDRESS_TEXT_MAX], first[CID_TEXT_MAX];
	struct amount value = amount_u64(5);

	address_text(from, &us, NETWORK_TEST);
	ask("ChainHead", "");
	snprintf(first, sizeof(first), "%s",
		json_string_value(json_object_get(json_array_get(member("result", "Cids"), 0), "/")));
	CHECK_EQUAL(embedded_fund(ledger, &us, &value), STATUS_OK, "a change");
	ask("ChainHead", "");
	CHECK(strcmp(first, json_string_value(json_object_get(json_array_get(member("result", "Cids"), 0), "/"))) != 0,
		"another state, another key");
	snprintf(params, sizeof(params), "\"%s\",[{\"/\":\"%s\"}]", from, first);
	ask("StateGetActor", params);
	CHECK(member("result", "Balance"), "a key of a moment ago is known");
	ask("ChainGetTipSetByHeight", "3,[]");
	snprintf(params, sizeof(params), "\"%s\",[{\"/\":\"%s\"}]", from,
		json_string_value(json_object_get(json_array_get(member("result", "Cids"), 0), "/")));
	advance(NODE_LOOKBACK_MAX - 10);
	ask("StateGetActor", params);
	CHECK(member("result", "Balance"), "a key of yesterday is known");
	advance(20);
	ask("StateGetActor", params);
	CHECK(strstr(answer_error(), "could not find"), "an older key is not");
	ask("ChainGetTipSetByHeight", "3,[]");
	CHECK(strstr(answer_error(), "lookbacks of more than 24h0m0s"), "an older tipset has no name");
	ask("ChainGetTipSetByHeight", "99999999,[]");
	CHECK(strstr(answer_error(), "greater than start point"), "a tipset of the future");
	ask("ChainGetTipSetByHeight", "-1,[]");
	CHECK_TEXT(answer_error(), "height -1 is negative", "no epoch");
}

static void check_estimate(struct signed_message *create)
{
	CLEAN_BYTES struct bytes text = {0}, params = {0};

	bytes_append_format(&params, "%s,null,[]", form(&text, create, false));
	ask("GasEstimateMessageGas", bytes_text(&params));
	create->message.gas_limit = json_integer_value(member("result", "GasLimit"));
	CHECK(create->message.gas_limit > 0, "the gas is estimated");
	CHECK_TEXT(json_string_value(member("result", "GasFeeCap")), "0", "and costs nothing");
	*create = sign(&create->message);
}

int main(void)
{
	char folder[] = "/tmp/test-pending-XXXXXX", path[64], command[64], cid[CID_TEXT_MAX];
	struct embedded_options o = {NETWORK_TEST, true, 0, {7}, .delay = 2, .chain_addresses = true};
	uint8_t seed[KEY_SECRET_SIZE] = {1}, other[KEY_PUBLIC_SIZE] = {4};
	struct amount plenty = amount_u64(1000);
	CLEAN_BYTES struct bytes params = {0};
	struct cid code = paych_code(), name;
	struct signed_message create = {0};
	struct address channel;

	if (!CHECK(mkdtemp(folder) != NULL, "a folder to work in"))
		return test_end();
	CHECK_EQUAL(key_from_seed(&key, seed), STATUS_OK, "a key");
	us = address_of_key(key.public);
	them = address_of_key(other);
	snprintf(path, sizeof(path), "%s/ledger", folder);
	CHECK_EQUAL(embedded_init(path, &o), STATUS_OK, "init");
	CHECK_EQUAL(embedded_open(&ledger, path), STATUS_OK, "open");
	CHECK_EQUAL(embedded_fund(ledger, &us, &plenty), STATUS_OK, "fund");
	CHECK_EQUAL(node_new(&node, ledger), STATUS_OK, "a node");
	create_params(&params, &code, &us, &them);
	create.message = (struct message){.to = address_of_id(ADDRESS_INIT_ACTOR_ID),
		.from = us,
		.value = amount_u64(70),
		.method = METHOD_INIT_EXEC,
		.params = bytes_span(&params)};
	check_estimate(&create);
	CHECK_EQUAL(signed_message_cid(&name, &create), STATUS_OK, "the CID");
	CHECK_EQUAL(message_created(&channel, &create.message), STATUS_OK, "the address to come");
	cid_text(cid, &name);
	check_pool(&create, cid);
	check_nonces(1, 0);
	advance(2);
	check_nonces(1, 1);
	check_channel(&channel, cid);
	check_keys();
	json_decref(response);
	node_free(node);
	embedded_close(ledger);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	CHECK_EQUAL(system(command), 0, "tidy up");
	return test_end();
}
