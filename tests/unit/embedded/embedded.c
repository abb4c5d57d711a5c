/* embedded.c - the embedded ledger: the story of a channel with real keys, and what it refuses. */
#include <stdlib.h>

#include "chain/ledger.h"
#include "embedded/embedded.h"
#include "kv/kv.h"

#include "../../support/test.h"

static char folder[64];
static struct key payer_key, payee_key, stranger_key;
static struct address payer, payee, stranger;
static struct embedded *ledger;
static void *self;

static struct key key_of(uint8_t seed)
{
	uint8_t bytes[KEY_SECRET_SIZE] = {seed};
	struct key key;

	CHECK_EQUAL(key_from_seed(&key, bytes), STATUS_OK, "a key");
	return key;
}

/* INVARIANT 11: after every step. */
static void check_books(const char *after)
{
	struct amount funded, held;

	CHECK_EQUAL(embedded_check(ledger, &funded, &held), STATUS_OK, after);
}

static void check_balance(const struct address *who, uint64_t want, const char *what)
{
	struct amount got, wanted = amount_u64(want);

	CHECK_EQUAL(embedded_ops.balance(self, &got, who), STATUS_OK, what);
	CHECK(amount_cmp(&got, &wanted) == 0, what);
}

static uint64_t nonce_of(const struct address *who)
{
	uint64_t nonce = 0;

	CHECK_EQUAL(embedded_ops.nonce(self, &nonce, who), STATUS_OK, "nonce");
	return nonce;
}

struct order {
	const struct key *key;
	const struct address *to;
	uint64_t method, value;
	struct span params;
};

static struct signed_message sign(const struct order *o, uint64_t nonce)
{
	struct address from = address_of_key(o->key->public);
	struct signed_message sm = {0};
	struct message m = {
		.to = *o->to,
		.from = from,
		.nonce = nonce,
		.value = amount_u64(o->value),
		.method = o->method,
		.params = o->params,
	};

	CHECK_EQUAL(message_sign(&sm, &m, o->key), STATUS_OK, "sign");
	return sm;
}

static void check_outcome(const struct signed_message *sm, enum message_state want, const char *what)
{
	struct outcome o = {.state = MESSAGE_PENDING};

	CHECK_EQUAL(embedded_ops.outcome(self, &o, sm), STATUS_OK, what);
	CHECK_EQUAL(o.state, want, what);
}

/* Send with the right nonce; the receipt, whose exit code must be @want. */
static struct receipt send(const struct order *o, int want, const char *what)
{
	struct signed_message sm;
	struct address from = address_of_key(o->key->public);
	struct outcome o_first = {.state = MESSAGE_UNKNOWN}, o_again = {.state = MESSAGE_UNKNOWN};
	struct receipt r, again, trial = {.text = ""};
	uint64_t nonce = nonce_of(&from);

	sm = sign(o, nonce);
	check_outcome(&sm, MESSAGE_UNKNOWN, "before a message was submitted");
	CHECK_EQUAL(embedded_ops.try(self, &trial, &sm.message), STATUS_OK, "a dry run");
	CHECK_EQUAL(trial.exit_code, want, "a dry run foretells the exit code");
	check_outcome(&sm, MESSAGE_UNKNOWN, "a dry run is not submitted");
	CHECK_EQUAL(embedded_ops.submit(self, &o_first, &sm), STATUS_OK, what);
	CHECK_EQUAL(o_first.state, MESSAGE_FINAL, what);
	check_outcome(&sm, MESSAGE_FINAL, "after a message was submitted");
	r = o_first.receipt;
	CHECK_EQUAL(r.exit_code, want, what);
	CHECK_EQUAL(r.text[0] != '\0', want != 0, "a refusal says why");
	CHECK(strcmp(trial.text, r.text) == 0, "in the words of the dry run");
	CHECK_EQUAL(nonce_of(&from), nonce + 1, "a message takes up its nonce, refused or not");
	CHECK_EQUAL(embedded_ops.submit(self, &o_again, &sm), STATUS_OK, "the same message again");
	again = o_again.receipt;
	CHECK(again.exit_code == r.exit_code && strcmp(again.text, r.text) == 0 && again.epoch == r.epoch &&
			address_equal(&again.created, &r.created) && amount_cmp(&again.paid, &r.paid) == 0,
		"the same message again has the same receipt");
	CHECK_EQUAL(nonce_of(&from), nonce + 1, "the same message again does nothing");
	check_books(what);
	return r;
}

