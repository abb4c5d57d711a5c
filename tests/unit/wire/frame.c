/* frame.c - one decoded frame: its kind, who speaks, and the deal messages inside. */
#include "wire/frame.h"

#include <string.h>

#include "../../support/test.h"

/* A frame's body without the length before it. */
static struct span body_of(const struct bytes *frame)
{
	uint64_t len;
	size_t used;

	if (varint_decode(&len, &used, frame->data, frame->len) != STATUS_OK)
		return (struct span){0};
	return span_of(frame->data + used, (size_t)len);
}

static void test_transfer(void)
{
	struct transfer t = {.is_request = true, .has_request = true, .request = {.type = TRANSFER_CANCEL, .id = 7}};
	struct bytes out = {0};
	struct payment payment;
	struct response response;
	struct frame frame;

	frame_put_transfer(&out, &t);
	CHECK_EQUAL(frame_decode(&frame, body_of(&out)), STATUS_OK, "a data-transfer message");
	CHECK(frame.kind == FRAME_TRANSFER && frame.from_client && frame_is_of_deal(&frame), "a client's, of a deal");
	CHECK_EQUAL(frame.transfer.request.id, 7, "decoded");
	CHECK_EQUAL(frame.order, RECORD_DECLARED, "as v1 writes it");
	CHECK_EQUAL(transfer_payment(&payment, &frame.transfer, frame.order), STATUS_UNKNOWN_TYPE, "without a payment");
	CHECK_EQUAL(
		transfer_deal_response(&response, &frame.transfer, frame.order), STATUS_UNKNOWN_TYPE, "and no answer");
	bytes_release(&out);
}

static void test_query(void)
{
	struct query query = {0}, back;
	struct query_response answer;
	struct bytes body = {0};
	struct frame frame;

	CHECK_EQUAL(cid_from_prefix(&query.payload, span_of("\x01\x55\x12\x20", 4), span_text("block")), STATUS_OK,
		"a payload");
	query_encode(&body, &query);
	CHECK_EQUAL(frame_decode(&frame, bytes_span(&body)), STATUS_OK, "a query");
	CHECK(frame.kind == FRAME_QUERY && frame.from_client && !frame_is_of_deal(&frame), "a client's, of no deal");
	CHECK_EQUAL(frame_query(&back, &frame), STATUS_OK, "it decodes");
	CHECK(cid_equal(&back.payload, &query.payload), "to what was asked");
	CHECK_EQUAL(frame_query_response(&answer, &frame), STATUS_BAD_MESSAGE, "it is no answer");
	bytes_release(&body);
}

static void test_malformed(void)
{
	struct frame frame;
	enum status s;

	CHECK_EQUAL(frame_decode(&frame, span_text("no frame")), STATUS_BAD_MESSAGE, "a body of no kind");
	CHECK(frame_is_of_deal(&frame), "is nobody's query");
	s = frame_decode(&frame, span_of("\xa1\x63gs2", 5));
	CHECK_EQUAL(frame.decoded, s, "a cut message");
	CHECK(s != STATUS_OK && frame.kind == FRAME_GRAPHSYNC, "is one that does not decode");
	CHECK_EQUAL(frame_decode(&frame, (struct span){0}), STATUS_BAD_MESSAGE, "an empty body");
}

/* A response with the same message under two names, and another one under a third. */
static void test_response_transfers(void)
{
	struct transfer same = {.has_response = true, .response = {.type = TRANSFER_NEW, .accepted = true, .id = 1}};
	struct transfer other = {.has_response = true, .response = {.type = TRANSFER_COMPLETE, .id = 2}};
	struct bytes one = {0}, two = {0}, extensions = {0};
	struct graphsync_response response = {.status = GRAPHSYNC_PARTIAL};
	struct response_transfers transfers = {.response = &response};
	struct transfer t;

	transfer_encode(&one, &same, RECORD_SORTED);
	transfer_encode(&two, &other, RECORD_SORTED);
	graphsync_extensions(&extensions,
		(const struct graphsync_extension_item[]){{EXT_TRANSFER, bytes_span(&one)},
			{EXT_INCOMING_REQUEST, bytes_span(&one)}, {EXT_OUTGOING_BLOCK, bytes_span(&two)}},
		3);
	response.extensions = bytes_span(&extensions);
	CHECK_EQUAL(response_next_transfer(&t, &transfers), STATUS_OK, "a first message");
	CHECK_EQUAL(t.response.id, 1, "under two names");
	CHECK_EQUAL(response_next_transfer(&t, &transfers), STATUS_OK, "PROTOCOL 1: is one message");
	CHECK_EQUAL(t.response.id, 2, "before the other one");
	CHECK_EQUAL(response_next_transfer(&t, &transfers), STATUS_END, "the last");
	bytes_release(&one);
	bytes_release(&two);
	bytes_release(&extensions);
}

