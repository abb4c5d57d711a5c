/* actors.c - the numbers of the embedded ledger's actors, and channels with all their lanes. */
#include <stdlib.h>

#include "embedded/embedded_actors.h"

#include "../../support/test.h"

static struct embedded *ledger;
static struct key payer_key, payee_key;
static struct address payer, payee, channel;

static struct key key_of(uint8_t seed)
{
	uint8_t bytes[KEY_SECRET_SIZE] = {seed};
	struct key key;

	CHECK_EQUAL(key_from_seed(&key, bytes), STATUS_OK, "a key");
	return key;
}

static void check_number(const struct address *who, uint64_t want, const char *what)
{
	struct address back = {0};
	uint64_t number = 0;

	CHECK_EQUAL(embedded_number_of(ledger, &number, who), STATUS_OK, what);
	CHECK_EQUAL(number, want, what);
	CHECK_EQUAL(embedded_numbered(ledger, &back, number), STATUS_OK, what);
	CHECK(address_equal(&back, who), what);
}

static void check_numbers(void)
{
	struct address stranger = address_of_actor(span_text("stranger")), back;
	uint64_t number = 0;

	CHECK_EQUAL(embedded_number_of(ledger, &number, &stranger), STATUS_NOT_FOUND, "an actor that is not there");
	CHECK_EQUAL(embedded_number_of(ledger, &number, &payee), STATUS_NOT_FOUND, "a payee without an account");
	check_number(&channel, EMBEDDED_FIRST_NUMBER, "the first to be asked for");
	check_number(&payer, EMBEDDED_FIRST_NUMBER + 1, "the next");
	CHECK_EQUAL(embedded_number_give(ledger, &number, &payee), STATUS_OK, "a payee without an account, as a party");
	CHECK_EQUAL(number, EMBEDDED_FIRST_NUMBER + 2, "a payee without an account, as a party");
	check_number(&payee, EMBEDDED_FIRST_NUMBER + 2, "who has a number is known from then on");
	check_number(&payer, EMBEDDED_FIRST_NUMBER + 1, "a number does not change");
	CHECK_EQUAL(embedded_numbered(ledger, &back, 7), STATUS_NOT_FOUND, "a number that nobody has");
}

static void redeem(uint64_t lane, uint64_t nonce, uint64_t amount)
{
	struct voucher v = {.channel = channel, .lane = lane, .nonce = 1, .amount = amount_u64(amount)};
	struct message m = {.to = channel, .from = payee, .nonce = nonce, .method = METHOD_PAYCH_UPDATE};
	struct outcome outcome = {.state = MESSAGE_UNKNOWN};
	CLEAN_BYTES struct bytes params = {0};
	struct signed_message signed_message;

	CHECK_EQUAL(voucher_sign(&v, &payer_key), STATUS_OK, "sign a voucher");
	update_params(&params, &v, span_of(NULL, 0));
	m.params = bytes_span(&params);
	CHECK_EQUAL(message_sign(&signed_message, &m, &payee_key), STATUS_OK, "sign a message");
	CHECK_EQUAL(embedded_ops.submit(ledger, &outcome, &signed_message), STATUS_OK, "redeem");
	CHECK_EQUAL(outcome.receipt.exit_code, 0, "redeem");
}

static void check_lanes(void)
{
	struct amount balance;
	struct paych p = {0};
	uint64_t nonce = 9;

	redeem(300, 0, 30);
	redeem(2, 1, 10);
	for (uint64_t i = 0; i < 20; i++)
		redeem(1000 + i, 2 + i, 1);
	CHECK_EQUAL(embedded_whole_channel(ledger, &p, &channel), STATUS_OK, "the whole channel");
	CHECK_EQUAL(p.lane_count, 22, "all lanes");
	CHECK(p.lanes[0].id == 2 && p.lanes[1].id == 300 && p.lanes[21].id == 1019, "in the order of their ids");
	paych_release(&p);
	CHECK_EQUAL(embedded_whole_channel(ledger, &p, &payer), STATUS_NOT_FOUND, "an account is no channel");
	CHECK_EQUAL(embedded_account(ledger, &balance, &nonce, &payee), STATUS_OK, "an account");
	CHECK(nonce == 22 && amount_is_zero(&balance), "its nonce and its balance");
}

int main(void)
{
	char folder[] = "/tmp/test-actors-XXXXXX", path[64], command[64];
	struct embedded_options o = {NETWORK_MAIN, true, 0, {0}};
	struct amount plenty = amount_u64(1000);

	if (!CHECK(mkdtemp(folder) != NULL, "a folder to work in"))
		return test_end();
	payer_key = key_of(1);
	payee_key = key_of(2);
	payer = address_of_key(payer_key.public);
	payee = address_of_key(payee_key.public);
	channel = address_of_actor(span_text("channel"));
	snprintf(path, sizeof(path), "%s/ledger", folder);
	CHECK_EQUAL(embedded_init(path, &o), STATUS_OK, "init");
	CHECK_EQUAL(embedded_open(&ledger, path), STATUS_OK, "open");
	CHECK_EQUAL(embedded_fund(ledger, &payer, &plenty), STATUS_OK, "fund");
	CHECK_EQUAL(embedded_place(ledger, &channel, &payer, &payee, &plenty), STATUS_OK, "place");
	check_numbers();
	check_lanes();
	embedded_close(ledger);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	CHECK_EQUAL(system(command), 0, "tidy up");
	return test_end();
}
