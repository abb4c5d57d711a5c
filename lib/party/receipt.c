/* receipt.c - makes receipts and bundles from the records of a deal.
 *
 * Knows where the store keeps what a receipt says. Whether the parts belong
 * together is judged by lib/proof, before anything is handed out.
 */
#include "party/receipt.h"

#include <inttypes.h>

#include "party/statement.h"
#include "store/channels.h"
#include "store/contents.h"
#include "store/deal_texts.h"
#include "store/events.h"

/** struct account - our side of one deal, as read from the store in one transaction. */
struct account {
	struct deal_receipt receipt; /* borrows from the members below */
	struct bytes proposal;
	struct ledger_id ledger;
	bool ledger_known;
	struct address channel; /* none: nothing was paid */
	uint64_t lane;
	struct bytes named, vouchers; /* items: as the receipt names them, and as signed */
	size_t voucher_count;
	struct bytes named_list; /* all of @named as an array */
	struct bytes offer;      /* the signed offer; empty if it is not here */
	struct bytes theirs;     /* the seller's receipt, if this is a buyer's account and it came */
	bool accepted;
	uint64_t events;
};

static void account_release(struct account *account)
{
	bytes_release(&account->proposal);
	bytes_release(&account->named);
	bytes_release(&account->vouchers);
	bytes_release(&account->named_list);
	bytes_release(&account->offer);
	bytes_release(&account->theirs);
}
#define CLEAN_ACCOUNT __attribute__((cleanup(account_release)))

static enum status note_event(void *ctx, const struct event *e)
{
	struct account *account = ctx;

	if (account->events++ == 0)
		account->receipt.began = e->time;
	account->receipt.ended = e->time;
	if (e->event == (e->side == SIDE_CLIENT ? (uint64_t)CLIENT_DEAL_ACCEPTED : (uint64_t)PROVIDER_DEAL_ACCEPTED))
		account->accepted = true;
	return STATUS_OK;
}

/** struct voucher_taking - the vouchers that pay for one deal; the first @skip are left out. */
struct voucher_taking {
	struct account *account;
	struct kv_txn *txn;
	uint64_t deal; /* in the store */
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
	struct account *account = taking->account;
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

/* All vouchers of the deal's lanes; of very many the newest. */
static enum status take_vouchers(struct account *account, struct kv_txn *txn, uint64_t deal)
{
	struct voucher_taking taking = {.account = account, .txn = txn, .deal = deal};
	enum status s;

	if (address_is_none(&account->channel))
		return STATUS_OK;
	s = store_each_voucher(txn, &account->channel, count_voucher, &taking);
	if (s != STATUS_OK)
		return s;
	if (taking.count > RECEIPT_VOUCHERS_MAX)
		taking.skip = taking.count - RECEIPT_VOUCHERS_MAX;
	return store_each_voucher(txn, &account->channel, take_voucher, &taking);
}

static enum status take_client(struct account *account, struct kv_txn *txn, uint64_t id)
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

static enum status take_provider(struct account *account, struct kv_txn *txn, uint64_t id)
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
static enum status keep_fitting(struct account *account, struct span file)
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
static enum status take_kept_offer(struct account *account, struct kv_txn *txn, uint64_t id)
{
	CLEAN_BYTES struct bytes file = {0};
	enum status s = store_get_text(txn, &file, id, TEXT_OFFER);

	if (s != STATUS_OK)
		return s == STATUS_NOT_FOUND ? STATUS_OK : s;
	return keep_fitting(account, bytes_span(&file));
}

/* A provider's offer as it stands now, if it was signed before the deal began. */
static enum status take_own_offer(struct account *account, struct kv_txn *txn)
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

static enum status take_their_receipt(struct account *account, struct kv_txn *txn, uint64_t id)
{
	enum status s = store_get_text(txn, &account->theirs, id, TEXT_SOLD);

	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

static enum status read_account(struct account *account, struct kv_txn *txn, const struct deal_name *name)
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
static enum status finish_account(struct account *account)
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

static enum status load_account(struct party *p, struct account *account, const struct deal_name *name)
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

/* PROOF 3: only the party itself signs. A buyer of a free deal may have had no key when it proposed the deal. */
static enum status take_signer(struct party *p, struct account *account)
{
	char own[ADDRESS_TEXT_MAX], wanted[ADDRESS_TEXT_MAX];
	struct deal_receipt *receipt = &account->receipt;
	struct address *speaker = receipt_is_sellers(receipt) ? &receipt->seller : &receipt->buyer;
	struct address us;
	enum status s = party_address(p, &us);

