/* check_recording.c - a recorded deal, held against itself: two streams, a CAR, the order of the frames, and what is said of them.
 *
 * Knows the layout of tests/data/vectors/deals/NAME. Believes none of its
 * files: each is an account of the same deal, and they must agree.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ipld/car_index.h"
#include "ipld/car_verify.h"
#include "ipld/walk.h"
#include "show/check_recording.h"
#include "wire/frame.h"

#define FILE_MAX (64u << 20) /* bytes of frames.jsonl and deal.jsonl */

static const char *const stream_names[] = {"client.frames", "provider.frames"};

/** struct recording - a recording being read. */
struct recording {
	struct findings *f;
	const char *path;
	const json_t *meta, *scenario;
	struct cid root;
	struct bytes sizes[2]; /* of each side's frames, as uint64_t */
	uint64_t frame;        /* the current one's number */
	const char *stream;    /* and its stream */
	struct car_index car;  /* of content.car; fd -1 if there is none */
	struct walk *walk;     /* NULL if there is none to follow, or no longer */
	struct bytes block;
	uint64_t blocks, bytes; /* that were sent, each once */
	uint64_t links, payments, nonce;
	struct amount paid;
	struct deal_params terms;
	bool has_terms;
	size_t ordered[2];     /* lines of frames.jsonl so far */
	json_t *last_event[2]; /* in deal.jsonl */
	uint64_t events;
};

static void broken(struct recording *r, const char *what, const char *detail)
{
	if (r->stream != NULL)
		finding(r->f, 0, "%s: frame %llu: %s%s%s", r->stream, (unsigned long long)r->frame, what,
			*detail != '\0' ? ": " : "", detail);
	else
		finding(r->f, 0, "%s%s%s", what, *detail != '\0' ? ": " : "", detail);
}

static int open_file(const struct recording *r, const char *name)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", r->path, name);
	if (file_open_regular(&fd, path) == STATUS_NOT_REGULAR)
		errno = EINVAL;
	return fd;
}

/* Does meta.json have @key, and does it say @text? */
static void compare_meta(struct recording *r, const char *key, const char *text)
{
	const char *said = json_string_value(json_object_get(r->meta, key));
	char what[160];

	if (said == NULL || strcmp(said, text) == 0)
		return;
	snprintf(what, sizeof(what), "not the %s of meta.json", key);
	broken(r, what, text);
}

static void compare_number(struct recording *r, const json_t *in, const char *key, uint64_t number)
{
	const json_t *said = json_object_get(in, key);
	char what[160], text[24];

	snprintf(text, sizeof(text), "%" PRIu64, number);
	if (!json_is_integer(said) || (uint64_t)json_integer_value(said) == number)
		return;
	snprintf(what, sizeof(what), "not the %s of meta.json", key);
	broken(r, what, text);
}

/* Addresses are compared by what they are: either network may write them. */
static void compare_address(struct recording *r, const char *key, const struct address *a)
{
	const char *said = json_string_value(json_object_get(r->meta, key));
	char text[ADDRESS_TEXT_MAX];
	struct address wanted;

	if (said != NULL && address_parse(&wanted, NULL, span_text(said)) == STATUS_OK && address_equal(&wanted, a))
		return;
	compare_meta(r, key, address_text(text, a, NETWORK_MAIN));
}

/* An amount in meta.json is a number, or a string if it may be large. */
static void compare_amount(struct recording *r, const char *key, const struct amount *a)
{
	const json_t *said = json_object_get(r->scenario, key);
	char text[AMOUNT_TEXT_MAX], number[24], what[160];

	if (json_is_integer(said))
		snprintf(number, sizeof(number), "%" PRIu64, (uint64_t)json_integer_value(said));
	else if (!json_is_string(said))
		return;
	if (strcmp(amount_decimal(text, a), json_is_integer(said) ? number : json_string_value(said)) == 0)
		return;
	snprintf(what, sizeof(what), "not the %s of meta.json", key);
	broken(r, what, text);
}

