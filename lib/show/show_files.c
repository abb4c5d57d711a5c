/* show_files.c - frame streams and CARs, front to back, shown and verified.
 *
 * Memory: a frame or a section at a time, and for verifying a CAR its index.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ipld/car_index.h"
#include "ipld/car_verify.h"
#include "ipld/walk.h"
#include "show/show.h"
#include "wire/frame.h"

static enum status fail_frame(struct tool *t, const char *name, enum status s, uint64_t number, uint64_t offset)
{
	if (s == STATUS_IO)
		return party_fail(&t->party, s, "cannot read '%s': %s", name, strerror(errno));
	return party_fail(&t->party, s == STATUS_CUT ? STATUS_TRUNCATED : s, "'%s': frame %llu, at byte %llu: %s", name,
		(unsigned long long)number, (unsigned long long)offset, status_text(s));
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
			s = party_fail(&t->party, s, "frame %llu: block %zu has no valid prefix: %s",
				(unsigned long long)number, i, status_text(s));
		else if (cids.len == 0 || bsearch(&c, cids.data, cids.len / sizeof(c), sizeof(c), compare_cids) == NULL)
			s = party_fail(&t->party, STATUS_BAD_HASH,
				"frame %llu: block %zu is %s, which the frame does not announce",
				(unsigned long long)number, i, cid_text(text, &c));
	}
	bytes_release(&cids);
	return s;
}

/* The voucher of a payment must be signed by somebody; by whom it should be, only the ledger knows. */
static enum status verify_payment(
	struct tool *t, const struct transfer *message, enum record_order order, uint64_t number)
{
	struct address signer;
	struct payment payment;
	enum status s;

	if (!message->is_request || !span_is(message->request.voucher_type, TYPE_PAYMENT))
		return STATUS_OK;
	s = payment_decode(&payment, message->request.voucher, order);
	if (s == STATUS_OK)
		s = voucher_signer(&signer, &payment.voucher);
	if (s != STATUS_OK)
		return party_fail(&t->party, s, "frame %llu: the payment's voucher: %s", (unsigned long long)number,
			status_text(s));
	return STATUS_OK;
}

enum status show_frame_message(json_t **object, struct span body)
{
	struct graphsync_message m;
	struct query_response answer;
	struct transfer transfer;
	struct query query;
	const char *name = NULL;
	enum record_order order;
	json_t *message = NULL;
	enum frame_kind kind;
	enum status s = frame_kind(&kind, body);

	if (s != STATUS_OK)
		return s;
	switch (kind) {
	case FRAME_GRAPHSYNC:
		name = "graphsync";
		s = graphsync_decode(&m, body);
		message = s == STATUS_OK ? show_graphsync(&m) : NULL;
		break;
	case FRAME_TRANSFER:
		name = "transfer";
		s = transfer_decode_either(&transfer, &order, body);
		message = s == STATUS_OK ? show_transfer(&transfer, order) : NULL;
		break;
	case FRAME_QUERY:
		name = "query";
		s = query_decode(&query, body);
		message = s == STATUS_OK ? show_query(&query) : NULL;
		break;
	case FRAME_QUERY_RESPONSE:
		name = "query-response";
		s = query_response_decode(&answer, body);
		message = s == STATUS_OK ? show_query_response(&answer) : NULL;
		break;
	}
	if (s == STATUS_OK)
		*object = json_pack("{s:s, s:o}", "kind", name, "message", message);
	return s;
}

/* A frame that show_frame_message() took. Queries and their answers have neither blocks nor signatures. */
static enum status verify_frame(struct tool *t, struct span body, uint64_t number)
{
	struct graphsync_message m;
	struct transfer transfer;
	enum record_order order;
	enum frame_kind kind;
	enum status s = frame_kind(&kind, body);

