/* lotus.c - tests of lotus/lotus.h: what a real node was seen to say, and what no node should say. */
#include "../../support/test.h"

#include <stdlib.h>

#include "../../support/conversation.h"
#include "lotus/lotus.h"
#include "lotus/lotus_json.h"
#include "rpc/json_rpc.h"
#include "wire/channel_state.h"

#define PAYER   "t13wpfgij3wf3a35x47sm3hgdjf3mgee25trkgi5y"
#define PAYEE   "t1kvudw3uq6gkruanm2jnoff3bdm7jvpzhnrcrhdq"
#define CHANNEL "t2efsz7lml7rhk4f7maxe6uukvp5lplsbp2dospvy"
#define SECOND  "t26la4drxrywnxvz3jwcq62thhq6n7v52ffdsrbpa" /* made by nonce 30 of the payer, and collected */
#define POOR    "t1ftgp7rko474xnp3msepj4phz3vytgaqo4f2hfma"
#define LANES   "bafy2bzacediiah2554wmqjfkviwngxtouvzpstrcvklie5z5rowwkgijqrgrg" /* nine */

static struct conversation node;

static struct address address_of(const char *text)
{
	struct address a = {.len = 0};

	CHECK_EQUAL(address_parse(&a, NULL, span_text(text)), STATUS_OK, text);
	return a;
}

static struct amount amount_of(const char *digits)
{
	struct amount a = amount_zero();

	CHECK_EQUAL(amount_from_decimal(&a, digits), STATUS_OK, digits);
	return a;
}

static void *open_with(int64_t keep_ms)
{
	const struct lotus_options options = {.confidence = 5, .keep_ms = keep_ms};
	struct transport transport = conversation_transport(&node);
	struct lotus *l = NULL;

	CHECK_EQUAL(lotus_open(&l, &transport, &options), STATUS_OK, "open");
	return l;
}

/* The head of the chain at @height, as recorded but for the height. */
static json_t *head_at(int height)
{
	json_t *head = json_deep_copy(recorded_result(&node, "ChainHead", "01 head"));
	char text[CID_TEXT_MAX];
	struct cid cid;

	CHECK_EQUAL(cid_of(&cid, 1, CODEC_DAG_CBOR, HASH_BLAKE2B_256, span_of(&height, sizeof(height))), STATUS_OK,
		"a CID");
	json_object_set_new(head, "Height", json_integer(height));
	json_object_set_new(head, "Cids", json_pack("[{s:s}]", "/", cid_text(text, &cid)));
	return head;
}

static void script_head(int height)
{
	script_result(&node, "ChainHead", NULL, head_at(height));
}

static void script_basics(void)
{
	conversation_clear(&node);
	script_recorded(&node, "ChainGetGenesis", "01 ChainGetGenesis");
	script_recorded(&node, "Version", "01 Version on /rpc/v1");
	script_recorded(&node, "StateReadState", "01 system actor: manifest CID");
	script_recorded(&node, "ChainReadObj", "01 builtin-actors manifest data");
	script_recorded(&node, "StateAccountKey", "01 key of the id");
	script_result(&node, "StateAccountKey", json_string("t0101"), json_string(PAYEE));
	script_error(&node, "ChainGetFinalizedTipSet", 1, "height -877 is negative");
	script_head(100);
}

static void check_facts(void)
{
	struct address payer = address_of(PAYER), poor = address_of(POOR);
	struct amount balance, want = amount_of("1000000000000000000000"), base_fee = amount_of("4636443");
	struct ledger_id id;
	enum network network = NETWORK_MAIN;
	struct cid code;
	char text[CID_TEXT_MAX];
	int64_t number = 0;
	uint64_t height = 7, nonce = 7;
	void *l;

	script_basics();
	script_recorded(&node, "WalletBalance", "01 balance of payer");
	script_recorded(&node, "WalletBalance", "01 balance of poor");
	script_recorded(&node, "MpoolGetNonce", "02 nonce counts the pending one");
	script_recorded(&node, "MpoolGetNonce", "01 nonce of poor");
	l = open_with(0);
	CHECK_EQUAL(lotus_ops.network(l, &network), STATUS_OK, "network");
	CHECK_EQUAL(network, NETWORK_TEST, "the letter is the node's");
	CHECK_EQUAL(lotus_ops.identity(l, &id), STATUS_OK, "identity");
	CHECK(id.network == NETWORK_TEST && id.genesis[0] == 0x30, "the identity is the digest of the genesis");
	CHECK_EQUAL(lotus_ops.height(l, &height), STATUS_NOT_FOUND, "a chain is never put back");
	CHECK(lotus_ops.epoch(l, &number) == STATUS_OK && number == 100, "the epoch is the head's");
	CHECK(lotus_ops.epoch_seconds(l, &number) == STATUS_OK && number == 4, "the node says how long an epoch is");
	CHECK_EQUAL(lotus_ops.base_fee(l, &balance), STATUS_OK, "the base fee");
	CHECK(amount_cmp(&balance, &base_fee) == 0, "the base fee is the head's");
	CHECK_EQUAL(lotus_ops.balance(l, &balance, &payer), STATUS_OK, "balance");
	CHECK(amount_cmp(&balance, &want) == 0, "a thousand FIL");
	CHECK(lotus_ops.balance(l, &balance, &poor) == STATUS_OK && amount_is_zero(&balance), "nothing");
	CHECK(lotus_ops.nonce(l, &nonce, &payer) == STATUS_OK && nonce == 1, "a pending message counts");
	CHECK(lotus_ops.nonce(l, &nonce, &poor) == STATUS_OK && nonce == 0,
		"an account that was never seen begins at 0");
	CHECK_EQUAL(lotus_ops.channel_code(l, &code), STATUS_OK, "the code of channels");
	CHECK_TEXT(cid_text(text, &code), "bafk2bzacebt2bhrmo55gkdeyil5bdmy5xo2i6ga4uyvriw7yiqsslro6gpco2",
		"the code is the manifest's");
	lotus_ops.close(l);
}

/* A network of before version 16, in which the system actor names nothing. */
static void script_version(int version)
{
	conversation_clear(&node);
	script_recorded(&node, "ChainGetGenesis", "01 ChainGetGenesis");
	script_head(100);
	script_result(&node, "StateReadState", NULL,
		json_pack("{s:s, s:{s:s}, s:{}}", "Balance", "0", "Code", "/", "bafkqaddgnfwc6nzpon4xg5dfnu", "State"));
	script_result(&node, "StateNetworkVersion", NULL, json_integer(version));
}

static void check_named_codes(void)
{
	static const struct {
		int version;
		enum status want;
		const char *code;
	} rows[] = {
		{15, STATUS_OK, "bafkqafdgnfwc6nzpobqxs3lfnz2gg2dbnzxgk3a"}, /* fil/7/paymentchannel, as a node says */
		{13, STATUS_OK, "bafkqafdgnfwc6njpobqxs3lfnz2gg2dbnzxgk3a"}, /* fil/5/paymentchannel */
		{12, STATUS_BAD_MESSAGE, NULL},
		{16, STATUS_BAD_MESSAGE, NULL},
		{28, STATUS_BAD_MESSAGE, NULL},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[CID_TEXT_MAX];
		struct cid code;
		void *l;

		script_version(rows[i].version);
		l = open_with(0);
		CHECK_EQUAL(lotus_ops.channel_code(l, &code), rows[i].want, "the code where there is no manifest");
		if (rows[i].code != NULL)
			CHECK_TEXT(cid_text(text, &code), rows[i].code, "the code is a name");
		lotus_ops.close(l);
	}
}

