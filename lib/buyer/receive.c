/* receive.c - a buyer receives the provider's stream, frame by frame.
 *
 * Blocks are checked by block_check.h; deal responses are applied by
 * deal_response.c.
 */
#include "buyer/receive.h"

#include <inttypes.h>
#include <stdio.h>

#include "blocks/block_check.h"
#include "buyer/left_deals.h"
#include "buyer/receiver_private.h"
#include "buyer/recovery.h"
#include "wire/transfer.h"

#define RECOVERIES_MAX 8 /* on one stream */

static enum status take_extensions(struct receiver *r, const struct graphsync_response *response)
{
	struct response_transfers transfers = {.response = response};
	struct transfer transfer;
	enum status s;

	while ((s = response_next_transfer(&transfer, &transfers)) == STATUS_OK) {
		s = receiver_take_transfer(r, &transfer, RECORD_SORTED);
		if (s != STATUS_OK)
			return s;
	}
	return s == STATUS_END ? STATUS_OK : s;
}

/*
 * A store that was restored from an older copy signs the same vouchers a second time, as fast as blocks come, perhaps
 * beyond the voucher that the provider holds before the first refusal arrives. Exactly the vouchers below the one that
 * the provider holds are refused.
 */
static bool is_stale(struct receiver *r, const struct recovered *recovered)
{
	if (recovered->changed || recovered->held_nonce <= r->first_nonce ||
		recovered->held_nonce - r->first_nonce <= r->stale_refusals)
		return false;
	r->stale_refusals++;
	return true;
}

/*
 * By hand, frames may reach the provider in another order than they were made: the provider holds our newest voucher, so
 * that the refused one is older. On a connection vouchers arrive in their order.
 */
static bool is_of_older(const struct receiver *r, const struct recovered *recovered)
{
	return !r->live && !recovered->changed && recovered->held_nonce != 0 &&
	       recovered->held_nonce >= r->deal.voucher_nonce;
}

/* The acceptance of a deal that another key pays for: the deal is not ours, although the provider named the deal to us. */
static enum status check_payer(struct receiver *r, const struct extension_list *list)
{
	struct client_input in = {.reason = "another key pays for this deal"};
	bool ours;
	enum status s;

	if (r->deal.state != DEAL_WAIT_FOR_ACCEPTANCE)
		return STATUS_OK;
	s = buyer_is_payer(r->p, &ours, r->deal.id, list);
	return s != STATUS_OK || ours ? s : receiver_apply(r, CLIENT_DEAL_REJECTED, &in);
}

/*
 * Before a provider refuses a payment, the provider returns the vouchers that the provider holds of ours: our store may
 * have lost some.
 */
static enum status take_best_vouchers(struct receiver *r, const struct graphsync_response *response)
{
	struct extension_list list;
	struct recovered recovered;
	enum status s = extension_list_open(&list, response, EXT_BEST_VOUCHERS, BEST_VOUCHERS_MAX);

	if (s != STATUS_OK)
		return s == STATUS_NOT_FOUND ? STATUS_OK : s;
	s = check_payer(r, &list);
	if (s != STATUS_OK || receiver_is_over(r))
		return s;
	s = receiver_commit(r);
	if (s != STATUS_OK)
		return s;
	s = buyer_recover(r->p, r->deal.id, &list, &recovered);
	if (s != STATUS_OK)
		return s;
	if (is_stale(r, &recovered) || is_of_older(r, &recovered)) {
		r->recovered = true;
		return STATUS_OK;
	}
	if ((!recovered.changed && r->recoveries == 0) || r->recoveries == RECOVERIES_MAX)
		return recovered.changed ? receiver_reload(r) : STATUS_OK;
	r->recovered = true; /* vouchers that were on their way before the recovery are refused too */
	r->recoveries++;
	return receiver_reload(r);
}

/* The refusal of a new deal, or the pause of an open one, names the deals of ours that stand in its way. */
static enum status take_left_deals(struct receiver *r, const struct graphsync_response *response)
{
	bool refused = r->deal.state == DEAL_WAIT_FOR_ACCEPTANCE && response->status == GRAPHSYNC_FAILED;
	struct extension_list list;
	enum status s;

