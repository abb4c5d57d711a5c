/* deals - every recorded deal is done again by our two sides, with its keys, terms and content.
 *
 * Where the original's deal completed, our vouchers are the recorded ones byte
 * for byte, our provider bills the same bytes, and a shortfall is the true
 * one. Where the original hung or erred, ours ends as it should.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../support/take_body.h"
#include "../support/test.h"
#include "../support/vectors.h"
#include "buyer/pay.h"
#include "buyer/propose.h"
#include "buyer/receive.h"
#include "embedded/embedded.h"
#include "funds/add_funds.h"
#include "funds/channels.h"
#include "ipld/selector.h"
#include "opening/open_channel.h"
#include "party/ledger_place.h"
#include "party/party.h"
#include "peer/sink.h"
#include "seller/offer.h"
#include "seller/send.h"
#include "seller/take.h"

#define ROUNDS_MAX 1000

/** struct scene - two parties, one ledger, one recording. */
struct scene {
	const char *name;
	json_t *meta, *scenario;
	json_t *vouchers; /* the recorded ones, in order */
	size_t paid;      /* how many ours are */
	struct party client, provider;
	struct ledger *ledger;
	struct address channel;
	uint64_t deal;
	char folder[64];
	char content[1024];
	struct receiver *receiver;
};

static void say(const struct scene *s, const char *what, enum status got, const char *why)
{
	fprintf(stderr, "deal %s: %s: %s (%s)\n", s->name, what, status_text(got), why);
}

static int must(struct scene *s, enum status got, const struct party *p, const char *what)
{
	if (got != STATUS_OK)
		say(s, what, got, p->error.why);
	return CHECK(got == STATUS_OK, what);
}

static uint64_t number(json_t *object, const char *field)
{
	return (uint64_t)json_integer_value(json_object_get(object, field));
}

static struct amount amount_of(json_t *object, const char *field)
{
	json_t *value = json_object_get(object, field);
	struct amount a = amount_u64((uint64_t)json_integer_value(value));

	if (json_is_string(value) && amount_from_decimal(&a, json_string_value(value)) != STATUS_OK)
		a = amount_zero();
	return a;
}

static struct address address_of(const char *text)
{
	struct address a = {0};

	CHECK(address_parse(&a, NULL, span_text(text)) == STATUS_OK, "the recording's addresses parse");
	return a;
}

static int open_party(struct scene *s, struct party *p, const char *side, const char *key_field)
{
	struct bytes secret = {0};
	char path[128];
	struct kv_txn *t;
	uint8_t salt[32] = {1};
	int ok;

	snprintf(path, sizeof(path), "%s/%s", s->folder, side);
	*p = (struct party){.ledger = s->ledger, .network = NETWORK_MAIN, .now = 1};
	vectors_hex(&secret, vectors_text(s->meta, key_field));
	ok = secret.len == KEY_SECRET_SIZE && key_import(&p->key, secret.data) == STATUS_OK &&
	     store_open(&p->store, path, KV_CREATE) == STATUS_OK &&
	     kv_begin_write(store_kv(p->store), &t) == STATUS_OK && store_init_ids(t, salt) == STATUS_OK &&
	     kv_commit(&t) == STATUS_OK;
	p->has_key = true;
	bytes_release(&secret);
	return CHECK(ok, "a party opens");
}

/* The ledger as it was when the recording began: a funded channel at its recorded address. */
static int open_ledger(struct scene *s)
{
	struct embedded_options options = {.network = NETWORK_MAIN, .manual = true};
	struct address client = address_of(vectors_text(s->meta, "client_address"));
	struct address provider = address_of(vectors_text(s->meta, "provider_address"));
	struct amount balance = amount_of(s->scenario, "channel_balance"), top_up = amount_of(s->scenario, "top_up");
	struct embedded *e = NULL;
	char path[128];
	int ok;

	s->channel = address_of(vectors_text(s->meta, "channel"));
	snprintf(path, sizeof(path), "%s/ledger", s->folder);
	ok = embedded_init(path, &options) == STATUS_OK && embedded_open(&e, path) == STATUS_OK &&
	     embedded_place(e, &s->channel, &client, &provider, &balance) == STATUS_OK &&
	     (amount_is_zero(&top_up) || embedded_fund(e, &client, &top_up) == STATUS_OK);
	embedded_close(e);
	return CHECK(ok && ledger_open(&s->ledger, path) == STATUS_OK, "the ledger opens");
}