/* The state block of a channel whose lanes are the nine. */
static void script_lanes(void)
{
	struct channel_state state = {.settling_at = 3056, .min_settle_height = 3050};
	struct bytes block = {0};
	json_t *each, *actor = json_deep_copy(recorded_result(&node, "StateGetActor", "02 actor of the channel"));
	struct cid head = {0};
	size_t i;

	state.from = address_of_id(100);
	state.to = address_of_id(101);
	state.to_send = amount_u64(77);
	CHECK_EQUAL(cid_parse(&state.lanes, span_text(LANES)), STATUS_OK, "the nine lanes");
	channel_state_encode(&block, &state);
	CHECK_EQUAL(cid_of(&head, 1, CODEC_DAG_CBOR, HASH_BLAKE2B_256, bytes_span(&block)), STATUS_OK, "the head");
	json_object_set_new(actor, "Head", json_of_cid(&head));
	script_result(&node, "StateGetActor", json_string(CHANNEL), actor);
	script_result(&node, "ChainReadObj", json_of_cid(&head), json_of_bytes(bytes_span(&block)));
	json_array_foreach(node.recorded, i, each)
	{
		if (strcmp(json_string_value(json_object_get(each, "method")), "ChainReadObj") == 0 &&
			json_object_get(json_object_get(each, "response"), "result") != NULL)
			script_result(&node, "ChainReadObj",
				json_incref(json_array_get(json_object_get(each, "params"), 0)),
				json_incref(json_object_get(json_object_get(each, "response"), "result")));
	}
	bytes_release(&block);
}

static void check_channel(void)
{
	struct address channel = address_of(CHANNEL), payer = address_of(PAYER), payee = address_of(PAYEE);
	struct amount one = amount_of("1000000000000000000");
	struct paych head = {.lanes = NULL};
	struct paych_lane lane;
	uint64_t last;
	unsigned before;
	void *l;

	script_basics();
	script_recorded(&node, "StateGetActor", "02 actor of the channel");
	script_recorded(&node, "ChainReadObj", "02 raw state");
	script_recorded(&node, "ChainReadObj", "02 empty lanes AMT");
	l = open_with(60000);
	CHECK_EQUAL(lotus_ops.channel(l, &head, &channel), STATUS_OK, "a new channel");
	CHECK(address_equal(&head.from, &payer) && address_equal(&head.to, &payee), "its parties by their keys");
	CHECK(amount_cmp(&head.balance, &one) == 0 && amount_is_zero(&head.to_send), "its money");
	CHECK(head.settling_at == 0 && head.min_settle_height == 0 && head.lanes == NULL, "it does not settle");
	before = node.requests;
	CHECK_EQUAL(lotus_ops.channel(l, &head, &channel), STATUS_OK, "the same channel again");
	CHECK_EQUAL(node.requests, before, "costs no request");
	lotus_ops.refresh(l);
	CHECK_EQUAL(lotus_ops.channel(l, &head, &channel), STATUS_OK, "once more, after a refresh");
	CHECK_EQUAL(
		node.requests, before + 2, "costs the head and the actor; the state and the parties' keys are known");
	before = node.requests;
	CHECK_EQUAL(lotus_ops.lane(l, &lane, &channel, 0), STATUS_NOT_FOUND, "no lane");
	CHECK_EQUAL(lotus_ops.last_lane(l, &last, &channel), STATUS_NOT_FOUND, "and no highest one");
	CHECK_EQUAL(node.requests, before + 1, "one block");
	lotus_ops.close(l);

	script_basics();
	script_lanes();
	l = open_with(60000);
	CHECK_EQUAL(lotus_ops.lane(l, &lane, &channel, 1000), STATUS_OK, "a lane of nine");
	CHECK(lane.id == 1000 && lane.nonce == 1, "the lane");
	CHECK_EQUAL(lotus_ops.lane(l, &lane, &channel, INT64_MAX), STATUS_OK, "the last lane of all");
	CHECK_EQUAL(lotus_ops.last_lane(l, &last, &channel), STATUS_OK, "the highest lane");
	CHECK_EQUAL(last, INT64_MAX, "is that one");
	before = node.requests;
	CHECK_EQUAL(lotus_ops.lane(l, &lane, &channel, 1000), STATUS_OK, "the lane again");
	CHECK_EQUAL(node.requests, before, "its blocks were kept");
	CHECK_EQUAL(lotus_ops.lane(l, &lane, &channel, 5), STATUS_NOT_FOUND, "a lane without vouchers");
	CHECK_EQUAL(lotus_ops.channel(l, &head, &channel), STATUS_OK, "the channel");
	CHECK(head.settling_at == 3056 && head.min_settle_height == 3050, "it settles");
	lotus_ops.close(l);
}

/* What is no channel of ours, and what has been one. */
static void check_other_actors(void)
{
	struct address channel = address_of(CHANNEL), second = address_of(SECOND), payer = address_of(PAYER);
	struct paych head;
	struct receipt receipt = {.exit_code = 7};
	void *l = open_with(60000);

	script_basics();
	script_recorded(&node, "StateGetActor", "01 actor of payer");
	script_recorded(&node, "StateGetActor", "08 StateGetActor of a collected channel");
	script_recorded(&node, "StateLookupID", "08 StateLookupID of a collected channel");
	CHECK_EQUAL(lotus_ops.channel(l, &head, &payer), STATUS_NOT_FOUND, "an account is not a channel");
	CHECK_EQUAL(lotus_ops.channel(l, &head, &second), STATUS_NOT_FOUND, "a collected channel");
	CHECK_EQUAL(lotus_ops.collected(l, &receipt, &second), STATUS_OK, "it was collected");
	CHECK(receipt.exit_code == 0 && !receipt.has_payout, "what it has paid is not known");
	script_drop(&node, "StateLookupID");
	script_recorded(&node, "StateLookupID", "01 id of poor");
	node.lines[node.count - 1].first = (json_decref(node.lines[node.count - 1].first), NULL);
	CHECK_EQUAL(lotus_ops.collected(l, &receipt, &second), STATUS_NOT_FOUND, "one that never was");

	script_basics();
	script_lanes();
	script_replace(&node, "StateAccountKey", 200,
		"{\"id\":@,\"jsonrpc\":\"2.0\",\"result\":\"t410fsktbrxkd2nvtrzswyzjeteut4lorjqhtxquklga\"}");
	CHECK_EQUAL(lotus_ops.channel(l, &head, &channel), STATUS_UNSUPPORTED, "a party that signs nothing");
	script_drop(&node, "StateAccountKey");
	script_error(
		&node, "StateAccountKey", 1, "failed to get account actor state for t01002: actor code is not account");
	CHECK_EQUAL(lotus_ops.channel(l, &head, &channel), STATUS_UNSUPPORTED, "a party that is no account");
	script_drop(&node, "StateAccountKey");
	script_error(&node, "StateAccountKey", 1, "loading tipset failed");
	CHECK_EQUAL(lotus_ops.channel(l, &head, &channel), STATUS_REJECTED, "a node that does not know");
	lotus_ops.close(l);
}