static struct address create(uint64_t value)
{
	struct address init = address_of_id(ADDRESS_INIT_ACTOR_ID);
	struct cid code = paych_code();
	struct bytes params = {0};
	struct message m = {.from = payer, .nonce = nonce_of(&payer)};
	struct address predicted = {0};
	struct receipt r;

	create_params(&params, &code, &payer, &payee);
	CHECK_EQUAL(embedded_ops.created(self, &predicted, &m), STATUS_OK, "the address of a channel to come");
	r = send(&(struct order){&payer_key, &init, METHOD_INIT_EXEC, value, bytes_span(&params)}, 0, "create");
	CHECK(address_equal(&predicted, &r.created), "the address of a channel is known before the channel");
	CHECK_EQUAL(address_protocol(&r.created), ADDRESS_ACTOR, "a channel has an f2 address");
	bytes_release(&params);
	return r.created;
}

struct promise {
	uint64_t lane, nonce, amount;
	int64_t time_lock_min;
	const struct key *signer;
	bool merge_lane_1;
};

static struct receipt update(const struct address *channel, const struct promise *p, int want, const char *what)
{
	struct voucher v = {.channel = *channel, .lane = p->lane, .nonce = p->nonce};
	struct bytes params = {0}, merges = {0};
	struct receipt r;

	v.amount = amount_u64(p->amount);
	v.time_lock_min = p->time_lock_min;
	if (p->merge_lane_1) {
		cbor_put_array(&merges, 2);
		cbor_put_uint(&merges, 1);
		cbor_put_uint(&merges, 99);
		v.merges = bytes_span(&merges);
		v.merge_count = 1;
	}
	CHECK_EQUAL(voucher_sign(&v, p->signer ? p->signer : &payer_key), STATUS_OK, "sign a voucher");
	update_params(&params, &v, span_of(NULL, 0));
	r = send(&(struct order){&payee_key, channel, METHOD_PAYCH_UPDATE, 0, bytes_span(&params)}, want, what);
	bytes_release(&params);
	bytes_release(&merges);
	return r;
}

static void check_to_send(const struct address *channel, uint64_t want)
{
	struct amount wanted = amount_u64(want);
	struct paych head;

	if (!CHECK_EQUAL(embedded_ops.channel(self, &head, channel), STATUS_OK, "channel"))
		return;
	CHECK(amount_cmp(&head.to_send, &wanted) == 0, "what the channel owes the payee");
	paych_release(&head);
}

static void test_updates(const struct address *channel)
{
	struct paych_lane lane;
	uint64_t last;

	CHECK_EQUAL(embedded_ops.lane(self, &lane, channel, 1), STATUS_NOT_FOUND, "no lane before a voucher");
	CHECK_EQUAL(embedded_ops.last_lane(self, &last, channel), STATUS_NOT_FOUND, "and no highest one");
	update(channel, &(struct promise){1, 1, 600}, 0, "a voucher");
	check_to_send(channel, 600);
	CHECK_EQUAL(embedded_ops.lane(self, &lane, channel, 1), STATUS_OK, "a lane after a voucher");
	CHECK_EQUAL(lane.nonce, 1, "its nonce");
	update(channel, &(struct promise){1, 1, 700}, PAYCH_ILLEGAL_ARGUMENT, "a nonce used twice");
	update(channel, &(struct promise){2, 1, 401}, PAYCH_ILLEGAL_ARGUMENT, "two lanes above the balance");
	check_to_send(channel, 600);
	update(channel, &(struct promise){2, 1, 400}, 0, "two lanes up to the balance");
	check_to_send(channel, 1000);
	update(channel, &(struct promise){2, 2, 100, 0, &payee_key}, PAYCH_ILLEGAL_ARGUMENT, "a voucher of one's own");
	update(channel, &(struct promise){2, 2, 100, 0, &stranger_key}, PAYCH_ILLEGAL_ARGUMENT, "a stranger's voucher");
	update(channel, &(struct promise){2, 2, 100, 1 << 20}, PAYCH_ILLEGAL_ARGUMENT, "a voucher before its time");
	update(channel, &(struct promise){3, 1, 500, 0, NULL, true}, 0, "a merge of lane 1, for less");
	check_to_send(channel, 900);
	CHECK_EQUAL(embedded_ops.lane(self, &lane, channel, 1), STATUS_OK, "the merged lane");
	CHECK_EQUAL(lane.nonce, 99, "its nonce is the merge's");
	CHECK_EQUAL(embedded_ops.last_lane(self, &last, channel), STATUS_OK, "the highest lane");
	CHECK_EQUAL(last, 3, "of three");
	update(&payee, &(struct promise){1, 1, 1}, 3, "an update of what is no channel");
}

