/* check_recording.c - checks that the parts of a recorded deal agree: two streams, a CAR, the order of the frames, and the results.
 *
 * Trusts no file of the recording: each is an account of the same deal, and
 * they must agree.
 */
#include "check/check_recording.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "deal/price.h"
#include "ipld/car_index.h"
#include "ipld/car_verify.h"
#include "ipld/walk.h"

/** struct examination - a recording being checked. */
struct examination {
	struct findings *f;
	const struct recording *recording;
	struct recording_sums *sums;
	const struct recorded_frame *frame; /* the current frame; NULL behind the last */
	struct car_index car;               /* of the content; fd -1 if there is none */
	struct walk *walk;                  /* NULL if there is no walk to follow, or no longer */
	struct bytes block;
	uint64_t nonce; /* amount of the last voucher */
};

static void broken(struct examination *x, const char *what, const char *detail)
{
	const char *colon = *detail != '\0' ? ": " : "";

	if (x->frame != NULL)
		finding(x->f, 0, "%s: frame %zu: %s%s%s", recording_stream(x->frame->from), x->frame->number + 1, what,
			colon, detail);
	else
		finding(x->f, 0, "%s%s%s", what, colon, detail);
}

static void differs(struct examination *x, const char *key, const char *detail)
{
	char what[160];

	snprintf(what, sizeof(what), "not the %s of meta.json", key);
	broken(x, what, detail);
}

/* The field of meta.json, if present, must equal @text. */
static void compare_text(struct examination *x, const char *key, const char *text)
{
	const char *said = field_text(x->recording->meta, key);

	if (*said != '\0' && strcmp(said, text) != 0)
		differs(x, key, text);
}

static void compare_number(struct examination *x, const json_t *in, const char *key, uint64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, number);
	if (field_is_there(in, key) && field_number(in, key) != number)
		differs(x, key, text);
}

/* Addresses are compared as bytes: the texts may be of either network. */
static void compare_address(struct examination *x, const char *key, const struct address *a)
{
	struct address said = field_address(x->recording->meta, key);
	char text[ADDRESS_TEXT_MAX];

	if (address_is_none(&said) || !address_equal(&said, a))
		compare_text(x, key, address_text(text, a, NETWORK_MAIN));
}

static void compare_amount(struct examination *x, const char *key, const struct amount *a)
{
	struct amount said = field_amount(x->recording->scenario, key);
	char text[AMOUNT_TEXT_MAX];

	if (field_is_there(x->recording->scenario, key) && amount_cmp(&said, a) != 0)
		differs(x, key, amount_decimal(text, a));
}

/* The frames of the client. */

static void stop_walking(struct examination *x, const char *what, const char *detail)
{
	broken(x, what, detail);
	walk_free(x->walk);
	x->walk = NULL;
}

/* If the walk's current link is @c, step on. */
static enum status step(struct examination *x, const struct cid *c, enum graphsync_link kind)
{
	enum status s = STATUS_OK;

	if (kind == LINK_MISSING || kind == LINK_DUPLICATE_DAG_SKIPPED) {
		walk_skip(x->walk);
		return STATUS_OK;
	}
	bytes_clear(&x->block);
	if (c->hash == HASH_IDENTITY)
		bytes_append(&x->block, cid_digest(c).data, cid_digest(c).len);
	else if (c->codec != CODEC_RAW)
		s = car_index_load(&x->car, &x->block, c);
	return s == STATUS_OK ? walk_enter(x->walk, bytes_span(&x->block)) : s;
}

/* The client has the first @skip_links links of the walk from an earlier deal: these are not sent, and count as seen. */
static void skip_first_links(struct examination *x, uint64_t skip_links)
{
	struct car_place *place;
	struct cid next;
	enum status s = STATUS_OK;

	while (x->walk != NULL && s == STATUS_OK && walk_links(x->walk) < skip_links) {
		s = walk_next(x->walk, &next);
		if (s == STATUS_OK)
			s = step(x, &next, LINK_PRESENT);
		if (s == STATUS_OK && car_index_find(&x->car, &place, &next) == STATUS_OK)
			place->seen = true;
	}
	if (s != STATUS_OK && s != STATUS_END)
		stop_walking(x, "a block can't be walked", status_text(s));
}