	if (s != STATUS_OK)
		return s;
	switch (kind) {
	case FRAME_GRAPHSYNC:
		s = graphsync_decode(&m, body);
		return s == STATUS_OK ? verify_blocks(t, &m, number) : s;
	case FRAME_TRANSFER:
		s = transfer_decode_either(&transfer, &order, body);
		return s == STATUS_OK ? verify_payment(t, &transfer, order, number) : s;
	case FRAME_QUERY:
	case FRAME_QUERY_RESPONSE:
		break;
	}
	return STATUS_OK;
}

static enum status show_frame(struct tool *t, const struct frame_reader *r, struct span body, bool verify)
{
	json_t *object, *message;
	enum status s = show_frame_message(&message, body);

	if (s == STATUS_OK && verify) {
		s = verify_frame(t, body, r->count);
		if (s != STATUS_OK)
			json_decref(message);
	}
	if (s != STATUS_OK)
		return s;
	object = json_pack("{s:o, s:o, s:o}", "frame", show_bytes(r->count), "offset", show_bytes(r->offset), "length",
		show_bytes(body.len));
	json_object_update_new(object, message);
	show_print_line(t, object);
	return STATUS_OK;
}

enum status show_frames(struct tool *t, int fd, const struct show_options *o)
{
	struct frame_reader r;
	struct span body;
	enum status s;

	frame_reader_init(&r, fd);
	while ((s = frame_next(&r, &body)) == STATUS_OK) {
		s = show_frame(t, &r, body, o->verify);
		if (s != STATUS_OK && t->party.why[0] == '\0')
			s = fail_frame(t, o->name, s, r.count, r.offset);
		if (s != STATUS_OK)
			break;
	}
	if (s == STATUS_END)
		s = STATUS_OK;
	else if (t->party.why[0] == '\0')
		s = fail_frame(t, o->name, s, r.count + 1, r.position);
	frame_reader_release(&r);
	return s;
}

/* struct car_doubt - the first block that can't be read or judged, though all others can; STATUS_OK: there is none. */
struct car_doubt {
	enum status status;
	uint64_t number, offset; /* of its section */
	struct cid cid;
};

/* struct car_totals - what a CAR turns out to hold. */
struct car_totals {
	uint64_t blocks, bytes;              /* sections */
	uint64_t unique, below, below_bytes; /* different blocks; those below the roots */
	uint64_t links;                      /* that the walks of the roots take */
	bool in_order;                       /* as the walk meets them, from the first section on */
	struct car_doubt doubt;
};

static void list_section(struct tool *t, const struct car_section *section)
{
	char text[CID_TEXT_MAX];

	if (!cid_is_none(&section->cid))
		cid_text(text, &section->cid);
	tool_report(t,
		json_pack("{s:s?, s:o, s:o}", "block", cid_is_none(&section->cid) ? NULL : text, "offset",
			show_bytes(section->offset), "length", show_bytes(section->block.len)),
		"%s %llu %zu\n", cid_is_none(&section->cid) ? "?" : text, (unsigned long long)section->offset,
		section->block.len);
}

static void doubt(struct car_totals *sum, enum status s, const struct car_section *section)
{
	if (sum->doubt.status == STATUS_OK)
		sum->doubt = (struct car_doubt){s, sum->blocks, section->offset, section->cid};
}

static enum status fail_doubt(struct tool *t, const struct car_doubt *d, const char *name)
{
	unsigned long long number = (unsigned long long)d->number, at = (unsigned long long)d->offset;
	char text[CID_TEXT_MAX], kind[CID_NAME_MAX];

	cid_text(text, &d->cid);
	if (d->status == STATUS_BAD_CID)
		return party_fail(&t->party, d->status, "'%s': block %llu, at byte %llu: its CID can't be read", name,
			number, at);
	if (d->status == STATUS_UNKNOWN_HASH)
		return party_fail(&t->party, d->status,
			"'%s': block %llu, at byte %llu, %s: its hash is %s, which is not computed here", name, number,
			at, text, cid_hash_text(kind, d->cid.hash));
	return party_fail(&t->party, d->status,
		"'%s': block %s: its codec is %s, which is not read here: its links are not known", name, text,
		cid_codec_text(kind, d->cid.codec));
}