static void test_closing(const struct address *channel)
{
	struct order settle = {&payee_key, channel, METHOD_PAYCH_SETTLE},
		     collect = {&payee_key, channel, METHOD_PAYCH_COLLECT};
	struct order foreign = {&stranger_key, channel, METHOD_PAYCH_SETTLE};
	struct order fill = {&payer_key, channel, METHOD_SEND, 10};
	struct receipt r, again;
	struct paych head;
	struct paych_lane lane;
	int64_t now = 0;

	send(&foreign, PAYCH_CALLER_FORBIDDEN, "a stranger settles");
	send(&collect, PAYCH_FORBIDDEN, "collect before settle");
	send(&settle, 0, "settle");
	send(&settle, PAYCH_ILLEGAL_STATE, "settle twice");
	CHECK_EQUAL(embedded_advance(ledger, PAYCH_SETTLE_DELAY - 1, &now), STATUS_OK, "wait");
	CHECK_EQUAL(now, PAYCH_SETTLE_DELAY - 1, "the epoch");
	send(&collect, PAYCH_FORBIDDEN, "collect one epoch too early");
	CHECK_EQUAL(embedded_advance(ledger, 1, &now), STATUS_OK, "wait");
	update(channel, &(struct promise){9, 1, 1}, PAYCH_CHANNEL_STATE_UPDATE_AFTER_SETTLED, "a late voucher");
	CHECK_EQUAL(embedded_ops.collected(self, &r, channel), STATUS_NOT_FOUND,
		"a channel that is there is not collected");
	r = send(&collect, 0, "collect");
	CHECK_EQUAL(embedded_ops.collected(self, &again, channel), STATUS_OK, "the ledger knows what it had");
	CHECK(amount_cmp(&again.paid, &r.paid) == 0 && amount_cmp(&again.returned, &r.returned) == 0,
		"and what collecting has paid");
	CHECK_EQUAL(embedded_ops.collected(self, &again, &payee), STATUS_NOT_FOUND, "and what it never had");
	CHECK(amount_cmp(&r.paid, &(struct amount){.limb = {900}, .used = 1}) == 0, "the payee's part");
	check_balance(&payee, 900, "the payee has what the vouchers say");
	check_balance(&payer, 99100, "the payer has the rest");
	CHECK_EQUAL(embedded_ops.channel(self, &head, channel), STATUS_NOT_FOUND, "the channel is gone");
	CHECK_EQUAL(embedded_ops.lane(self, &lane, channel, 2), STATUS_NOT_FOUND, "and so are its lanes");
	send(&collect, 5, "INVARIANT 13: collect twice");
	send(&fill, 5, "money for a channel that is gone stays where it is");
	check_balance(&payer, 99100, "nothing was lost");
}