/* What the client sends. */

static void stop_walking(struct recording *r, const char *what, const char *detail)
{
	broken(r, what, detail);
	walk_free(r->walk);
	r->walk = NULL;
}

/* The walk's current link is @c: step on. */
static enum status step(struct recording *r, const struct cid *c, enum graphsync_link kind)
{
	enum status s = STATUS_OK;

	if (kind == LINK_MISSING || kind == LINK_DUPLICATE_DAG_SKIPPED) {
		walk_skip(r->walk);
		return STATUS_OK;
	}
	bytes_clear(&r->block);
	if (c->hash == HASH_IDENTITY)
		bytes_append(&r->block, cid_digest(c).data, cid_digest(c).len);
	else if (c->codec != CODEC_RAW)
		s = car_index_load(&r->car, &r->block, c);
	return s == STATUS_OK ? walk_enter(r->walk, bytes_span(&r->block)) : s;
}

/* The client has the first @held links of the walk from an earlier deal: they are not sent, and count as seen. */
static void take_held(struct recording *r, uint64_t held)
{
	struct car_place *place;
	struct cid next;
	enum status s = STATUS_OK;

	while (r->walk != NULL && s == STATUS_OK && walk_links(r->walk) < held) {
		s = walk_next(r->walk, &next);
		if (s == STATUS_OK)
			s = step(r, &next, LINK_PRESENT);
		if (s == STATUS_OK && car_index_find(&r->car, &place, &next) == STATUS_OK)
			place->seen = true;
	}
	if (s != STATUS_OK && s != STATUS_END)
		stop_walking(r, "a block can't be walked", status_text(s));
}

static void take_proposal(struct recording *r, const struct graphsync_request *request)
{
	char text[CID_TEXT_MAX];
	struct proposal proposal;
	struct transfer t;
	struct span value;

	if (request->type != GRAPHSYNC_NEW)
		return;
	compare_meta(r, "root", cid_text(text, &request->root));
	if (request->extensions.len == 0 ||
		graphsync_extension(&value, request->extensions, EXT_TRANSFER) != STATUS_OK ||
		transfer_decode(&t, value, RECORD_SORTED) != STATUS_OK || !t.is_request ||
		!span_is(t.request.voucher_type, TYPE_PROPOSAL) ||
		proposal_decode(&proposal, t.request.voucher, RECORD_SORTED) != STATUS_OK) {
		broken(r, "a request without a proposal", "");
		return;
	}
	if (!r->has_terms)
		take_held(r, request_skip_links(request));
	compare_number(r, r->meta, "deal_id", proposal.id);
	compare_number(r, r->scenario, "payment_interval", proposal.params.payment_interval);
	compare_number(r, r->scenario, "payment_interval_increase", proposal.params.payment_interval_increase);
	compare_amount(r, "price_per_byte", &proposal.params.price_per_byte);
	compare_amount(r, "unseal_price", &proposal.params.unseal_price);
	r->terms = proposal.params;
	r->terms.selector = (struct span){0};
	r->has_terms = true;
}

static void take_payment(struct recording *r, const struct transfer *t, enum record_order order)
{
	struct payment payment;
	struct address signer;
	enum status s;

	if (!t->is_request || !span_is(t->request.voucher_type, TYPE_PAYMENT))
		return;
	s = payment_decode(&payment, t->request.voucher, order);
	if (s != STATUS_OK) {
		broken(r, "its payment does not decode", status_text(s));
		return;
	}
	compare_number(r, r->meta, "deal_id", payment.id);
	compare_address(r, "channel", &payment.channel);
	compare_address(r, "channel", &payment.voucher.channel);
	s = voucher_signer(&signer, &payment.voucher);
	if (s != STATUS_OK)
		broken(r, "its voucher", status_text(s));
	else
		compare_address(r, "client_address", &signer);
	if (payment.voucher.nonce == r->nonce && amount_cmp(&payment.voucher.amount, &r->paid) == 0)
		return; /* given again */
	if (payment.voucher.nonce <= r->nonce)
		broken(r, "the nonce of its voucher does not rise", "");
	if (amount_cmp(&payment.voucher.amount, &r->paid) <= 0)
		broken(r, "the amount of its voucher does not rise", "");
	r->payments++;
	r->nonce = payment.voucher.nonce;
	r->paid = payment.voucher.amount;
}