static int gather_vouchers(struct scene *s, const char *folder)
{
	char path[1024], *line = NULL;
	size_t room = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/deal.jsonl", folder);
	f = fopen(path, "r");
	if (f == NULL)
		return CHECK(0, "deal.jsonl is there");
	s->vouchers = json_array();
	while (getline(&line, &room, f) > 0) {
		json_t *row = json_loads(line, 0, NULL);
		json_t *voucher = json_object_get(row, "voucher");

		if (strcmp(vectors_text(row, "call"), "CreateVoucher") == 0 && json_is_object(voucher))
			json_array_append(s->vouchers, voucher);
		json_decref(row);
	}
	free(line);
	fclose(f);
	return 1;
}

/* Give every frame of @stream to the client. */
static enum status client_takes(struct scene *s, struct span stream)
{
	enum status status = STATUS_OK;
	uint64_t length;
	size_t used;

	if (s->receiver == NULL)
		status = receiver_new(&s->receiver, &s->client);
	while (status == STATUS_OK && stream.len != 0) {
		status = varint_decode(&length, &used, stream.data, stream.len);
		if (status != STATUS_OK)
			break;
		status = receiver_take_body(s->receiver, span_of(stream.data + used, length));
		stream = span_of(stream.data + used + length, stream.len - used - length);
	}
	if (status == STATUS_OK)
		status = receiver_finish(s->receiver);
	return status;
}

static enum status provider_takes(struct scene *s, struct bytes *answer, struct span stream)
{
	uint64_t length, deal;
	size_t used;
	enum status status = varint_decode(&length, &used, stream.data, stream.len);

	return status == STATUS_OK
		       ? seller_take_body(&s->provider, answer, &deal, span_of(stream.data + used, length), NULL)
		       : status;
}

static enum status gather(void *ctx, struct span bytes)
{
	bytes_append(ctx, bytes.data, bytes.len);
	return bytes_status(ctx);
}

static int propose(struct scene *s)
{
	struct proposal_request r = {.provider = address_of(vectors_text(s->meta, "provider_address"))};
	struct bytes frames = {0}, answer = {0};
	struct client_deal d;
	enum status status;
	int ok = CHECK(cid_parse(&r.payload, span_text(vectors_text(s->meta, "root"))) == STATUS_OK, "the root parses");

	r.params = (struct deal_params){.selector = selector_all(),
		.price_per_byte = amount_of(s->scenario, "price_per_byte"),
		.unseal_price = amount_of(s->scenario, "unseal_price"),
		.payment_interval = number(s->scenario, "payment_interval"),
		.payment_interval_increase = number(s->scenario, "payment_interval_increase")};
	r.max_total = r.max_price = amount_u64(UINT64_MAX);
	ok = ok && must(s, buyer_propose(&s->client, &frames, &d, &r), &s->client, "propose");
	s->deal = d.id;
	if (ok) {
		status = provider_takes(s, &answer, bytes_span(&frames));
		if (status != STATUS_OK && status != STATUS_REJECTED && status != STATUS_NOT_FOUND)
			ok = must(s, status, &s->provider, "the provider judges the proposal");
	}
	ok = ok && must(s, client_takes(s, bytes_span(&answer)), &s->client, "the client takes the answer");
	bytes_release(&frames);
	bytes_release(&answer);
	return ok;
}

/* Pay what is due; a channel that runs dry is topped up with what really lacks. */
static enum status pay(struct scene *s, struct bytes *frames, struct bytes *voucher)
{
	struct amount none, zero = amount_zero(), one = amount_u64(1), top_up = amount_of(s->scenario, "top_up");
	struct client_deal d;
	enum status status;