static void take_proposal(struct examination *x, const struct graphsync_request *request)
{
	const struct recording *r = x->recording;
	char text[CID_TEXT_MAX];
	struct proposal proposal;
	struct transfer t;

	if (request->type != GRAPHSYNC_NEW)
		return;
	compare_text(x, "root", cid_text(text, &request->root));
	if (request_proposal(&proposal, &t, request) != STATUS_OK) {
		broken(x, "a request without a proposal", "");
		return;
	}
	if (!x->sums->has_terms)
		skip_first_links(x, request_skip_links(request));
	compare_number(x, r->meta, "deal_id", proposal.id);
	compare_number(x, r->scenario, "payment_interval", proposal.params.payment_interval);
	compare_number(x, r->scenario, "payment_interval_increase", proposal.params.payment_interval_increase);
	compare_amount(x, "price_per_byte", &proposal.params.price_per_byte);
	compare_amount(x, "unseal_price", &proposal.params.unseal_price);
	x->sums->terms = proposal.params;
	x->sums->terms.selector = (struct span){0};
	x->sums->has_terms = true;
}

static void compare_payment(struct examination *x, const struct payment *payment)
{
	struct address signer;
	enum status s = voucher_signer(&signer, &payment->voucher);

	compare_number(x, x->recording->meta, "deal_id", payment->id);
	compare_address(x, "channel", &payment->channel);
	compare_address(x, "channel", &payment->voucher.channel);
	if (s != STATUS_OK)
		broken(x, "its voucher", status_text(s));
	else
		compare_address(x, "client_address", &signer);
}

static void take_transfer(struct examination *x, const struct frame *frame)
{
	struct recording_sums *sums = x->sums;
	struct payment payment;
	enum status s = transfer_payment(&payment, &frame->transfer, frame->order);
	int more;

	if (s == STATUS_UNKNOWN_TYPE)
		return;
	if (s != STATUS_OK) {
		broken(x, "its payment does not decode", status_text(s));
		return;
	}
	compare_payment(x, &payment);
	more = amount_cmp(&payment.voucher.amount, &sums->paid);
	if (payment.voucher.nonce == x->nonce && more == 0)
		return; /* the same voucher was sent again */
	if (payment.voucher.nonce <= x->nonce)
		broken(x, "the nonce of its voucher does not rise", "");
	if (more <= 0)
		broken(x, "the amount of its voucher does not rise", "");
	sums->payments++;
	x->nonce = payment.voucher.nonce;
	sums->paid = payment.voucher.amount;
}

/* The frames of the provider. */

/* The next announced link of the walk: identity CIDs are not announced. */
static enum status next_announced(struct examination *x, struct cid *next)
{
	enum status s;

	while ((s = walk_next(x->walk, next)) == STATUS_OK && next->hash == HASH_IDENTITY) {
		s = step(x, next, LINK_PRESENT);
		if (s != STATUS_OK)
			return s;
	}
	return s;
}