/* What the provider sends. */

/* The next link of the walk that is announced: identity CIDs are not. */
static enum status next_announced(struct recording *r, struct cid *next)
{
	enum status s;

	while ((s = walk_next(r->walk, next)) == STATUS_OK && next->hash == HASH_IDENTITY) {
		s = step(r, next, LINK_PRESENT);
		if (s != STATUS_OK)
			return s;
	}
	return s;
}

/* A link is next in the walk, or was sent before and is sent again. */
static void take_link(struct recording *r, const struct cid *c, enum graphsync_link kind)
{
	struct car_place *place;
	char text[CID_TEXT_MAX];
	struct cid next;
	enum status s;

	r->links++;
	if (r->walk == NULL)
		return;
	s = next_announced(r, &next);
	if (s == STATUS_OK && cid_equal(&next, c)) {
		s = step(r, c, kind);
		if (s != STATUS_OK)
			stop_walking(r, "a block can't be walked", status_text(s));
	} else if (car_index_find(&r->car, &place, c) != STATUS_OK || !place->seen) {
		stop_walking(r, "a link that is not next in the walk", cid_text(text, c));
	}
}

static bool is_announced(const struct graphsync_message *m, const struct cid *c)
{
	struct span responses = m->responses;
	struct graphsync_response response;
	enum graphsync_link kind;
	struct cid link;

	while (graphsync_next_response(&response, &responses))
		while (graphsync_next_link(&link, &kind, &response.links))
			if (kind == LINK_PRESENT && cid_equal(&link, c))
				return true;
	return false;
}

static void take_block(struct recording *r, const struct graphsync_message *m, const struct graphsync_block *block)
{
	struct car_place *place = NULL;
	char text[CID_TEXT_MAX];
	struct cid c;
	enum status s = cid_from_prefix(&c, block->prefix, block->data);

	if (s != STATUS_OK) {
		broken(r, "a block without a valid prefix", status_text(s));
		return;
	}
	if (!is_announced(m, &c))
		broken(r, "a block that it does not announce", cid_text(text, &c));
	if (r->car.fd >= 0 && car_index_find(&r->car, &place, &c) != STATUS_OK) {
		broken(r, "a block that is not in content.car", cid_text(text, &c));
		return;
	}
	if (place != NULL && place->seen)
		return;
	if (place != NULL)
		place->seen = true;
	r->blocks++;
	r->bytes += block->data.len;
}

static void take_graphsync(struct recording *r, const struct graphsync_message *m)
{
	struct span requests = m->requests, responses = m->responses, blocks = m->blocks;
	struct graphsync_response response;
	struct graphsync_request request;
	struct graphsync_block block;
	enum graphsync_link kind;
	struct cid c;

	while (graphsync_next_request(&request, &requests))
		take_proposal(r, &request);
	while (graphsync_next_response(&response, &responses))
		while (graphsync_next_link(&c, &kind, &response.links))
			take_link(r, &c, kind);
	while (graphsync_next_block(&block, &blocks))
		take_block(r, m, &block);
}

static enum status take_frame(struct recording *r, struct span body)
{
	struct graphsync_message m;
	struct query_response answer;
	struct query query;
	enum record_order order;
	enum frame_kind kind;
	struct transfer t;
	enum status s = frame_kind(&kind, body);