	if (!amount_sub(&none, &zero, &one))
		return STATUS_BAD_AMOUNT;
	status = buyer_pay(&s->client, frames, voucher, s->deal, &none);
	if (status != STATUS_NO_FUNDS)
		return status;
	if (party_get_client(&s->client, &d, s->deal) != STATUS_OK)
		return STATUS_NOT_FOUND;
	if (strcmp(s->name, "insufficient-funds") == 0) {
		struct amount lack = amount_u64(10000);

		CHECK(amount_cmp(&d.shortfall, &lack) == 0, "the shortfall is what the next voucher lacks");
	}
	CHECK_EQUAL(d.state, DEAL_INSUFFICIENT_FUNDS, "a deal that runs dry waits for funds");
	status = buyer_add_funds(&s->client, &s->channel, &top_up);
	if (status == STATUS_OK)
		status = buyer_restart(&s->client, s->deal);
	return status == STATUS_OK ? buyer_pay(&s->client, frames, voucher, s->deal, &none) : status;
}

static void compare_voucher(struct scene *s, struct span voucher)
{
	json_t *recorded = json_array_get(s->vouchers, s->paid++);

	if (strcmp(vectors_text(s->meta, "final_client_status"), "DealStatusCompleted") == 0)
		if (!CHECK(vectors_bytes_equal(voucher, vectors_text(recorded, "cbor")),
			    "our voucher is the recorded one, byte for byte"))
			fprintf(stderr, "deal %s, voucher %zu: recorded amount %s\n", s->name, s->paid,
				vectors_text(recorded, "amount"));
}

static int one_round(struct scene *s, int *over)
{
	struct bytes stream = {0}, payment = {0}, voucher = {0}, answer = {0};
	enum status sent = seller_send(&s->provider, s->deal, NULL, &(struct sink){gather, NULL, &stream}), status;
	int ok = CHECK(sent == STATUS_OK || sent == STATUS_PAYMENT_NEEDED, "the provider sends or asks for payment");

	if (!ok)
		say(s, "send", sent, s->provider.error.why);
	ok = ok && must(s, client_takes(s, bytes_span(&stream)), &s->client, "the client takes the blocks");
	*over = sent == STATUS_OK;
	if (ok && sent == STATUS_PAYMENT_NEEDED) {
		ok = must(s, pay(s, &payment, &voucher), &s->client, "the client pays");
		compare_voucher(s, bytes_span(&voucher));
		status = ok ? provider_takes(s, &answer, bytes_span(&payment)) : STATUS_OK;
		ok = ok && must(s, status, &s->provider, "the provider takes the payment");
		ok = ok && must(s, receiver_reload(s->receiver), &s->client, "the client goes on");
		ok = ok && must(s, client_takes(s, bytes_span(&answer)), &s->client,
				   "the client takes the answer to its payment");
	}
	bytes_release(&stream);
	bytes_release(&payment);
	bytes_release(&voucher);
	bytes_release(&answer);
	return ok;
}

static void trade(struct scene *s)
{
	struct amount funds = amount_of(s->meta, "total_funds");
	struct client_deal d;
	int over = 0, ok;

	ok = must(s, party_get_client(&s->client, &d, s->deal), &s->client, "the deal is there");
	if (ok && d.state == DEAL_ACCEPTED)
		ok = must(s, buyer_open_channel(&s->client, s->deal, &funds, NULL), &s->client, "the channel opens") &&
		     must(s, receiver_reload(s->receiver), &s->client, "the client goes on");
	if (ok && deal_is_final(SIDE_CLIENT, d.state))
		return;
	for (int i = 0; ok && !over && i < ROUNDS_MAX; i++)
		ok = one_round(s, &over);
}

