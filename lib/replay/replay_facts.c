/* replay_facts.c - the facts of a provider's stream: acceptance, requests for money and their places, and the order of its blocks.
 *
 * Two implementations cut the same deal into different frames; these facts
 * are the same for both.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "replay/replay_private.h"

static void note(struct facts *f, const char *word)
{
	if (f->words == NULL)
		f->words = json_array();
	if (strcmp(f->last, word) == 0) /* the same message in two extensions, or sent again */
		return;
	snprintf(f->last, sizeof(f->last), "%s", word);
	json_array_append_new(f->words, json_string(word));
}

static void take_answer(struct facts *f, const struct transfer *t, enum record_order order)
{
	char word[sizeof(f->last)], owed[AMOUNT_TEXT_MAX];
	struct response response;

	if (transfer_deal_response(&response, t, order) != STATUS_OK)
		return;
	switch (response.status) {
	case DEAL_ACCEPTED:
		note(f, "accepts");
		break;
	case DEAL_FUNDS_NEEDED:
	case DEAL_FUNDS_NEEDED_LAST_PAYMENT:
		amount_decimal(owed, &response.owed);
		snprintf(word, sizeof(word), "asks for %.80s afil after %" PRIu64 " bytes (%s)", owed, f->sent,
			deal_state_name((unsigned)response.status));
		note(f, word);
		break;
	case DEAL_COMPLETED:
		note(f, "completes");
		break;
	default:
		snprintf(word, sizeof(word), "ends: %s",
			deal_state_name(
				response.status < DEAL_STATE_COUNT ? (unsigned)response.status : DEAL_STATE_COUNT));
		note(f, word);
	}
}

static void take_blocks(struct facts *f, const struct graphsync_message *m)
{
	struct span blocks = m->blocks;
	struct graphsync_block block;

	while (graphsync_next_block(&block, &blocks))
		f->sent += block.data.len;
}

static void take_links(struct facts *f, const struct graphsync_response *response)
{
	struct span links = response->links;
	char text[CID_TEXT_MAX];
	enum graphsync_link kind;
	struct cid c;

	if (f->links == NULL)
		f->links = json_array();
	while (graphsync_next_link(&c, &kind, &links))
		json_array_append_new(f->links, json_string(cid_text(text, &c)));
}

void facts_take(struct facts *f, const struct frame *frame)
{
	struct span responses = frame->message.responses;
	struct graphsync_response response;
	struct transfer t;

	if (frame->decoded != STATUS_OK)
		return;
	if (frame->kind == FRAME_TRANSFER)
		take_answer(f, &frame->transfer, frame->order);
	if (frame->kind != FRAME_GRAPHSYNC)
		return;
	take_blocks(f, &frame->message);
	while (graphsync_next_response(&response, &responses)) {
		struct response_transfers transfers = {.response = &response};

		take_links(f, &response);
		if (response_next_transfer(&t, &transfers) == STATUS_OK)
			take_answer(f, &t, RECORD_SORTED);
	}
}

void facts_release(struct facts *f)
{
	json_decref(f->words);
	json_decref(f->links);
	*f = (struct facts){0};
}

void replay_compare_lists(struct replay *r, const char *what, const json_t *recorded, const json_t *ours)
{
	char path[64];

	for (size_t i = 0; i < json_array_size(recorded) || i < json_array_size(ours); i++) {
		const char *left = json_string_value(json_array_get(recorded, i));
		const char *right = json_string_value(json_array_get(ours, i));

		if (left != NULL && right != NULL && strcmp(left, right) == 0)
			continue;
		snprintf(path, sizeof(path), "%s %zu", what, i);
		replay_differ(r, -1, path, left != NULL ? left : "nothing", right != NULL ? right : "nothing");
		return;
	}
}

void facts_compare(struct replay *r, const struct facts *recorded, const struct facts *ours)
{
	replay_compare_lists(r, "provider's answer", recorded->words, ours->words);
	replay_compare_lists(r, "block", recorded->links, ours->links);
}