	if (s != STATUS_OK)
		return s;
	switch (kind) {
	case FRAME_GRAPHSYNC:
		s = graphsync_decode(&m, body);
		if (s == STATUS_OK)
			take_graphsync(r, &m);
		break;
	case FRAME_TRANSFER:
		s = transfer_decode_either(&t, &order, body);
		if (s == STATUS_OK)
			take_payment(r, &t, order);
		break;
	case FRAME_QUERY: /* of no deal, so there is nothing that it could differ from */
		return query_decode(&query, body);
	case FRAME_QUERY_RESPONSE:
		return query_response_decode(&answer, body);
	}
	return s;
}

static enum status read_stream(struct recording *r, int side)
{
	int fd = open_file(r, stream_names[side]);
	struct frame_reader reader;
	struct span body;
	enum status s = STATUS_OK;

	r->stream = stream_names[side];
	r->frame = 0;
	if (fd < 0) {
		finding(r->f, 0, "%s: %s", r->stream, strerror(errno));
		return STATUS_OK;
	}
	frame_reader_init(&reader, fd);
	while ((s = frame_next(&reader, &body)) == STATUS_OK) {
		uint64_t size = reader.position - reader.offset;

		r->frame = reader.count;
		bytes_append(&r->sizes[side], &size, sizeof(size));
		s = take_frame(r, body);
		if (s != STATUS_OK)
			broken(r, "does not decode", status_text(s));
	}
	if (s != STATUS_END) {
		r->frame = reader.count + 1;
		broken(r, "can't be read", status_text(s));
	}
	frame_reader_release(&reader);
	close(fd);
	return bytes_status(&r->sizes[side]);
}

/* Lines of JSON. */

static enum status each_line(
	struct recording *r, const char *name, void (*each)(struct recording *r, size_t line, json_t *object))
{
	int fd = open_file(r, name);
	struct bytes text = {0};
	size_t line = 0;
	enum status s;

	if (fd < 0)
		return errno == ENOENT ? STATUS_OK : STATUS_IO;
	s = file_slurp(&text, fd, FILE_MAX);
	for (size_t at = 0, end; s == STATUS_OK && at < text.len; at = end + 1) {
		const uint8_t *newline = memchr(text.data + at, '\n', text.len - at);
		json_t *object;

		end = newline != NULL ? (size_t)(newline - text.data) : text.len;
		object = json_loadb((const char *)text.data + at, end - at, 0, NULL);
		line++;
		if (json_is_object(object))
			each(r, line, object);
		else
			finding(r->f, 0, "%s: line %zu is no JSON object", name, line);
		json_decref(object);
	}
	bytes_release(&text);
	close(fd);
	return s;
}

static void take_order(struct recording *r, size_t line, json_t *object)
{
	const char *from = json_string_value(json_object_get(object, "from"));
	json_t *size = json_object_get(object, "bytes");
	int side = from != NULL && strcmp(from, "provider") == 0;
	size_t n = r->ordered[side]++;

	if (n >= r->sizes[side].len / sizeof(uint64_t))
		finding(r->f, 0, "frames.jsonl: line %zu is a frame that %s does not have", line, stream_names[side]);
	else if (json_is_integer(size)) {
		uint64_t real;

		memcpy(&real, r->sizes[side].data + n * sizeof(real), sizeof(real));
		if ((uint64_t)json_integer_value(size) != real)
			finding(r->f, 0, "frames.jsonl: line %zu says %lld bytes, but frame %zu of %s has %llu", line,
				(long long)json_integer_value(size), n + 1, stream_names[side],
				(unsigned long long)real);
	}
}

static void take_event(struct recording *r, size_t line, json_t *object)
{
	const char *from = json_string_value(json_object_get(object, "from"));
	int side = from != NULL && strcmp(from, "provider") == 0;

	(void)line;
	if (!json_is_string(json_object_get(object, "event")))
		return;
	r->events++;
	json_decref(r->last_event[side]);
	r->last_event[side] = json_incref(object);
}

/* Takes note of all blocks of content.car, and of what is wrong with them. */
static enum status index_content(struct recording *r, struct car_verifier *v)
{
	struct car_section section;
	enum status s = STATUS_OK, match;

