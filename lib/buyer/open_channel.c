/* open_channel.c - getting a deal a funded channel and a lane. */
#include "buyer/open_channel.h"

#include <stdio.h>

#include "funds/chain_message.h"
#include "funds/channels.h"
#include "store/channels.h"
#include "store/pending.h"

#define OPEN_TRIES 64 /* against other deals that open on the same channel at the same time */

/* Looking for one of our channels to @to that is neither settling nor collected. */
struct channel_search {
	struct party *p;
	struct address from, to;
	struct channel found;
	struct paych head;
	bool any;
};

static enum status consider_channel(void *ctx, const struct channel *c)
{
	struct channel_search *search = ctx;
	struct paych head = {0};
	enum status s;

	if (search->any || !c->outbound || c->collected || !address_equal(&c->to, &search->to) ||
		!address_equal(&c->from, &search->from))
		return STATUS_OK;
	s = ledger_channel(search->p->ledger, &head, &c->address);
	if (s == STATUS_OK && head.settling_at == 0) {
		search->found = *c;
		search->head = head;
		search->any = true;
	}
	paych_release(&head);
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

static struct span about_deal(char *buffer, size_t size, uint64_t deal)
{
	return span_of(buffer, (size_t)snprintf(buffer, size, "deal %llu", (unsigned long long)deal));
}

/* The channel is there and funded: give the deal a lane, and go on with whatever was asked in the meantime. */
static enum status allocate_lane(struct party *p, struct kv_txn *t, struct client_deal *d, struct channel *c)
{
	struct client_input in = {.channel = c->address, .amount = d->payment_requested};
	enum status s = STATUS_OK;

	if (d->state != DEAL_CHANNEL_ALLOCATING_LANE)
		s = party_client_event(p, t, d, CLIENT_CHANNEL_READY, &in);
	in.number = c->next_lane++;
	if (s == STATUS_OK)
		s = store_put_channel(t, c);
	if (s == STATUS_OK)
		s = store_put_lane(t, &c->address, &(struct lane_record){.lane = in.number, .deal = d->id});
	if (s == STATUS_OK)
		s = party_client_event(p, t, d, CLIENT_LANE_ALLOCATED, &in);
	if (s == STATUS_OK && d->all_blocks_received)
		s = party_client_event(p, t, d, CLIENT_ALL_BLOCKS_RECEIVED, NULL);
	if (s == STATUS_OK && d->last_payment_requested)
		s = party_client_event(p, t, d, CLIENT_LAST_PAYMENT_REQUESTED, &in);
	else if (s == STATUS_OK && !amount_is_zero(&d->payment_requested))
		s = party_client_event(p, t, d, CLIENT_PAYMENT_REQUESTED, &in);
	return s;
}

/* Note that a message for this deal is on its way: a state of its own, which a killed run leaves behind. */
static enum status note_waiting(struct party *p, uint64_t deal, enum client_event event, const struct address *channel)
{
	struct client_input in = {0};
	struct client_deal d;
	struct kv_txn *t;
	enum status s = kv_begin_write(store_kv(p->store), &t);

	if (s != STATUS_OK)
		return s;
	if (channel != NULL)
		in.channel = *channel;
	s = store_get_client(t, &d, deal);
	if (s == STATUS_OK && d.state == DEAL_ACCEPTED)
		s = party_client_event(p, t, &d, event, &in);
	return party_end(t, s);
}

/* Does a channel that other deals draw from as well still have what this one is to get? BUSY if not: more must be added. */
static enum status check_funds(struct party *p, const struct channel *c, const struct client_deal *d)
{
	struct paych head = {0};
	struct amount left;
	enum status s = ledger_channel(p->ledger, &head, &c->address);

	if (s == STATUS_OK && !channel_uncommitted(&left, &head, c))
		s = STATUS_BAD_AMOUNT;
	else if (s == STATUS_OK && amount_cmp(&left, &d->total_funds) < 0)
		s = STATUS_BUSY;
	paych_release(&head);
	return s;
}

/* Record the channel, if it is new to us, and give the deal its lane; the chain message is then done with. */
static enum status finish_opening(struct party *p, uint64_t deal, struct channel *c, struct span about)
{
	char text[ADDRESS_TEXT_MAX], amount[AMOUNT_TEXT_MAX];
	struct channel known;
	struct client_deal d;
	struct kv_txn *t;
	bool shared;
	enum status s = kv_begin_write(store_kv(p->store), &t);

