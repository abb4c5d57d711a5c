/* party.c - shared by all steps: explanations, finding deals, applying events. */
#include "party/party.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "store/channels.h"
#include "store/events.h"
#include "store/payloads.h"

enum status party_fail(struct party *p, enum status s, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	error_set_list(&p->error, s, format, args);
	va_end(args);
	return s;
}

void party_hint(struct party *p, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	error_hint_list(&p->error, format, args);
	va_end(args);
}

void party_hint_word(struct party *p, const char *command, const char *word)
{
	CLEAN_BYTES struct bytes quoted = {0};

	text_append_word(&quoted, word);
	if (bytes_status(&quoted) == STATUS_OK && strlen(command) + quoted.len + 4 < sizeof(p->error.hint))
		party_hint(p, "%s %s%s", command, *word == '-' && word[1] != '\0' ? "-- " : "", bytes_text(&quoted));
}

/* A store that can't be written, and a ledger, have words of their own for a failure: the nearest to the cause. */
static void take_words(struct party *p, enum status s)
{
	const struct error *known[] = {p->ledger != NULL ? ledger_error(p->ledger) : NULL,
		p->store != NULL ? kv_error(store_kv(p->store)) : NULL};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i] != NULL && known[i]->status == s && s != STATUS_OK)
			error_explain(&p->error, s, "%s", known[i]->why);
}

const char *party_words(struct party *p, enum status s)
{
	take_words(p, s);
	return error_text(&p->error, s);
}

enum status party_explain(struct party *p, enum status s, const char *format, ...)
{
	va_list args;

	take_words(p, s);
	va_start(args, format);
	error_explain_list(&p->error, s, format, args);
	va_end(args);
	return s;
}

void party_explain_hint(struct party *p, enum status s, const char *format, ...)
{
	va_list args;

	take_words(p, s);
	va_start(args, format);
	error_explain_hint_list(&p->error, s, format, args);
	va_end(args);
}

enum status party_about(struct party *p, enum status s, const char *subject)
{
	return error_about(&p->error, s, subject);
}

void party_done(struct party *p, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(p->done, sizeof(p->done), format, args);
	va_end(args);
}

static enum status before_query(void *ctx)
{
	struct party *p = ctx;

	assert(kv_open_here(KV_HOME) == 0);
	return ledger_is_remote(p->ledger) && p->store != NULL ? kv_group_commit(store_kv(p->store)) : STATUS_OK;
}

void party_guard_ledger(struct party *p)
{
	ledger_set_guard(p->ledger, (struct ledger_guard){before_query, p});
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

/* The side that is none of @sides; see store_find_deal() for the numbers. */
static const char *other_word(unsigned sides)
{
	return sides == SIDES_CLIENT ? "provider" : "client";
}

enum status party_find(struct party *p, struct deal_name *name, const char *text, unsigned sides)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct deal_name other;
	enum status s = kv_begin_read(store_kv(p->store), &txn);

	if (s != STATUS_OK)
		return s;
	s = store_find_deal(txn, name, text, sides);
	if (s == STATUS_NOT_FOUND && sides != SIDES_BOTH &&
		store_find_deal(txn, &other, text, SIDES_BOTH & ~sides) == STATUS_OK)
		return party_fail(p, s, "this home is the %s of deal %" PRIu64 ", not the %s", other_word(sides),
			other.id, other_word(SIDES_BOTH & ~sides));
	if (s == STATUS_NOT_FOUND)
		return party_fail(
			p, s, strcmp(text, "@") == 0 ? "there is no deal yet" : "no deal begins with '%s'", text);
	if (s == STATUS_AMBIGUOUS)
		return party_fail(p, s, "more than one deal begins with '%s'", text);
	if (s == STATUS_USAGE)
		return party_fail(p, s, "'%s' is not a deal: give its id, the first digits of it, or @", text);
	return s;
}

enum status party_get_client(struct party *p, struct client_deal *deal, uint64_t id)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_read(store_kv(p->store), &txn);

	return s == STATUS_OK ? store_get_client(txn, deal, id) : s;
}

enum status party_begin_client(struct party *p, struct kv_txn **txn, struct client_deal *deal, uint64_t id)
{
	enum status s = kv_begin_write(store_kv(p->store), txn);

	return s == STATUS_OK ? store_get_client(*txn, deal, id) : s;
}

enum status party_get_provider(struct party *p, struct provider_deal *deal, uint64_t id)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_read(store_kv(p->store), &txn);

	return s == STATUS_OK ? store_get_provider(txn, deal, id) : s;
}

/* A deal's share of its channel has changed from @before: adjust the channel's reserved sum. */
static enum status adjust_reserve(struct kv_txn *txn, const struct client_deal *deal, const struct amount *before)
{
	struct amount now = client_reserve(deal);
	struct channel channel;
	enum status s;

	if (amount_cmp(&now, before) == 0)
		return STATUS_OK;
	s = store_get_channel(txn, &channel, &deal->channel);
	if (s != STATUS_OK)
		return s;
	if (!amount_sub(&channel.reserved, &channel.reserved, before) ||
		!amount_add(&channel.reserved, &channel.reserved, &now))
		return STATUS_BAD_AMOUNT;
	return store_put_channel(txn, &channel);
}

enum status party_client_event(struct party *p, struct kv_txn *txn, struct client_deal *deal, enum client_event event,
	const struct client_input *in)
{
	struct amount reserve = client_reserve(deal);
	enum status s = client_apply(deal, event, in);
	struct event record;

	if (s == STATUS_BAD_STATE)
		return party_fail(p, s, "deal %" PRIu64 " is %s: %s can't happen now", deal->id,
			deal_state_name(deal->state), client_event_name(event));
	if (s != STATUS_OK)
		return s;
	record = (struct event){.time = p->now,
		.side = SIDE_CLIENT,
		.deal = deal->id,
		.event = event,
		.state = deal->state,
		.bytes = deal->total_received,
		.interval = deal->current_interval,
		.funds = deal->funds_spent,
		.message = span_text(deal->message)};
	s = adjust_reserve(txn, deal, &reserve);
	if (s != STATUS_OK)
		return s;
	if (deal->state == DEAL_COMPLETED)
		s = store_put_complete(txn, &deal->payload, deal->id);
	if (s != STATUS_OK)
		return s;
	s = store_put_event(txn, &record);
	return s == STATUS_OK ? store_put_client(txn, deal) : s;
}

enum status party_provider_event(struct party *p, struct kv_txn *txn, struct provider_deal *deal,
	enum provider_event event, const struct provider_input *in)
{
	struct tally before = provider_tally(deal);
	enum status s = provider_apply(deal, event, in);
	struct event record;

	if (s == STATUS_BAD_STATE)
		return party_fail(p, s, "deal %" PRIu64 " is %s: %s can't happen now", deal->id,
			deal_state_name(deal->state), provider_event_name(event));
	if (s != STATUS_OK)
		return s;
	record = (struct event){.time = p->now,
		.side = SIDE_PROVIDER,
		.deal = deal->id,
		.event = event,
		.state = deal->state,
		.bytes = deal->total_sent,
		.interval = deal->current_interval,
		.funds = deal->funds_received,
		.message = span_text(deal->message)};
	s = store_put_event(txn, &record);
	if (s != STATUS_OK)
		return s;
	s = store_count_deal(txn, deal, &before);
	return s == STATUS_OK ? store_put_provider(txn, deal) : s;
}
