/* deal_account.c - reads our side of one deal from the store.
 *
 * Knows where the store keeps what a receipt says.  Signs nothing.
 */
#include <inttypes.h>

#include "party/deal_account_private.h"
#include "party/statement.h"
#include "store/channels.h"
#include "store/contents.h"
#include "store/deal_texts.h"
#include "store/events.h"

void deal_account_release(struct deal_account *account)
{
	bytes_release(&account->proposal);
	bytes_release(&account->named);
	bytes_release(&account->vouchers);
	bytes_release(&account->named_list);
	bytes_release(&account->offer);
	bytes_release(&account->theirs);
}
static enum status note_event(void *ctx, const struct event *e)
{
	struct deal_account *account = ctx;

	if (account->events++ == 0)
		account->receipt.began = e->time;
	account->receipt.ended = e->time;
	if (e->event == (e->side == SIDE_CLIENT ? (uint64_t)CLIENT_DEAL_ACCEPTED : (uint64_t)PROVIDER_DEAL_ACCEPTED))
		account->accepted = true;
	return STATUS_OK;
}

/** struct voucher_taking - the vouchers that pay for one deal; the first @skip are left out. */
struct voucher_taking {
	struct deal_account *account;
	struct kv_txn *txn;
	uint64_t deal; /* in the store */
	bool one_lane; /* no other lane than the deal's own has paid */
	size_t count, skip;
	uint64_t lane; /* asked last, if @asked */
	bool asked, ours;
};

/* Does the lane pay for the deal? A payer may use several. */
static enum status ask_lane(struct voucher_taking *taking, uint64_t lane)
{
	struct lane_record record;
	enum status s;

	if (taking->asked && taking->lane == lane)
		return STATUS_OK;
	s = store_get_lane(taking->txn, &record, &taking->account->channel, lane);
	if (s != STATUS_OK && s != STATUS_NOT_FOUND)
		return s;
	taking->ours = lane == taking->account->lane || (s == STATUS_OK && record.deal == taking->deal);
	taking->lane = lane;
	taking->asked = true;
	return STATUS_OK;
}

static enum status count_voucher(void *ctx, uint64_t lane, uint64_t nonce, struct span encoded)
{
	struct voucher_taking *taking = ctx;
	enum status s = ask_lane(taking, lane);

	(void)nonce, (void)encoded;
	taking->count += s == STATUS_OK && taking->ours;
	return s;
}

static enum status take_voucher(void *ctx, uint64_t lane, uint64_t nonce, struct span encoded)
{
	struct voucher_taking *taking = ctx;
	struct deal_account *account = taking->account;
	struct receipt_voucher named = {.channel = account->channel, .lane = lane, .nonce = nonce};
	struct voucher voucher;
	enum status s = ask_lane(taking, lane);

	if (s != STATUS_OK || !taking->ours)
		return s;
	if (taking->skip > 0) {
		taking->skip--;
		return STATUS_OK;
	}
	s = voucher_decode(&voucher, encoded);
	if (s != STATUS_OK)
		return STATUS_CORRUPT;
	named.amount = voucher.amount;
	receipt_put_voucher(&account->named, &named);
	bytes_append(&account->vouchers, encoded.data, encoded.len);
	account->voucher_count++;
	return bytes_status(&account->named) != STATUS_OK ? STATUS_NO_MEMORY : bytes_status(&account->vouchers);
}

/* Does the deal's own lane have all that was paid? Each end of a deal asks, and a channel may have very many lanes. */
static enum status look_at_own_lane(struct voucher_taking *taking)
{
	const struct deal_account *account = taking->account;
	struct lane_record record;
	enum status s = store_get_lane(taking->txn, &record, &account->channel, account->lane);

	taking->one_lane = s == STATUS_OK && amount_cmp(&record.amount, &account->receipt.paid) == 0;
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

static enum status each_voucher(struct voucher_taking *taking,
	enum status (*each)(void *ctx, uint64_t lane, uint64_t nonce, struct span encoded))
{
	const struct deal_account *account = taking->account;

	return taking->one_lane ? store_each_voucher_on(taking->txn, &account->channel, account->lane, each, taking)
				: store_each_voucher(taking->txn, &account->channel, each, taking);
}

/* All vouchers of the deal's lanes; of very many the newest. */
static enum status take_vouchers(struct deal_account *account, struct kv_txn *txn, uint64_t deal)
{
	struct voucher_taking taking = {.account = account, .txn = txn, .deal = deal};
	enum status s;

	if (address_is_none(&account->channel))
		return STATUS_OK;
	s = look_at_own_lane(&taking);
	if (s != STATUS_OK)
		return s;
	s = each_voucher(&taking, count_voucher);
	if (s != STATUS_OK)
		return s;
	if (taking.count > RECEIPT_VOUCHERS_MAX)
		taking.skip = taking.count - RECEIPT_VOUCHERS_MAX;
	return each_voucher(&taking, take_voucher);
}

static enum status take_client(struct deal_account *account, struct kv_txn *txn, uint64_t id)
{
	struct deal_receipt *receipt = &account->receipt;
	struct client_deal deal;
	enum status s = store_get_client(txn, &deal, id);

	if (s != STATUS_OK)
		return s;
	*receipt = (struct deal_receipt){.role = span_text("buyer"),
		.buyer = deal.client,
		.seller = deal.provider,
		.state = deal.state,
		.bytes = deal.total_received,
		.blocks = deal.blocks_received,
		.paid = deal.funds_spent,
		.deal = {deal.payload, deal.id, deal.params}};
	if (deal.has_lane) {
		account->channel = deal.channel;
		account->lane = deal.lane;
	}
	return STATUS_OK;
}

static enum status take_provider(struct deal_account *account, struct kv_txn *txn, uint64_t id)
{
	struct deal_receipt *receipt = &account->receipt;
	struct channel channel = {0};
	struct provider_deal deal;
	enum status s = store_get_provider(txn, &deal, id);