	if (s != STATUS_OK)
		return s;
	s = store_get_channel(t, &known, &c->address);
	shared = s == STATUS_OK;
	if (shared)
		*c = known;
	if (s == STATUS_OK || s == STATUS_NOT_FOUND)
		s = store_get_client(t, &d, deal);
	if (s == STATUS_OK && shared && !d.has_lane)
		s = check_funds(p, c, &d);
	if (s == STATUS_BUSY) { /* another deal was faster: this one begins again */
		s = party_end(t, store_delete_pending(t, about));
		return s == STATUS_OK ? STATUS_BUSY : s;
	}
	if (s == STATUS_OK) {
		d.client = c->from;
		if (!d.has_lane) /* else another process was faster */
			s = allocate_lane(p, t, &d, c);
	}
	if (s == STATUS_OK)
		s = store_delete_pending(t, about);
	if (s != STATUS_OK) {
		kv_abort(&t);
		return s;
	}
	party_done(p, "channel %s, lane %llu, for deal %llu (%s afil)", address_text(text, &c->address, p->network),
		(unsigned long long)d.lane, (unsigned long long)deal, amount_decimal(amount, &d.total_funds));
	return kv_commit(&t);
}

/* Add @ahead to what is moved, if the account has so much. */
static enum status add_ahead(
	struct party *p, struct amount *value, const struct address *from, const struct amount *ahead)
{
	struct amount balance, all;
	enum status s;

	if (ahead == NULL)
		return STATUS_OK;
	s = ledger_balance(p->ledger, &balance, from);
	if (s == STATUS_OK && amount_add(&all, value, ahead) && amount_cmp(&all, &balance) <= 0)
		*value = all;
	return s;
}

static enum status create_channel(struct party *p, uint64_t deal, struct channel_search *search,
	const struct amount *amount, const struct amount *ahead, struct span about)
{
	struct amount value = *amount;
	struct address init = address_of_id(ADDRESS_INIT_ACTOR_ID);
	struct bytes params = {0};
	struct receipt receipt = {0};
	enum status s;

	create_params(&params, &search->from, &search->to);
	s = bytes_status(&params);
	if (s == STATUS_OK)
		s = add_ahead(p, &value, &search->from, ahead);
	if (s == STATUS_OK)
		s = note_waiting(p, deal, CLIENT_CHANNEL_CREATE_INITIATED, NULL);
	if (s == STATUS_OK)
		s = chain_message_send(p, &receipt, about, deal, &init, METHOD_INIT_EXEC, &value, bytes_span(&params));
	if (s == STATUS_OK) {
		struct channel made = {
			.address = receipt.created, .from = search->from, .to = search->to, .outbound = true};

		s = finish_opening(p, deal, &made, about);
	}
	bytes_release(&params);
	return s;
}

static enum status reuse_channel(struct party *p, uint64_t deal, struct channel_search *search,
	const struct amount *amount, const struct amount *ahead, struct span about)
{
	struct amount left, missing;
	struct receipt receipt;
	enum status s = STATUS_OK;

	if (!channel_uncommitted(&left, &search->head, &search->found) || !amount_sub(&missing, amount, &left))
		return STATUS_BAD_AMOUNT;
	if (!amount_is_negative(&missing) && !amount_is_zero(&missing)) {
		s = add_ahead(p, &missing, &search->from, ahead);
		if (s == STATUS_OK)
			s = note_waiting(p, deal, CLIENT_CHANNEL_ADDING_FUNDS, &search->found.address);
		if (s == STATUS_OK)
			s = chain_message_send(p, &receipt, about, deal, &search->found.address, METHOD_SEND, &missing,
				span_of("", 0));
	}
	return s == STATUS_OK ? finish_opening(p, deal, &search->found, about) : s;
}

/* A message for this deal was kept but its end was not recorded: finish that one, whatever is asked now. */
static enum status finish_pending(
	struct party *p, const struct client_deal *d, struct channel_search *search, struct span about)
{
	struct receipt receipt = {0};
	enum status s = chain_message_submit(p, &receipt, about);