	if (s != STATUS_OK)
		return s;
	if (address_is_none(speaker))
		*speaker = us;
	if (address_equal(&us, speaker))
		return STATUS_OK;
	return party_fail(p, STATUS_USAGE, "the key is that of %s, but the %.*s of this deal is %s",
		address_text(own, &us, p->network), (int)receipt->role.len, (const char *)receipt->role.data,
		address_text(wanted, speaker, p->network));
}

/* Append the signed statement to the empty @made, and decode @statement from there: what does not verify is not given out. */
static enum status sign_body(struct party *p, struct bytes *made, struct signed_statement *statement,
	enum statement_kind kind, const struct bytes *body)
{
	enum status s = bytes_status(body);

	if (s != STATUS_OK)
		return s;
	s = statement_sign(made, kind, bytes_span(body), &p->key);
	return s == STATUS_OK ? signed_decode(statement, bytes_span(made)) : s;
}

static enum status sign_receipt(struct party *p, struct bytes *out, struct account *account)
{
	CLEAN_BYTES struct bytes body = {0}, made = {0};
	struct signed_statement statement;
	struct deal_receipt checked;
	enum status s = take_signer(p, account);

	if (s != STATUS_OK)
		return s;
	receipt_encode(&body, &account->receipt);
	s = sign_body(p, &made, &statement, STATEMENT_RECEIPT, &body);
	if (s != STATUS_OK)
		return s;
	s = receipt_verify(&checked, &statement, &p->error);
	if (s != STATUS_OK)
		return s;
	bytes_append(out, made.data, made.len);
	return bytes_status(out);
}

enum status party_receipt(struct party *p, struct bytes *out, const struct deal_name *name)
{
	CLEAN_ACCOUNT struct account account = {0};
	enum status s = load_account(p, &account, name);

	return s == STATUS_OK ? sign_receipt(p, out, &account) : s;
}

/** struct bundle_parts - the parts of a bundle that are made here. */
struct bundle_parts {
	struct bytes own, receipts, vouchers, response;
};

static void bundle_parts_release(struct bundle_parts *parts)
{
	bytes_release(&parts->own);
	bytes_release(&parts->receipts);
	bytes_release(&parts->vouchers);
	bytes_release(&parts->response);
}

/* The seller's receipt comes first. */
static enum status make_parts(struct party *p, struct bundle_parts *parts, struct account *account, struct span theirs)
{
	struct response accepted = {.status = DEAL_ACCEPTED, .id = account->receipt.deal.id};
	bool theirs_first = !receipt_is_sellers(&account->receipt);
	enum status s = sign_receipt(p, &parts->own, account);

	if (s != STATUS_OK)
		return s;
	cbor_put_array(&parts->receipts, theirs.len != 0 ? 2 : 1);
	if (theirs.len != 0 && theirs_first)
		cbor_put_bytes(&parts->receipts, theirs);
	cbor_put_bytes(&parts->receipts, bytes_span(&parts->own));
	if (theirs.len != 0 && !theirs_first)
		cbor_put_bytes(&parts->receipts, theirs);
	cbor_put_array(&parts->vouchers, account->voucher_count);
	bytes_append(&parts->vouchers, account->vouchers.data, account->vouchers.len);
	response_encode(&parts->response, &accepted, RECORD_DECLARED);
	if (parts->receipts.failed || parts->vouchers.failed || parts->response.failed)
		return STATUS_NO_MEMORY;
	return STATUS_OK;
}

static enum status sign_bundle(struct party *p, struct bytes *out, const struct bundle *bundle)
{
	CLEAN_BYTES struct bytes body = {0}, made = {0};
	struct signed_statement statement;
	struct verified_bundle verified;
	enum status s;