/* One section, which is what its CID says unless @s says otherwise. */
static enum status take_section(struct tool *t, struct car_totals *sum, struct car_index *x,
	const struct car_section *section, enum status s, const struct show_options *o)
{
	char text[CID_TEXT_MAX];

	sum->blocks++;
	sum->bytes += section->block.len;
	if (o->list)
		list_section(t, section);
	if (s == STATUS_BAD_HASH)
		return party_fail(&t->party, s, "'%s': block %llu, at byte %llu, does not match its CID %s: %s",
			o->name, (unsigned long long)sum->blocks, (unsigned long long)section->offset,
			cid_text(text, &section->cid), status_text(s));
	if (s != STATUS_OK)
		doubt(sum, s, section);
	return o->verify && s != STATUS_BAD_CID ? car_index_add(x, section) : STATUS_OK;
}

/* How reading sections ended: at @offset, where the one after @blocks would begin. */
static enum status end_sections(
	struct tool *t, enum status s, uint64_t blocks, uint64_t offset, const struct show_options *o)
{
	unsigned long long number = (unsigned long long)blocks + 1, at = (unsigned long long)offset;

	if (s == STATUS_END)
		return STATUS_OK;
	if (s == STATUS_TRUNCATED)
		return party_fail(
			&t->party, s, "'%s' is cut off: it ends inside block %llu, at byte %llu", o->name, number, at);
	return party_fail(&t->party, s, "'%s': block %llu, at byte %llu: %s", o->name, number, at,
		s == STATUS_IO ? strerror(errno) : status_text(s));
}

/* Front to back: count, and note where blocks lie, if they are verified. */
static enum status read_sections(struct tool *t, struct car_reader *car, struct car_totals *sum, struct car_index *x,
	const struct show_options *o)
{
	struct car_verifier *verifier = NULL;
	struct car_section section;
	uint64_t offset;
	enum status s = o->verify ? car_verifier_new(&verifier, car) : STATUS_OK;

	while (s == STATUS_OK) {
		s = o->verify ? car_verifier_next(verifier, &section) : car_next(car, &section);
		if (s != STATUS_OK && s != STATUS_BAD_HASH && s != STATUS_UNKNOWN_HASH && s != STATUS_BAD_CID) {
			offset = o->verify ? car_verifier_offset(verifier) : car->offset;
			s = end_sections(t, s, sum->blocks, offset, o);
			break;
		}
		s = take_section(t, sum, x, &section, s, o);
	}
	car_verifier_free(verifier);
	return s;
}

/* The current link of a walk: is it there, and where? */
static enum status visit(
	struct car_index *x, struct car_totals *sum, struct bytes *block, const struct cid *c, uint64_t *last)
{
	struct car_place *place;
	enum status s;

	bytes_clear(block);
	if (c->hash == HASH_IDENTITY) {
		bytes_append(block, cid_digest(c).data, cid_digest(c).len);
		return bytes_status(block);
	}
	s = car_index_find(x, &place, c);
	if (s == STATUS_OK && !place->seen) {
		place->seen = true;
		sum->below++;
		sum->below_bytes += place->len;
		sum->in_order = sum->in_order && place->offset > *last;
		*last = place->offset;
	}
	return s == STATUS_OK && c->codec != CODEC_RAW ? car_index_load(x, block, c) : s;
}

/* Its codec is not known: that is said at the end, and the walk goes on without its links. */
static enum status enter(struct walk *walk, struct car_totals *sum, const struct cid *c, struct span block)
{
	enum status s = walk_enter(walk, block);

	if (s != STATUS_UNKNOWN_CODEC)
		return s;
	doubt(sum, s, &(struct car_section){.cid = *c});
	walk_skip(walk);
	return STATUS_OK;
}

