/* finish.c - the end of sending a deal: all blocks are sent, or the content can't be read now. */
#include <string.h>

#include "party/receipt.h"
#include "seller/answers.h"
#include "seller/sender_private.h"
#include "store/clients.h"
#include "store/deal_texts.h"
#include "store/deals.h"

static enum status send_frames(const struct sink *sink, const struct bytes *frames)
{
	enum status s = bytes_status(frames);

	return s == STATUS_OK ? sink->bytes(sink->ctx, bytes_span(frames)) : s;
}

/* Report that all blocks are sent, and the resulting state of the deal. */
static enum status send_complete(
	const struct sink *sink, const struct response_head *head, const struct deal_answer *answer)
{
	CLEAN_BYTES struct bytes frames = {0};

	frames_response(&frames, head, GRAPHSYNC_COMPLETE, NULL, NULL);
	frames_answer(&frames, head, answer);
	return send_frames(sink, &frames);
}

static enum status complete_deal(struct sender *sender)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct party *party = sender->party;
	struct provider_deal deal;
	enum status s = kv_begin_write(store_kv(party->store), &txn);

	if (s != STATUS_OK)
		return s;
	s = store_get_provider(txn, &deal, sender->deal.id);
	if (s == STATUS_OK && deal.state == DEAL_ONGOING)
		s = party_provider_event(party, txn, &deal, PROVIDER_BLOCKS_COMPLETED, NULL);
	if (s == STATUS_OK && deal.state == DEAL_BLOCKS_COMPLETE)
		s = party_provider_event(party, txn, &deal, PROVIDER_COMPLETE, NULL);
	if (s == STATUS_OK && deal.state == DEAL_COMPLETING)
		s = party_provider_event(party, txn, &deal, PROVIDER_CLEANUP_COMPLETE, NULL);
	return s == STATUS_OK ? kv_commit(&txn) : s;
}

enum status finish_deal(struct sender *sender)
{
	struct response_head head = deal_head(&sender->deal);
	struct deal_answer answer = {
		.type = TRANSFER_COMPLETE, .accepted = true, .has_result = true, .status = DEAL_COMPLETED};
	struct provider_deal deal = sender->deal;
	CLEAN_BYTES struct bytes receipt = {0}, frames = {0};
	enum status s;

	deal.total_sent = sender->sent;
	if (!provider_unpaid(&answer.owed, &deal))
		return STATUS_BAD_AMOUNT;
	answer.paused = !amount_is_zero(&answer.owed) && !amount_is_negative(&answer.owed);
	if (answer.paused)
		answer.status = DEAL_FUNDS_NEEDED_LAST_PAYMENT;
	else
		answer.owed = amount_zero();
	if (answer.paused) {
		s = send_complete(sender->sink, &head, &answer);
		return s == STATUS_OK ? STATUS_PAYMENT_NEEDED : s;
	}
	/* The deal is complete once the blocks have gone out, and before its answer, which brings the receipt of a complete deal. */
	frames_response(&frames, &head, GRAPHSYNC_COMPLETE, NULL, NULL);
	s = send_frames(sender->sink, &frames);
	if (s != STATUS_OK)
		return s;
	s = complete_deal(sender);
	if (s != STATUS_OK)
		return s;
	s = party_receipt_message(sender->party, &receipt, deal.id);
	if (s != STATUS_OK)
		return s;
	answer.message = receipt.len != 0 ? bytes_text(&receipt) : NULL;
	bytes_clear(&frames);
	frames_answer(&frames, &head, &answer);
	return send_frames(sender->sink, &frames);
}

enum status seller_conclude(struct party *party, uint64_t id, const struct sink *sink)
{
	struct deal_answer answer = {
		.type = TRANSFER_COMPLETE, .accepted = true, .has_result = true, .status = DEAL_COMPLETED};
	struct response_head head;
	struct provider_deal deal;
	enum status s = party_get_provider(party, &deal, id);

	if (s != STATUS_OK)
		return s;
	if (deal.state != DEAL_COMPLETED)
		return STATUS_BAD_STATE;
	head = deal_head(&deal);
	return send_complete(sink, &head, &answer);
}

enum status sender_note_stalled(struct sender *sender)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct party *party = sender->party;
	struct provider_deal deal;
	struct tally before;
	enum status s = kv_begin_write(store_kv(party->store), &txn);

	if (s != STATUS_OK)
		return s;
	s = store_get_provider(txn, &deal, sender->deal.id);
	if (s != STATUS_OK || deal.stalled || deal_is_final(SIDE_PROVIDER, deal.state))
		return s;
	before = provider_tally(&deal);
	deal.stalled = true;
	s = store_count_deal(txn, &deal, &before);
	if (s != STATUS_OK)
		return s;
	s = store_put_provider(txn, &deal);
	return s == STATUS_OK ? kv_commit(&txn) : s;
}

enum status seller_not_now(const struct provider_deal *deal, const struct sink *sink)
{
	struct response_head head = deal_head(deal);
	CLEAN_BYTES struct bytes frames = {0};

	frames_response(&frames, &head, GRAPHSYNC_BUSY, NULL, NULL);
	return send_frames(sink, &frames);
}

enum status sender_not_now(struct sender *sender)
{
	enum status s = sender_note_stalled(sender);

	if (s != STATUS_OK)
		return s;
	s = seller_not_now(&sender->deal, sender->sink);
	if (s != STATUS_OK)
		return s;
	return STATUS_NOT_NOW;
}
