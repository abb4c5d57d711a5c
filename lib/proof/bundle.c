/* bundle.c - the parts of a bundle, and whether they belong together. */
#include "proof/bundle.h"

#include <inttypes.h>

#include "deal/provider.h"

static const struct field bundle_fields[] = {
	{"offer", FIELD_BYTES, offsetof(struct bundle, offer), NULL, 0},
	{"proposal", FIELD_BYTES, offsetof(struct bundle, proposal), NULL, 0},
	{"receipts", FIELD_ANY_OR_NULL, offsetof(struct bundle, receipts), NULL, 0},
	{"response", FIELD_BYTES, offsetof(struct bundle, response), NULL, 0},
	{"vouchers", FIELD_ANY_OR_NULL, offsetof(struct bundle, vouchers), NULL, 0},
};
static const struct record bundle_record = RECORD(bundle_fields);

enum status bundle_decode(struct bundle *bundle, struct span in)
{
	return record_decode(bundle, sizeof(*bundle), &bundle_record, in, RECORD_SORTED);
}

void bundle_encode(struct bytes *out, const struct bundle *bundle)
{
	record_write(out, &bundle_record, bundle, RECORD_SORTED);
}

/** struct verifying - a bundle whose parts are read one after another. */
struct verifying {
	struct verified_bundle *v;
	const struct signed_statement *statement;
	struct error *error;
	const struct deal_receipt *own; /* the receipt of the bundle's maker */
};

static enum status check_deal(struct verifying *c)
{
	struct verified_bundle *v = c->v;
	enum status s = proposal_decode(&v->deal, v->bundle.proposal, RECORD_DECLARED);

	if (s != STATUS_OK)
		return error_set(c->error, s, "the proposal in the bundle does not decode: %s", status_text(s));
	s = response_decode(&v->response, v->bundle.response, RECORD_DECLARED);
	if (s != STATUS_OK)
		return error_set(c->error, s, "the acceptance in the bundle does not decode: %s", status_text(s));
	if (v->response.id != v->deal.id)
		return error_set(c->error, STATUS_WRONG_PART,
			"the acceptance is of deal %" PRIu64 ", the proposal of deal %" PRIu64, v->response.id,
			v->deal.id);
	if (v->response.status != DEAL_ACCEPTED)
		return error_set(c->error, STATUS_WRONG_PART, "the response in the bundle accepts nothing");
	return STATUS_OK;
}

/* Two addresses of one party: equal, or one of them is not known. */
static bool may_be(const struct address *a, const struct address *b)
{
	return address_is_none(a) || address_is_none(b) || address_equal(a, b);
}

/* Is @receipt about the deal of the bundle, and of the same parties as the receipts before? */
static enum status check_receipt(struct verifying *c, const struct deal_receipt *receipt)
{
	struct verified_bundle *v = c->v;

	if (!span_equal(receipt->proposal, v->bundle.proposal))
		return error_set(c->error, STATUS_WRONG_PART,
			"the receipt of the %.*s is about deal %" PRIu64
			" with other terms, root or id than the bundle's deal %" PRIu64,
			(int)receipt->role.len, (const char *)receipt->role.data, receipt->deal.id, v->deal.id);
	for (size_t i = 0; i < v->receipt_count; i++) {
		const struct deal_receipt *other = &v->receipts[i];

		if (span_equal(other->role, receipt->role))
			return error_set(c->error, STATUS_WRONG_PART, "the bundle has two receipts of the %.*s",
				(int)receipt->role.len, (const char *)receipt->role.data);
		if (!may_be(&other->buyer, &receipt->buyer) || !address_equal(&other->seller, &receipt->seller) ||
			!named_ledger_may_be(&other->ledger, &receipt->ledger))
			return error_set(
				c->error, STATUS_WRONG_PART, "the two receipts name other parties, or another ledger");
	}
	return STATUS_OK;
}

static enum status read_receipt(struct verifying *c, struct span in)
{
	struct verified_bundle *v = c->v;
	struct deal_receipt *receipt = &v->receipts[v->receipt_count];
	struct signed_statement statement;
	enum status s = signed_decode(&statement, in);