	if (s != STATUS_OK)
		return s;
	if (!address_is_none(&receipt.created)) {
		struct channel made = {
			.address = receipt.created, .from = search->from, .to = search->to, .outbound = true};

		return finish_opening(p, d->id, &made, about);
	}
	return search->any ? finish_opening(p, d->id, &search->found, about) : STATUS_NOT_FOUND;
}

/* A deal that gets no channel now: because it has one, needs none, or has not come that far. */
static enum status no_channel_wanted(struct party *p, const struct client_deal *d)
{
	if (!client_is_free(d) && !d->has_lane)
		return party_fail(p, STATUS_BAD_STATE, "deal %llu is %s: a channel comes after acceptance",
			(unsigned long long)d->id, deal_state_name(d->state));
	party_done(p, d->has_lane ? "deal %llu has its channel already" : "deal %llu is free: no channel is needed",
		(unsigned long long)d->id);
	return STATUS_OK;
}

static enum status open_once(struct party *p, uint64_t deal, const struct amount *amount, const struct amount *ahead)
{
	struct channel_search search = {.p = p};
	struct client_deal d;
	struct kv_txn *t;
	struct span about;
	char name[40];
	enum status s = kv_begin_write(store_kv(p->store), &t);

	if (s != STATUS_OK)
		return s;
	about = about_deal(name, sizeof(name), deal);
	s = store_get_client(t, &d, deal);
	if (s == STATUS_OK)
		s = party_address(p, &search.from);
	if (s == STATUS_OK && amount != NULL && client_wants_channel(&d)) {
		d.total_funds = *amount;
		s = store_put_client(t, &d);
	}
	search.to = d.provider;
	if (s == STATUS_OK)
		s = store_each_channel(t, consider_channel, &search);
	s = party_end(t, s);
	if (s != STATUS_OK)
		return s;
	if (!client_wants_channel(&d))
		return no_channel_wanted(p, &d);
	if (address_is_none(&d.provider))
		return party_fail(p, STATUS_USAGE, "deal %llu has no payee: propose from an offer, or with --pay-to",
			(unsigned long long)deal);
	s = finish_pending(p, &d, &search, about);
	if (s != STATUS_NOT_FOUND && s != STATUS_BAD_STATE)
		return s;
	return search.any ? reuse_channel(p, deal, &search, &d.total_funds, ahead, about)
			  : create_channel(p, deal, &search, &d.total_funds, ahead, about);
}

enum status buyer_open_channel(struct party *p, uint64_t deal, const struct amount *amount, const struct amount *ahead)
{
	enum status s = STATUS_BUSY;

	for (unsigned tries = 0; tries < OPEN_TRIES && s == STATUS_BUSY; tries++)
		s = open_once(p, deal, amount, ahead);
	return s;
}

enum status buyer_plan_channel(struct party *p, uint64_t deal, const struct amount *amount)
{
	char to[ADDRESS_TEXT_MAX], digits[AMOUNT_TEXT_MAX];
	struct channel_search search = {.p = p};
	struct amount balance, needed;
	struct client_deal d;
	struct kv_txn *t;
	enum status s = party_address(p, &search.from);

	if (s == STATUS_OK)
		s = kv_begin_read(store_kv(p->store), &t);
	if (s != STATUS_OK)
		return s;
	s = store_get_client(t, &d, deal);
	search.to = d.provider;
	if (s == STATUS_OK)
		s = store_each_channel(t, consider_channel, &search);
	kv_abort(&t);
	if (s != STATUS_OK)
		return s;
	if (!client_wants_channel(&d))
		return no_channel_wanted(p, &d);
	needed = amount != NULL ? *amount : d.total_funds;
	address_text(to, search.any ? &search.found.address : &d.provider, p->network);
	if (search.any && (!channel_uncommitted(&balance, &search.head, &search.found) ||
				  !amount_sub(&needed, &needed, &balance)))
		return STATUS_BAD_AMOUNT;
	if (amount_is_negative(&needed))
		needed = amount_zero();
	s = ledger_balance(p->ledger, &balance, &search.from);
	if (s == STATUS_OK && amount_cmp(&needed, &balance) > 0)
		return chain_explain_no_funds(p, &search.from, &needed);
	party_done(p,
		search.any ? "would use channel %s for deal %llu and add %s afil to it"
			   : "would open a channel to %s for deal %llu with %s afil",
		to, (unsigned long long)deal, amount_decimal(digits, &needed));
	return s;
}
