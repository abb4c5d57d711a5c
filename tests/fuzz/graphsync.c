/* graphsync.c - graphsync messages: written back the same, whole and part by part. */
#include "wire/graphsync.h"
#include "fuzz.h"
#include "wire/frame.h"

/* The responses again, each of its own parts. */
static void copy_responses(struct bytes *out, const struct graphsync_message *m)
{
	struct graphsync_response response;
	enum graphsync_link kind;
	size_t count = 0;
	struct cid c;

	for (struct span rest = m->responses; graphsync_next_response(&response, &rest); count++) {
		struct bytes links = {0};
		size_t link_count = 0;

		for (struct span at = response.links; graphsync_next_link(&c, &kind, &at); link_count++)
			graphsync_put_link(&links, &c, kind);
		MUST(link_count == response.link_count, "as many links as were counted");
		fuzz_same(&links, response.links, "links are written back the same");
		graphsync_put_response(out, &response);
	}
	MUST(count == m->response_count, "as many responses as were counted");
}

/* The blocks that a request names as had can be read to their end. */
static void check_named_blocks(const struct graphsync_request *request)
{
	struct span links = request_skip_cids(request);
	struct cbor_reader reader = cbor_reader(links);
	struct cid c;

	while (cbor_offset(&reader) < links.len) {
		cbor_read_link(&reader, &c);
		MUST(reader.status == STATUS_OK, "a link of a list that was checked");
	}
}

static void copy_requests(struct bytes *out, const struct graphsync_message *m)
{
	struct graphsync_request request;
	struct span value;
	size_t count = 0;

	for (struct span rest = m->requests; graphsync_next_request(&request, &rest); count++) {
		if (graphsync_extension(&value, request.extensions, EXT_TRANSFER) == STATUS_OK)
			MUST(cbor_check(value, CBOR_SORTED) == STATUS_OK,
				"the value of an extension is strict DAG-CBOR");
		check_named_blocks(&request);
		graphsync_put_request(out, &request);
	}
	MUST(count == m->request_count, "as many requests as were counted");
}

static void check_blocks(const struct graphsync_message *m)
{
	struct graphsync_block block;
	size_t count = 0;
	struct cid c;

	for (struct span rest = m->blocks; graphsync_next_block(&block, &rest); count++) {
		struct bytes prefix = {0};

		if (cid_from_prefix(&c, block.prefix, block.data) == STATUS_OK)
			cid_prefix(&prefix, &c);
		bytes_release(&prefix);
	}
	MUST(count == m->block_count, "as many blocks as were counted");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes out = {0}, requests = {0}, responses = {0};
	struct span in = span_of(data, size);
	struct graphsync_message m;

	if (graphsync_decode(&m, in) != STATUS_OK)
		return 0;
	copy_requests(&requests, &m);
	fuzz_same(&requests, m.requests, "requests are written back the same");
	copy_responses(&responses, &m);
	fuzz_same(&responses, m.responses, "responses are written back the same");
	check_blocks(&m);
	graphsync_encode(&out, &m);
	fuzz_same(&out, in, "the message is written back the same");
	return 0;
}