	if (s != STATUS_OK)
		return error_set(c->error, s, "a receipt in the bundle does not decode: %s", status_text(s));
	s = receipt_verify(receipt, &statement, c->error);
	if (s != STATUS_OK)
		return s;
	s = check_receipt(c, receipt);
	if (s != STATUS_OK)
		return s;
	v->signers[v->receipt_count++] = statement.signer;
	if (address_equal(&statement.signer, &c->statement->signer))
		c->own = receipt;
	return STATUS_OK;
}

static enum status check_receipts(struct verifying *c)
{
	struct cbor_reader r = cbor_reader(c->v->bundle.receipts);
	size_t count = cbor_read_array(&r);
	enum status s;

	if (count > BUNDLE_RECEIPTS_MAX)
		cbor_fail(&r, STATUS_TOO_LARGE);
	for (; count > 0 && r.status == STATUS_OK; count--) {
		struct span receipt = cbor_read_bytes(&r, STATEMENT_BODY_MAX);

		if (r.status != STATUS_OK)
			break;
		s = read_receipt(c, receipt);
		if (s != STATUS_OK)
			return s;
	}
	s = cbor_end(&r);
	if (s != STATUS_OK)
		return error_set(c->error, s, "the receipts in the bundle do not decode: %s", status_text(s));
	if (c->own == NULL)
		return error_set(
			c->error, STATUS_WRONG_PART, "the bundle has no receipt of the party that signed the bundle");
	return STATUS_OK;
}

static enum status check_offer(struct verifying *c)
{
	struct verified_bundle *v = c->v;
	struct refusal why = {0};
	enum status s;

	if (v->bundle.offer.len == 0)
		return STATUS_OK;
	s = offer_file_decode(&v->offer, v->bundle.offer);
	if (s != STATUS_OK)
		return error_set(c->error, s, "the offer in the bundle does not decode: %s", status_text(s));
	if (v->offer.proof.len == 0)
		return error_set(c->error, STATUS_WRONG_PART, "nobody has signed the offer in the bundle");
	s = offer_file_verify(&v->offer);
	if (s != STATUS_OK)
		return error_set(
			c->error, s, "the offer in the bundle is not signed by who is paid: %s", status_text(s));
	if (!address_equal(&v->offer.offer.payment_address, &c->own->seller) ||
		!cid_equal(&v->offer.offer.payload, &v->deal.payload) ||
		!named_ledger_may_be(&v->offer.said.ledger, &c->own->ledger))
		return error_set(
			c->error, STATUS_WRONG_PART, "the offer is of another seller, root or ledger than the deal");
	if (provider_check_terms(&why, &v->deal.params, &v->offer.offer) != STATUS_OK)
		return error_set(c->error, STATUS_DIFFERS, "the deal is not one of the offer: %s", why.reason);
	return STATUS_OK;
}

/* A signed voucher is the one that the maker's receipt names at this place. */
static enum status check_voucher(struct verifying *c, const struct voucher *voucher, struct receipt_vouchers *list)
{
	struct receipt_voucher named;
	struct address signer;
	enum status s = voucher_signer(&signer, voucher);

	if (s != STATUS_OK || !address_equal(&signer, &c->own->buyer))
		return error_set(c->error, s == STATUS_UNSUPPORTED ? s : STATUS_BAD_SIGNATURE,
			"voucher %" PRIu64 " of lane %" PRIu64 " is not signed by the buyer", voucher->nonce,
			voucher->lane);
	if (!receipt_next_voucher(&named, list) || !address_equal(&named.channel, &voucher->channel) ||
		named.lane != voucher->lane || named.nonce != voucher->nonce ||
		amount_cmp(&named.amount, &voucher->amount) != 0)
		return error_set(c->error, STATUS_WRONG_PART,
			"voucher %" PRIu64 " of lane %" PRIu64 " is not the one that the receipt names", voucher->nonce,
			voucher->lane);
	return STATUS_OK;
}

static enum status check_vouchers(struct verifying *c)
{
	struct cbor_reader r = cbor_reader(c->v->bundle.vouchers);
	size_t count = cbor_read_array(&r);
	struct receipt_vouchers list = receipt_vouchers(c->own);
	struct voucher voucher;
	enum status s;