static void test_refusals(void)
{
	struct order pay = {&payer_key, &payee, METHOD_SEND, 1};
	struct order bad_method = {&payer_key, &payee, 7, 0};
	struct order poor = {&stranger_key, &payee, METHOD_SEND, 1};
	struct address init = address_of_id(ADDRESS_INIT_ACTOR_ID);
	struct order bad_params = {&payer_key, &init, METHOD_INIT_EXEC, 5, span_text("rubbish")};
	struct signed_message sm;
	struct outcome r = {.state = MESSAGE_UNKNOWN};

	sm = sign(&pay, nonce_of(&payer) + 1);
	CHECK_EQUAL(embedded_ops.submit(self, &r, &sm), STATUS_BAD_STATE, "a nonce too high");
	sm = sign(&pay, nonce_of(&payer));
	sm.signature[10] ^= 1;
	CHECK_EQUAL(embedded_ops.submit(self, &r, &sm), STATUS_BAD_SIGNATURE, "a wrong signature");
	sm = sign(&pay, nonce_of(&payer));
	sm.message.value = amount_u64(2);
	CHECK_EQUAL(embedded_ops.submit(self, &r, &sm), STATUS_BAD_SIGNATURE, "a value changed after signing");
	sm = sign(&poor, nonce_of(&stranger));
	CHECK_EQUAL(embedded_ops.submit(self, &r, &sm), STATUS_NO_FUNDS, "more than the sender has");
	check_books("statuses other than OK change nothing");
	send(&bad_method, 3, "a method that accounts do not have");
	send(&bad_params, 21, "a channel from rubbish");
	sm = sign(&pay, nonce_of(&payer) - 1);
	CHECK_EQUAL(embedded_ops.submit(self, &r, &sm), STATUS_OK, "a nonce that is used up");
	CHECK_EQUAL(r.state, MESSAGE_REPLACED, "another message has used the nonce");
	check_outcome(&sm, MESSAGE_REPLACED, "another message has used the nonce");
	check_balance(&payer, 100000, "refusals move nothing");
}

/* As many lanes as one likes: each is a record of its own, and collecting drops them all. */
static void test_place(void)
{
	struct address channel = address_of_actor(span_text("placed"));
	struct amount balance = amount_u64(50);
	struct paych head;

	CHECK_EQUAL(embedded_place(ledger, &channel, &payer, &payee, &balance), STATUS_OK, "place");
	CHECK_EQUAL(embedded_place(ledger, &channel, &payer, &payee, &balance), STATUS_EXISTS, "place twice");
	CHECK_EQUAL(embedded_ops.channel(self, &head, &channel), STATUS_OK, "a placed channel is there");
	check_books("place");
	CHECK_EQUAL(embedded_fund(ledger, &channel, &balance), STATUS_BAD_ADDRESS, "fund a channel from nothing");
	for (uint64_t lane = 0; lane < 50; lane++)
		update(&channel, &(struct promise){lane, 1, 1}, 0, "many lanes");
	check_to_send(&channel, 50);
}

static enum status count_entry(void *ctx, const struct embedded_entry *entry)
{
	uint64_t *next = ctx;

	CHECK_EQUAL(entry->number, *next, "the log has every number once");
	(*next)++;
	return STATUS_OK;
}

static enum status count_account(void *ctx, const struct address *who, const struct amount *balance)
{
	(void)who;
	(void)balance;
	(*(unsigned *)ctx)++;
	return STATUS_OK;
}

static enum status count_channel(void *ctx, const struct address *channel, const struct paych *head)
{
	(void)channel;
	(void)head;
	(*(unsigned *)ctx)++;
	return STATUS_OK;
}

static void test_lists(void)
{
	uint64_t next = 0, from;
	unsigned accounts = 0, channels = 0, of_payer = 0, of_payee = 0;

	CHECK_EQUAL(embedded_log(ledger, 0, count_entry, &next), STATUS_OK, "log");
	CHECK(next > 64, "more entries than one batch");
	from = next - 1;
	CHECK_EQUAL(embedded_log(ledger, from, count_entry, &from), STATUS_OK, "the end of the log");
	CHECK_EQUAL(from, next, "one entry");
	CHECK_EQUAL(embedded_accounts(ledger, count_account, &accounts), STATUS_OK, "accounts");
	CHECK_EQUAL(accounts, 3, "payer, payee and the stranger who tried");
	CHECK_EQUAL(embedded_channels(ledger, count_channel, &channels), STATUS_OK, "channels");
	CHECK_EQUAL(channels, 1, "the placed one");
	CHECK_EQUAL(embedded_ops.each_channel(self, &payer, &(struct channel_visit){count_channel, &of_payer}),
		STATUS_OK, "the channels of the payer");
	CHECK_EQUAL(embedded_ops.each_channel(self, &payee, &(struct channel_visit){count_channel, &of_payee}),
		STATUS_OK, "the channels of the payee");
	CHECK(of_payer == 1 && of_payee == 0, "a channel is listed with the account that pays");
}

static enum status open_ledger(struct ledger **l, const char *path)
{
	struct embedded *opened;
	enum status s = embedded_open(&opened, path);

	return s == STATUS_OK ? ledger_of(l, &embedded_ops, opened) : s;
}