/* How the recorded original ended is how ours ends, except where it had a fault. */
static void check_end(struct scene *s)
{
	const char *recorded = vectors_text(s->meta, "final_client_status");
	bool completed = strcmp(recorded, "DealStatusCompleted") == 0;
	struct provider_deal provider;
	struct client_deal client;

	CHECK(party_get_client(&s->client, &client, s->deal) == STATUS_OK, "the client still has the deal");
	if (strcmp(s->name, "no-data") == 0) {
		CHECK_TEXT(deal_state_name(client.state), "DealStatusDealNotFound",
			"missing content is told to the client at once");
		return;
	}
	if (strcmp(recorded, "DealStatusRejected") == 0) {
		CHECK_TEXT(deal_state_name(client.state), recorded, "a rejected deal ends rejected");
		return;
	}
	CHECK(party_get_provider(&s->provider, &provider, s->deal) == STATUS_OK, "the provider still has the deal");
	CHECK_TEXT(deal_state_name(client.state), "DealStatusCompleted", s->name);
	CHECK_TEXT(deal_state_name(provider.state), "DealStatusCompleted", s->name);
	CHECK(amount_cmp(&client.funds_spent, &provider.funds_received) == 0, "what one spent the other received");
	CHECK_EQUAL(provider.total_sent, client.total_received, "what one billed the other verified");
	if (completed)
		CHECK_EQUAL(s->paid, json_array_size(s->vouchers), "as many vouchers as recorded");
}

static void run_deal(const char *folder, const char *name)
{
	struct scene s = {.name = name, .meta = vectors_load(folder, "meta.json")};
	struct offer_terms terms;
	struct bytes offer = {0};
	char command[128];
	int ok;

	if (s.meta == NULL)
		return;
	s.scenario = json_object_get(s.meta, "scenario");
	snprintf(s.folder, sizeof(s.folder), "/tmp/retrieval-deal-XXXXXX");
	snprintf(s.content, sizeof(s.content), "%s/content.car", folder);
	ok = CHECK(mkdtemp(s.folder) != NULL, "a scratch folder") && gather_vouchers(&s, folder) && open_ledger(&s) &&
	     open_party(&s, &s.client, "client", "client_key") &&
	     open_party(&s, &s.provider, "provider", "provider_key");
	terms = (struct offer_terms){.price_per_byte = amount_of(s.scenario, "price_per_byte"),
		.unseal_price = amount_of(s.scenario, "unseal_price"),
		.interval = number(s.scenario, "payment_interval"),
		.increase = number(s.scenario, "payment_interval_increase"),
		.payee = address_of(vectors_text(s.meta, "provider_address"))};
	if (strcmp(vectors_text(s.meta, "final_client_status"), "DealStatusRejected") == 0)
		terms.price_per_byte = amount_of(s.scenario, "offer_min_price");
	if (ok && !json_is_true(json_object_get(s.scenario, "no_data")))
		ok = must(&s, seller_offer(&s.provider, &offer, s.content, &terms), &s.provider,
			"the content is offered");
	ok = ok && must(&s, buyer_import_channel(&s.client, &s.channel), &s.client, "the channel is imported") &&
	     propose(&s);
	if (ok) {
		trade(&s);
		check_end(&s);
	}
	receiver_free(s.receiver);
	store_close(s.client.store);
	store_close(s.provider.store);
	ledger_close(s.ledger);
	bytes_release(&offer);
	json_decref(s.vouchers);
	json_decref(s.meta);
	snprintf(command, sizeof(command), "rm -rf '%s'", s.folder);
	CHECK(system(command) == 0, "the scratch folder goes away");
}

int main(int argc, char **argv)
{
	const char *vectors = argc > 1 ? argv[1] : "tests/data/vectors";
	char folder[512], one[800];
	struct dirent **list;
	int count;

	snprintf(folder, sizeof(folder), "%s/deals", vectors);
	count = scandir(folder, &list, NULL, alphasort);
	for (int i = 0; i < count; i++) {
		if (list[i]->d_name[0] != '.') {
			snprintf(one, sizeof(one), "%s/%s", folder, list[i]->d_name);
			run_deal(one, list[i]->d_name);
		}
		free(list[i]);
	}
	if (count >= 0)
		free(list);
	return test_end();
}
