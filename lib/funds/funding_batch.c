/* funding_batch.c - the orders that share a message, and the message.
 *
 * MONEY 26: a record of the batch asks for the message, and goes with the last
 * step, so that a killed run is finished and nothing is sent twice.  Each step is
 * one transaction.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "funds/channels.h"
#include "funds/funding_private.h"
#include "messages/chain_message.h"
#include "store/pending.h"

/* The record that asks for a batch's message, and has its channel; and the message itself. */
static struct span record_name(char text[BATCH_NAME_MAX], uint64_t batch)
{
	snprintf(text, BATCH_NAME_MAX, "batch %" PRIu64, batch);
	return span_text(text);
}

struct span batch_carrier(char text[BATCH_NAME_MAX], uint64_t batch)
{
	snprintf(text, BATCH_NAME_MAX, "fund %" PRIu64, batch);
	return span_text(text);
}

static bool is_own(const struct fulfilling *f, const struct funding *order)
{
	return strcmp(order->name, f->order->name) == 0;
}

static enum status count(struct fulfilling *f, const struct funding *order)
{
	struct batch *batch = &f->batch;
	struct amount *sum = order->need ? &batch->needs : &batch->adds;

	batch->number = order->batch;
	if (is_own(f, order))
		batch->has_own = true;
	else
		batch->others++;
	return amount_add(sum, sum, &order->amount) ? STATUS_OK : STATUS_BAD_AMOUNT;
}

/* The batch that is on its way, if there is one. */
static enum status find_batch(struct fulfilling *f, struct kv_txn *txn, const struct funding_list *list)
{
	CLEAN_BYTES struct bytes channel = {0};
	char name[BATCH_NAME_MAX];
	enum status s = STATUS_OK;

	f->batch = (struct batch){.number = 0};
	for (size_t i = 0; s == STATUS_OK && i < list->count; i++)
		if (list->at[i].state == FUNDING_SENT)
			s = count(f, &list->at[i]);
	if (s != STATUS_OK || f->batch.number == 0)
		return s;
	s = store_get_pending(txn, &channel, record_name(name, f->batch.number));
	if (s == STATUS_NOT_FOUND)
		return STATUS_CORRUPT;
	return s != STATUS_OK || channel.len == 0 ? s : address_decode(&f->batch.channel, bytes_span(&channel));
}

enum status batch_look(struct fulfilling *f)
{
	CLEAN_FUNDINGS struct funding_list list = {0};
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_read(store_kv(f->p->store), &txn);

	if (s == STATUS_OK)
		s = store_get_batches(txn, &f->newest);
	if (s == STATUS_OK)
		s = store_add_fundings(txn, &list, &f->from, &f->order->to);
	return s == STATUS_OK ? find_batch(f, txn, &list) : s;
}

/* Does the order go into the next batch? */
static bool joins(const struct fulfilling *f, const struct funding *order, const struct target *target)
{
	if (order->state != FUNDING_QUEUED || (f->alone && !is_own(f, order)))
		return false;
	if (address_is_none(&order->channel))
		return target->is_open;
	return address_equal(&order->channel, &target->channel);
}

/* The deals of some orders may be over since: their money stays in the account. */
static enum status drop_unwanted(struct kv_txn *txn, struct funding_list *list)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->count; i++) {
		struct funding *order = &list->at[i];
		bool wanted = true;
		enum status s = order->state == FUNDING_QUEUED ? funding_is_wanted(txn, &wanted, order) : STATUS_OK;

		if (s == STATUS_OK && !wanted)
			s = store_drop_funding(txn, order);
		if (s != STATUS_OK)
			return s;
		if (wanted)
			list->at[kept++] = *order;
	}
	list->count = kept;
	return STATUS_OK;
}

static enum status put_batch(
	struct fulfilling *f, struct kv_txn *txn, struct funding_list *list, const struct target *target)
{
	char name[BATCH_NAME_MAX];
	uint64_t number;
	enum status s = store_next_batch(txn, &number);

	for (size_t i = 0; s == STATUS_OK && i < list->count; i++) {
		struct funding *order = &list->at[i];

		if (!joins(f, order, target))
			continue;
		order->state = FUNDING_SENT;
		order->batch = number;
		s = store_put_funding(txn, order);
		if (s == STATUS_OK)
			s = count(f, order);
	}
	if (s != STATUS_OK || f->batch.number == 0)
		return s;
	f->batch.channel = target->channel;
	return store_put_pending(txn, record_name(name, number), address_span(&target->channel));
}

