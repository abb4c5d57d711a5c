/* query.c - asking for the price of a deal before the deal is made, and using an answer as an offer. */
#include "buyer/query.h"

#include <inttypes.h>

#include "buyer/requests.h"
#include "party/statement.h"
#include "peer/loop.h"

#define ASKED_AT_ONCE 64 /* queries that fit a pipe, whichever side reads first */

enum status buyer_query(struct bytes *frames, const struct cid *payload)
{
	struct query query = {.payload = *payload};

	frames_query(frames, &query);
	return bytes_status(frames);
}

static struct deal_params terms_of(const struct query_response *answer)
{
	return (struct deal_params){.price_per_byte = answer->min_price_per_byte,
		.payment_interval = answer->max_payment_interval,
		.payment_interval_increase = answer->max_payment_interval_increase,
		.unseal_price = answer->unseal_price};
}

enum status buyer_weigh(struct party *p, struct amount *cost, const struct query_response *answer, uint64_t size,
	const struct cid *payload)
{
	struct deal_params terms = terms_of(answer);
	CLEAN_BYTES struct bytes file = {0};
	char message[DEAL_MESSAGE_MAX];

	span_clean(
		message, sizeof(message), answer->message.len != 0 ? answer->message : span_text("no reason is given"));
	if (answer->status == QUERY_UNAVAILABLE)
		return party_fail(p, STATUS_NOT_FOUND, "unavailable: %s", message);
	if (answer->status == QUERY_ERROR)
		return party_fail(p, STATUS_REJECTED, "error: %s", message);
	if (answer->status != QUERY_AVAILABLE)
		return party_fail(p, STATUS_BAD_MESSAGE, "status %" PRIu64 " means nothing", answer->status);
	if (terms_check(&terms) != STATUS_OK || !price_of(cost, &terms, size))
		return party_fail(p, STATUS_BAD_MESSAGE, "the terms make no sense");
	return party_answer_offer(p, &file, payload, answer);
}

enum status buyer_offer(
	struct party *p, struct bytes *file, const struct cid *payload, const struct query_response *answer)
{
	struct amount cost;
	enum status s = buyer_weigh(p, &cost, answer, answer->size, payload);

	return s == STATUS_OK ? party_answer_offer(p, file, payload, answer) : s;
}

static enum status send_queries(struct loop *loop, const struct cid *payloads, size_t count)
{
	CLEAN_BYTES struct bytes frames = {0};
	enum status s = STATUS_OK;

	for (size_t i = 0; i < count && s == STATUS_OK; i++)
		s = buyer_query(&frames, &payloads[i]);
	return s == STATUS_OK ? send_buffer_add(&loop->out, bytes_span(&frames)) : s;
}

static enum status receive_answer(struct loop *loop, struct query_response *answer)
{
	struct received_frame received;
	enum status s = loop_next(loop, &received);

	if (s != STATUS_OK)
		return s;
	s = frame_query_response(answer, &received.frame);
	if (s != STATUS_OK)
		return s;
	connection_progress(loop->connection);
	return STATUS_OK;
}

/* Send a few queries at once. Answers come in the order of the queries and do not name their payloads. */
static enum status ask_some(struct loop *loop, const struct questions *questions, size_t first, size_t count)
{
	struct query_response answer;
	enum status s = send_queries(loop, questions->payloads + first, count);

	for (size_t i = first; i < first + count && s == STATUS_OK && !connection_stopped(loop->connection); i++) {
		s = receive_answer(loop, &answer);
		if (s == STATUS_OK)
			questions->answered(questions->ctx, i, &answer);
	}
	return s;
}

enum status buyer_ask(struct party *p, const struct connection *connection, const struct questions *questions)
{
	struct loop loop;
	enum status s = loop_open(&loop, NULL, connection, LOOP_READ_NEXT);
	size_t count = questions->count;

	for (size_t done = 0; done < count && s == STATUS_OK && !connection_stopped(connection); done += ASKED_AT_ONCE)
		s = ask_some(&loop, questions, done, count - done < ASKED_AT_ONCE ? count - done : ASKED_AT_ONCE);
	if (s == STATUS_OK && frame_is_here(&loop.reader))
		s = party_fail(p, STATUS_BAD_MESSAGE, "the provider sent more answers than there were queries");
	if (s == STATUS_END)
		s = party_fail(p, s, "the provider went away before it answered");
	return loop_close(&loop, s);
}
