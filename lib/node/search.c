/* search.c - ChainGetMessage, StateSearchMsg and StateWaitMsg: what has become of a message.
 *
 * Knows look-back and confidence.  Refuses to wait: while a message is not
 * executed, the answer is "later", and the door asks again.
 */
#include <inttypes.h>

#include "embedded/embedded_actors.h"
#include "node/messages_private.h"

static enum status load(struct node *n, struct found_message *m)
{
	enum status s = embedded_message(n->ledger, &m->encoded, &m->outcome, &m->cid);

	if (s != STATUS_OK)
		return s;
	s = bytes_status(&m->encoded);
	if (s != STATUS_OK)
		return s;
	return signed_message_decode(&m->message, bytes_span(&m->encoded)) == STATUS_OK ? STATUS_OK : STATUS_CORRUPT;
}

enum status message_find(struct node *n, struct found_message *out, const struct cid *cid)
{
	struct found_message m = {.cid = *cid};
	enum status s = load(n, &m);

	if (s != STATUS_OK) {
		found_message_release(&m);
		return s;
	}
	*out = m;
	return STATUS_OK;
}

void found_message_release(struct found_message *m)
{
	bytes_release(&m->encoded);
}

json_t *receipt_form(const struct receipt *r, uint64_t number)
{
	struct address id = address_of_id(number);
	CLEAN_BYTES struct bytes returned = {0};

	if (!address_is_none(&r->created))
		create_return(&returned, &id, &r->created);
	if (bytes_status(&returned) != STATUS_OK)
		return NULL;
	return json_pack("{s:i, s:o, s:I, s:n}", "ExitCode", r->exit_code, "Return", form_bytes(bytes_span(&returned)),
		"GasUsed", (json_int_t)r->gas_used, "EventsRoot");
}

json_t *lookup_form(struct call *c, const struct cid *cid, const struct found_message *message, bool decoded)
{
	const struct receipt *r = &message->outcome.receipt;
	json_t *returned = json_null();
	uint64_t number = 0;

	if (!address_is_none(&r->created)) {
		struct address id;
		enum status s = embedded_number_give(c->node->ledger, &number, &r->created);

		if (s != STATUS_OK)
			return call_broke(c, s);
		id = address_of_id(number);
		if (decoded)
			returned = json_pack("{s:o, s:o}", "IDAddress", form_address(c->node, &id), "RobustAddress",
				form_address(c->node, &r->created));
	}
	return json_pack("{s:o, s:o, s:o, s:o, s:I}", "Message", form_cid(cid), "Receipt", receipt_form(r, number),
		"ReturnDec", returned, "TipSet", tipset_key(c->node, r->epoch), "Height", (json_int_t)r->epoch);
}

/** struct search - the parameters of a search or a wait. */
struct search {
	struct cid cid;
	int64_t from, lookback; /* epochs; a look-back below 0 has no limit */
	bool allow_replaced;
};

/* Find a message, or set the fault. */
static bool find(struct call *c, struct found_message *out, const struct cid *cid)
{
	char text[CID_TEXT_MAX];
	enum status s = message_find(c->node, out, cid);

	if (s == STATUS_NOT_FOUND)
		call_fail(c, RPC_FAILED, "failed to load message: ipld: could not find %s", cid_text(text, cid));
	else if (s != STATUS_OK)
		call_broke(c, s);
	return s == STATUS_OK;
}

/* Was the message executed between @from and the look-back before it? */
static bool is_in_reach(const struct search *q, int64_t epoch)
{
	return epoch <= q->from && (q->lookback < 0 || q->from - epoch <= q->lookback);
}

static json_t *replaced(struct call *c, const struct found_message *m, const struct cid *by)
{
	char ours[CID_TEXT_MAX], theirs[CID_TEXT_MAX];
	uint64_t nonce = m->message.message.nonce;

	return call_fail(c, RPC_FAILED,
		"checking for message execution during lookback: message was replaced: found message with equal nonce "
		"as the one we are looking for that is NOT a valid replacement message (F:%s n %" PRIu64
		", TS: %s n%" PRIu64 "): message was replaced",
		cid_text(ours, &m->cid), nonce, cid_text(theirs, by), nonce);
}

/* The message that was executed with the nonce of @m, which may be @m; none if no message was. */
static bool find_executed(struct call *c, struct cid *executed, const struct found_message *m)
{
	const struct message *message = &m->message.message;
	enum status s;

	*executed = m->cid;
	if (m->outcome.state != MESSAGE_FINAL && m->outcome.state != MESSAGE_REPLACED)
		return true;
	s = embedded_executed(c->node->ledger, executed, &message->from, message->nonce);
	if (s != STATUS_OK && s != STATUS_NOT_FOUND)
		call_broke(c, s);
	return s == STATUS_OK || s == STATUS_NOT_FOUND;
}

/* Has the search an answer: a message that was executed, or was turned away? */
static bool has_landed(const struct search *q, const struct found_message *m, const struct cid *executed)
{
	return (m->outcome.state == MESSAGE_FINAL || m->outcome.state == MESSAGE_TURNED_AWAY) &&
	       is_in_reach(q, m->outcome.receipt.epoch) && (q->allow_replaced || cid_equal(executed, &q->cid));
}

json_t *state_search_msg(struct call *c)
{
	CLEAN_MESSAGE struct found_message found = {0};
	struct cid executed;
	struct search q;

	if (!param_tipset(c, 0, &q.from) || !param_cid(c, 1, &q.cid) ||
		!param_int(c, 2, "abi.ChainEpoch", &q.lookback) || !param_bool(c, 3, &q.allow_replaced) ||
		!find(c, &found, &q.cid) || !find_executed(c, &executed, &found))
		return NULL;
	if (found.outcome.state == MESSAGE_REPLACED && q.allow_replaced)
		return replaced(c, &found, &executed);
	return has_landed(&q, &found, &executed) ? lookup_form(c, &executed, &found, false) : json_null();
}

json_t *state_wait_msg(struct call *c)
{
	CLEAN_MESSAGE struct found_message found = {0};
	int64_t confidence;
	struct cid executed;
	struct search q;
	enum status s;

	if (!param_cid(c, 0, &q.cid) || !param_int(c, 1, "uint64", &confidence) ||
		!param_int(c, 2, "abi.ChainEpoch", &q.lookback) || !param_bool(c, 3, &q.allow_replaced))
		return NULL;
	if (confidence < 0)
		return call_fail(c, RPC_FAILED, "confidence %" PRId64 " is negative", confidence);
	if (!find(c, &found, &q.cid) || !find_executed(c, &executed, &found))
		return NULL;
	s = embedded_ops.epoch(c->node->ledger, &q.from);
	if (s != STATUS_OK)
		return call_broke(c, s);
	if (has_landed(&q, &found, &executed) && q.from - found.outcome.receipt.epoch >= confidence)
		return lookup_form(c, &executed, &found, true);
	c->later = true; /* also for ever, if another message has used the nonce: so does Lotus */
	return NULL;
}

json_t *chain_get_message(struct call *c)
{
	CLEAN_MESSAGE struct found_message found = {0};
	struct cid cid;

	if (!param_cid(c, 0, &cid) || !find(c, &found, &cid))
		return NULL;
	return form_message(c->node, &found.message.message);
}