	if ((!refused && response->status != GRAPHSYNC_BUSY) || receiver_is_over(r))
		return STATUS_OK;
	s = extension_list_open(&list, response, EXT_LEFT_DEALS, LEFT_DEALS_MAX);
	if (s != STATUS_OK)
		return s == STATUS_NOT_FOUND ? STATUS_OK : s;
	return buyer_note_left(r->p, &r->left, &r->deal, refused, &list);
}

/*
 * The provider lacks a block, but the request did not fail: the provider may restore the block, so the deal does not
 * end.
 */
static enum status explain_missing(struct receiver *r)
{
	char text[CID_TEXT_MAX];

	return party_fail(r->p, STATUS_NOT_NOW, "the provider does not have block %s; deal %" PRIu64 " can be resumed",
		cid_text(text, &r->missing), r->deal.id);
}

/* The provider reports that everything was sent. */
static enum status take_end(struct receiver *r)
{
	bool over;
	enum status s = receiver_walk_is_over(r, &over);

	if (s != STATUS_OK || r->deal.all_blocks_received)
		return s;
	if (!over && !cid_is_none(&r->missing))
		return explain_missing(r);
	if (!over)
		return party_fail(r->p, STATUS_BAD_MESSAGE, "the provider ended the transfer, but blocks are missing");
	return receiver_apply(r, CLIENT_ALL_BLOCKS_RECEIVED, NULL);
}

/* The request failed, and no deal response gives the reason. The failure ends the deal. */
static enum status take_failure(struct receiver *r, int64_t status)
{
	char reason[64];
	struct client_input in = {.reason = reason};
	enum client_event event = CLIENT_DATA_TRANSFER_ERROR;
	bool done;
	enum status s = receiver_take_refused_restart(r, &done);

	if (s != STATUS_OK || done)
		return s;
	if (r->asked_again && r->deal.state == DEAL_WAIT_FOR_ACCEPTANCE) {
		r->asked_again = false; /* the provider refuses a second request for work under way */
		r->resume_due = true;
		return STATUS_OK;
	}
	if (r->deal.state == DEAL_WAIT_FOR_ACCEPTANCE)
		event = status == GRAPHSYNC_NOT_FOUND ? CLIENT_DEAL_NOT_FOUND : CLIENT_DEAL_REJECTED;
	snprintf(reason, sizeof(reason), "the provider's transfer failed with status %" PRId64, status);
	return receiver_apply(r, event, &in);
}

/* Apply the status of a response after its blocks and messages. An unknown status changes nothing. */
static enum status take_status(struct receiver *r, int64_t status)
{
	if (receiver_is_over(r))
		return STATUS_OK;
	switch (status) {
	case GRAPHSYNC_COMPLETE:
	case GRAPHSYNC_COMPLETE_PARTIAL:
		return take_end(r);
	case GRAPHSYNC_CANCELLED:
		return receiver_take_cancel(r);
	case GRAPHSYNC_BUSY: /* the provider is busy now, which does not end the deal */
		if (r->not_final)
			return party_fail(r->p, STATUS_PENDING,
				"the provider waits until the channel is final: deal %" PRIu64
				" goes on, and its payment is sent again, once it is run again",
				r->deal.id);
		if (r->left != 0)
			return party_fail(r->p, STATUS_NOT_NOW,
				"deal %" PRIu64 " was left unpaid; deal %" PRIu64 " can be resumed after that", r->left,
				r->deal.id);
		return party_fail(r->p, STATUS_NOT_NOW,
			"the provider can't deliver now; deal %" PRIu64 " can be resumed", r->deal.id);
	case GRAPHSYNC_REJECTED:
	case GRAPHSYNC_FAILED:
	case GRAPHSYNC_LEGAL:
	case GRAPHSYNC_NOT_FOUND:
		return take_failure(r, status);
	}
	return STATUS_OK;
}

/* Take the blocks first. If the walk then has all blocks, apply that as an event of its own. */
static enum status take_blocks(
	struct receiver *r, const struct received_frame *frame, const struct graphsync_response *response)
{
	struct block_count count;
	struct amount limit;
	bool over;
	enum status s = block_check_take(&r->blocks, &count, frame, response, r->deal.total_received);

