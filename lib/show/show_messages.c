/* show_messages.c - the messages of the wire as JSON. */
#include "ipld/selector.h"
#include "show/show_proof.h"

#define LINKS_SHOWN 3     /* links of one response */
#define PARTS_SHOWN 10000 /* number of requests, and of responses, of one message */

static json_t *show_selector(struct span selector)
{
	enum selector_kind kind;

	if (selector.len == 0)
		return json_null();
	return selector_parse(&kind, selector) == STATUS_OK ? json_string("all") : show_item(selector);
}

static const char *transfer_type_name(uint64_t type)
{
	static const char *const names[] = {
		"new", "update", "cancel", "complete", "voucher", "voucher-result", "restart", "restart-existing"};

	return type < sizeof(names) / sizeof(names[0]) ? names[type] : "unknown";
}

/* A voucher of data transfer: a proposal or a payment, else any item. */
static void add_voucher(json_t *object, const struct transfer *t, enum record_order order)
{
	const struct transfer_request *r = &t->request;
	struct proposal proposal;
	struct payment payment;
	json_t *shown;

	if (transfer_proposal(&proposal, t, order) == STATUS_OK) {
		shown = show_record(&proposal_record, &proposal);
		json_object_set_new(
			json_object_get(shown, "params"), "selector", show_selector(proposal.params.selector));
		json_object_set_new(object, "proposal", shown);
	} else if (transfer_payment(&payment, t, order) == STATUS_OK) {
		json_object_set_new(object, "payment", show_record(&payment_record, &payment));
	} else if (r->voucher.len != 0) {
		json_object_set_new(object, "voucher_type", show_text(r->voucher_type));
		json_object_set_new(object, "voucher", show_item(r->voucher));
	}
}

static json_t *show_request(const struct transfer *t, enum record_order order)
{
	const struct transfer_request *r = &t->request;
	json_t *object = json_pack("{s:s, s:o}", "type", transfer_type_name(r->type), "id", tool_json_id(r->id));

	if (!cid_is_none(&r->base))
		json_object_set_new(object, "base", show_cid(&r->base));
	if (r->selector.len != 0)
		json_object_set_new(object, "selector", show_selector(r->selector));
	if (r->pull)
		json_object_set_new(object, "pull", json_true());
	if (r->pause)
		json_object_set_new(object, "paused", json_true());
	if (r->partial)
		json_object_set_new(object, "partial", json_true());
	if (r->restart.initiator.len != 0 || r->restart.responder.len != 0 || r->restart.id != 0)
		json_object_set_new(object, "restart",
			json_pack("{s:o, s:o, s:o}", "initiator", show_text(r->restart.initiator), "responder",
				show_text(r->restart.responder), "id", tool_json_id(r->restart.id)));
	add_voucher(object, t, order);
	return object;
}

static json_t *show_answer(const struct transfer *t, enum record_order order)
{
	const struct transfer_response *r = &t->response;
	struct response response;
	json_t *shown, *object = json_pack("{s:s, s:o, s:b, s:b}", "type", transfer_type_name(r->type), "id",
			       tool_json_id(r->id), "accepted", r->accepted, "paused", r->paused);

	if (transfer_deal_response(&response, t, order) == STATUS_OK) {
		shown = show_record(&response_record, &response);
		json_object_set_new(shown, "status",
			json_string(deal_state_name(response.status < 1000 ? (unsigned)response.status : 1000)));
		json_object_set_new(object, "deal_response", shown);
	} else if (r->result.len != 0) {
		json_object_set_new(object, "result_type", show_text(r->result_type));
		json_object_set_new(object, "result", show_item(r->result));
	}
	return object;
}

json_t *show_transfer(const struct transfer *t, enum record_order order)
{
	return t->is_request ? json_pack("{s:o}", "request", show_request(t, order))
			     : json_pack("{s:o}", "response", show_answer(t, order));
}

json_t *show_query(const struct query *q)
{
	json_t *object = show_record(&query_record, q);

	json_object_set_new(json_object_get(object, "query_params"), "selector", show_selector(q->params.selector));
	return object;
}

static json_t *show_word(const char *const words[3], uint64_t number)
{
	return number < 3 ? json_string(words[number]) : show_bytes(number);
}

/* A message that is a signed statement is shown as one. */
static void add_signed_offer(json_t *object, const struct query_response *r)
{
	CLEAN_BYTES struct bytes bytes = {0};
	struct offer_file file;

	if (answer_signed_offer(&bytes, r) != STATUS_OK || offer_file_decode(&file, bytes_span(&bytes)) != STATUS_OK)
		return;
	json_object_set_new(object, "message", json_string(""));
	json_object_set_new(object, "signed", show_offer_statement(&file, true));
}

json_t *show_query_response(const struct query_response *r)
{
	static const char *const statuses[3] = {"available", "unavailable", "error"};
	static const char *const items[3] = {"available", "unavailable", "unknown"};
	json_t *object = show_record(&query_response_record, r);

	json_object_set_new(object, "status", show_word(statuses, r->status));
	json_object_set_new(object, "piece_cid_found", show_word(items, r->piece_found));
	add_signed_offer(object, r);
	return object;
}