static void test_request(void)
{
	struct transfer answer = {.has_response = true, .response = {.id = 1}}, t;
	struct graphsync_request request = {.type = GRAPHSYNC_NEW};
	struct bytes encoded = {0}, count = {0}, extensions = {0};
	struct proposal proposal;

	CHECK_EQUAL(request_transfer(&t, &request), STATUS_NOT_FOUND, "a request without extensions");
	CHECK_EQUAL(request_skip_links(&request), 0, "says nothing of what its client has");
	transfer_encode(&encoded, &answer, RECORD_SORTED);
	cbor_put_uint(&count, 12);
	graphsync_extensions(&extensions,
		(const struct graphsync_extension_item[]){
			{EXT_TRANSFER, bytes_span(&encoded)}, {EXT_DO_NOT_SEND_FIRST_BLOCKS, bytes_span(&count)}},
		2);
	request.extensions = bytes_span(&extensions);
	CHECK_EQUAL(request_transfer(&t, &request), STATUS_BAD_MESSAGE, "an answer in a request");
	CHECK_EQUAL(request_proposal(&proposal, &t, &request), STATUS_BAD_MESSAGE, "is no proposal");
	CHECK_EQUAL(request_skip_links(&request), 12, "what the client has");
	request.type = GRAPHSYNC_CANCEL;
	CHECK_EQUAL(request_proposal(&proposal, &t, &request), STATUS_NOT_FOUND, "a cancellation proposes nothing");
	bytes_release(&encoded);
	bytes_release(&count);
	bytes_release(&extensions);
}

/* The links that @value says the client has; SIZE_MAX if they can't be read one by one. */
static size_t count_cids(const struct bytes *value)
{
	struct graphsync_request request = {.type = GRAPHSYNC_NEW};
	struct graphsync_extension_item item = {EXT_DO_NOT_SEND_CIDS, bytes_span(value)};
	struct bytes extensions = {0};
	struct cbor_reader reader;
	struct span links;
	struct cid cid;
	size_t count = 0;

	graphsync_extensions(&extensions, &item, 1);
	request.extensions = bytes_span(&extensions);
	links = request_skip_cids(&request);
	reader = cbor_reader(links);
	for (; cbor_offset(&reader) < links.len && reader.status == STATUS_OK; count++)
		cbor_read_link(&reader, &cid);
	bytes_release(&extensions);
	return reader.status == STATUS_OK ? count : SIZE_MAX;
}

static void test_skip_cids(void)
{
	struct graphsync_request none = {.type = GRAPHSYNC_NEW};
	struct bytes value = {0};
	struct cid cid;

	CHECK_EQUAL(request_skip_cids(&none).len, 0, "a request without extensions names no block");
	CHECK_EQUAL(cid_of(&cid, 1, CODEC_RAW, HASH_SHA2_256, span_text("x")), STATUS_OK, "a CID");
	cbor_put_array(&value, 2);
	cbor_put_link(&value, &cid);
	cbor_put_link(&value, &cid);
	CHECK_EQUAL(count_cids(&value), 2, "a list of links");
	bytes_clear(&value);
	cbor_put_array(&value, 0);
	CHECK_EQUAL(count_cids(&value), 0, "an empty list");
	bytes_clear(&value);
	cbor_put_uint(&value, 2);
	CHECK_EQUAL(count_cids(&value), 0, "a number is no list");
	bytes_clear(&value);
	cbor_put_array(&value, 2);
	cbor_put_link(&value, &cid);
	cbor_put_uint(&value, 7);
	CHECK_EQUAL(count_cids(&value), 0, "a list of something else names nothing, not a part of it");
	bytes_release(&value);
}

int main(void)
{
	test_transfer();
	test_query();
	test_malformed();
	test_response_transfers();
	test_request();
	test_skip_cids();
	return test_end();
}