	if (count != list.left)
		return error_set(c->error, STATUS_WRONG_PART,
			"the bundle has %zu vouchers, its maker's receipt names %zu", count, list.left);
	for (; count > 0; count--, c->v->voucher_count++) {
		voucher_read(&r, &voucher);
		if (r.status != STATUS_OK)
			break;
		s = check_voucher(c, &voucher, &list);
		if (s != STATUS_OK)
			return s;
	}
	s = cbor_end(&r);
	return s == STATUS_OK ? s
			      : error_set(c->error, s, "the vouchers in the bundle do not decode: %s", status_text(s));
}

/* No voucher that both receipts name has two amounts; both lists rise by channel, lane and nonce. */
static enum status check_same_vouchers(struct verifying *c, const struct deal_receipt *a, const struct deal_receipt *b)
{
	struct receipt_vouchers left = receipt_vouchers(a), right = receipt_vouchers(b);
	struct receipt_voucher x, y;
	bool more = receipt_next_voucher(&x, &left);

	while (receipt_next_voucher(&y, &right)) {
		while (more && receipt_voucher_compare(&x, &y) < 0)
			more = receipt_next_voucher(&x, &left);
		if (more && receipt_voucher_compare(&x, &y) == 0 && amount_cmp(&x.amount, &y.amount) != 0)
			return error_set(c->error, STATUS_DIFFERS,
				"the receipts name two amounts for voucher %" PRIu64 " of lane %" PRIu64, x.nonce,
				x.lane);
	}
	return STATUS_OK;
}

/* Both parties call the deal complete: they must mean the same. */
static enum status check_agreement(struct verifying *c)
{
	const struct deal_receipt *a = &c->v->receipts[0], *b = &c->v->receipts[1];
	char one[AMOUNT_TEXT_MAX], other[AMOUNT_TEXT_MAX];
	enum status s;

	if (c->v->receipt_count < 2)
		return STATUS_OK;
	s = check_same_vouchers(c, a, b);
	if (s != STATUS_OK || a->state != DEAL_COMPLETED || b->state != DEAL_COMPLETED)
		return s;
	if (a->bytes != b->bytes)
		return error_set(c->error, STATUS_DIFFERS,
			"the parties disagree: %" PRIu64 " bytes by the %.*s, %" PRIu64 " by the other", a->bytes,
			(int)a->role.len, (const char *)a->role.data, b->bytes);
	if (amount_cmp(&a->paid, &b->paid) != 0)
		return error_set(c->error, STATUS_DIFFERS,
			"the parties disagree: %s afil by the %.*s, %s afil by the other",
			amount_decimal(one, &a->paid), (int)a->role.len, (const char *)a->role.data,
			amount_decimal(other, &b->paid));
	return STATUS_OK;
}

enum status bundle_verify(
	struct verified_bundle *verified, const struct signed_statement *statement, struct error *error)
{
	static enum status (*const checks[])(struct verifying * c) = {
		check_deal, check_receipts, check_offer, check_vouchers, check_agreement};
	struct verifying c = {.v = verified, .statement = statement, .error = error};
	char signer[ADDRESS_TEXT_MAX];
	enum status s;

	*verified = (struct verified_bundle){0};
	if (statement->kind != STATEMENT_BUNDLE)
		return error_set(error, STATUS_BAD_MESSAGE, "a '%s' is no bundle", statement_name(statement->kind));
	s = signed_verify(statement);
	if (s != STATUS_OK)
		return error_set(error, s, "the signature of the bundle is not one of %s",
			address_text(signer, &statement->signer, NETWORK_MAIN));
	s = bundle_decode(&verified->bundle, statement->body);
	if (s != STATUS_OK)
		return error_set(error, s, "the bundle does not decode: %s", status_text(s));
	for (size_t i = 0; i < COUNT(checks); i++) {
		s = checks[i](&c);
		if (s != STATUS_OK)
			return error_explain(error, s, "%s", status_text(s));
	}
	return STATUS_OK;
}