	while (s == STATUS_OK) {
		match = s = car_verifier_next(v, &section);
		if (match == STATUS_BAD_HASH)
			finding(r->f, 0, "content.car: the block at byte %llu: %s", (unsigned long long)section.offset,
				status_text(match));
		if (match == STATUS_OK || match == STATUS_BAD_HASH)
			s = car_index_add(&r->car, &section);
	}
	if (s == STATUS_END || s == STATUS_NO_MEMORY)
		return s;
	finding(r->f, 0, "content.car: at byte %llu: %s", (unsigned long long)car_verifier_offset(v), status_text(s));
	return STATUS_END;
}

/* content.car, or what meta.json names in its stead: the walk of the deal goes through its blocks. */
static enum status open_content(struct recording *r)
{
	const char *name = json_string_value(json_object_get(r->meta, "content"));
	struct car_verifier *v = NULL;
	struct car_reader car;
	enum status s;

	r->car.fd = open_file(r, name != NULL ? name : "content.car");
	if (r->car.fd < 0)
		return errno == ENOENT ? STATUS_OK : STATUS_IO;
	s = car_open(&car, r->car.fd);
	if (status_class(s) == CLASS_IO)
		return s;
	if (s != STATUS_OK) {
		finding(r->f, 0, "content.car has no valid header: %s", status_text(s));
		return STATUS_OK;
	}
	s = car_verifier_new(&v, &car);
	if (s == STATUS_OK)
		s = index_content(r, v);
	car_verifier_free(v);
	car_release(&car);
	return s == STATUS_END ? walk_new(&r->walk, SELECTOR_ALL, &r->root) : s;
}

static void compare_last(struct recording *r, int side, const char *bytes_key, const char *funds_key)
{
	const json_t *bytes = json_object_get(r->last_event[side], bytes_key);
	const char *funds = json_string_value(json_object_get(r->last_event[side], funds_key));
	char paid[AMOUNT_TEXT_MAX];

	if (json_is_integer(bytes) && (uint64_t)json_integer_value(bytes) != r->bytes)
		finding(r->f, 0, "deal.jsonl ends with %s %lld, but %llu bytes were sent", bytes_key,
			(long long)json_integer_value(bytes), (unsigned long long)r->bytes);
	if (funds != NULL && strcmp(funds, amount_decimal(paid, &r->paid)) != 0)
		finding(r->f, 0, "deal.jsonl ends with %s %.80s, but the last voucher has %s", funds_key, funds, paid);
}

/* A deal that was completed is whole: all blocks, and paid to the last byte. */
static void check_sums(struct recording *r)
{
	const char *end = json_string_value(json_object_get(r->meta, "final_client_status"));
	char paid[AMOUNT_TEXT_MAX], worth_text[AMOUNT_TEXT_MAX];
	struct amount worth;
	struct cid next;

	r->stream = NULL;
	for (int side = 0; side < 2; side++)
		if (r->ordered[side] != 0 && r->ordered[side] < r->sizes[side].len / sizeof(uint64_t))
			finding(r->f, 0, "frames.jsonl has %zu frames of %s, which has %zu", r->ordered[side],
				stream_names[side], r->sizes[side].len / sizeof(uint64_t));
	if (end == NULL || strcmp(end, "DealStatusCompleted") != 0)
		return;
	if (r->walk != NULL && next_announced(r, &next) != STATUS_END)
		finding(r->f, 0, "meta.json says that it completed, but blocks are missing");
	if (r->has_terms && price_of(&worth, &r->terms, r->bytes) && amount_cmp(&worth, &r->paid) != 0)
		finding(r->f, 0, "meta.json says that it completed, but %s afil are paid for what costs %s afil",
			amount_decimal(paid, &r->paid), amount_decimal(worth_text, &worth));
	compare_number(r, r->meta, "client_received", r->bytes);
	compare_last(r, 0, "totalReceived", "fundsSpent");
	compare_last(r, 1, "totalSent", "fundsReceived");
}

