/* cheats - see cheats.h. */
#include "cheats.h"

#include <inttypes.h>
#include <stdlib.h>

#include "embedded/embedded.h"
#include "test.h"

void scene_put_payment(struct bytes *frame, struct scene *s, uint64_t payment_id, const struct address *channel,
	const struct voucher *v)
{
	struct provider_deal d = scene_provider_deal(s);
	struct payment payment = {.id = payment_id, .channel = *channel, .voucher = *v};
	struct transfer t = {
		.is_request = true, .has_request = true, .request = {.type = TRANSFER_VOUCHER, .id = d.transfer}};
	struct bytes item = {0}, body = {0};

	payment_encode(&item, &payment, RECORD_DECLARED);
	t.request.voucher = bytes_span(&item);
	t.request.voucher_type = span_text(TYPE_PAYMENT);
	transfer_encode(&body, &t, RECORD_DECLARED);
	bytes_clear(frame);
	frame_put(frame, bytes_span(&body));
	bytes_release(&item);
	bytes_release(&body);
}

int scene_on_ledger(
	struct scene *s, const struct key *key, const struct address *to, uint64_t method, struct span params)
{
	struct message m = {.to = *to, .from = address_of_key(key->public), .method = method, .params = params};
	struct signed_message signed_message;
	struct outcome outcome = {.state = MESSAGE_UNKNOWN};

	if (ledger_nonce(s->ledger, &m.nonce, &m.from) != STATUS_OK ||
		message_sign(&signed_message, &m, key) != STATUS_OK ||
		ledger_submit(s->ledger, &outcome, &signed_message) != STATUS_OK)
		return -1;
	return outcome.state == MESSAGE_FINAL ? outcome.receipt.exit_code : -1;
}

struct address scene_place(
	struct scene *s, uint64_t seed, const struct address *from, const struct address *to, uint64_t balance)
{
	struct address channel = address_of_actor(span_of(&seed, sizeof(seed)));
	struct amount money = afil(balance);
	struct embedded *books;

	books = scene_open_books(s);
	CHECK_EQUAL(embedded_place(books, &channel, from, to, &money), STATUS_OK, "a channel is placed");
	scene_close_books(s, books);
	return channel;
}

void set_up_cheats(struct scene *s, struct cheats *c, uint64_t balance)
{
	struct address us = address_of_party(&s->client), provider = address_of_party(&s->provider), stranger;
	uint8_t seed[32] = {9};

	CHECK_EQUAL(key_from_seed(&c->stranger, seed), STATUS_OK, "a stranger");
	stranger = address_of_key(c->stranger.public);
	c->channels[OURS] = scene_place(s, 10, &us, &provider, balance);
	c->channels[TO_ANOTHER] = scene_place(s, 11, &us, &stranger, 1000000);
	c->channels[FROM_ANOTHER] = scene_place(s, 12, &stranger, &provider, 1000000);
	c->channels[UNFUNDED] = scene_place(s, 13, &us, &provider, 10);
	c->channels[SETTLING] = scene_place(s, 14, &us, &provider, 1000000);
	c->channels[COLLECTED] = scene_place(s, 15, &us, &provider, 1000000);
	c->channels[ABSENT] = address_of_actor(span_text("nowhere"));
	CHECK_EQUAL(scene_on_ledger(s, &s->client.key, &c->channels[COLLECTED], METHOD_PAYCH_SETTLE, span_of("", 0)), 0,
		"settle");
	scene_advance(s, PAYCH_SETTLE_DELAY + 1);
	CHECK_EQUAL(scene_on_ledger(s, &s->client.key, &c->channels[COLLECTED], METHOD_PAYCH_COLLECT, span_of("", 0)),
		0, "collect");
	CHECK_EQUAL(scene_on_ledger(s, &s->client.key, &c->channels[SETTLING], METHOD_PAYCH_SETTLE, span_of("", 0)), 0,
		"settle");
}

enum status cheat(struct scene *s, struct cheats *c, const struct voucher_move *m, struct bytes *answer)
{
	struct voucher v = {.channel = c->channels[m->where],
		.lane = m->lane,
		.nonce = m->nonce,
		.amount = afil(m->amount ? m->amount : c->due),
		.time_lock_min = (int64_t)m->lock_min,
		.time_lock_max = (int64_t)m->lock_max,
		.min_settle_height = (int64_t)m->height};
	struct bytes frame = {0};
	enum status got;

	if (m->secret != NULL)
		v.secret_hash = span_text(m->secret);
	if (m->extra != NULL)
		v.extra = span_of(m->extra, 6);
	if (m->merge) {
		v.merges = span_of("\x82\x05\x01", 3);
		v.merge_count = 1;
	}
	CHECK_EQUAL(voucher_sign(&v, m->wrong_key ? &c->stranger : &s->client.key), STATUS_OK, "the cheat signs");
	if (m->no_signature)
		v.signature_type = SIGNATURE_NONE;
	if (m->flip)
		v.signature[5] ^= 0x10;
	scene_put_payment(&frame, s, m->other_deal ? s->deal + 1 : s->deal,
		m->other_payment_channel ? &c->channels[TO_ANOTHER] : &v.channel, &v);
	got = provider_takes(s, answer, &frame);
	bytes_release(&frame);
	return got;
}

void scene_advance(struct scene *s, int64_t epochs)
{
	struct embedded *books;
	int64_t now;

	books = scene_open_books(s);
	CHECK_EQUAL(embedded_advance(books, epochs, &now), STATUS_OK, "time passes");
	scene_close_books(s, books);
}

void check_loss(const char *move, uint64_t lost, uint64_t bound)
{
	printf("%s: lost %" PRIu64 " afil, bound %" PRIu64 " afil\n", move, lost, bound);
	CHECK(lost <= bound, move);
}

uint64_t scene_client_loss(struct scene *s)
{
	struct client_deal deal = scene_client_deal(s);
	struct amount bytes = afil(deal.total_received * s->price), lost;
	char digits[AMOUNT_TEXT_MAX];

	if (!amount_sub(&lost, &deal.funds_spent, &bytes) || amount_is_negative(&lost))
		return 0;
	return strtoull(amount_decimal(digits, &lost), NULL, 10);
}
