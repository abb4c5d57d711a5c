/* line_carry.c - a line that may lose, repeat, damage, delay or reorder one frame, or be cut there. */
#include "replay/line_private.h"
#include "seller/take.h"

void line_note_failure(struct line_run *x, enum status s, const struct party *p)
{
	enum status_class c = status_class(s);

	if (c != CLASS_PAYMENT && x->hit && x->failure.status == STATUS_OK)
		error_explain(&x->failure, s, "%.250s", error_text(&p->error, s));
}

static enum status deliver(struct line_run *x, enum deal_side to, struct bytes *answer, struct span body)
{
	struct replay *r = x->r;
	struct party *p = to == SIDE_CLIENT ? &r->client : &r->provider;
	struct frame frame;
	uint64_t deal;
	enum status s = frame_decode(&frame, body);

	error_clear(&p->error);
	if (s == STATUS_OK)
		s = to == SIDE_CLIENT ? replay_client_takes(r, &frame) : seller_take(p, answer, &deal, &frame, NULL);
	line_note_failure(x, s, p);
	return s;
}

static enum status deliver_twice(struct line_run *x, enum deal_side to, struct bytes *answer, struct span body)
{
	enum status s = deliver(x, to, answer, body);

	return s == STATUS_OK ? deliver(x, to, answer, body) : s;
}

static enum status deliver_flipped(struct line_run *x, enum deal_side to, struct bytes *answer, struct span body)
{
	CLEAN_BYTES struct bytes damaged = {0};

	bytes_append(&damaged, body.data, body.len);
	if (damaged.failed)
		return STATUS_NO_MEMORY;
	damaged.data[body.len / 2] ^= 0x10;
	return deliver(x, to, answer, bytes_span(&damaged));
}

/* The frame behind this one overtakes this one; in the next batch, if this batch has no further frame. */
static enum status deliver_swapped(
	struct line_run *x, enum deal_side to, struct bytes *answer, struct span body, struct span *next)
{
	struct span other;
	enum status s;

	if (frame_take(&other, next) != STATUS_OK) {
		frame_put(&x->late[to], body);
		x->swapped[to] = true;
		return STATUS_OK;
	}
	x->frames++;
	s = deliver(x, to, answer, other);
	return s == STATUS_OK ? deliver(x, to, answer, body) : s;
}

/* One frame of a batch reaches the line; @next is the frame behind it. */
static enum status put_on_line(
	struct line_run *x, enum deal_side to, struct bytes *answer, struct span body, struct span *next)
{
	if (x->frames++ != x->fault.at || x->fault.kind == FAULT_NONE)
		return deliver(x, to, answer, body);
	x->hit = true;
	switch (x->fault.kind) {
	case FAULT_CUT:
		line_note_failure(x, STATUS_CUT, &(struct party){0});
		return STATUS_CUT;
	case FAULT_DUP:
		return deliver_twice(x, to, answer, body);
	case FAULT_FLIP:
		return deliver_flipped(x, to, answer, body);
	case FAULT_DELAY:
		frame_put(&x->late[to], body);
		return STATUS_OK;
	case FAULT_SWAP:
		return deliver_swapped(x, to, answer, body, next);
	case FAULT_DROP:
	case FAULT_NONE:
	case FAULT_ALL:
		break;
	}
	return STATUS_OK;
}

/* Deliver the delayed frames. */
static enum status release_late(struct line_run *x, enum deal_side to, struct bytes *answer)
{
	CLEAN_BYTES struct bytes late = x->late[to];
	struct span stream = bytes_span(&late), body;
	enum status s = STATUS_OK;

	x->late[to] = (struct bytes){0};
	x->swapped[to] = false;
	while (s == STATUS_OK && frame_take(&body, &stream) == STATUS_OK)
		s = deliver(x, to, answer, body);
	return s;
}

static enum status carry_frames(struct line_run *x, enum deal_side to, struct bytes *answer, struct span batch)
{
	struct span body;
	enum status s = STATUS_OK;

	if (x->late[to].len != 0 && !x->swapped[to])
		s = release_late(x, to, answer);
	while (s == STATUS_OK && frame_take(&body, &batch) == STATUS_OK) {
		bool late = x->late[to].len != 0;

		s = put_on_line(x, to, answer, body, &batch);
		if (s == STATUS_OK && late)
			s = release_late(x, to, answer);
	}
	return s;
}

enum status line_carry(struct line_run *x, enum deal_side to, struct bytes *answer, struct span batch)
{
	enum status s = carry_frames(x, to, answer, batch), finished;

	if (to == SIDE_PROVIDER || x->r->receiver == NULL)
		return s;
	finished = receiver_finish(x->r->receiver);
	receiver_free(x->r->receiver);
	x->r->receiver = NULL;
	return s == STATUS_OK ? finished : s;
}

enum status line_ask(struct line_run *x, struct span batch)
{
	CLEAN_BYTES struct bytes answer = {0};
	enum status s = line_carry(x, SIDE_PROVIDER, &answer, batch);
	enum status answered = line_carry(x, SIDE_CLIENT, NULL, bytes_span(&answer));

	return status_class(s) == CLASS_IO ? s : answered;
}

void line_release(struct line_run *x)
{
	for (int side = 0; side < 2; side++)
		bytes_release(&x->late[side]);
}
