/* settle_message.c - the messages that settle a channel, each stored until its end is reported.
 *
 * SETTLE 2: the name of a message says the channel, the step and the lane, so
 * that a later run finds the message of an earlier one and sends no second one.
 */
#include "messages/chain_message.h"
#include "messages/in_flight.h"
#include "settle/settling_private.h"
#include "store/pending.h"

/* "settle", the channel, the step and the lane. */
static enum status name_prefix(struct bytes *about, const struct settling *settling)
{
	struct span channel = address_span(&settling->channel.address);

	bytes_clear(about);
	bytes_append_text(about, "settle ");
	bytes_append_byte(about, (uint8_t)channel.len);
	bytes_append(about, channel.data, channel.len);
	return bytes_status(about);
}

static enum status name_message(
	struct bytes *about, const struct settling *settling, enum settle_step step, uint64_t lane)
{
	enum status s = name_prefix(about, settling);

	if (s != STATUS_OK)
		return s;
	bytes_append_byte(about, (uint8_t)step);
	bytes_append_number(about, lane);
	return bytes_status(about);
}

enum status settling_send(struct settling *settling, struct receipt *receipt, const struct settle_message *m)
{
	struct chain_message message = {.to = settling->channel.address,
		.method = m->method,
		.value = amount_zero(),
		.params = m->params,
		.brings = m->brings};
	CLEAN_BYTES struct bytes about = {0};
	enum status s = name_message(&about, settling, m->step, m->lane);

	if (s != STATUS_OK)
		return s;
	message.about = bytes_span(&about);
	s = chain_message_send(settling->p, receipt, &message);
	if (s != STATUS_OK)
		return s;
	return m->step == SETTLE_COLLECT ? s : chain_message_forget(settling->p, message.about);
}

/* The nonce of the voucher that a message submits. */
static enum status read_nonce(struct settle_sent *sent, const struct signed_message *m)
{
	struct voucher voucher;
	struct span secret;

	if (m->message.method != METHOD_PAYCH_UPDATE)
		return STATUS_OK;
	if (update_params_decode(&voucher, &secret, m->message.params) != STATUS_OK)
		return STATUS_CORRUPT;
	sent->nonce = voucher.nonce;
	return STATUS_OK;
}

enum status settling_sent(struct settling *settling, struct settle_sent *out, enum settle_step step, uint64_t lane)
{
	CLEAN_BYTES struct bytes about = {0}, encoded = {0};
	struct outcome outcome = {.state = MESSAGE_UNKNOWN};
	struct settle_sent sent = {.brings = amount_zero()};
	struct about_message record;
	struct signed_message m;
	enum status s = name_message(&about, settling, step, lane);

	if (s != STATUS_OK)
		return s;
	s = chain_message_outcome(settling->p, &outcome, &m, &encoded, bytes_span(&about));
	if (s != STATUS_OK)
		return s;
	s = read_nonce(&sent, &m);
	if (s != STATUS_OK)
		return s;
	s = in_flight_about(settling->p, &record, bytes_span(&about));
	if (s != STATUS_OK)
		return s;
	sent.brings = record.brings;
	sent.pending = outcome_is_open(&outcome);
	*out = sent;
	return STATUS_OK;
}

enum status settling_resume(struct settling *settling, struct receipt *receipt, enum settle_step step, uint64_t lane)
{
	CLEAN_BYTES struct bytes about = {0};
	enum status s = name_message(&about, settling, step, lane);

	if (s != STATUS_OK)
		return s;
	s = chain_message_submit(settling->p, receipt, bytes_span(&about));
	if (s != STATUS_OK || step == SETTLE_COLLECT)
		return s;
	return chain_message_forget(settling->p, bytes_span(&about));
}

enum status settling_forget_collect(struct settling *settling, struct kv_txn *txn)
{
	CLEAN_BYTES struct bytes about = {0};
	enum status s = name_message(&about, settling, SETTLE_COLLECT, 0);

	return s == STATUS_OK ? store_delete_pending(txn, bytes_span(&about)) : s;
}

/** struct tidying - the messages of a channel that are over, while they are deleted. */
struct tidying {
	struct settling *settling;
	struct span prefix;
};

static enum status forget_if_over(void *ctx, const struct in_flight *m)
{
	const struct tidying *tidying = ctx;
	struct span prefix = tidying->prefix;
	struct outcome outcome = {.state = MESSAGE_UNKNOWN};
	enum status s;

	if (m->about.len < prefix.len || !span_equal(span_of(m->about.data, prefix.len), prefix))
		return STATUS_OK;
	s = in_flight_outcome(tidying->settling->p, &outcome, m);
	if (s != STATUS_OK || outcome_is_open(&outcome))
		return s;
	return chain_message_forget(tidying->settling->p, m->about);
}

enum status settling_tidy(struct settling *settling)
{
	CLEAN_BYTES struct bytes prefix = {0};
	struct tidying tidying = {.settling = settling};
	enum status s = name_prefix(&prefix, settling);

	if (s != STATUS_OK)
		return s;
	tidying.prefix = bytes_span(&prefix);
	s = in_flight_each(settling->p, forget_if_over, &tidying);
	if (s != STATUS_CORRUPT)
		return s;
	if (settling->failed == STATUS_OK) /* a damaged message holds up nothing, and is said at the end */
		settling->failed = s;
	return STATUS_OK;
}