/* How often the next answers find the channel, and how often they don't. */
static void script_finds(bool found, int times)
{
	if (found)
		script_result(&node, "StateGetActor", json_string(CHANNEL),
			json_deep_copy(recorded_result(&node, "StateGetActor", "02 actor of the channel")));
	else
		script_error(&node, "StateGetActor", 1, "actor not found");
	script_times(&node, times);
}

/* The channel was there up to epoch 90: asked for at 100 twice, 99, 97, 93, 85, and then in halves at 89, 91, 90. */
static void script_end(void)
{
	script_basics();
	script_recorded(&node, "StateLookupID", "08 StateLookupID of a collected channel");
	node.lines[node.count - 1].first = (json_decref(node.lines[node.count - 1].first), NULL);
	for (int height = 0; height <= 100; height++)
		script_result(&node, "ChainGetTipSetByHeight", json_integer(height), head_at(height));
	script_finds(false, 5);
	script_finds(true, 2);
	script_finds(false, 1);
	script_finds(true, 1);
	script_lanes();
}

static void check_payout(void)
{
	struct address channel = address_of(CHANNEL);
	struct amount paid = amount_u64(77);
	struct receipt receipt = {0};
	void *l = open_with(60000);

	script_end();
	CHECK_EQUAL(lotus_ops.payout(l, &receipt, &channel), STATUS_OK, "a channel that is gone");
	CHECK(receipt.has_payout && amount_cmp(&receipt.paid, &paid) == 0, "its last state tells what was paid");
	CHECK(strstr(node.asked, "ChainGetTipSetByHeight StateGetActor ChainReadObj") == NULL &&
			strstr(node.asked, "StateReadState") != NULL,
		"the state is read once");
	lotus_ops.close(l);

	script_end();
	script_replace(&node, "ChainGetTipSetByHeight", 200,
		"{\"id\":@,\"jsonrpc\":\"2.0\",\"error\":{\"code\":1,\"message\":\"bad tipset: lookbacks of more than "
		"24h0m0s are disallowed\"}}");
	l = open_with(60000);
	CHECK_EQUAL(lotus_ops.payout(l, &receipt, &channel), STATUS_OK, "a node that shows no old states");
	CHECK(!receipt.has_payout, "it tells no amounts");
	lotus_ops.close(l);

	script_basics();
	script_lanes();
	l = open_with(60000);
	CHECK_EQUAL(lotus_ops.payout(l, &receipt, &channel), STATUS_NOT_FOUND, "a channel that is there");
	lotus_ops.close(l);
}

static enum status count_channel(void *ctx, const struct address *channel, const struct paych *head)
{
	struct address want = address_of(CHANNEL), payer = address_of(PAYER);

	++*(int *)ctx;
	CHECK(address_equal(channel, &want) && address_equal(&head->from, &payer), "the channel of the first message");
	return STATUS_OK;
}

static void check_each_channel(void)
{
	struct address payer = address_of(PAYER), poor = address_of(POOR);
	json_t *actor;
	int count = 0;
	struct channel_visit visit = {count_channel, &count};
	void *l = open_with(60000);

	script_basics();
	actor = json_deep_copy(recorded_result(&node, "StateGetActor", "01 actor of payer"));
	json_object_set_new(actor, "Nonce", json_integer(3));
	script_result(&node, "StateGetActor", json_string(PAYER), actor);
	script_lanes();
	script_error(&node, "StateGetActor", 1, "resolution lookup failed (x): resolve address x: actor not found");
	CHECK_EQUAL(lotus_ops.each_channel(l, &payer, &visit), STATUS_OK, "the channels of a key");
	CHECK_EQUAL(count, 1, "one of three messages has made one");
	CHECK_EQUAL(lotus_ops.each_channel(l, &poor, &visit), STATUS_OK, "the channels of nobody");
	CHECK_EQUAL(count, 1, "none");
	lotus_ops.close(l);
}

/* A message that collects needs more gas than a node says, but no fee goes above the ceiling for that. */
static void check_collect_gas(void)
{
	static const struct {
		const char *ceiling;
		int64_t want;
		const char *why;
	} rows[] = {
		{NULL, 4056318, "without a ceiling"},
		{"409095895572", 4056318, "with a ceiling of just that"}, /* 4056318 * 100854 */
		{"409095895571", 3956318, "with a ceiling of one less"},
		{"399010495572", 3956318, "with the ceiling that the node has kept"}, /* 3956318 * 100854 */
	};
	struct bytes params = {0};
	json_t *line = recorded_line(&node, "GasEstimateMessageGas", "08 collect: estimate");

	script_basics();
	script_recorded(&node, "GasEstimateMessageGas", "08 collect: estimate");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct message m = recorded_message(json_array_get(json_object_get(line, "params"), 0), &params);
		struct amount ceiling = amount_of(rows[i].ceiling != NULL ? rows[i].ceiling : "0");
		struct receipt refusal;
		void *l = open_with(0);

		CHECK_EQUAL(lotus_ops.estimate(l, &m, &refusal, rows[i].ceiling != NULL ? &ceiling : NULL), STATUS_OK,
			rows[i].why);
		CHECK_EQUAL(m.gas_limit, rows[i].want, rows[i].why);
		lotus_ops.close(l);
	}
	bytes_release(&params);
}

/* Every recorded estimate: the same request, the answer understood. */
static void check_estimates(void)
{
	struct bytes params = {0};
	json_t *each;
	size_t i, good = 0, bad = 0;

	json_array_foreach(node.recorded, i, each)
	{
		json_t *given = json_array_get(json_object_get(each, "params"), 0), *response;
		struct message m, got;
		struct receipt refusal = {.text = ""};
		enum status s;
		void *l;

		response = json_object_get(each, "response");
		if (strcmp(json_string_value(json_object_get(each, "method")), "GasEstimateMessageGas") != 0 ||
			response == NULL || json_integer_value(json_object_get(given, "GasLimit")) != 0)
			continue;
		if (json_string_value(json_object_get(given, "From"))[1] == '4')
			continue; /* our senders are keys */
		script_basics();
		script_head(1);
		node.lines[node.count - 2].left = 0;
		json_object_set_new(
			json_array_get(json_object_get(recorded_result(&node, "ChainHead", "01 head"), "Blocks"), 0),
			"ParentBaseFee", json_string("100"));
		script_head(2);
		node.lines[node.count - 2].left = 0;
		script_result(&node, "WalletBalance", NULL, json_string("9000000000000000000000000"));
		script_recorded(&node, "GasEstimateMessageGas", json_string_value(json_object_get(each, "note")));
		json_decref(node.lines[node.count - 1].first);
		node.lines[node.count - 1].first = NULL;
		m = got = recorded_message(given, &params);
		l = open_with(0);
		s = lotus_ops.estimate(l, &got, &refusal, NULL);
		if (json_object_get(response, "result") != NULL) {
			struct bytes other = {0};
			struct message want = recorded_message(json_object_get(response, "result"), &other);

			CHECK_EQUAL(s, STATUS_OK, "an estimate");
			if (m.method == METHOD_PAYCH_COLLECT)
				want.gas_limit += 100000;
			CHECK(got.gas_limit == want.gas_limit && amount_cmp(&got.gas_fee_cap, &want.gas_fee_cap) == 0 &&
					amount_cmp(&got.gas_premium, &want.gas_premium) == 0 && got.nonce == m.nonce &&
					address_equal(&got.to, &m.to),
				"gas is filled in, and nothing else is changed");
			bytes_release(&other);
			good++;
		} else {
			CHECK_EQUAL(s, STATUS_REJECTED, "a refusal");
			CHECK(refusal.exit_code > 0 && refusal.text[0] != '\0' && strchr(refusal.text, '\n') == NULL,
				"the refusal has its code and its words");
			CHECK(got.gas_limit == m.gas_limit, "nothing is filled in");
			bad++;
		}
		lotus_ops.close(l);
	}
	CHECK(good >= 20 && bad >= 4, "estimates and refusals were recorded");
	bytes_release(&params);
}