static enum status fail_walk(struct tool *t, enum status s, const struct cid *c, const char *name)
{
	char text[CID_TEXT_MAX], hash[CID_NAME_MAX];

	cid_text(text, c);
	if (s != STATUS_NOT_FOUND)
		return party_fail(&t->party, s, "'%s': block %s: %s", name, text, status_text(s));
	if (cid_can_verify(c))
		return party_fail(&t->party, s, "'%s' is not whole: block %s is missing", name, text);
	return party_fail(&t->party, s, "'%s' is not whole: block %s is missing (its hash is %s)", name, text,
		cid_hash_text(hash, c->hash));
}

/* Is the DAG below each root whole? */
static enum status walk_car(struct tool *t, struct car_index *x, struct car_totals *sum, const struct car_reader *car,
	const struct show_options *o)
{
	struct bytes block = {0};
	struct walk *walk = NULL;
	uint64_t last = 0;
	struct cid c = {0};
	enum status s = STATUS_END;

	for (size_t i = 0; s == STATUS_END && i < car->root_count; i++) {
		if (i == 0)
			s = walk_new_folded(&walk, SELECTOR_ALL, &car->roots[i]);
		else
			walk_add_root(walk, &car->roots[i]);
		while ((s == STATUS_OK || s == STATUS_END) && (s = walk_next(walk, &c)) == STATUS_OK) {
			s = visit(x, sum, &block, &c, &last);
			if (s == STATUS_OK)
				s = enter(walk, sum, &c, bytes_span(&block));
		}
	}
	sum->links = walk != NULL ? walk_links(walk) : 0;
	walk_free(walk);
	bytes_release(&block);
	return s == STATUS_END ? STATUS_OK : fail_walk(t, s, &c, o->name);
}

static json_t *describe(const struct car_reader *car, const struct car_totals *sum, const struct car_index *x,
	const struct show_options *o)
{
	json_t *roots = json_array(), *object;

	for (size_t i = 0; i < car->root_count; i++)
		json_array_append_new(roots, show_cid(&car->roots[i]));
	object = json_pack("{s:o, s:s, s:i, s:o, s:o, s:o}", "thing", tool_json_text(o->name), "kind", "car", "version",
		car->end == UINT64_MAX ? 1 : 2, "roots", roots, "blocks", show_bytes(sum->blocks), "bytes",
		show_bytes(sum->bytes));
	if (car->padding != 0)
		json_object_set_new(object, "padding", show_bytes(car->padding));
	if (o->verify) {
		json_object_set_new(object, "verified", json_boolean(sum->doubt.status == STATUS_OK));
		json_object_set_new(object, "below_roots", show_bytes(sum->below));
		json_object_set_new(object, "links", show_bytes(sum->links));
		json_object_set_new(object, "outside", show_bytes(x->count - sum->below));
		json_object_set_new(object, "repeated", show_bytes(x->repeated));
		json_object_set_new(object, "walk_order",
			json_boolean(sum->in_order && sum->below == sum->blocks && car->root_count == 1));
	}
	return object;
}

enum status show_car(struct tool *t, int fd, const struct show_options *o)
{
	struct car_totals sum = {.in_order = true};
	struct car_index x = {.fd = fd};
	struct car_reader car;
	enum status s = car_open(&car, fd);

	if (s != STATUS_OK)
		return party_fail(&t->party, s, "'%s' has no valid header of a CAR: %s", o->name,
			s == STATUS_IO ? strerror(errno) : status_text(s));
	s = read_sections(t, &car, &sum, &x, o);
	if (s == STATUS_OK && o->verify)
		s = walk_car(t, &x, &sum, &car, o);
	if (s == STATUS_OK) {
		show_print(t, describe(&car, &sum, &x, o));
		if (sum.doubt.status != STATUS_OK)
			s = fail_doubt(t, &sum.doubt, o->name);
	}
	car_release(&car);
	car_index_release(&x);
	return s;
}