/* Each extension by its name: data transfer's decoded, any other as a CBOR item. */
static json_t *show_extensions(struct span extensions)
{
	struct cbor_reader r = cbor_reader(extensions);
	json_t *object = json_object();
	struct transfer t;

	if (extensions.len == 0)
		return object;
	for (size_t n = cbor_read_map(&r); n > 0 && r.status == STATUS_OK; n--) {
		struct span name = cbor_read_text(&r, SIZE_MAX);
		struct span value = cbor_read_any(&r, CBOR_ANY_ORDER);
		char key[256];

		span_clean(key, sizeof(key), name);
		if (transfer_decode(&t, value, RECORD_SORTED) == STATUS_OK)
			json_object_set_new(object, key, show_transfer(&t, RECORD_SORTED));
		else
			json_object_set_new(object, key, show_item(value));
	}
	return object;
}

static const char *graphsync_status_name(int64_t status)
{
	switch ((enum graphsync_status)status) {
	case GRAPHSYNC_ACKNOWLEDGED:
		return "acknowledged";
	case GRAPHSYNC_ADDITIONAL_PEERS:
		return "additional-peers";
	case GRAPHSYNC_NOT_ENOUGH_GAS:
		return "not-enough-gas";
	case GRAPHSYNC_OTHER_PROTOCOL:
		return "other-protocol";
	case GRAPHSYNC_PARTIAL:
		return "partial";
	case GRAPHSYNC_PAUSED:
		return "paused";
	case GRAPHSYNC_COMPLETE:
		return "complete";
	case GRAPHSYNC_COMPLETE_PARTIAL:
		return "complete-with-gaps";
	case GRAPHSYNC_REJECTED:
		return "rejected";
	case GRAPHSYNC_BUSY:
		return "busy";
	case GRAPHSYNC_FAILED:
		return "failed";
	case GRAPHSYNC_LEGAL:
		return "refused-for-legal-reasons";
	case GRAPHSYNC_NOT_FOUND:
		return "not-found";
	case GRAPHSYNC_CANCELLED:
		return "cancelled";
	}
	return "unknown";
}

static json_t *show_graphsync_request(const struct graphsync_request *r)
{
	const char *type = r->type == GRAPHSYNC_NEW ? "new" : r->type == GRAPHSYNC_CANCEL ? "cancel" : "update";
	json_t *object = json_pack("{s:s, s:o}", "type", type, "id", show_hex(span_of(r->id, GRAPHSYNC_ID_SIZE)));

	if (r->has_priority)
		json_object_set_new(object, "priority", json_integer((json_int_t)r->priority));
	if (!cid_is_none(&r->root))
		json_object_set_new(object, "root", show_cid(&r->root));
	if (r->selector.len != 0)
		json_object_set_new(object, "selector", show_selector(r->selector));
	if (r->extensions.len != 0)
		json_object_set_new(object, "extensions", show_extensions(r->extensions));
	return object;
}

/* The number of links of each kind, and the first few links. */
static void add_links(json_t *object, const struct graphsync_response *r)
{
	size_t present = 0, duplicate = 0, missing = 0, skipped = 0, n = 0;
	json_t *first = json_array();
	struct span rest = r->links;
	enum graphsync_link kind;
	struct cid c;

	while (graphsync_next_link(&c, &kind, &rest)) {
		present += kind == LINK_PRESENT;
		duplicate += kind == LINK_DUPLICATE_NOT_SENT;
		missing += kind == LINK_MISSING;
		skipped += kind == LINK_DUPLICATE_DAG_SKIPPED;
		if (n++ < LINKS_SHOWN)
			json_array_append_new(first, show_cid(&c));
	}
	json_object_set_new(object, "links", show_bytes(n));
	json_object_set_new(object, "first", first);
	if (present != n)
		json_object_set_new(object, "not_sent",
			json_pack("{s:o, s:o, s:o}", "duplicate", show_bytes(duplicate), "missing", show_bytes(missing),
				"skipped", show_bytes(skipped)));
}

static json_t *show_graphsync_response(const struct graphsync_response *r)
{
	json_t *object = json_pack("{s:s, s:I, s:o}", "status", graphsync_status_name(r->status), "code",
		(json_int_t)r->status, "id", show_hex(span_of(r->id, GRAPHSYNC_ID_SIZE)));

	if (r->link_count != 0)
		add_links(object, r);
	if (r->extensions.len != 0)
		json_object_set_new(object, "extensions", show_extensions(r->extensions));
	return object;
}

static void add_left_out(json_t *object, const char *key, uint64_t count, const json_t *list)
{
	if (count > json_array_size(list))
		json_object_set_new(object, key, show_bytes(count - json_array_size(list)));
}

json_t *show_graphsync(const struct graphsync_message *m)
{
	struct span requests = m->requests, responses = m->responses, blocks = m->blocks;
	json_t *object = json_object(), *list;
	struct graphsync_request request;
	struct graphsync_response response;
	struct graphsync_block block;
	uint64_t bytes = 0;

	if (m->request_count != 0) {
		json_object_set_new(object, "requests", list = json_array());
		while (json_array_size(list) < PARTS_SHOWN && graphsync_next_request(&request, &requests))
			json_array_append_new(list, show_graphsync_request(&request));
		add_left_out(object, "requests_left_out", m->request_count, list);
	}
	if (m->response_count != 0) {
		json_object_set_new(object, "responses", list = json_array());
		while (json_array_size(list) < PARTS_SHOWN && graphsync_next_response(&response, &responses))
			json_array_append_new(list, show_graphsync_response(&response));
		add_left_out(object, "responses_left_out", m->response_count, list);
	}
	while (graphsync_next_block(&block, &blocks))
		bytes += block.data.len;
	if (m->block_count != 0) {
		json_object_set_new(object, "blocks", show_bytes(m->block_count));
		json_object_set_new(object, "block_bytes", show_bytes(bytes));
	}
	return object;
}
