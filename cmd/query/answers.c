/* answers.c - answers to a query: read, weighed and ranked. */
#include "answers.h"

#include <stdlib.h>
#include <string.h>

#include "show/show.h"
#include "tool/stream.h"

#define ANSWERS_MAX 10000

static enum status keep(struct answers *all, struct answer *a)
{
	a->shown = json_pack("{s:o}", "source", tool_json_text(a->source));
	json_object_update_new(a->shown, show_query_response(&a->response));
	if (a->status == STATUS_OK)
		bytes_append(&a->message, a->response.message.data, a->response.message.len);
	a->response.message = (struct span){0};
	bytes_append(&all->list, a, sizeof(*a));
	if (bytes_status(&all->list) == STATUS_OK && bytes_status(&a->message) == STATUS_OK) {
		all->count++;
		return STATUS_OK;
	}
	json_decref(a->shown);
	bytes_release(&a->message);
	return STATUS_NO_MEMORY;
}

/* An answer that is malformed, or whose signature is wrong, is no answer. */
static bool is_fault(enum status s)
{
	return status_class(s) == CLASS_MALFORMED || status_class(s) == CLASS_INTEGRITY;
}

static enum status take(void *ctx, const struct frame *frame)
{
	struct answers *all = ctx;
	struct answer a = {.source = all->source, .number = all->count};
	const struct cid *payload = cid_is_none(&all->payload) ? NULL : &all->payload;
	struct party *p = &all->t->party;
	enum status s = frame_query_response(&a.response, frame);

	if (s == STATUS_BAD_MESSAGE)
		return party_fail(p, s, "'%.300s' holds a frame that is no answer to a query", all->source);
	if (s == STATUS_OK && all->count == ANSWERS_MAX)
		return party_fail(p, STATUS_TOO_LARGE, "more than %d answers", ANSWERS_MAX);
	if (s != STATUS_OK)
		return s;
	a.status = buyer_weigh(p, &a.cost, &a.response, tool_size(all->t, "size", a.response.size), payload);
	if (a.status != STATUS_OK)
		span_clean(a.reason, sizeof(a.reason), span_text(error_text(&p->error, a.status)));
	error_clear(&p->error);
	if (is_fault(a.status))
		return party_fail(p, a.status, "'%.300s': %s", all->source, a.reason);
	return keep(all, &a);
}

/* A provider's error must not hide the other answers; a failure on this side ends the reading. */
static bool is_theirs(enum status s)
{
	return status_class(s) == CLASS_PEER || is_fault(s);
}

static enum status read_files(struct answers *all)
{
	struct tool *t = all->t;
	int count = t->argument_count;
	enum status s = STATUS_OK;

	all->source = "-";
	if (count == 0)
		return tool_frames_of(t, NULL, take, all);
	for (int i = 0; i < count; i++) {
		all->source = t->arguments[i];
		s = tool_frames_of(t, all->source, take, all);
		if (s == STATUS_OK)
			continue;
		if (count == 1 || !is_theirs(s))
			return s;
		tool_complain(t, s);
		if (all->failed == STATUS_OK)
			all->failed = s;
	}
	return STATUS_OK;
}

/* The cheapest first, answers that are no offers last; else in the order of reading. */
static int compare(const void *a, const void *b)
{
	const struct answer *x = a, *y = b;
	int order = (x->status != STATUS_OK) - (y->status != STATUS_OK);

	if (order == 0 && x->status == STATUS_OK)
		order = amount_cmp(&x->cost, &y->cost);
	return order != 0 ? order : (x->number > y->number) - (x->number < y->number);
}

struct answer answers_at(const struct answers *all, size_t place)
{
	struct answer a;

	memcpy(&a, all->list.data + place * sizeof(a), sizeof(a));
	a.response.message = bytes_span(&a.message);
	return a;
}

enum status answers_read(struct answers *all)
{
	enum status s = read_files(all);

	if (s != STATUS_OK)
		return s;
	if (all->count != 0)
		qsort(all->list.data, all->count, sizeof(struct answer), compare);
	return STATUS_OK;
}

static void release(struct answer a)
{
	json_decref(a.shown);
	bytes_release(&a.message);
}

void answers_release(struct answers *all)
{
	for (size_t i = 0; i < all->count; i++)
		release(answers_at(all, i));
	bytes_release(&all->list);
}