	bundle_encode(&body, bundle);
	s = sign_body(p, &made, &statement, STATEMENT_BUNDLE, &body);
	if (s != STATUS_OK)
		return s;
	s = bundle_verify(&verified, &statement, &p->error);
	if (s != STATUS_OK)
		return s;
	bytes_append(out, made.data, made.len);
	return bytes_status(out);
}

static enum status make_bundle(struct party *p, struct bytes *out, struct account *account, struct span theirs)
{
	__attribute__((cleanup(bundle_parts_release))) struct bundle_parts parts = {0};
	struct bundle bundle;
	enum status s = make_parts(p, &parts, account, theirs);

	if (s != STATUS_OK)
		return s;
	bundle = (struct bundle){.offer = bytes_span(&account->offer),
		.proposal = bytes_span(&account->proposal),
		.response = bytes_span(&parts.response),
		.receipts = bytes_span(&parts.receipts),
		.vouchers = bytes_span(&parts.vouchers)};
	return sign_bundle(p, out, &bundle);
}

/* A receipt that fits no bundle, or a fault of our own account. */
static bool is_contradiction(enum status s)
{
	return s == STATUS_DIFFERS || status_class(s) == CLASS_INTEGRITY || status_class(s) == CLASS_MALFORMED;
}

enum status party_bundle(struct party *p, struct bytes *out, const struct deal_name *name, struct span theirs)
{
	CLEAN_ACCOUNT struct account account = {0};
	enum status s = load_account(p, &account, name);

	if (s != STATUS_OK)
		return s;
	s = make_bundle(p, out, &account, theirs.len != 0 ? theirs : bytes_span(&account.theirs));
	if (theirs.len != 0 || account.theirs.len == 0 || !is_contradiction(s))
		return s;
	/* A seller that lies in its receipt must not keep the buyer from proving the rest. */
	party_done(p, "the receipt that came from the seller is left out: %s", party_words(p, s));
	error_clear(&p->error);
	return make_bundle(p, out, &account, (struct span){0});
}

enum status party_receipt_message(struct party *p, struct bytes *message, uint64_t deal)
{
	CLEAN_BYTES struct bytes receipt = {0};
	struct deal_name name = {SIDE_PROVIDER, deal};
	enum status s;

	if (!p->has_key)
		return STATUS_OK;
	s = party_receipt(p, &receipt, &name);
	if (status_class(s) == CLASS_IO)
		return s;
	error_clear(&p->error);
	if (s == STATUS_OK)
		receipt_put_message(message, bytes_span(&receipt));
	return bytes_status(message);
}

/* Is this a receipt of the seller of @deal, about @deal? */
static bool is_receipt_of(const struct client_deal *deal, struct span encoded)
{
	struct signed_statement statement;
	struct deal_receipt receipt;
	struct error error = {0};

	return signed_decode(&statement, encoded) == STATUS_OK &&
	       receipt_verify(&receipt, &statement, &error) == STATUS_OK && receipt_is_sellers(&receipt) &&
	       address_equal(&receipt.seller, &deal->provider) && receipt.deal.id == deal->id &&
	       cid_equal(&receipt.deal.payload, &deal->payload);
}

enum status party_keep_receipt(struct party *p, const struct client_deal *deal, struct span message)
{
	CLEAN_BYTES struct bytes receipt = {0};
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = receipt_of_message(&receipt, message);

	if (s == STATUS_NO_MEMORY)
		return s;
	if (s != STATUS_OK || !is_receipt_of(deal, bytes_span(&receipt)))
		return STATUS_OK;
	s = kv_begin_write(store_kv(p->store), &txn);
	if (s != STATUS_OK)
		return s;
	s = store_put_text(txn, deal->id, TEXT_SOLD, bytes_span(&receipt));
	return s == STATUS_OK ? kv_commit(&txn) : s;
}
