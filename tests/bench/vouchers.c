/* vouchers.c - how many vouchers a second are signed, and how many credited, each durable; the first thousand beside the last.
 *
 * vouchers [-g N] CLIENT_HOME CLIENT_KEY PROVIDER_HOME LEDGER DEAL
 *
 * Goes through DEAL, whose channel is open, to its end: both parties in this
 * process, frames passed in memory.  With -g the vouchers of N intervals are
 * made durable together.  Prints four numbers: signed and credited per second,
 * over all and over the last thousand.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "../support/take_body.h"
#include "base/key_file.h"
#include "buyer/pay.h"
#include "buyer/receive.h"
#include "party/ledger_place.h"
#include "party/party.h"
#include "peer/sink.h"
#include "seller/send.h"
#include "seller/take.h"

#define ROUNDS_MAX 100000
#define LAST       1000

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void must(enum status s, const struct party *p, const char *what)
{
	if (s == STATUS_OK)
		return;
	fprintf(stderr, "vouchers: %s: %s\n", what, error_text(&p->error, s));
	exit(1);
}

static enum status gather(void *ctx, struct span bytes)
{
	struct bytes *all = ctx;

	bytes_append(all, bytes.data, bytes.len);
	return bytes_status(all);
}

/* The first frame's body; @stream moves behind it. */
static struct span next_body(struct span *stream)
{
	uint64_t length;
	size_t used;
	struct span body;

	if (varint_decode(&length, &used, stream->data, stream->len) != STATUS_OK)
		exit(1);
	body = span_of(stream->data + used, (size_t)length);
	*stream = span_of(body.data + body.len, stream->len - used - body.len);
	return body;
}

/** struct clocks - seconds spent so far, after each round. */
struct clocks {
	double signing[ROUNDS_MAX + 1], crediting[ROUNDS_MAX + 1];
	size_t rounds;
};

static void hear(struct party *client, struct receiver *r, const struct bytes *stream)
{
	struct span rest = bytes_span(stream);

	while (rest.len != 0)
		must(receiver_take_body(r, next_body(&rest)), client, "the client takes a frame");
	must(receiver_finish(r), client, "the client keeps it");
}

/* One interval: send, receive, sign, credit. False at the end of the deal. */
static bool go_on(struct party *client, struct party *provider, struct receiver *r, struct sender *s, uint64_t deal,
	struct clocks *c)
{
	struct amount ceiling = receiver_deal(r)->max_total;
	struct bytes blocks = {0}, payment = {0}, answer = {0};
	struct sink sink = {gather, NULL, &blocks};
	enum status sent = sender_go(s, &sink);
	struct span body;
	double begin;

	if (sent != STATUS_PAYMENT_NEEDED)
		must(sent, provider, "the provider sends");
	hear(client, r, &blocks);
	bytes_release(&blocks);
	if (sent != STATUS_PAYMENT_NEEDED)
		return false;
	begin = now();
	must(buyer_pay(client, &payment, NULL, deal, &ceiling), client, "the client pays");
	c->signing[c->rounds + 1] = c->signing[c->rounds] + (now() - begin);
	must(receiver_reload(r), client, "the client goes on");
	body = bytes_span(&payment);
	begin = now();
	must(seller_take_body(provider, &answer, &deal, next_body(&body), NULL), provider, "the provider credits");
	c->crediting[c->rounds + 1] = c->crediting[c->rounds] + (now() - begin);
	c->rounds++;
	hear(client, r, &answer);
	bytes_release(&payment);
	bytes_release(&answer);
	return c->rounds < ROUNDS_MAX;
}

static void open_party(struct party *p, const char *home, const char *ledger)
{
	*p = (struct party){.network = NETWORK_MAIN};
	must(store_open(&p->store, home, KV_READ_WRITE), p, home);
	must(ledger_open(&p->ledger, ledger), p, ledger);
}

int main(int argc, char **argv)
{
	static struct clocks c;
	struct party client, provider;
	struct receiver *receiver;
	struct sender *sender;
	size_t group = 0, last;
	uint64_t deal;
	int option;

	while ((option = getopt(argc, argv, "g:")) == 'g')
		group = strtoul(optarg, NULL, 10);
	if (argc - optind != 5)
		return 2;
	argv += optind;
	open_party(&client, argv[0], argv[3]);
	must(key_load(&client.key, argv[1], NULL), &client, argv[1]);
	client.has_key = true;
	open_party(&provider, argv[2], argv[3]);
	deal = strtoull(argv[4], NULL, 10);
	must(receiver_new(&receiver, &client), &client, "a receiver");
	must(receiver_open(receiver, deal), &client, "the deal");
	must(sender_new(&sender, &provider, deal, NULL), &provider, "a sender");
	if (group != 0) {
		kv_group_begin(store_kv(client.store));
		kv_group_begin(store_kv(provider.store));
	}
	while (go_on(&client, &provider, receiver, sender, deal, &c)) {
		double begin = now();

		if (group == 0 || c.rounds % group != 0)
			continue;
		must(kv_group_commit(store_kv(client.store)), &client, "commit");
		c.signing[c.rounds] += now() - begin;
		begin = now();
		must(kv_group_commit(store_kv(provider.store)), &provider, "commit");
		c.crediting[c.rounds] += now() - begin;
	}
	last = c.rounds > LAST ? c.rounds - LAST : 0;
	printf("%.0f %.0f %.0f %.0f\n", (double)c.rounds / c.signing[c.rounds],
		(double)c.rounds / c.crediting[c.rounds],
		(double)(c.rounds - last) / (c.signing[c.rounds] - c.signing[last]),
		(double)(c.rounds - last) / (c.crediting[c.rounds] - c.crediting[last]));
	receiver_free(receiver);
	sender_free(sender);
	store_close(client.store);
	store_close(provider.store);
	ledger_close(client.ledger);
	ledger_close(provider.ledger);
	return 0;
}