	if (s != STATUS_OK)
		return s;
	if (!address_is_none(&deal.channel))
		s = store_get_channel(txn, &channel, &deal.channel);
	if (s != STATUS_OK)
		return s == STATUS_NOT_FOUND ? STATUS_CORRUPT : s;
	*receipt = (struct deal_receipt){.role = span_text("seller"),
		.buyer = channel.from,
		.seller = deal.payee,
		.state = deal.state,
		.bytes = deal.total_sent,
		.blocks = deal.blocks_sent,
		.paid = deal.funds_received,
		.deal = {deal.payload, provider_wire_id(&deal), deal.params}};
	account->channel = deal.channel;
	account->lane = deal.lane;
	return STATUS_OK;
}

/* Keep @file, if it is a signed offer that the deal could be made for. */
static enum status keep_fitting(struct deal_account *account, struct span file)
{
	const struct proposal *deal = &account->receipt.deal;
	struct refusal why = {0};
	struct offer_file decoded;
	enum status s = offer_file_decode(&decoded, file);

	if (s != STATUS_OK)
		return STATUS_CORRUPT;
	if (decoded.proof.len == 0 || !cid_equal(&decoded.offer.payload, &deal->payload) ||
		!address_equal(&decoded.offer.payment_address, &account->receipt.seller) ||
		provider_check_terms(&why, &deal->params, &decoded.offer) != STATUS_OK)
		return STATUS_OK;
	bytes_append(&account->offer, file.data, file.len);
	return bytes_status(&account->offer);
}

/* The offer that a client's deal was proposed for. */
static enum status take_kept_offer(struct deal_account *account, struct kv_txn *txn, uint64_t id)
{
	CLEAN_BYTES struct bytes file = {0};
	enum status s = store_get_text(txn, &file, id, TEXT_OFFER);

	if (s != STATUS_OK)
		return s == STATUS_NOT_FOUND ? STATUS_OK : s;
	return keep_fitting(account, bytes_span(&file));
}

/* A provider's offer as it stands now, if it was signed before the deal began. */
static enum status take_own_offer(struct deal_account *account, struct kv_txn *txn)
{
	CLEAN_BYTES struct bytes file = {0}, owned = {0};
	const struct cid *payload = &account->receipt.deal.payload;
	struct offer_file decoded;
	struct offer offer;
	uint64_t content;
	enum status s = store_get_offer(txn, &offer, &content, &owned, payload);

	if (s != STATUS_OK)
		return s == STATUS_NOT_FOUND ? STATUS_OK : s;
	offer_encode(&file, &offer);
	s = store_get_offer_proof(txn, &file, payload);
	if (s != STATUS_OK)
		return s;
	s = offer_file_decode(&decoded, bytes_span(&file));
	if (s != STATUS_OK || decoded.proof.len == 0 || decoded.said.issued > account->receipt.began)
		return s;
	return keep_fitting(account, bytes_span(&file));
}

static enum status take_their_receipt(struct deal_account *account, struct kv_txn *txn, uint64_t id)
{
	enum status s = store_get_text(txn, &account->theirs, id, TEXT_SOLD);

	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

static enum status read_account(struct deal_account *account, struct kv_txn *txn, const struct deal_name *name)
{
	struct event_range range = {1, name, SIZE_MAX};
	bool client = name->side == SIDE_CLIENT;
	enum status s = client ? take_client(account, txn, name->id) : take_provider(account, txn, name->id);

	if (s != STATUS_OK)
		return s;
	s = store_each_event(txn, &range, note_event, account);
	if (s != STATUS_OK)
		return s;
	s = client ? take_kept_offer(account, txn, name->id) : take_own_offer(account, txn);
	if (s == STATUS_OK && client)
		s = take_their_receipt(account, txn, name->id);
	return s == STATUS_OK ? take_vouchers(account, txn, name->id) : s;
}

/* Let the receipt borrow what was read. */
static enum status finish_account(struct deal_account *account)
{
	struct deal_receipt *receipt = &account->receipt;

	proposal_encode(&account->proposal, &receipt->deal, RECORD_DECLARED);
	cbor_put_array(&account->named_list, account->voucher_count);
	bytes_append(&account->named_list, account->named.data, account->named.len);
	if (bytes_status(&account->proposal) != STATUS_OK || bytes_status(&account->named_list) != STATUS_OK)
		return STATUS_NO_MEMORY;
	receipt->proposal = bytes_span(&account->proposal);
	receipt->vouchers = bytes_span(&account->named_list);
	receipt->ledger = named_ledger_of(account->ledger_known ? &account->ledger : NULL);
	return STATUS_OK;
}

enum status deal_account_load(struct party *p, struct deal_account *account, const struct deal_name *name)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = party_find_ledger(p, &account->ledger, &account->ledger_known);

	if (s != STATUS_OK)
		return s;
	s = kv_begin_read(store_kv(p->store), &txn);
	if (s != STATUS_OK)
		return s;
	s = read_account(account, txn, name);
	if (s != STATUS_OK)
		return s;
	if (!account->accepted)
		return party_fail(
			p, STATUS_BAD_STATE, "deal %" PRIu64 " was never accepted: there is nothing to sign", name->id);
	return finish_account(account);
}