/* Every recorded dry run of a voucher: the same request, the answer understood. */
static void check_trials(void)
{
	struct bytes params = {0};
	json_t *each;
	size_t i, good = 0, bad = 0;
	void *l = open_with(60000);

	script_basics();
	json_array_foreach(node.recorded, i, each)
	{
		json_t *receipt =
			json_object_get(json_object_get(json_object_get(each, "response"), "result"), "MsgRct");
		struct receipt got = {.text = ""};
		struct message m;

		if (strcmp(json_string_value(json_object_get(each, "method")), "StateCall") != 0)
			continue;
		script_drop(&node, "StateCall");
		script_recorded(&node, "StateCall", json_string_value(json_object_get(each, "note")));
		m = recorded_message(json_array_get(json_object_get(each, "params"), 0), &params);
		CHECK_EQUAL(lotus_ops.try(l, &got, &m), STATUS_OK, json_string_value(json_object_get(each, "note")));
		CHECK_EQUAL(
			got.exit_code, (int)json_integer_value(json_object_get(receipt, "ExitCode")), "its exit code");
		CHECK((got.text[0] != '\0') == (got.exit_code != 0) && strchr(got.text, '\n') == NULL, "its words");
		good += got.exit_code == 0;
		bad += got.exit_code != 0;
	}
	CHECK(good >= 3 && bad >= 5, "vouchers that would be redeemed, and refusals, were recorded");
	lotus_ops.close(l);
	bytes_release(&params);
}

/* An older node refuses by an error; what is no receipt is no answer. */
static void check_odd_trials(void)
{
	static const char *const nonsense[] = {"null", "{}", "{\"MsgRct\":null}", "{\"MsgRct\":{\"ExitCode\":\"0\"}}",
		"{\"MsgRct\":{\"ExitCode\":-1}}", "[]"};
	struct bytes params = {0};
	json_t *line = recorded_line(&node, "StateCall", "04 StateCall time lock min");
	struct message m = recorded_message(json_array_get(json_object_get(line, "params"), 0), &params);
	struct receipt r = {.text = ""};
	void *l = open_with(60000);

	script_basics();
	script_error(&node, "StateCall", 1, "cannot use this voucher yet! (RetCode=16): cannot use this voucher yet!");
	CHECK_EQUAL(lotus_ops.try(l, &r, &m), STATUS_OK, "a refusal by an error");
	CHECK_EQUAL(r.exit_code, 16, "has its code");
	CHECK_TEXT(r.text, "cannot use this voucher yet!", "and its words");
	script_error(&node, "GasEstimateMessageGas", 3,
		"message execution failed (exit=[ErrIllegalArgument(16)], vm error=[voucher has no signature "
		"(RetCode=16): "
		"voucher has no signature])");
	CHECK_EQUAL(
		lotus_ops.estimate(l, &m, &r, NULL), STATUS_REJECTED, "an estimate that is refused in the same way");
	CHECK_EQUAL(r.exit_code, 16, "has its code");
	CHECK_TEXT(r.text, "voucher has no signature", "and its words");
	script_drop(&node, "StateCall");
	script_error(&node, "StateCall", 1, "the node is busy");
	CHECK_EQUAL(lotus_ops.try(l, &r, &m), STATUS_REJECTED, "a node that does not try is no refusal of the actor");
	for (size_t i = 0; i < sizeof(nonsense) / sizeof(nonsense[0]); i++) {
		script_drop(&node, "StateCall");
		script_result(&node, "StateCall", NULL, json_loads(nonsense[i], JSON_DECODE_ANY, NULL));
		CHECK_EQUAL(lotus_ops.try(l, &r, &m), STATUS_BAD_MESSAGE, nonsense[i]);
	}
	lotus_ops.close(l);
	bytes_release(&params);
}

static void check_fees(void)
{
	struct bytes params = {0};
	json_t *line = recorded_line(&node, "GasEstimateMessageGas", "02 create channel: estimate");
	struct message first = recorded_message(json_array_get(json_object_get(line, "params"), 0), &params), m = first;
	struct amount enough = amount_of("600000000000000"), little = amount_of("500000000000000");
	struct receipt refusal;
	void *l = open_with(0);

	script_basics();
	script_result(&node, "WalletBalance", NULL, json_string("999999999999999999"));
	CHECK_EQUAL(lotus_ops.estimate(l, &m, &refusal, &enough), STATUS_NO_FUNDS, "a value that is not there");
	script_drop(&node, "WalletBalance");
	script_recorded(&node, "WalletBalance", "01 balance of payer");
	script_recorded(&node, "GasEstimateMessageGas", "02 create channel: estimate");
	CHECK_EQUAL(lotus_ops.estimate(l, &m, &refusal, &enough), STATUS_OK, "a fee below the ceiling");
	m = first;
	CHECK_EQUAL(lotus_ops.estimate(l, &m, &refusal, &little), STATUS_TOO_DEAR, "a node that ignores the ceiling");
	CHECK_EQUAL(m.gas_limit, 0, "nothing is filled in");
	script_drop(&node, "GasEstimateMessageGas");
	script_recorded(&node, "GasEstimateMessageGas", "02 create channel: estimate");
	json_object_set_new(
		json_array_get(json_object_get(recorded_result(&node, "ChainHead", "01 head"), "Blocks"), 0),
		"ParentBaseFee", json_string("48981962"));
	script_drop(&node, "ChainHead");
	script_head(100);
	CHECK_EQUAL(lotus_ops.estimate(l, &m, &refusal, NULL), STATUS_TOO_DEAR, "a fee that no miner takes");
	json_object_set_new(
		json_array_get(json_object_get(recorded_result(&node, "ChainHead", "01 head"), "Blocks"), 0),
		"ParentBaseFee", json_string("100"));
	lotus_ops.close(l);
	bytes_release(&params);
}

/* The actor of the sender, with @nonce. */
static void script_nonce(const char *who, int state, int pool)
{
	json_t *actor = json_deep_copy(recorded_result(&node, "StateGetActor", "01 actor of payer"));

	json_object_set_new(actor, "Nonce", json_integer(state));
	script_result(&node, "StateGetActor", json_string(who), actor);
	script_result(&node, "MpoolGetNonce", json_string(who), json_integer(pool));
}

static void script_deep(int height)
{
	script_result(&node, "ChainGetTipSetByHeight", NULL, head_at(height));
}