static void check_payload(struct recording *r)
{
	const json_t *size = json_object_get(r->scenario, "size");
	char path[4096];
	struct stat st;

	snprintf(path, sizeof(path), "%s/payload.bin", r->path);
	if (json_is_integer(size) && stat(path, &st) == 0 && st.st_size != json_integer_value(size))
		finding(r->f, 0, "payload.bin has %lld bytes, but meta.json says %lld", (long long)st.st_size,
			(long long)json_integer_value(size));
}

static json_t *copy_text(const json_t *from, const char *key)
{
	const char *text = json_string_value(json_object_get(from, key));

	return text != NULL ? show_text(span_text(text)) : json_null();
}

static json_t *summarize(const struct recording *r)
{
	const json_t *id = json_object_get(r->meta, "deal_id");
	json_t *object = json_pack("{s:o, s:o}", "name", copy_text(r->scenario, "name"), "deal",
		json_is_integer(id) ? tool_json_id((uint64_t)json_integer_value(id)) : json_null());

	json_object_set_new(object, "root", show_cid(&r->root));
	json_object_set_new(object, "client", copy_text(r->meta, "client_address"));
	json_object_set_new(object, "provider", copy_text(r->meta, "provider_address"));
	json_object_set_new(object, "channel", copy_text(r->meta, "channel"));
	if (r->has_terms)
		json_object_update_new(object,
			json_pack("{s:o, s:o, s:o, s:o}", "price_per_byte", tool_json_amount(&r->terms.price_per_byte),
				"payment_interval", show_bytes(r->terms.payment_interval), "payment_interval_increase",
				show_bytes(r->terms.payment_interval_increase), "unseal_price",
				tool_json_amount(&r->terms.unseal_price)));
	json_object_update_new(object,
		json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "client_frames",
			show_bytes(r->sizes[0].len / sizeof(uint64_t)), "provider_frames",
			show_bytes(r->sizes[1].len / sizeof(uint64_t)), "blocks", show_bytes(r->blocks), "bytes",
			show_bytes(r->bytes), "links", show_bytes(r->links), "payments", show_bytes(r->payments)));
	json_object_update_new(
		object, json_pack("{s:o, s:o, s:o, s:o}", "paid", tool_json_amount(&r->paid), "events",
				show_bytes(r->events), "client_ended", copy_text(r->meta, "final_client_status"),
				"provider_ended", copy_text(r->last_event[1], "status")));
	return object;
}

enum status check_recording(struct findings *f, json_t **summary, const char *path, const json_t *meta)
{
	struct recording r = {.f = f,
		.path = path,
		.meta = meta,
		.scenario = json_object_get(meta, "scenario"),
		.car = {.fd = -1},
		.paid = amount_zero()};
	const char *root = json_string_value(json_object_get(meta, "root"));
	enum status s = STATUS_OK;

	if (root == NULL || cid_parse(&r.root, span_text(root)) != STATUS_OK)
		finding(f, 0, "meta.json has no root");
	else
		s = open_content(&r);
	if (s == STATUS_OK)
		s = read_stream(&r, 0);
	if (s == STATUS_OK)
		s = read_stream(&r, 1);
	if (s == STATUS_OK)
		s = each_line(&r, "frames.jsonl", take_order);
	if (s == STATUS_OK)
		s = each_line(&r, "deal.jsonl", take_event);
	if (s == STATUS_OK) {
		check_sums(&r);
		check_payload(&r);
		*summary = summarize(&r);
	}
	for (int side = 0; side < 2; side++) {
		bytes_release(&r.sizes[side]);
		json_decref(r.last_event[side]);
	}
	if (r.car.fd >= 0)
		close(r.car.fd);
	car_index_release(&r.car);
	walk_free(r.walk);
	bytes_release(&r.block);
	return s;
}