	if (!cid_is_none(&count.missing))
		r->missing = count.missing;
	else if (count.blocks != 0)
		r->missing = (struct cid){0};
	if (s == STATUS_BAD_MESSAGE && !cid_is_none(&r->missing)) /* go-graphsync goes on after the gap */
		return explain_missing(r);
	if (s != STATUS_OK)
		return s;
	if (count.blocks != 0 && client_step(r->deal.state, CLIENT_BLOCKS_RECEIVED).kind == STEP_INVALID)
		return party_fail(r->p, STATUS_BAD_STATE, "deal %" PRIu64 " is %s: it takes no blocks now", r->deal.id,
			deal_state_name(r->deal.state));
	s = receiver_walk_is_over(r, &over);
	if (s != STATUS_OK)
		return s;
	if (count.blocks != 0)
		r->recovered = false; /* no refusal has followed */
	r->deal.total_received += count.bytes;
	r->deal.blocks_received += count.blocks;
	if (over && !r->deal.all_blocks_received && !receiver_is_over(r))
		return receiver_take_blocks_end(r);
	if (count.blocks != 0 && (!client_owed_limit(&limit, &r->deal) || amount_cmp(&r->early, &limit) <= 0))
		r->early = amount_zero();
	return receiver_is_full(r) ? receiver_commit(r) : STATUS_OK;
}

/* Take the parts of a response in their order. @blocks: the deal accepts blocks. */
static enum status take_parts(
	struct receiver *r, const struct received_frame *frame, const struct graphsync_response *response, bool blocks)
{
	struct span ignored;
	enum status s = blocks ? take_blocks(r, frame, response) : STATUS_OK;

	if (s != STATUS_OK)
		return s;
	s = take_best_vouchers(r, response);
	if (s != STATUS_OK)
		return s;
	s = take_left_deals(r, response);
	if (s != STATUS_OK)
		return s;
	r->not_final = graphsync_extension(&ignored, response->extensions, EXT_NOT_FINAL) == STATUS_OK;
	s = take_extensions(r, response);
	if (s != STATUS_OK || !receiver_is_current(r, response->id)) /* a cancelled request's end is not the deal's */
		return s;
	return take_status(r, response->status);
}

static enum status take_response(
	struct receiver *r, const struct received_frame *frame, const struct graphsync_response *response)
{
	enum status s = receiver_bind(r, response->id, 0), undone;
	struct client_deal before;
	uint64_t commits;
	bool blocks;

	if (s != STATUS_OK)
		return s;
	if (r->live && !receiver_is_current(r, response->id)) /* on its way when the request was cancelled */
		return STATUS_OK;
	before = r->deal;
	commits = r->commits;
	blocks = !receiver_is_over(r) || r->deal.state == DEAL_COMPLETED;
	if (blocks)
		s = deal_blocks_mark(&r->blocks, &r->before);
	if (s != STATUS_OK)
		return s;
	s = take_parts(r, frame, response, blocks);
	if (s == STATUS_OK || !blocks || r->commits != commits)
		return s;
	undone = deal_blocks_go_back(&r->blocks, &r->before); /* the message was not written: drop its blocks too */
	r->deal = before;
	return undone == STATUS_OK ? s : undone;
}

enum status receiver_take_received(struct receiver *r, const struct received_frame *received)
{
	const struct frame *frame = &received->frame;
	struct graphsync_response response;
	struct span responses = frame->message.responses;

	r->asked = false;
	r->apart = frame->kind == FRAME_TRANSFER;
	if (frame->decoded != STATUS_OK)
		return frame->decoded;
	switch (frame->kind) {
	case FRAME_TRANSFER:
		return receiver_take_transfer(r, &frame->transfer, frame->order);
	case FRAME_QUERY:
	case FRAME_QUERY_RESPONSE:
		party_hint(r->p, "query --answers");
		return party_fail(r->p, STATUS_BAD_MESSAGE, "a query, or the answer to one, belongs to no deal");
	case FRAME_GRAPHSYNC:
		break;
	}
	if (frame->message.request_count != 0 || frame->message.response_count != 1 ||
		!graphsync_next_response(&response, &responses))
		return party_fail(r->p, STATUS_BAD_MESSAGE, "expected one response in a message");
	return take_response(r, received, &response);
}

enum status receiver_take(struct receiver *r, const struct frame *frame)
{
	struct received_frame received;
	enum status s = received_frame_open(&received, frame);

	if (s == STATUS_OK)
		s = receiver_take_received(r, &received);
	received_frame_release(&received);
	return s;
}