/* Form a batch of the orders that are due, unless another process has formed one. */
enum status batch_form(struct fulfilling *f, const struct target *target)
{
	CLEAN_FUNDINGS struct funding_list list = {0};
	CLEAN_TXN struct kv_txn *txn = NULL;
	uint64_t newest;
	enum status s = kv_begin_write(store_kv(f->p->store), &txn);

	if (s != STATUS_OK)
		return s;
	s = store_add_fundings(txn, &list, &f->from, &f->order->to);
	if (s != STATUS_OK)
		return s;
	s = find_batch(f, txn, &list);
	if (s != STATUS_OK || f->batch.number != 0)
		return s;
	s = store_get_batches(txn, &newest);
	if (s != STATUS_OK || newest != f->newest)
		return s == STATUS_OK ? STATUS_BUSY : s;
	s = drop_unwanted(txn, &list);
	if (s == STATUS_OK)
		s = put_batch(f, txn, &list, target);
	return s == STATUS_OK ? kv_commit(&txn) : s;
}

/* An order of the batch takes its state after the batch. */
static enum status leave_batch(struct fulfilling *f, struct kv_txn *txn, struct funding *order, uint64_t state)
{
	if (state == FUNDING_LOST && is_own(f, order)) /* its caller is told now */
		return store_drop_funding(txn, order);
	order->state = state;
	order->batch = 0;
	return store_put_funding(txn, order);
}

/* End the batch inside @txn: all its orders take @state, and its records go. */
static enum status end_batch(struct fulfilling *f, struct kv_txn *txn, uint64_t state, const struct address *channel)
{
	CLEAN_FUNDINGS struct funding_list list = {0};
	char name[BATCH_NAME_MAX];
	enum status s = store_add_fundings(txn, &list, &f->from, &f->order->to);

	for (size_t i = 0; s == STATUS_OK && i < list.count; i++) {
		struct funding *order = &list.at[i];

		if (order->state != FUNDING_SENT || order->batch != f->batch.number)
			continue;
		if (channel != NULL)
			order->channel = *channel;
		s = leave_batch(f, txn, order, state);
	}
	if (s != STATUS_OK)
		return s;
	s = store_delete_pending(txn, batch_carrier(name, f->batch.number));
	return s == STATUS_OK ? store_delete_pending(txn, record_name(name, f->batch.number)) : s;
}

/* Has another process ended the batch? */
static enum status is_ended(struct fulfilling *f, struct kv_txn *txn, bool *ended)
{
	CLEAN_BYTES struct bytes record = {0};
	char name[BATCH_NAME_MAX];
	enum status s = store_get_pending(txn, &record, record_name(name, f->batch.number));

	*ended = s == STATUS_NOT_FOUND;
	return *ended ? STATUS_OK : s;
}

/* The channel that our message has made. */
static enum status put_made(struct fulfilling *f, struct kv_txn *txn, const struct address *channel)
{
	struct channel made = {.address = *channel, .from = f->from, .to = f->order->to, .outbound = true}, known;
	enum status s = store_get_channel(txn, &known, channel);

	return s == STATUS_NOT_FOUND ? store_put_channel(txn, &made) : s;
}

enum status batch_finish(struct fulfilling *f, const struct address *channel)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	bool ended;
	enum status s = kv_begin_write(store_kv(f->p->store), &txn);

	if (s != STATUS_OK)
		return s;
	s = is_ended(f, txn, &ended);
	if (s != STATUS_OK || ended)
		return s;
	if (address_is_none(&f->batch.channel))
		s = put_made(f, txn, channel);
	if (s != STATUS_OK)
		return s;
	s = end_batch(f, txn, FUNDING_DONE, channel);
	return s == STATUS_OK ? kv_commit(&txn) : s;
}

/* The batch has no message, and gets none: its orders are queued again, or lost. BUSY if another process has stored its message. */
enum status batch_give_up(struct fulfilling *f, enum funding_state state)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	CLEAN_BYTES struct bytes message = {0};
	char name[BATCH_NAME_MAX];
	bool ended;
	enum status s = kv_begin_write(store_kv(f->p->store), &txn);

	if (s != STATUS_OK)
		return s;
	s = is_ended(f, txn, &ended);
	if (s != STATUS_OK || ended)
		return s == STATUS_OK ? STATUS_BUSY : s;
	s = store_get_pending(txn, &message, batch_carrier(name, f->batch.number));
	if (s != STATUS_NOT_FOUND)
		return s == STATUS_OK ? STATUS_BUSY : s;
	s = end_batch(f, txn, state, NULL);
	return s == STATUS_OK ? kv_commit(&txn) : s;
}

