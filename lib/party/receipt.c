/* receipt.c - makes receipts and bundles from the account of a deal.
 *
 * Whether the parts belong together is judged by lib/proof, before anything is
 * handed out.
 */
#include "party/receipt.h"

#include "party/deal_account_private.h"
#include "store/deal_texts.h"

/* PROOF 3: only the party itself signs. A buyer of a free deal may have had no key when it proposed the deal. */
static enum status take_signer(struct party *p, struct deal_account *account)
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

static enum status sign_receipt(struct party *p, struct bytes *out, struct deal_account *account)
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
	CLEAN_ACCOUNT struct deal_account account = {0};
	enum status s = deal_account_load(p, &account, name);

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
static enum status make_parts(
	struct party *p, struct bundle_parts *parts, struct deal_account *account, struct span theirs)
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

static enum status make_bundle(struct party *p, struct bytes *out, struct deal_account *account, struct span theirs)
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
	CLEAN_ACCOUNT struct deal_account account = {0};
	enum status s = deal_account_load(p, &account, name);

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
