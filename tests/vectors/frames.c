/* frames.c - every recorded frame decodes, part by part, and encodes back to the same bytes.
 *
 * Lists are made again item by item, extensions and the messages, vouchers
 * and results inside them too.
 * usage: frames VECTORS
 */
#include "../support/test.h"
#include "../support/vectors.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "wire/frame.h"
#include "wire/graphsync.h"
#include "wire/transfer.h"

#define EXTENSIONS_MAX 8

static void check_deal_type(struct span item, struct span type, enum record_order order)
{
	struct bytes out = {0};
	struct proposal proposal;
	struct response response;
	struct payment payment;
	struct address signer;

	if (span_is(type, TYPE_PROPOSAL)) {
		CHECK_EQUAL(proposal_decode(&proposal, item, order), STATUS_OK, "a proposal decodes");
		proposal_encode(&out, &proposal, order);
	} else if (span_is(type, TYPE_RESPONSE)) {
		CHECK_EQUAL(response_decode(&response, item, order), STATUS_OK, "a response decodes");
		response_encode(&out, &response, order);
	} else if (span_is(type, TYPE_PAYMENT)) {
		CHECK_EQUAL(payment_decode(&payment, item, order), STATUS_OK, "a payment decodes");
		CHECK_EQUAL(voucher_signer(&signer, &payment.voucher), STATUS_OK, "its voucher is signed");
		payment_encode(&out, &payment, order);
	} else {
		CHECK(type.len == 0 && item.len == 0, "a voucher has a known type");
	}
	CHECK(span_equal(bytes_span(&out), item), "the voucher or result encodes back");
	bytes_release(&out);
}

static void put_transfer(struct bytes *out, struct span in, enum record_order order)
{
	struct transfer t;

	if (!CHECK_EQUAL(transfer_decode(&t, in, order), STATUS_OK, "a data-transfer message decodes"))
		return;
	if (t.is_request)
		check_deal_type(t.request.voucher, t.request.voucher_type, order);
	else
		check_deal_type(t.response.result, t.response.result_type, order);
	transfer_encode(out, &t, order);
}

/* Makes a map of extensions again, data-transfer messages from their fields. */
static void put_extensions(struct bytes *out, struct span extensions)
{
	static const char *const names[] = {EXT_TRANSFER, EXT_INCOMING_REQUEST, EXT_OUTGOING_BLOCK, EXT_DEDUP_BY_KEY};
	struct graphsync_extension_item items[EXTENSIONS_MAX];
	struct bytes values[EXTENSIONS_MAX] = {{0}};
	size_t n = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct span value;

		if (graphsync_extension(&value, extensions, names[i]) != STATUS_OK)
			continue;
		if (strcmp(names[i], EXT_DEDUP_BY_KEY) == 0)
			bytes_append(&values[n], value.data, value.len);
		else
			put_transfer(&values[n], value, RECORD_SORTED);
		items[n] = (struct graphsync_extension_item){names[i], bytes_span(&values[n])};
		n++;
	}
	graphsync_extensions(out, items, n);
	CHECK(span_equal(bytes_span(out), extensions), "the extensions encode back");
	for (size_t i = 0; i < n; i++)
		bytes_release(&values[i]);
}

static void put_requests(struct bytes *out, const struct graphsync_message *m)
{
	struct span left = m->requests;
	struct graphsync_request q;
	size_t n = 0;

	for (; graphsync_next_request(&q, &left); n++) {
		struct bytes extensions = {0};

		if (q.extensions.len > 0)
			put_extensions(&extensions, q.extensions);
		q.extensions = bytes_span(&extensions);
		graphsync_put_request(out, &q);
		bytes_release(&extensions);
	}
	CHECK_EQUAL(n, m->request_count, "as many requests as counted");
}