/* What the search says, once or for ever; NULL: nothing found. */
static void script_search(const char *note, int times)
{
	script_recorded(&node, "StateSearchMsg", note);
	script_times(&node, times);
}

/* How the create message of the recording fares: the searches, the head, the nonces, and what is to be concluded. */
static const struct {
	const char *why, *first, *then; /* notes of the search before and after the nonces are read */
	int head, state_nonce, pool_nonce;
	bool existed;
	enum message_state want;
} fates[] = {
	{"never seen", "02 search before the push: unknown message", NULL, 23, 0, 0, false, MESSAGE_UNKNOWN},
	{"pushed", "02 search while pending", NULL, 23, 0, 1, false, MESSAGE_PENDING},
	{"pushed, on a node that does not know the message", "02 search before the push: unknown message", NULL, 23, 0,
		1, false, MESSAGE_UNKNOWN},
	{"gone from the pool of the node", "02 search while pending", NULL, 40, 0, 0, false, MESSAGE_UNKNOWN},
	{"executed just now", "02 search after", NULL, 25, 1, 1, true, MESSAGE_PENDING},
	{"executed four epochs ago", "02 search after", NULL, 29, 1, 1, true, MESSAGE_PENDING},
	{"executed five epochs ago", "02 search after", NULL, 30, 1, 1, true, MESSAGE_FINAL},
	{"head went back meanwhile", "02 search after", NULL, 20, 1, 1, true, MESSAGE_PENDING},
	{"found, then reverted", "02 search after", "02 search while pending", 30, 0, 1, false, MESSAGE_PENDING},
	{"nothing, then found", "02 search while pending", "02 search after", 30, 1, 1, true, MESSAGE_PENDING},
	{"executed long ago, behind a gateway", "02 search while pending", NULL, 400, 1, 1, true, MESSAGE_FINAL},
	{"executed long ago, on a node that began later", "02 search before the push: unknown message", NULL, 400, 1, 1,
		true, MESSAGE_FINAL},
	{"another message took the nonce", "05 search A, allowReplaced=True", NULL, 400, 1, 1, false, MESSAGE_REPLACED},
	{"another message took the nonce, and the node is silent", "02 search while pending", NULL, 400, 1, 1, false,
		MESSAGE_REPLACED},
	{"another message in the pool", "05 search A, allowReplaced=True", NULL, 400, 0, 1, false, MESSAGE_UNKNOWN},
};

static void check_fates(void)
{
	json_t *line = recorded_line(&node, "MpoolPush", "02 create channel: push");
	struct bytes params = {0};
	struct signed_message m = recorded_signed(json_array_get(json_object_get(line, "params"), 0), &params);

	for (size_t i = 0; i < sizeof(fates) / sizeof(fates[0]); i++) {
		struct outcome o = {.state = (enum message_state)77};
		struct address want = address_of(CHANNEL);
		void *l = open_with(0);

		script_basics();
		script_drop(&node, "ChainHead");
		script_head(fates[i].head);
		script_deep(fates[i].head - 5);
		script_search(fates[i].first, fates[i].then != NULL ? 1 : -1);
		if (fates[i].then != NULL)
			script_search(fates[i].then, -1);
		for (size_t at = 0; at < node.count; at++) { /* the recorded search A is for another message */
			if (strcmp(node.lines[at].method, "StateSearchMsg") == 0) {
				json_decref(node.lines[at].first);
				node.lines[at].first = NULL;
			}
		}
		script_nonce(PAYER, fates[i].state_nonce, fates[i].pool_nonce);
		if (fates[i].existed)
			script_result(&node, "StateLookupID", json_string(CHANNEL), json_string("t01002"));
		else
			script_error(&node, "StateLookupID", 11, "actor not found");
		CHECK_EQUAL(lotus_ops.outcome(l, &o, &m), STATUS_OK, fates[i].why);
		CHECK_EQUAL(o.state, fates[i].want, fates[i].why);
		CHECK(o.state != MESSAGE_FINAL ||
				(o.receipt.exit_code == 0 && address_equal(&o.receipt.created, &want)),
			"a final create names its channel");
		lotus_ops.close(l);
	}
	bytes_release(&params);
}

/* The receipts of a message that is on the chain, deep enough: was the message executed? */
static const struct {
	const char *why;
	int exit_code, gas, state_nonce, pool_nonce;
	enum message_state want;
} receipts[] = {
	{"out of gas after some steps", 7, 300000, 1, 1, MESSAGE_FINAL},
	{"turned away: its nonce is free", 7, 0, 0, 0, MESSAGE_TURNED_AWAY},
	{"turned away for the balance of its sender", 2, 0, 0, 0, MESSAGE_TURNED_AWAY},
	{"turned away, its sender being none", 1, 0, 0, 0, MESSAGE_TURNED_AWAY},
	{"turned away, and again in the pool", 7, 0, 0, 1, MESSAGE_PENDING},
	{"turned away, and another message took the nonce", 7, 0, 1, 1, MESSAGE_REPLACED},
	{"refused by the actor, on a ledger without gas", 18, 0, 1, 1, MESSAGE_FINAL},
};

static json_t *lookup_with(int exit_code, int gas)
{
	json_t *lookup = json_deep_copy(recorded_result(&node, "StateSearchMsg", "02 search after"));
	json_t *receipt = json_object_get(lookup, "Receipt");

	json_object_set_new(receipt, "ExitCode", json_integer(exit_code));
	json_object_set_new(receipt, "GasUsed", json_integer(gas));
	json_object_set_new(receipt, "Return", json_null());
	return lookup;
}

static void check_receipt(const struct signed_message *m, size_t i)
{
	struct outcome o = {.state = (enum message_state)77};
	void *l = open_with(0);

	script_basics();
	script_drop(&node, "ChainHead");
	script_head(400);
	script_deep(395);
	script_result(&node, "StateSearchMsg", NULL, lookup_with(receipts[i].exit_code, receipts[i].gas));
	script_nonce(PAYER, receipts[i].state_nonce, receipts[i].pool_nonce);
	script_error(&node, "StateLookupID", 11, "actor not found");
	CHECK_EQUAL(lotus_ops.outcome(l, &o, m), STATUS_OK, receipts[i].why);
	CHECK_EQUAL(o.state, receipts[i].want, receipts[i].why);
	CHECK(o.state != MESSAGE_FINAL || o.receipt.exit_code == receipts[i].exit_code, receipts[i].why);
	lotus_ops.close(l);
}

/* A message that another one replaced must not count as done because the node knows the message. */
static void check_receipts(void)
{
	json_t *line = recorded_line(&node, "MpoolPush", "02 create channel: push");
	struct bytes params = {0};
	struct signed_message m = recorded_signed(json_array_get(json_object_get(line, "params"), 0), &params);
	struct outcome o = {.state = MESSAGE_UNKNOWN};
	void *l;

	for (size_t i = 0; i < sizeof(receipts) / sizeof(receipts[0]); i++)
		check_receipt(&m, i);
	m.message.method = METHOD_SEND;
	script_basics();
	script_drop(&node, "ChainHead");
	script_head(400);
	script_deep(395);
	script_result(&node, "StateSearchMsg", NULL, lookup_with(7, 0));
	script_nonce(PAYER, 1, 1);
	l = open_with(0);
	CHECK_EQUAL(lotus_ops.outcome(l, &o, &m), STATUS_OK, "a transfer that was turned away");
	CHECK_EQUAL(o.state, MESSAGE_REPLACED, "its money has not moved");
	lotus_ops.close(l);
	bytes_release(&params);
}