/* The message of a batch. */

/* What the batch's channel has available; nothing for a new one. NOT_FOUND if the channel serves no deal any more. */
static enum status read_available(struct fulfilling *f, struct amount *left)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	CLEAN_PAYCH struct paych head = {0};
	struct channel known = {.committed = amount_zero(), .reserved = amount_zero()};
	enum status s;

	*left = amount_zero();
	if (address_is_none(&f->batch.channel))
		return STATUS_OK;
	s = kv_begin_read(store_kv(f->p->store), &txn);
	if (s != STATUS_OK)
		return s;
	s = store_get_channel(txn, &known, &f->batch.channel);
	if (s != STATUS_OK && s != STATUS_NOT_FOUND)
		return s;
	kv_abort(&txn);
	s = ledger_channel(f->p->ledger, &head, &f->batch.channel);
	if (s != STATUS_OK || head.settling_at != 0)
		return s == STATUS_OK ? STATUS_NOT_FOUND : s;
	return channel_uncommitted(left, &head, &known) ? STATUS_OK : STATUS_BAD_AMOUNT;
}

/* What the needs lack; zero if nothing. */
static enum status find_missing(struct fulfilling *f, struct amount *missing)
{
	struct amount left;
	enum status s = read_available(f, &left);

	if (s != STATUS_OK)
		return s;
	if (!amount_sub(missing, &f->batch.needs, &left))
		return STATUS_BAD_AMOUNT;
	if (amount_is_negative(missing))
		*missing = amount_zero();
	return STATUS_OK;
}

/* No money is moved because of a balance that was read before another process has added to it. */
static enum status batch_value(struct fulfilling *f, struct amount *value)
{
	struct amount missing = amount_zero();
	enum status s = amount_is_zero(&f->batch.needs) ? STATUS_OK : find_missing(f, &missing);

	if (s == STATUS_OK && !amount_is_zero(&missing)) {
		ledger_refresh(f->p->ledger);
		s = find_missing(f, &missing);
	}
	if (s != STATUS_OK)
		return s;
	return amount_add(value, &f->batch.adds, &missing) ? STATUS_OK : STATUS_BAD_AMOUNT;
}

/* Fill in the receiver of the message. */
static enum status address_message(struct fulfilling *f, struct chain_message *message, struct bytes *params)
{
	struct cid code;
	enum status s;

	message->to = f->batch.channel;
	message->method = METHOD_SEND;
	message->params = span_of("", 0);
	if (!address_is_none(&f->batch.channel))
		return STATUS_OK;
	s = ledger_channel_code(f->p->ledger, &code);
	if (s != STATUS_OK)
		return s;
	create_params(params, &code, &f->from, &f->order->to);
	message->to = address_of_id(ADDRESS_INIT_ACTOR_ID);
	message->method = METHOD_INIT_EXEC;
	message->params = bytes_span(params);
	return bytes_status(params);
}

/* Send the message of the batch, or go on with it. @channel: out; the one that has the money. */
enum status batch_send(struct fulfilling *f, struct address *channel)
{
	CLEAN_BYTES struct bytes params = {0};
	char about[BATCH_NAME_MAX], wanted[BATCH_NAME_MAX];
	struct receipt receipt = {0};
	struct chain_message message = {
		.about = batch_carrier(about, f->batch.number), .wanted = record_name(wanted, f->batch.number)};
	enum status s = chain_message_submit(f->p, &receipt, message.about);

	f->batch.had_message = s != STATUS_NOT_FOUND;
	if (!f->batch.had_message) {
		s = batch_value(f, &message.value);
		*channel = f->batch.channel;
		if (s == STATUS_OK && amount_is_zero(&message.value) && !address_is_none(channel))
			return STATUS_OK;
		if (s == STATUS_OK)
			s = address_message(f, &message, &params);
		if (s == STATUS_OK)
			s = chain_message_send(f->p, &receipt, &message);
	}
	*channel = address_is_none(&f->batch.channel) ? receipt.created : f->batch.channel;
	return s;
}
