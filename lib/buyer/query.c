/* query.c - what a deal would cost, before there is one: asking, and an answer as an offer. */
#include "buyer/query.h"

#include "base/file.h"
#include "buyer/requests.h"
#include "peer/connection.h"

#define ASKED_AT_ONCE 64 /* queries that fit a pipe, whoever reads first */

enum status buyer_query(struct bytes *frames, const struct cid *payload)
{
	struct query query = {.payload = *payload};

	frames_query(frames, &query);
	return bytes_status(frames);
}

static struct deal_params terms_of(const struct query_response *a)
{
	return (struct deal_params){.price_per_byte = a->min_price_per_byte,
		.payment_interval = a->max_payment_interval,
		.payment_interval_increase = a->max_payment_interval_increase,
		.unseal_price = a->unseal_price};
}

enum status buyer_weigh(struct party *p, struct amount *cost, const struct query_response *a, uint64_t size)
{
	struct deal_params terms = terms_of(a);
	char message[DEAL_MESSAGE_MAX];

	span_clean(message, sizeof(message), a->message.len != 0 ? a->message : span_text("no reason is given"));
	if (a->status == QUERY_UNAVAILABLE)
		return party_fail(p, STATUS_NOT_FOUND, "unavailable: %s", message);
	if (a->status == QUERY_ERROR)
		return party_fail(p, STATUS_REJECTED, "error: %s", message);
	if (a->status != QUERY_AVAILABLE)
		return party_fail(p, STATUS_BAD_MESSAGE, "status %llu means nothing", (unsigned long long)a->status);
	if (terms_check(&terms) != STATUS_OK || !price_of(cost, &terms, size))
		return party_fail(p, STATUS_BAD_MESSAGE, "the terms make no sense");
	return STATUS_OK;
}

enum status buyer_offer(struct party *p, struct offer *offer, const struct cid *payload, const struct query_response *a)
{
	struct amount cost;
	enum status s = buyer_weigh(p, &cost, a, a->size);

	if (s != STATUS_OK)
		return s;
	*offer = (struct offer){.id = span_text("query"), /* an answer does not name its offer */
		.payload = *payload,
		.size = a->size,
		.payment_address = a->payment_address,
		.min_price_per_byte = a->min_price_per_byte,
		.max_payment_interval = a->max_payment_interval,
		.max_payment_interval_increase = a->max_payment_interval_increase,
		.unseal_price = a->unseal_price};
	return STATUS_OK;
}

static enum status say_queries(struct party *p, const struct connection *line, const struct cid *payloads, size_t count)
{
	struct bytes frames = {0};
	enum status s = STATUS_OK;

	for (size_t i = 0; i < count && s == STATUS_OK; i++)
		s = buyer_query(&frames, &payloads[i]);
	if (s == STATUS_OK && file_write_full(line->out, frames.data, frames.len) != STATUS_OK)
		s = party_fail(p, STATUS_END, "the other side went away");
	bytes_release(&frames);
	return s;
}

/* Answers come in the order of the queries; they don't say what they are for. */
static enum status hear_answers(const struct connection *line, struct frame_reader *reader, size_t first, size_t count,
	void (*each)(void *ctx, size_t i, const struct query_response *a), void *ctx)
{
	struct query_response answer;
	struct frame frame;
	struct span body;
	enum status s = STATUS_OK;

	for (size_t i = first; i < first + count && s == STATUS_OK && !connection_stopped(line); i++) {
		if (line->waiting != NULL)
			line->waiting();
		s = frame_next(reader, &body);
		if (s == STATUS_OK)
			s = frame_decode(&frame, body);
		if (s == STATUS_OK)
			s = frame_query_response(&answer, &frame);
		if (s == STATUS_OK)
			each(ctx, i, &answer);
	}
	return s;
}

enum status buyer_ask(struct party *p, const struct connection *line, const struct cid *payloads, size_t count,
	void (*each)(void *ctx, size_t i, const struct query_response *a), void *ctx)
{
	struct frame_reader reader;
	enum status s = STATUS_OK;

	frame_reader_init(&reader, line->in);
	reader.wake = line->wake;
	for (size_t done = 0; done < count && s == STATUS_OK && !connection_stopped(line); done += ASKED_AT_ONCE) {
		size_t n = count - done < ASKED_AT_ONCE ? count - done : ASKED_AT_ONCE;

		s = say_queries(p, line, payloads + done, n);
		if (s == STATUS_OK)
			s = hear_answers(line, &reader, done, n, each, ctx);
	}
	if (s == STATUS_OK && frame_is_here(&reader))
		s = party_fail(p, STATUS_BAD_MESSAGE, "the provider says more than it was asked");
	if (s == STATUS_END)
		s = party_fail(p, s, "the provider went away before it answered");
	frame_reader_release(&reader);
	return s;
}