/* A channel at finality: where the node says, or 900 epochs deep, and not at all on a younger chain. */
static void check_final_channel(void)
{
	struct address channel = address_of(CHANNEL), payer = address_of(PAYER);
	struct amount one = amount_of("1000000000000000000");
	struct paych head = {.lanes = NULL};
	unsigned before;
	void *l;

	script_basics();
	script_recorded(&node, "StateGetActor", "02 actor of the channel");
	script_recorded(&node, "ChainReadObj", "02 raw state");
	l = open_with(60000);
	CHECK_EQUAL(lotus_ops.final_channel(l, &head, &channel), STATUS_NOT_FOUND, "a chain of 100 epochs");
	lotus_ops.refresh(l);
	script_drop(&node, "ChainHead");
	script_head(4000);
	script_deep(3100);
	CHECK_EQUAL(lotus_ops.final_channel(l, &head, &channel), STATUS_OK, "900 epochs deep");
	CHECK(address_equal(&head.from, &payer) && amount_cmp(&head.balance, &one) == 0, "the channel");
	before = node.requests;
	CHECK_EQUAL(lotus_ops.final_channel(l, &head, &channel), STATUS_OK, "once more");
	CHECK_EQUAL(node.requests, before, "costs no request");
	script_drop(&node, "ChainGetTipSetByHeight");
	script_drop(&node, "ChainGetFinalizedTipSet");
	script_result(&node, "ChainGetFinalizedTipSet", NULL, head_at(3990));
	lotus_ops.refresh(l);
	CHECK_EQUAL(lotus_ops.final_channel(l, &head, &channel), STATUS_OK, "by the node's word");
	lotus_ops.close(l);
}

/* A node whose chain is final at its head has final messages at once. */
static void check_finality(void)
{
	json_t *line = recorded_line(&node, "MpoolPush", "02 create channel: push");
	struct bytes params = {0};
	struct signed_message m = recorded_signed(json_array_get(json_object_get(line, "params"), 0), &params);
	struct outcome o = {.state = MESSAGE_UNKNOWN};
	void *l = open_with(0);

	script_basics();
	script_drop(&node, "ChainHead");
	script_drop(&node, "ChainGetFinalizedTipSet");
	script_head(25);
	script_result(&node, "ChainGetFinalizedTipSet", NULL, head_at(25));
	script_search("02 search after", -1);
	CHECK_EQUAL(lotus_ops.outcome(l, &o, &m), STATUS_OK, "finality");
	CHECK_EQUAL(o.state, MESSAGE_FINAL, "the message is final at once");
	CHECK_EQUAL(o.receipt.epoch, 25, "the epoch is that of the execution");
	script_drop(&node, "StateSearchMsg");
	script_search(
		"06 later: search for the message whose nonce had been taken by one that failed with exit 7, gas 0",
		-1);
	json_decref(node.lines[node.count - 1].first);
	node.lines[node.count - 1].first = NULL;
	script_drop(&node, "ChainHead");
	script_head(4000);
	CHECK_EQUAL(lotus_ops.outcome(l, &o, &m), STATUS_OK, "a refusal");
	CHECK(o.state == MESSAGE_FINAL && o.receipt.exit_code == 22, "the exit code is the receipt's");
	CHECK_TEXT(o.receipt.text, "exit code 22: no such method", "its words");
	lotus_ops.close(l);
	bytes_release(&params);
}

/* Every recorded push of a message that an f1 key has signed: the same request, the answer understood. */
static void check_pushes(void)
{
	struct bytes params = {0};
	json_t *each;
	size_t i, taken = 0, refused = 0;

	json_array_foreach(node.recorded, i, each)
	{
		json_t *given = json_array_get(json_object_get(each, "params"), 0), *response;
		struct outcome o = {.state = MESSAGE_UNKNOWN};
		struct signed_message m;
		enum status s;
		void *l;

		response = json_object_get(each, "response");
		if (strcmp(json_string_value(json_object_get(each, "method")), "MpoolPush") != 0 || response == NULL)
			continue;
		m = recorded_signed(given, &params);
		if (signed_message_verify(&m) != STATUS_OK)
			continue;
		script_basics();
		script_deep(95);
		script_result(&node, "StateSearchMsg", NULL, json_null());
		script_nonce(json_string_value(json_object_get(json_object_get(given, "Message"), "From")), 0, 0);
		script_result(&node, "WalletBalance", NULL, json_string("9000000000000000000000000"));
		script_recorded(&node, "MpoolPush", json_string_value(json_object_get(each, "note")));
		json_decref(node.lines[node.count - 1].first);
		node.lines[node.count - 1].first = json_incref(given);
		l = open_with(0);
		s = lotus_ops.submit(l, &o, &m);
		if (json_object_get(response, "result") != NULL && s != STATUS_BAD_MESSAGE) {
			CHECK_EQUAL(s, STATUS_OK, "a push");
			CHECK_EQUAL(o.state, MESSAGE_PENDING, "a pushed message is pending");
			CHECK(json_equal(json_array_get(node.last_push, 0), given), "the request is the recorded one");
			taken++;
		} else if (json_object_get(response, "error") != NULL) {
			CHECK(s == STATUS_REJECTED || s == STATUS_NOT_ALLOWED, "a push that is refused");
			CHECK_EQUAL(lotus_ops.error(l)->status, s, "with the node's words");
			refused++;
		}
		lotus_ops.close(l);
	}
	CHECK(taken >= 40 && refused >= 8, "pushes were recorded");
	bytes_release(&params);
}