/* A ledger is no home, and each is another one. */
static void test_identity(void)
{
	struct embedded_options o = {NETWORK_TEST, false, 1000, {7, 8, 9}};
	struct ledger_id id;
	struct ledger *l;
	struct kv_txn *txn;
	struct kv *kv;
	char path[96];

	snprintf(path, sizeof(path), "%s/identity", folder);
	CHECK_EQUAL(embedded_init(path, &o), STATUS_OK, "init");
	CHECK_EQUAL(open_ledger(&l, path), STATUS_OK, "open");
	CHECK_EQUAL(ledger_identity(l, &id), STATUS_OK, "identity");
	CHECK(id.network == NETWORK_TEST && id.genesis[0] == 7 && id.genesis[2] == 9 && id.genesis[31] == 0,
		"it is the one that was given");
	ledger_close(l);
	CHECK_EQUAL(kv_open_kind(&kv, path, KV_CREATE, KV_HOME), STATUS_IS_LEDGER, "a ledger is no home");
	CHECK_EQUAL(kv_open(&kv, path, KV_READ_WRITE), STATUS_OK, "open as it is");
	/* As it was before ledgers said what they are, and had an identity. */
	CHECK(kv_begin_write(kv, &txn) == STATUS_OK && kv_delete(txn, span_text("!kind")) == STATUS_OK &&
			kv_put(txn, span_text("m"), span_text("\x86\x18\x66\xf5\x19\x03\xe8\x05\x40\x01")) ==
				STATUS_OK &&
			kv_commit(&txn) == STATUS_OK,
		"made an older one");
	kv_close(kv);
	CHECK_EQUAL(kv_open_kind(&kv, path, KV_CREATE, KV_HOME), STATUS_IS_LEDGER, "an older ledger is no home either");
	CHECK_EQUAL(open_ledger(&l, path), STATUS_OK, "and opens");
	CHECK_EQUAL(ledger_identity(l, &id), STATUS_OK, "identity");
	CHECK(id.network == NETWORK_MAIN && id.genesis[0] == 0, "nothing is known of where it began");
	ledger_close(l);
	snprintf(path, sizeof(path), "%s/home", folder);
	CHECK_EQUAL(kv_open_kind(&kv, path, KV_CREATE, KV_HOME), STATUS_OK, "a home");
	CHECK(kv_begin_write(kv, &txn) == STATUS_OK && kv_put_kind(txn, KV_HOME) == STATUS_OK &&
			kv_commit(&txn) == STATUS_OK,
		"that says so");
	kv_close(kv);
	CHECK_EQUAL(embedded_init(path, &o), STATUS_IS_HOME, "no ledger is made where a party lives");
	CHECK_EQUAL(open_ledger(&l, path), STATUS_IS_HOME, "and none is opened there");
}

static enum status fund_meanwhile(void *ctx, const struct address *address, const struct amount *balance)
{
	struct amount one = amount_u64(1);

	(void)balance;
	(*(unsigned *)ctx)++;
	return embedded_fund(ledger, address, &one);
}

/* INVARIANT 26: whoever gets the rows may take its time, or use the ledger itself. */
static void test_no_transaction_while_listing(void)
{
	unsigned rows = 0;

	CHECK_EQUAL(embedded_accounts(ledger, fund_meanwhile, &rows), STATUS_OK,
		"every account is funded from its own row");
	CHECK_EQUAL(rows, 3, "each once");
	check_books("funded while it is listed");
}

/* The first channel of the payer, on a new ledger. */
static struct address first_channel(const char *name, uint8_t identity)
{
	struct embedded_options o = {NETWORK_MAIN, true, 0, {identity}};
	uint64_t before = 0, after = 0;
	struct amount plenty = amount_u64(100000);
	struct address channel = {0};
	char path[96];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (!CHECK(embedded_init(path, &o) == STATUS_OK && embedded_open(&ledger, path) == STATUS_OK, "a new ledger"))
		return channel;
	self = ledger;
	CHECK_EQUAL(embedded_fund(ledger, &payer, &plenty), STATUS_OK, "fund");
	CHECK_EQUAL(embedded_ops.height(self, &before), STATUS_OK, "height");
	channel = create(400);
	CHECK_EQUAL(embedded_ops.height(self, &after), STATUS_OK, "height");
	CHECK_EQUAL(after, before + 1, "each change is one more");
	embedded_close(ledger);
	return channel;
}

