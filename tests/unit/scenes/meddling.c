/* meddling - someone between two honest parties: frames dropped, repeated, swapped, cut and altered.
 *
 * Never is a wrong block kept or money paid for what was not verified, and the
 * right frames complete the deal afterwards.
 */

#include "../../support/cheats.h"
#include "../../support/test.h"

#define FRAMES_MAX 64

struct recording {
	struct bytes stream;
	struct span frames[FRAMES_MAX];
	size_t count;
};

/* An honest deal, one block a message: every frame that the client gets. */
static void record(struct recording *r)
{
	struct bytes frame = {0}, answer = {0};
	struct span rest;
	struct scene s;

	scene_begin(&s, PRICE, 0);
	scene_propose(&s, &frame);
	CHECK_EQUAL(provider_takes(&s, &answer, &frame), STATUS_OK, "the provider accepts");
	bytes_append(&r->stream, answer.data, answer.len);
	CHECK_EQUAL(client_takes_all(&s, &answer), STATUS_OK, "the client hears it");
	CHECK_EQUAL(buyer_open_channel(&s.client, s.deal, NULL, NULL), STATUS_OK, "the channel opens");
	scene_finish_deal(&s, &r->stream);
	scene_check_completed(&s, "the recorded deal");
	bytes_release(&frame);
	bytes_release(&answer);
	scene_end(&s);
	rest = bytes_span(&r->stream);
	while (rest.len != 0 && r->count < FRAMES_MAX)
		r->frames[r->count++] = next_frame(&rest);
}

/* A frame, and what an honest client does next. What it refuses it leaves. */
static void take_and_go_on(struct scene *s, struct span frame)
{
	struct bytes payment = {0};
	struct client_deal d;

	if (client_takes(s, frame) != STATUS_OK)
		return;
	d = scene_client_deal(s);
	if (client_wants_channel(&d))
		CHECK_EQUAL(buyer_open_channel(&s->client, s->deal, NULL, NULL), STATUS_OK, "the channel opens");
	d = scene_client_deal(s);
	if (d.has_lane && buyer_outcome(&d) == STATUS_PAYMENT_NEEDED)
		if (!CHECK_EQUAL(scene_pay(s, &payment), STATUS_OK, "what is due is paid"))
			fprintf(stderr, "  said: %s\n", s->client.error.why);
	bytes_release(&payment);
}

enum meddling { DROP, TWICE, SWAP, REPLAY, CUT, FLIP, MEDDLING_COUNT };

static const char *const meddling_names[] = {
	"dropped", "sent twice", "swapped with the next", "sent again at the end", "cut", "altered"};

static void meddle(struct scene *s, const struct recording *r, enum meddling how, size_t at)
{
	struct bytes altered = {0};

	for (size_t i = 0; i < r->count; i++) {
		if (how == SWAP && i == at && at + 1 < r->count) {
			take_and_go_on(s, r->frames[i + 1]);
			take_and_go_on(s, r->frames[i]);
			i++;
			continue;
		}
		if (i == at && (how == CUT || how == FLIP)) {
			bytes_clear(&altered);
			bytes_append(&altered, r->frames[i].data, how == CUT ? r->frames[i].len / 2 : r->frames[i].len);
			if (how == FLIP)
				altered.data[altered.len * 3 / 4] ^= 0x04;
			take_and_go_on(s, bytes_span(&altered));
			continue;
		}
		if (!(how == DROP && i == at))
			take_and_go_on(s, r->frames[i]);
		if (how == TWICE && i == at)
			take_and_go_on(s, r->frames[i]);
	}
	if (how == REPLAY)
		take_and_go_on(s, r->frames[at]);
	bytes_release(&altered);
}

/* Returns what the client lost, in attoFIL, before the right frames came. */
static uint64_t test_meddling(const struct recording *r, enum meddling how, size_t at)
{
	struct bytes frame = {0};
	struct client_deal d;
	struct scene s;
	uint64_t lost;

	scene_begin(&s, PRICE, 0);
	scene_propose(&s, &frame);
	meddle(&s, r, how, at);
	lost = scene_client_loss(&s);
	scene_check(&s);
	for (int again = 0; again < 3; again++) {
		for (size_t i = 0; i < r->count; i++)
			take_and_go_on(&s, r->frames[i]);
	}
	d = scene_client_deal(&s);
	if (!CHECK(d.state == DEAL_COMPLETED, "the right frames complete the deal") ||
		!CHECK(scene_car_is_whole(&s), "with the right bytes"))
		fprintf(stderr, "  frame %zu of %zu %s: %s %s\n", at, r->count, meddling_names[how],
			deal_state_name(d.state), d.message);
	CHECK(amount_cmp(&d.funds_spent, &(struct amount[]){afil(content.goods.bytes * PRICE)}[0]) <= 0,
		"and for no more than their price");
	bytes_release(&frame);
	scene_end(&s);
	return lost;
}

/* What the client has kept so far is the beginning of the right CAR, and nothing else. */
static void check_kept(struct scene *s)
{
	char path[160];
	FILE *f;
	size_t at = 0;
	int c, same = 1;

	snprintf(path, sizeof(path), "%s/client/blocks/%llu.car", scratch, (unsigned long long)s->deal);
	f = fopen(path, "r");
	if (f == NULL)
		return;
	while ((c = getc(f)) != EOF) {
		if (at >= content.goods.car.len || content.goods.car.data[at] != (uint8_t)c)
			same = 0;
		at++;
	}
	fclose(f);
	CHECK(same, "INVARIANT 15: what is kept is right and in order");
}

/* One bit of one frame is another: never a wrong block, never money for what was not verified. */
static void test_altered_bit(const struct recording *r, size_t at, size_t bit)
{
	struct bytes frame = {0}, altered = {0};
	struct scene s;

	scene_begin(&s, PRICE, 0);
	scene_propose(&s, &frame);
	bytes_append(&altered, r->frames[at].data, r->frames[at].len);
	altered.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	for (size_t i = 0; i < r->count; i++)
		take_and_go_on(&s, i == at ? bytes_span(&altered) : r->frames[i]);
	check_kept(&s);
	bytes_release(&frame);
	bytes_release(&altered);
	scene_end(&s);
}

int main(void)
{
	static struct recording recording;
	char move[64];

	if (!scratch_begin())
		return test_end();
	content_make();
	record(&recording);
	for (int how = 0; how < MEDDLING_COUNT; how++) {
		uint64_t most = 0;

		for (size_t at = 0; at < recording.count; at++) {
			uint64_t lost = test_meddling(&recording, (enum meddling)how, at);

			most = lost > most ? lost : most;
		}
		snprintf(move, sizeof(move), "a frame is %s", meddling_names[how]);
		check_loss(move, most, 0);
	}
	for (size_t at = 0; at < recording.count; at++) {
		size_t bits = 8 * recording.frames[at].len, step = bits / 24 | 1;

		for (size_t bit = at; bit < bits; bit += step)
			test_altered_bit(&recording, at, bit);
	}
	bytes_release(&recording.stream);
	content_release();
	scratch_end();
	return test_end();
}