static void check_submit(void)
{
	json_t *line = recorded_line(&node, "MpoolPush", "02 create channel: push");
	struct bytes params = {0};
	struct signed_message m = recorded_signed(json_array_get(json_object_get(line, "params"), 0), &params), bad = m;
	struct outcome o = {.state = MESSAGE_UNKNOWN};
	void *l = open_with(0);

	/* An error of a push says nothing: the message is in the pool already. */
	script_basics();
	script_deep(95);
	script_search("02 search while pending", -1);
	script_nonce(PAYER, 0, 1);
	script_recorded(&node, "WalletBalance", "01 balance of payer");
	script_recorded(&node, "MpoolPush", "02 the same push again while pending");
	CHECK_EQUAL(lotus_ops.submit(l, &o, &m), STATUS_OK, "the node has the message already");
	CHECK_EQUAL(o.state, MESSAGE_PENDING, "it is pending");

	/* A node that executes at once. */
	script_basics();
	script_drop(&node, "ChainHead");
	script_drop(&node, "ChainGetFinalizedTipSet");
	script_head(25);
	script_result(&node, "ChainGetFinalizedTipSet", NULL, head_at(25));
	script_search("02 search after", -1);
	script_recorded(&node, "WalletBalance", "01 balance of payer");
	script_recorded(&node, "MpoolPush", "02 create channel: push");
	CHECK_EQUAL(lotus_ops.submit(l, &o, &m), STATUS_OK, "a message that is executed at once");
	CHECK_EQUAL(o.state, MESSAGE_FINAL, "it is final");

	/* A node that fails after it took the message. */
	script_drop(&node, "StateSearchMsg");
	script_raw(&node, "StateSearchMsg", 502, "<html>");
	CHECK_EQUAL(lotus_ops.submit(l, &o, &m), STATUS_OK, "a node that fails after it took the message");
	CHECK_EQUAL(o.state, MESSAGE_PENDING, "the message is pending");
	CHECK_EQUAL(lotus_ops.error(l)->status, STATUS_OK, "the failure is of no account");

	/* A message that is on the chain is not pushed, whatever its sender has left: the message may have taken it. */
	script_basics();
	script_search("02 search after", -1);
	script_result(&node, "WalletBalance", NULL, json_string("0"));
	o.state = MESSAGE_UNKNOWN;
	CHECK_EQUAL(lotus_ops.submit(l, &o, &m), STATUS_OK, "the message is on the chain");
	CHECK_EQUAL(o.state, MESSAGE_FINAL, "it is final");
	CHECK(strstr(node.asked, "MpoolPush") == NULL, "nothing is pushed");

	script_basics();
	script_deep(95);
	script_search("02 search before the push: unknown message", -1);
	script_nonce(PAYER, 0, 0);
	script_result(&node, "WalletBalance", NULL, json_string("1000000000000000000"));
	CHECK_EQUAL(lotus_ops.submit(l, &o, &m), STATUS_NO_FUNDS, "the value is there, the fee is not");
	CHECK(strstr(node.asked, "MpoolPush") == NULL, "nothing is pushed");

	/* A node that names another message than the one it was given. */
	script_drop(&node, "WalletBalance");
	script_recorded(&node, "WalletBalance", "01 balance of payer");
	script_result(&node, "MpoolPush", NULL, json_pack("{s:s}", "/", LANES));
	CHECK_EQUAL(lotus_ops.submit(l, &o, &m), STATUS_BAD_MESSAGE, "another name");
	bad.signature[5] ^= 1;
	node.requests = 0;
	CHECK_EQUAL(lotus_ops.submit(l, &o, &bad), STATUS_BAD_SIGNATURE, "a signature that is not the sender's");
	CHECK_EQUAL(node.requests, 0, "the node does not see the message");
	lotus_ops.close(l);
	bytes_release(&params);
}

/* What comes back instead of an answer. */
static const struct {
	long code;
	const char *body;
	enum status want; /* OK: any but OK */
	const char *why;
} spoiled[] = {
	{200, "", STATUS_NO_ANSWER, "nothing"},
	{200, "{", STATUS_NO_ANSWER, "a brace"},
	{200, "{\"id\":@,\"jsonrpc\":\"2.0\",\"result\":{\"Cids\":[{\"/\":\"bafy", STATUS_NO_ANSWER,
		"an answer that is cut"},
	{200, "<html><body>Welcome to nginx!</body></html>", STATUS_NO_ANSWER, "a page"},
	{502, "<html><head><title>502 Bad Gateway</title></head></html>", STATUS_NO_ANSWER, "a proxy without its node"},
	{301, "", STATUS_NO_ANSWER, "another place"},
	{404, "404 page not found\n", STATUS_NO_ANSWER, "no such path"},
	{401, "", STATUS_NOT_ALLOWED, "a wrong token"},
	{403, "Forbidden", STATUS_NOT_ALLOWED, "a forbidden place"},
	{429, "", STATUS_NO_ANSWER, "too many requests"},
	{500, "{\"error\":{\"code\":-32700,\"message\":\"Parse error\"},\"id\":null,\"jsonrpc\":\"2.0\"}", STATUS_OK,
		"a parse error"},
	{200,
		"{\"error\":{\"code\":1,\"message\":\"missing permission to invoke 'X' (need "
		"'write')\"},\"id\":@,\"jsonrpc\":\"2.0\"}",
		STATUS_NOT_ALLOWED, "a token with too few rights"},
	{500, "{\"error\":{\"code\":-32601,\"message\":\"method 'X' not found\"},\"id\":@,\"jsonrpc\":\"2.0\"}",
		STATUS_OK, "no such method"},
	{200, "{\"error\":{\"code\":1,\"message\":\"server busy\"},\"id\":@,\"jsonrpc\":\"2.0\"}", STATUS_OK,
		"a busy gateway"},
	{200, "{\"error\":{},\"id\":@,\"jsonrpc\":\"2.0\"}", STATUS_BAD_MESSAGE, "an error of nothing"},
	{200, "{\"error\":{\"code\":\"1\",\"message\":7},\"id\":@,\"jsonrpc\":\"2.0\"}", STATUS_BAD_MESSAGE,
		"an error of wrong types"},
	{200, "{\"id\":@,\"jsonrpc\":\"2.0\"}", STATUS_BAD_MESSAGE, "neither result nor error"},
	{200, "{\"id\":0,\"jsonrpc\":\"2.0\",\"result\":5}", STATUS_BAD_MESSAGE, "an answer to another request"},
	{200, "{\"id\":\"@\",\"jsonrpc\":\"2.0\",\"result\":5}", STATUS_BAD_MESSAGE, "an id of text"},
	{200, "{\"id\":@,\"id\":@,\"jsonrpc\":\"2.0\",\"result\":5}", STATUS_NO_ANSWER, "two ids"},
	{200, "[{\"id\":@,\"jsonrpc\":\"2.0\",\"result\":5}]", STATUS_NO_ANSWER, "a list"},
	{200, "{\"id\":@,\"jsonrpc\":\"2.0\",\"result\":-1}", STATUS_BAD_MESSAGE, "minus one"},
	{200, "{\"id\":@,\"jsonrpc\":\"2.0\",\"result\":99999999999999999999}", STATUS_NO_ANSWER, "2^66"},
	{200, "{\"id\":@,\"jsonrpc\":\"2.0\",\"result\":1.5}", STATUS_BAD_MESSAGE, "one and a half"},
	{200, "{\"id\":@,\"jsonrpc\":\"2.0\",\"result\":true}", STATUS_BAD_MESSAGE, "true"},
	{200, "{\"id\":@,\"jsonrpc\":\"2.0\",\"result\":[]}", STATUS_BAD_MESSAGE, "an empty list"},
	{200, "{\"id\":@,\"jsonrpc\":\"2.0\",\"result\":{}}", STATUS_BAD_MESSAGE, "an empty object"},
	{200, "{\"id\":@,\"jsonrpc\":\"2.0\",\"result\":\"-five\"}", STATUS_BAD_MESSAGE, "a text"},
	{200, "{\"id\":@,\"jsonrpc\":\"2.0\",\"result\":{\"/\":\"bafy2bzacezzzz\"}}", STATUS_BAD_MESSAGE,
		"a CID that is none"},
	{200, "{\"id\":@,\"jsonrpc\":\"2.0\",\"result\":{\"Code\":5,\"Head\":null,\"Nonce\":\"0\",\"Balance\":7}}",
		STATUS_BAD_MESSAGE, "an actor of wrong types"},
	{200, "{\"id\":@,\"jsonrpc\":\"2.0\",\"result\":{\"Cids\":[],\"Blocks\":[],\"Height\":-1}}", STATUS_BAD_MESSAGE,
		"a tipset of nothing"},
	{200,
		"{\"id\":@,\"jsonrpc\":\"2.0\",\"result\":{\"Height\":9223372036854775807,\"TipSet\":[],\"Receipt\":{"
		"\"ExitCode\":0,"
		"\"Return\":\"////\"}}}",
		STATUS_BAD_MESSAGE, "a receipt of garbage"},
	{200,
		"{\"id\":@,\"jsonrpc\":\"2.0\",\"result\":{\"GasLimit\":10000000001,\"GasFeeCap\":\"5\",\"GasPremium\":"
		"\"1\"}}",
		STATUS_BAD_MESSAGE, "gas above that of a block"},
	{200, "{\"id\":@,\"jsonrpc\":\"2.0\",\"result\":{\"GasLimit\":1,\"GasFeeCap\":\"-5\",\"GasPremium\":\"-6\"}}",
		STATUS_BAD_MESSAGE, "a negative fee"},
};

