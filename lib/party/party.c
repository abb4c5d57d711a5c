/* party.c - what every step needs: words for people, finding deals, letting events happen. */
#include "party/party.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "store/channels.h"
#include "store/events.h"
#include "store/payloads.h"

enum status party_fail(struct party *p, enum status s, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(p->why, sizeof(p->why), format, args);
	va_end(args);
	return s;
}

void party_hint(struct party *p, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(p->hint, sizeof(p->hint), format, args);
	va_end(args);
}

void party_done(struct party *p, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(p->done, sizeof(p->done), format, args);
	va_end(args);
}

enum status party_address(struct party *p, struct address *a)
{
	if (!p->has_key) {
		party_hint(p, "keygen");
		return party_fail(p, STATUS_USAGE, "a key is needed: set RETRIEVAL_KEY or --key");
	}
	*a = address_of_key(p->key.public);
	return STATUS_OK;
}

enum status party_find(struct party *p, struct deal_name *name, const char *text, unsigned sides)
{
	struct kv_txn *t;
	enum status s = kv_begin_read(store_kv(p->store), &t);

	if (s != STATUS_OK)
		return s;
	s = store_find_deal(t, name, text, sides);
	kv_abort(&t);
	if (s == STATUS_NOT_FOUND)
		return party_fail(
			p, s, strcmp(text, "@") == 0 ? "there is no deal yet" : "no deal begins with '%s'", text);
	if (s == STATUS_AMBIGUOUS)
		return party_fail(p, s, "more than one deal begins with '%s'", text);
	if (s == STATUS_USAGE)
		return party_fail(p, s, "'%s' is not a deal: give its id, the first digits of it, or @", text);
	return s;
}

enum status party_get_client(struct party *p, struct client_deal *d, uint64_t id)
{
	struct kv_txn *t;
	enum status s = kv_begin_read(store_kv(p->store), &t);

	if (s != STATUS_OK)
		return s;
	s = store_get_client(t, d, id);
	kv_abort(&t);
	return s;
}

enum status party_get_provider(struct party *p, struct provider_deal *d, uint64_t id)
{
	struct kv_txn *t;
	enum status s = kv_begin_read(store_kv(p->store), &t);

	if (s != STATUS_OK)
		return s;
	s = store_get_provider(t, d, id);
	kv_abort(&t);
	return s;
}

/* A deal's share of its channel changed from @before: the channel's sum follows. */
static enum status adjust_reserve(struct kv_txn *t, const struct client_deal *d, const struct amount *before)
{
	struct amount now = client_reserve(d);
	struct channel c;
	enum status s;

	if (amount_cmp(&now, before) == 0)
		return STATUS_OK;
	s = store_get_channel(t, &c, &d->channel);
	if (s != STATUS_OK)
		return s;
	if (!amount_sub(&c.reserved, &c.reserved, before) || !amount_add(&c.reserved, &c.reserved, &now))
		return STATUS_BAD_AMOUNT;
	return store_put_channel(t, &c);
}

enum status party_client_event(struct party *p, struct kv_txn *t, struct client_deal *d, enum client_event event,
	const struct client_input *in)
{
	struct amount reserve = client_reserve(d);
	enum status s = client_apply(d, event, in);
	struct event e;

	if (s == STATUS_BAD_STATE)
		return party_fail(p, s, "deal %llu is %s: %s can't happen now", (unsigned long long)d->id,
			deal_state_name(d->state), client_event_name(event));
	if (s != STATUS_OK)
		return s;
	e = (struct event){.time = p->now,
		.side = SIDE_CLIENT,
		.deal = d->id,
		.event = event,
		.state = d->state,
		.bytes = d->total_received,
		.interval = d->current_interval,
		.funds = d->funds_spent,
		.message = span_text(d->message)};
	s = adjust_reserve(t, d, &reserve);
	if (s == STATUS_OK && d->state == DEAL_COMPLETED)
		s = store_put_complete(t, &d->payload, d->id);
	if (s == STATUS_OK)
		s = store_put_event(t, &e);
	return s == STATUS_OK ? store_put_client(t, d) : s;
}

enum status party_provider_event(struct party *p, struct kv_txn *t, struct provider_deal *d, enum provider_event event,
	const struct provider_input *in)
{
	struct tally before = provider_tally(d);
	enum status s = provider_apply(d, event, in);
	struct event e;

	if (s == STATUS_BAD_STATE)
		return party_fail(p, s, "deal %llu is %s: %s can't happen now", (unsigned long long)d->id,
			deal_state_name(d->state), provider_event_name(event));
	if (s != STATUS_OK)
		return s;
	e = (struct event){.time = p->now,
		.side = SIDE_PROVIDER,
		.deal = d->id,
		.event = event,
		.state = d->state,
		.bytes = d->total_sent,
		.interval = d->current_interval,
		.funds = d->funds_received,
		.message = span_text(d->message)};
	s = store_put_event(t, &e);
	if (s == STATUS_OK)
		s = store_count_deal(t, d, &before);
	return s == STATUS_OK ? store_put_provider(t, d) : s;
}

enum status party_end(struct kv_txn *t, enum status s)
{
	if (s == STATUS_OK)
		return kv_commit(&t);
	kv_abort(&t);
	return s;
}