/* A voucher names its channel alone: what is signed for one ledger must be worth nothing on another. */
static void test_addresses(void)
{
	struct address old = first_channel("old", 0), one = first_channel("one", 1), two = first_channel("two", 2);
	char text[ADDRESS_TEXT_MAX];

	CHECK(!address_equal(&one, &two), "the same key has other channels on another ledger");
	CHECK(!address_equal(&one, &old) && !address_equal(&two, &old), "and on one that has no identity");
	CHECK_TEXT(address_text(text, &old, NETWORK_MAIN), "f2wvclovmlqu2b5erjcf7qiy44au3b2zr6tnm5wki",
		"whose addresses stay what they were");
}

static void test_clock(void)
{
	struct embedded_options o = {NETWORK_TEST, false, 1000, {0}};
	struct ledger *l;
	char path[96];
	int64_t now = -1;

	snprintf(path, sizeof(path), "%s/clock", folder);
	CHECK_EQUAL(open_ledger(&l, path), STATUS_NOT_FOUND, "no ledger yet");
	CHECK_EQUAL(embedded_init(path, &o), STATUS_OK, "init");
	CHECK_EQUAL(embedded_init(path, &o), STATUS_EXISTS, "init twice");
	CHECK_EQUAL(open_ledger(&l, path), STATUS_OK, "open");
	ledger_set_clock(l, 1000 + 59);
	CHECK_EQUAL(ledger_epoch(l, &now), STATUS_OK, "epoch");
	CHECK_EQUAL(now, 1, "an epoch is 30 seconds");
	ledger_set_clock(l, 0);
	CHECK_EQUAL(ledger_epoch(l, &now), STATUS_OK, "epoch");
	CHECK_EQUAL(now, 0, "no epoch before the first");
	ledger_close(l);
}

int main(void)
{
	struct embedded_options o = {NETWORK_MAIN, true, 0, {0}};
	struct amount plenty = amount_u64(100000), negative = amount_zero();
	char path[96], command[128];
	struct address channel;
	int64_t now;

	snprintf(folder, sizeof(folder), "/tmp/test-chain-XXXXXX");
	if (!CHECK(mkdtemp(folder) != NULL, "a folder to work in"))
		return test_end();
	payer_key = key_of(1);
	payee_key = key_of(2);
	stranger_key = key_of(3);
	payer = address_of_key(payer_key.public);
	payee = address_of_key(payee_key.public);
	stranger = address_of_key(stranger_key.public);
	snprintf(path, sizeof(path), "%s/ledger", folder);
	CHECK_EQUAL(embedded_init(path, &o), STATUS_OK, "init");
	CHECK_EQUAL(embedded_open(&ledger, path), STATUS_OK, "open");
	self = ledger;
	check_books("init");
	CHECK_EQUAL(embedded_fund(ledger, &payer, &plenty), STATUS_OK, "fund");
	CHECK_EQUAL(amount_from_decimal(&negative, "-1"), STATUS_OK, "-1 is an amount");
	CHECK_EQUAL(embedded_fund(ledger, &payer, &negative), STATUS_BAD_AMOUNT, "fund less than nothing");
	CHECK_EQUAL(embedded_advance(ledger, -1, &now), STATUS_BAD_NUMBER, "time goes forward");
	check_books("fund");
	test_refusals();
	channel = create(400);
	check_balance(&payer, 99600, "create moves the value");
	send(&(struct order){&payer_key, &channel, METHOD_SEND, 600}, 0, "add funds");
	check_balance(&payer, 99000, "add funds moves the value");
	test_updates(&channel);
	test_closing(&channel);
	test_place();
	embedded_close(ledger);
	CHECK_EQUAL(embedded_open(&ledger, path), STATUS_OK, "open again");
	self = ledger;
	CHECK_EQUAL(embedded_ops.epoch(self, &now), STATUS_OK, "epoch");
	CHECK_EQUAL(now, PAYCH_SETTLE_DELAY, "the clock is kept");
	check_books("open again");
	test_lists();
	test_no_transaction_while_listing();
	embedded_close(ledger);
	test_clock();
	test_addresses();
	test_identity();
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	CHECK_EQUAL(system(command), 0, "tidy up");
	return test_end();
}