/* Ways through the ledger, each with all that it asks for. */
static enum status go_channel(void *l)
{
	struct address channel = address_of(CHANNEL);
	struct paych_lane lane;

	return lotus_ops.lane(l, &lane, &channel, 64);
}

/* The message that creates the channel, given to one of the ledger's functions. */
static enum status with_message(
	void *l, enum status (*function)(void *self, struct outcome *o, const struct signed_message *m))
{
	json_t *line = recorded_line(&node, "MpoolPush", "02 create channel: push");
	struct bytes params = {0};
	struct signed_message m = recorded_signed(json_array_get(json_object_get(line, "params"), 0), &params);
	struct outcome o;
	enum status s = function(l, &o, &m);

	bytes_release(&params);
	return s;
}

static enum status go_submit(void *l)
{
	return with_message(l, lotus_ops.submit);
}

static enum status go_outcome(void *l)
{
	return with_message(l, lotus_ops.outcome);
}

static enum status go_estimate(void *l)
{
	json_t *line = recorded_line(&node, "GasEstimateMessageGas", "02 create channel: estimate");
	struct bytes params = {0};
	struct message m = recorded_message(json_array_get(json_object_get(line, "params"), 0), &params);
	struct receipt refusal;
	enum status s = lotus_ops.estimate(l, &m, &refusal, NULL);

	bytes_release(&params);
	return s;
}

static enum status go_try(void *l)
{
	json_t *line = recorded_line(&node, "StateCall", "04 StateCall good voucher by the payee");
	struct bytes params = {0};
	struct message m = recorded_message(json_array_get(json_object_get(line, "params"), 0), &params);
	struct receipt r;
	enum status s = lotus_ops.try(l, &r, &m);

	bytes_release(&params);
	return s;
}

static enum status go_seconds(void *l)
{
	int64_t seconds;

	return lotus_ops.epoch_seconds(l, &seconds);
}

static const struct {
	enum status (*go)(void *l);
	const char *method;
	bool error_is_an_answer; /* an error of the node is no failure of this call */
	int pool;                /* the nonce of the sender in the node's pool */
} ways[] = {
	{go_channel, "ChainHead", false},
	{go_channel, "ChainGetGenesis", false},
	{go_channel, "StateGetActor", false},
	{go_channel, "StateReadState", false},
	{go_channel, "ChainReadObj", false},
	{go_channel, "StateAccountKey", false},
	{go_outcome, "StateSearchMsg", true},
	{go_outcome, "ChainGetFinalizedTipSet", true, 1},
	{go_outcome, "ChainGetTipSetByHeight", false, 1},
	{go_outcome, "StateGetActor", false, 1},
	{go_outcome, "StateSearchMsg", true, 1},
	{go_outcome, "MpoolGetNonce", false},
	{go_submit, "WalletBalance", false},
	{go_submit, "MpoolPush", false},
	{go_estimate, "GasEstimateMessageGas", false},
	{go_try, "StateCall", false},
	{go_seconds, "Version", false},
};

static void script_way(int pool)
{
	script_basics();
	script_lanes();
	script_deep(95);
	script_search("02 search before the push: unknown message", -1);
	script_nonce(PAYER, 0, pool);
	script_recorded(&node, "WalletBalance", "01 balance of payer");
	script_recorded(&node, "MpoolPush", "02 create channel: push");
	script_recorded(&node, "GasEstimateMessageGas", "02 create channel: estimate");
	script_recorded(&node, "StateCall", "04 StateCall good voucher by the payee");
}

static void check_spoiled(void)
{
	char what[160];

	for (size_t w = 0; w < sizeof(ways) / sizeof(ways[0]); w++) {
		void *l = open_with(0);

		script_way(ways[w].pool);
		snprintf(what, sizeof(what), "%s, unspoiled", ways[w].method);
		CHECK_EQUAL(ways[w].go(l), STATUS_OK, what);
		lotus_ops.close(l);
		for (size_t i = 0; i < sizeof(spoiled) / sizeof(spoiled[0]); i++) {
			enum status s;
			bool tolerated = ways[w].error_is_an_answer && strstr(spoiled[i].body, "error") != NULL;

			script_way(ways[w].pool);
			script_replace(&node, ways[w].method, spoiled[i].code, spoiled[i].body);
			l = open_with(0);
			s = ways[w].go(l);
			snprintf(what, sizeof(what), "%s: %s", ways[w].method, spoiled[i].why);
			if (!tolerated)
				CHECK(s != STATUS_OK && s != STATUS_NOT_FOUND, what);
			if (!tolerated && spoiled[i].want != STATUS_OK)
				CHECK_EQUAL(s, spoiled[i].want, what);
			lotus_ops.close(l);
		}
		script_way(ways[w].pool);
		node.cut = true;
		l = open_with(0);
		CHECK_EQUAL(ways[w].go(l), STATUS_NO_ANSWER, "the connection breaks");
		lotus_ops.close(l);
	}
}

/* Each bit of a block that the node sends is checked. */
static void check_forged_blocks(void)
{
	struct address channel = address_of(CHANNEL);
	struct bytes block = {0};
	struct paych head;

	CHECK_EQUAL(
		json_read_bytes(&block, recorded_result(&node, "ChainReadObj", "02 raw state")), STATUS_OK, "state");
	for (size_t bit = 0; bit < 8 * block.len; bit++) {
		void *l = open_with(0);

		script_basics();
		script_recorded(&node, "StateGetActor", "02 actor of the channel");
		block.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		script_result(&node, "ChainReadObj", NULL, json_of_bytes(bytes_span(&block)));
		block.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		CHECK_EQUAL(lotus_ops.channel(l, &head, &channel), STATUS_BAD_HASH, "a forged state");
		lotus_ops.close(l);
	}
	bytes_release(&block);
}

int main(void)
{
	conversation_begin(&node);
	check_facts();
	check_named_codes();
	check_channel();
	check_other_actors();
	check_payout();
	check_each_channel();
	check_fees();
	check_estimates();
	check_collect_gas();
	check_trials();
	check_odd_trials();
	check_fates();
	check_receipts();
	check_finality();
	check_final_channel();
	check_pushes();
	check_submit();
	check_spoiled();
	check_forged_blocks();
	conversation_end(&node);
	return test_end();
}
