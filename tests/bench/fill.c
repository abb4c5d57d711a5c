/* fill.c - a store with very many deals in it.
 *
 * fill HOME COUNT SIDE
 *
 * Adds COUNT completed deals of SIDE, client or provider, to the store in
 * HOME: copies of its newest one under other ids, with their events.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/deals.h"
#include "store/events.h"
#include "store/store.h"

#define TOGETHER 20000 /* deals in one commit */

static void must(enum status s, const char *what)
{
	if (s == STATUS_OK)
		return;
	fprintf(stderr, "fill: %s: %s\n", what, status_text(s));
	exit(1);
}

/* Ids that no two deals share. */
static void rename_deal(uint64_t *id, uint64_t *transfer, uint8_t *request, uint64_t i)
{
	*id = 1000000000000 + i;
	*transfer = 1ull << 62 | i;
	for (size_t at = 0; at < sizeof(i); at++)
		request[at] = (uint8_t)(i >> 8 * at);
}

static void put_event(struct kv_txn *t, enum deal_side side, uint64_t deal)
{
	struct event e = {.time = 1700000000,
		.side = side,
		.deal = deal,
		.event = side == SIDE_CLIENT ? (uint64_t)CLIENT_COMPLETE_VERIFIED : (uint64_t)PROVIDER_COMPLETE,
		.state = DEAL_COMPLETED,
		.funds = amount_zero(),
		.message = span_text("")};

	must(store_put_event(t, &e), "an event");
}

static void add_client(struct kv_txn *t, const struct client_deal *model, uint64_t i)
{
	struct client_deal d = *model;

	d.state = DEAL_COMPLETED;
	must(store_next_number(t, &d.number), "a number");
	rename_deal(&d.id, &d.transfer, d.request, i);
	must(store_put_client(t, &d), "a deal");
	put_event(t, SIDE_CLIENT, d.id);
}

static void add_provider(struct kv_txn *t, const struct provider_deal *model, uint64_t i)
{
	struct provider_deal d = *model;

	d.state = DEAL_COMPLETED;
	must(store_next_number(t, &d.number), "a number");
	rename_deal(&d.id, &d.transfer, d.request, i);
	must(store_put_provider(t, &d), "a deal");
	put_event(t, SIDE_PROVIDER, d.id);
}

int main(int argc, char **argv)
{
	struct deal_name newest;
	struct client_deal client = {0};
	struct provider_deal provider = {0};
	struct store *store;
	struct kv_txn *t;
	uint64_t count;
	bool buyer;

	if (argc != 4)
		return 2;
	count = strtoull(argv[2], NULL, 10);
	buyer = strcmp(argv[3], "client") == 0;
	must(store_open(&store, argv[1], KV_READ_WRITE), argv[1]);
	must(kv_begin_read(store_kv(store), &t), "begin");
	must(store_find_deal(t, &newest, "@", buyer ? SIDES_CLIENT : SIDES_PROVIDER), "the newest deal");
	must(buyer ? store_get_client(t, &client, newest.id) : store_get_provider(t, &provider, newest.id), "the deal");
	kv_abort(&t);
	for (uint64_t i = 0; i < count;) {
		must(kv_begin_write(store_kv(store), &t), "begin");
		for (uint64_t end = i + TOGETHER; i < end && i < count; i++) {
			if (buyer)
				add_client(t, &client, i);
			else
				add_provider(t, &provider, i);
		}
		must(kv_commit(&t), "commit");
	}
	store_close(store);
	return 0;
}