/* A link must be next in the walk, or was sent before and is sent again. */
static void take_link(struct examination *x, const struct cid *c, enum graphsync_link kind)
{
	struct car_place *place;
	char text[CID_TEXT_MAX];
	struct cid next;
	enum status s;

	x->sums->links++;
	if (x->walk == NULL)
		return;
	s = next_announced(x, &next);
	if (s == STATUS_OK && cid_equal(&next, c)) {
		s = step(x, c, kind);
		if (s != STATUS_OK)
			stop_walking(x, "a block can't be walked", status_text(s));
	} else if (car_index_find(&x->car, &place, c) != STATUS_OK || !place->seen) {
		stop_walking(x, "a link that is not next in the walk", cid_text(text, c));
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

static void take_block(struct examination *x, const struct graphsync_message *m, const struct graphsync_block *block)
{
	struct car_place *place = NULL;
	char text[CID_TEXT_MAX];
	struct cid c;
	enum status s = cid_from_prefix(&c, block->prefix, block->data);

	if (s != STATUS_OK) {
		broken(x, "a block without a valid prefix", status_text(s));
		return;
	}
	if (!is_announced(m, &c))
		broken(x, "a block that it does not announce", cid_text(text, &c));
	if (x->car.fd >= 0 && car_index_find(&x->car, &place, &c) != STATUS_OK) {
		broken(x, "a block that is not in content.car", cid_text(text, &c));
		return;
	}
	if (place != NULL && place->seen)
		return;
	if (place != NULL)
		place->seen = true;
	x->sums->blocks++;
	x->sums->bytes += block->data.len;
}

static void take_graphsync(struct examination *x, const struct graphsync_message *m)
{
	struct span requests = m->requests, responses = m->responses, blocks = m->blocks;
	struct graphsync_response response;
	struct graphsync_request request;
	struct graphsync_block block;
	enum graphsync_link kind;
	struct cid c;

	while (graphsync_next_request(&request, &requests))
		take_proposal(x, &request);
	while (graphsync_next_response(&response, &responses))
		while (graphsync_next_link(&c, &kind, &response.links))
			take_link(x, &c, kind);
	while (graphsync_next_block(&block, &blocks))
		take_block(x, m, &block);
}

static void take_frame(struct examination *x, const struct frame *frame)
{
	struct query_response answer;
	struct query query;
	enum status s = frame->decoded;

	if (s == STATUS_OK &&
		frame->kind == FRAME_QUERY) /* a query belongs to no deal, so there is nothing to compare */
		s = frame_query(&query, frame);
	else if (s == STATUS_OK && frame->kind == FRAME_QUERY_RESPONSE)
		s = frame_query_response(&answer, frame);
	if (s != STATUS_OK)
		broken(x, "does not decode", status_text(s));
	else if (frame->kind == FRAME_GRAPHSYNC)
		take_graphsync(x, &frame->message);
	else if (frame->kind == FRAME_TRANSFER)
		take_transfer(x, frame);
}

static void take_streams(struct examination *x)
{
	for (int side = 0; side < 2; side++) {
		const struct recorded_stream *stream = &x->recording->streams[side];

		for (size_t i = 0; i < stream->count; i++) {
			x->frame = &stream->frames[i];
			take_frame(x, &x->frame->frame);
		}
	}
	x->frame = NULL;
}

/* Notes all blocks of the content, and reports bad blocks. */
static enum status index_content(struct examination *x, struct car_verifier *v)
{
	struct car_section section;
	enum status s = STATUS_OK;

	while (s == STATUS_OK) {
		s = car_verifier_next(v, &section);
		if (s == STATUS_BAD_HASH)
			finding(x->f, 0, "content.car: the block at byte %" PRIu64 ": %s", section.offset,
				status_text(s));
		if (s == STATUS_OK || s == STATUS_BAD_HASH)
			s = car_index_add(&x->car, &section);
	}
	if (s == STATUS_END || s == STATUS_NO_MEMORY)
		return s;
	finding(x->f, 0, "content.car: at byte %" PRIu64 ": %s", car_verifier_offset(v), status_text(s));
	return STATUS_END;
}

static enum status index_car(struct examination *x)
{
	struct car_verifier *v = NULL;
	struct car_reader car;
	struct stat st;
	enum status s = car_open(&car, x->car.fd);

	if (status_class(s) == CLASS_IO)
		return s;
	if (s != STATUS_OK) {
		finding(x->f, 0, "content.car has no valid header: %s", status_text(s));
		return STATUS_OK;
	}
	s = car_verifier_new(&v, &car);
	if (s == STATUS_OK)
		s = index_content(x, v);
	car_verifier_free(v);
	car_release(&car);
	if (s != STATUS_END)
		return s;
	s = walk_new(&x->walk, SELECTOR_ALL, &x->sums->root);
	if (s == STATUS_OK && fstat(x->car.fd, &st) == 0) /* a recording may come from a stranger */
		walk_set_budget(x->walk, (uint64_t)st.st_size);
	return s;
}

/* Start the walk of the deal over the blocks of the content, if there is a content. */
static enum status open_content(struct examination *x)
{
	CLEAN_BYTES struct bytes path = {0};
	enum status s = recording_content(&path, x->recording);

	if (s == STATUS_IO && errno == ENOENT)
		return STATUS_OK;
	if (s != STATUS_OK)
		return s;
	s = file_open_regular(&x->car.fd, bytes_text(&path));
	return s == STATUS_OK ? index_car(x) : s;
}

/* The last event of a side has the counts of bytes sent and amounts paid. */
static void compare_last(struct examination *x, enum deal_side side)
{
	const char *bytes_key = side == SIDE_CLIENT ? "totalReceived" : "totalSent";
	const char *funds_key = side == SIDE_CLIENT ? "fundsSpent" : "fundsReceived";
	const struct event_line *last = recording_last_event(x->recording, side);
	char paid[AMOUNT_TEXT_MAX];

	if (last == NULL)
		return;
	if (last->has_bytes && last->bytes != x->sums->bytes)
		finding(x->f, 0, "deal.jsonl ends with %s %" PRIu64 ", but %" PRIu64 " bytes were sent", bytes_key,
			last->bytes, x->sums->bytes);
	if (*last->funds != '\0' && strcmp(last->funds, amount_decimal(paid, &x->sums->paid)) != 0)
		finding(x->f, 0, "deal.jsonl ends with %s %.80s, but the last voucher has %s", funds_key, last->funds,
			paid);
}

/* A completed deal has all blocks, and is paid in full. */
static void check_sums(struct examination *x)
{
	const struct recording_sums *sums = x->sums;
	char paid[AMOUNT_TEXT_MAX], worth_text[AMOUNT_TEXT_MAX];
	struct amount worth;
	struct cid next;

	if (strcmp(field_text(x->recording->meta, "final_client_status"), deal_state_name(DEAL_COMPLETED)) != 0)
		return;
	if (x->walk != NULL && next_announced(x, &next) != STATUS_END)
		finding(x->f, 0, "meta.json says that the deal completed, but blocks are missing");
	if (sums->has_terms && price_of(&worth, &sums->terms, sums->bytes) && amount_cmp(&worth, &sums->paid) != 0)
		finding(x->f, 0, "meta.json says that the deal completed, but %s afil are paid for what costs %s afil",
			amount_decimal(paid, &sums->paid), amount_decimal(worth_text, &worth));
	compare_number(x, x->recording->meta, "client_received", sums->bytes);
	compare_last(x, SIDE_CLIENT);
	compare_last(x, SIDE_PROVIDER);
}

static void check_payload(struct examination *x)
{
	uint64_t size = field_number(x->recording->scenario, "size");
	char path[RECORDING_PATH_MAX];
	struct stat st;

	if (stat(recording_path(path, x->recording->folder, RECORDING_PAYLOAD), &st) == 0 && size != 0 &&
		(uint64_t)st.st_size != size)
		finding(x->f, 0, "payload.bin has %lld bytes, but meta.json says %" PRIu64, (long long)st.st_size,
			size);
}

static enum status examine(struct examination *x)
{
	enum status s = STATUS_OK;

	if (cid_parse(&x->sums->root, span_text(field_text(x->recording->meta, "root"))) != STATUS_OK) {
		x->sums->root = (struct cid){0};
		finding(x->f, 0, "meta.json has no root");
	} else {
		s = open_content(x);
	}
	if (s != STATUS_OK)
		return s;
	take_streams(x);
	check_sums(x);
	check_payload(x);
	return STATUS_OK;
}

static void take_flaw(void *ctx, const char *file, const char *text)
{
	finding(ctx, 0, "%s: %s", file, text);
}

enum status check_recording(struct findings *f, struct recording_sums *sums, struct recording *r, const char *folder)
{
	struct examination x = {.f = f, .recording = r, .sums = sums, .car = {.fd = -1}};
	enum status s = recording_load(r, folder, (struct flaw_taker){take_flaw, f});

	*sums = (struct recording_sums){.paid = amount_zero()};
	if (s != STATUS_OK)
		return s;
	s = examine(&x);
	if (x.car.fd >= 0)
		close(x.car.fd);
	car_index_release(&x.car);
	walk_free(x.walk);
	bytes_release(&x.block);
	return s;
}
