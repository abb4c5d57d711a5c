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

json_t *receipt_form(const struct message *m, const struct receipt *r, uint64_t number)
{
	struct address id = address_of_id(number);
	CLEAN_BYTES struct bytes returned = {0};

	if (!address_is_none(&r->created))
		create_return(&returned, &id, &r->created);
	if (bytes_status(&returned) != STATUS_OK)
		return NULL;
	return json_pack("{s:i, s:o, s:I, s:n}", "ExitCode", r->exit_code, "Return", form_bytes(bytes_span(&returned)),
		"GasUsed", (json_int_t)gas_used(m), "EventsRoot");
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
	return json_pack("{s:o, s:o, s:o, s:o, s:I}", "Message", form_cid(cid), "Receipt",
		receipt_form(&message->message.message, r, number), "ReturnDec", returned, "TipSet",
		tipset_key(c->node, r->epoch), "Height", (json_int_t)r->epoch);
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

json_t *state_search_msg(struct call *c)
{
	CLEAN_MESSAGE struct found_message found = {0};
	struct search q;

	if (!param_tipset(c, 0, &q.from) || !param_cid(c, 1, &q.cid) ||
		!param_int(c, 2, "abi.ChainEpoch", &q.lookback) || !param_bool(c, 3, &q.allow_replaced) ||
		!find(c, &found, &q.cid))
		return NULL;
	switch (found.outcome.state) {
	case MESSAGE_FINAL:
		if (is_in_reach(&q, found.outcome.receipt.epoch))
			return lookup_form(c, &found.cid, &found, false);
		break;
	case MESSAGE_REPLACED:
		if (q.allow_replaced)
			return call_fail(c, RPC_FAILED,
				"message was replaced: found message with equal nonce as the one we are looking for "
				"that is NOT a valid replacement message");
		break;
	case MESSAGE_PENDING:
	case MESSAGE_UNKNOWN:
		break;
	}
	return json_null();
}

json_t *state_wait_msg(struct call *c)
{
	CLEAN_MESSAGE struct found_message found = {0};
	int64_t confidence;
	struct search q;
	enum status s;

	if (!param_cid(c, 0, &q.cid) || !param_int(c, 1, "uint64", &confidence) ||
		!param_int(c, 2, "abi.ChainEpoch", &q.lookback) || !param_bool(c, 3, &q.allow_replaced))
		return NULL;
	if (confidence < 0)
		return call_fail(c, RPC_FAILED, "confidence %" PRId64 " is negative", confidence);
	if (!find(c, &found, &q.cid))
		return NULL;
	s = embedded_ops.epoch(c->node->ledger, &q.from);
	if (s != STATUS_OK)
		return call_broke(c, s);
	if (found.outcome.state == MESSAGE_FINAL && is_in_reach(&q, found.outcome.receipt.epoch) &&
		q.from - found.outcome.receipt.epoch >= confidence)
		return lookup_form(c, &found.cid, &found, true);
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