static void put_responses(struct bytes *out, const struct graphsync_message *m)
{
	struct span left = m->responses;
	struct graphsync_response p;
	size_t n = 0;

	for (; graphsync_next_response(&p, &left); n++) {
		struct bytes extensions = {0}, links = {0};
		struct cid c;
		enum graphsync_link kind;

		if (p.extensions.len > 0)
			put_extensions(&extensions, p.extensions);
		while (graphsync_next_link(&c, &kind, &p.links))
			graphsync_put_link(&links, &c, kind);
		p.extensions = bytes_span(&extensions);
		p.links = bytes_span(&links);
		graphsync_put_response(out, &p);
		bytes_release(&links);
		bytes_release(&extensions);
	}
	CHECK_EQUAL(n, m->response_count, "as many responses as counted");
}

static void put_blocks(struct bytes *out, const struct graphsync_message *m)
{
	struct span left = m->blocks;
	struct graphsync_block b;
	struct cid c;
	size_t n = 0;

	for (; graphsync_next_block(&b, &left); n++) {
		if (!CHECK_EQUAL(cid_from_prefix(&c, b.prefix, b.data), STATUS_OK, "a block has a CID"))
			return;
		graphsync_put_block_head(out, &c, b.data.len);
		bytes_append(out, b.data.data, b.data.len);
	}
	CHECK_EQUAL(n, m->block_count, "as many blocks as counted");
}

static void put_graphsync(struct bytes *out, struct span body)
{
	struct bytes requests = {0}, responses = {0}, blocks = {0};
	struct graphsync_message m;

	if (CHECK_EQUAL(graphsync_decode(&m, body), STATUS_OK, "a graphsync message decodes")) {
		put_requests(&requests, &m);
		put_responses(&responses, &m);
		put_blocks(&blocks, &m);
		m.requests = bytes_span(&requests);
		m.responses = bytes_span(&responses);
		m.blocks = bytes_span(&blocks);
		graphsync_encode(out, &m);
	}
	bytes_release(&blocks);
	bytes_release(&responses);
	bytes_release(&requests);
}

static void check_stream(const char *dir, const char *deal, const char *file)
{
	char path[PATH_MAX];
	struct bytes want = {0}, made = {0}, out = {0};
	struct frame_reader r;
	struct span body;
	enum frame_kind kind;
	enum status s;
	int fd;

	snprintf(path, sizeof(path), "%s/deals/%s/%s", dir, deal, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	frame_reader_init(&r, fd);
	while ((s = frame_next(&r, &body)) == STATUS_OK) {
		bytes_clear(&out);
		if (CHECK_EQUAL(frame_kind(&kind, body), STATUS_OK, "a frame is of a known kind")) {
			CHECK(kind == FRAME_GRAPHSYNC || kind == FRAME_TRANSFER, "a recorded deal has no queries");
			if (kind == FRAME_GRAPHSYNC)
				put_graphsync(&out, body);
			else
				put_transfer(&out, body, RECORD_DECLARED);
		}
		if (!CHECK(span_equal(bytes_span(&out), body), "a frame encodes back to the same bytes"))
			fprintf(stderr, "  frame %d of %s\n", (int)r.count, path);
		CHECK_EQUAL(r.offset, made.len, "its offset is where it begins");
		if (out.len > 0)
			frame_put(&made, bytes_span(&out));
	}
	CHECK_EQUAL(s, STATUS_END, "a stream ends between frames");
	snprintf(path, sizeof(path), "deals/%s/%s", deal, file);
	CHECK(vectors_file(&want, dir, path), "the file can be read");
	CHECK(span_equal(bytes_span(&made), bytes_span(&want)), "the stream is the same");
	frame_reader_release(&r);
	bytes_release(&out);
	bytes_release(&made);
	bytes_release(&want);
	close(fd);
}

int main(int argc, char **argv)
{
	char path[PATH_MAX] = "";
	struct dirent *deal;
	DIR *deals;

	if (argc > 1)
		snprintf(path, sizeof(path), "%s/deals", argv[1]);
	deals = argc > 1 ? opendir(path) : NULL;
	while (deals && (deal = readdir(deals))) {
		if (deal->d_name[0] == '.')
			continue;
		check_stream(argv[1], deal->d_name, "client.frames");
		check_stream(argv[1], deal->d_name, "provider.frames");
	}
	if (deals)
		closedir(deals);
	return test_end();
}
