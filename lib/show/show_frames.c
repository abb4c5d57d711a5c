/* show_frames.c - a stream of frames, front to back, shown and verified. Memory: a frame at a time. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "show/show.h"

static enum status fail_frame(struct tool *t, const char *name, enum status s, uint64_t number, uint64_t offset)
{
	if (s == STATUS_IO)
		return party_explain(&t->party, s, "cannot read '%s': %s", name, strerror(errno));
	return party_explain(&t->party, s == STATUS_CUT ? STATUS_TRUNCATED : s,
		"'%s': frame %" PRIu64 ", at byte %" PRIu64 ": %s", name, number, offset, status_text(s));
}

static int compare_cids(const void *a, const void *b)
{
	const struct cid *x = a, *y = b;

	return x->len != y->len ? (x->len > y->len) - (x->len < y->len) : memcmp(x->bytes, y->bytes, x->len);
}

/* All links that the responses of @m announce as sent, sorted. */
static enum status announced(struct bytes *cids, const struct graphsync_message *m)
{
	struct span responses = m->responses;
	struct graphsync_response response;
	enum graphsync_link kind;
	struct cid c;

	while (graphsync_next_response(&response, &responses))
		while (graphsync_next_link(&c, &kind, &response.links))
			if (kind == LINK_PRESENT)
				bytes_append(cids, &c, sizeof(c));
	if (bytes_status(cids) == STATUS_OK && cids->len != 0)
		qsort(cids->data, cids->len / sizeof(c), sizeof(c), compare_cids);
	return bytes_status(cids);
}

/* Every block must hash to a CID that this message announces. */
static enum status verify_blocks(struct tool *t, const struct graphsync_message *m, uint64_t number)
{
	struct span blocks = m->blocks;
	struct graphsync_block block;
	struct bytes cids = {0};
	char text[CID_TEXT_MAX];
	struct cid c;
	enum status s = announced(&cids, m);

	for (size_t i = 1; s == STATUS_OK && graphsync_next_block(&block, &blocks); i++) {
		s = cid_from_prefix(&c, block.prefix, block.data);
		if (s != STATUS_OK)
			s = party_fail(&t->party, s, "frame %" PRIu64 ": block %zu has no valid prefix: %s", number, i,
				status_text(s));
		else if (cids.len == 0 || bsearch(&c, cids.data, cids.len / sizeof(c), sizeof(c), compare_cids) == NULL)
			s = party_fail(&t->party, STATUS_BAD_HASH,
				"frame %" PRIu64 ": block %zu is %s, which the frame does not announce", number, i,
				cid_text(text, &c));
	}
	bytes_release(&cids);
	return s;
}

/* The voucher of a payment must be signed by some key; only the ledger knows the right one. */
static enum status verify_payment(struct tool *t, const struct frame *f, uint64_t number)
{
	struct address signer;
	struct payment payment;
	enum status s = transfer_payment(&payment, &f->transfer, f->order);

	if (s == STATUS_UNKNOWN_TYPE)
		return STATUS_OK;
	if (s == STATUS_OK)
		s = voucher_signer(&signer, &payment.voucher);
	if (s != STATUS_OK)
		return party_fail(&t->party, s, "frame %" PRIu64 ": the payment's voucher: %s", number, status_text(s));
	return STATUS_OK;
}

enum status show_frame_message(json_t **object, const struct frame *f)
{
	struct query_response answer;
	struct query query;
	const char *kind = NULL;
	json_t *message = NULL;
	enum status s = f->decoded;

	if (s != STATUS_OK)
		return s;
	switch (f->kind) {
	case FRAME_GRAPHSYNC:
		kind = "graphsync";
		message = show_graphsync(&f->message);
		break;
	case FRAME_TRANSFER:
		kind = "transfer";
		message = show_transfer(&f->transfer, f->order);
		break;
	case FRAME_QUERY:
		kind = "query";
		s = frame_query(&query, f);
		message = s == STATUS_OK ? show_query(&query) : NULL;
		break;
	case FRAME_QUERY_RESPONSE:
		kind = "query-response";
		s = frame_query_response(&answer, f);
		message = s == STATUS_OK ? show_query_response(&answer) : NULL;
		break;
	}
	if (s != STATUS_OK)
		return s;
	*object = json_pack("{s:s, s:o}", "kind", kind, "message", message);
	return STATUS_OK;
}

/* Queries and their answers have neither blocks nor signatures. */
static enum status verify_frame(struct tool *t, const struct frame *f, uint64_t number)
{
	switch (f->kind) {
	case FRAME_GRAPHSYNC:
		return verify_blocks(t, &f->message, number);
	case FRAME_TRANSFER:
		return verify_payment(t, f, number);
	case FRAME_QUERY:
	case FRAME_QUERY_RESPONSE:
		break;
	}
	return STATUS_OK;
}

static enum status show_frame(struct tool *t, const struct frame_reader *r, const struct frame *f, bool verify)
{
	json_t *object, *message;
	enum status s = show_frame_message(&message, f);

	if (s != STATUS_OK)
		return s;
	if (verify)
		s = verify_frame(t, f, r->count);
	if (s != STATUS_OK) {
		json_decref(message);
		return s;
	}
	object = json_pack("{s:o, s:o, s:o}", "frame", show_bytes(r->count), "offset", show_bytes(r->offset), "length",
		show_bytes(f->body.len));
	json_object_update_new(object, message);
	show_print_line(t, object);
	return STATUS_OK;
}

enum status show_frames(struct tool *t, int fd, const struct show_options *o)
{
	struct frame_reader r;
	struct frame frame;
	struct span body;
	enum status s;

	frame_reader_init(&r, fd);
	while ((s = frame_next(&r, &body)) == STATUS_OK) {
		s = frame_decode(&frame, body);
		if (s == STATUS_OK)
			s = show_frame(t, &r, &frame, o->verify);
		if (s != STATUS_OK) {
			s = fail_frame(t, o->name, s, r.count, r.offset);
			goto out;
		}
	}
	s = s == STATUS_END ? STATUS_OK : fail_frame(t, o->name, s, r.count + 1, r.position);
out:
	frame_reader_release(&r);
	return s;
}
