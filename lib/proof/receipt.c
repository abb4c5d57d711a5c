/* receipt.c - receipts: their bytes, who must have signed, and whether their numbers agree. */
#include "proof/receipt.h"

#include <inttypes.h>
#include <string.h>

#include "base/multibase.h"
#include "deal/price.h"
#include "deal/state.h"

#define VOUCHER_ITEMS 4

static const struct field receipt_fields[] = {
	{"role", FIELD_TEXT, offsetof(struct deal_receipt, role), NULL, 0},
	{"proposal", FIELD_BYTES, offsetof(struct deal_receipt, proposal), NULL, 0},
	{"buyer", FIELD_ADDRESS_OR_NULL, offsetof(struct deal_receipt, buyer), NULL, 0},
	{"seller", FIELD_ADDRESS, offsetof(struct deal_receipt, seller), NULL, 0},
	{"ledger", FIELD_RECORD, offsetof(struct deal_receipt, ledger), &named_ledger_record, 0},
	{"state", FIELD_UINT, offsetof(struct deal_receipt, state), NULL, 0},
	{"bytes", FIELD_UINT, offsetof(struct deal_receipt, bytes), NULL, 0},
	{"blocks", FIELD_UINT, offsetof(struct deal_receipt, blocks), NULL, 0},
	{"paid", FIELD_AMOUNT, offsetof(struct deal_receipt, paid), NULL, 0},
	{"began", FIELD_INT, offsetof(struct deal_receipt, began), NULL, 0},
	{"ended", FIELD_INT, offsetof(struct deal_receipt, ended), NULL, 0},
	{"vouchers", FIELD_ANY_OR_NULL, offsetof(struct deal_receipt, vouchers), NULL, 0},
};
static const struct record receipt_record = RECORD(receipt_fields);

bool receipt_is_sellers(const struct deal_receipt *receipt)
{
	return span_is(receipt->role, "seller");
}

static void read_voucher(struct receipt_voucher *voucher, struct cbor_reader *r)
{
	cbor_expect_array(r, VOUCHER_ITEMS);
	address_read(r, &voucher->channel);
	voucher->lane = cbor_read_uint(r);
	voucher->nonce = cbor_read_uint(r);
	cbor_read_amount(r, &voucher->amount);
	if (amount_is_negative(&voucher->amount) || voucher->lane > VOUCHER_LANE_MAX)
		cbor_fail(r, STATUS_BAD_VALUE);
}

void receipt_put_voucher(struct bytes *items, const struct receipt_voucher *voucher)
{
	cbor_put_array(items, VOUCHER_ITEMS);
	address_write(items, &voucher->channel);
	cbor_put_uint(items, voucher->lane);
	cbor_put_uint(items, voucher->nonce);
	cbor_put_amount(items, &voucher->amount);
}

struct receipt_vouchers receipt_vouchers(const struct deal_receipt *receipt)
{
	struct receipt_vouchers list = {.reader = cbor_reader(receipt->vouchers)};

	list.left = cbor_read_array(&list.reader);
	return list;
}

bool receipt_next_voucher(struct receipt_voucher *voucher, struct receipt_vouchers *list)
{
	if (list->left == 0)
		return false;
	list->left--;
	read_voucher(voucher, &list->reader);
	return list->reader.status == STATUS_OK;
}

static enum status check_vouchers(const struct deal_receipt *receipt)
{
	struct receipt_vouchers list = receipt_vouchers(receipt);
	struct receipt_voucher voucher;

	if (list.left > RECEIPT_VOUCHERS_MAX)
		return STATUS_TOO_LARGE;
	while (receipt_next_voucher(&voucher, &list))
		;
	return cbor_end(&list.reader);
}

enum status receipt_decode(struct deal_receipt *receipt, struct span in)
{
	struct deal_receipt local = {0};
	enum status s = record_decode(&local, sizeof(local), &receipt_record, in, RECORD_SORTED);

	if (s != STATUS_OK)
		return s;
	if ((!receipt_is_sellers(&local) && !span_is(local.role, "buyer")) || local.began < 0 || local.ended < 0 ||
		amount_is_negative(&local.paid) || !named_ledger_is_valid(&local.ledger))
		return STATUS_BAD_VALUE;
	s = check_vouchers(&local);
	if (s != STATUS_OK)
		return s;
	s = proposal_decode(&local.deal, local.proposal, RECORD_DECLARED);
	if (s != STATUS_OK)
		return s;
	*receipt = local;
	return STATUS_OK;
}

void receipt_encode(struct bytes *out, const struct deal_receipt *receipt)
{
	record_write(out, &receipt_record, receipt, RECORD_SORTED);
}

int receipt_voucher_compare(const struct receipt_voucher *a, const struct receipt_voucher *b)
{
	int order = memcmp(&a->channel, &b->channel, sizeof(a->channel));

	if (order != 0)
		return order;
	if (a->lane != b->lane)
		return a->lane < b->lane ? -1 : 1;
	return a->nonce < b->nonce ? -1 : a->nonce > b->nonce;
}

/* The best vouchers of all lanes together. A lane counts once: its vouchers stand in a row, and rise. */
static enum status add_up(struct amount *sum, const struct deal_receipt *receipt, struct error *error)
{
	struct receipt_vouchers list = receipt_vouchers(receipt);
	struct receipt_voucher before = {0}, voucher;
	bool any = false;

	*sum = amount_zero();
	for (; receipt_next_voucher(&voucher, &list); before = voucher, any = true) {
		bool same = any && voucher.lane == before.lane && address_equal(&voucher.channel, &before.channel);

		if ((any && receipt_voucher_compare(&before, &voucher) >= 0) ||
			(same && amount_cmp(&voucher.amount, &before.amount) <= 0))
			return error_set(error, STATUS_DIFFERS,
				"voucher %" PRIu64 " of lane %" PRIu64 " is not above voucher %" PRIu64
				" of lane %" PRIu64,
				voucher.nonce, voucher.lane, before.nonce, before.lane);
		if (same && !amount_sub(sum, sum, &before.amount))
			return STATUS_BAD_AMOUNT;
		if (!amount_add(sum, sum, &voucher.amount))
			return STATUS_BAD_AMOUNT;
	}
	return STATUS_OK;
}

static enum status check_numbers(const struct deal_receipt *receipt, struct error *error)
{
	char wanted[AMOUNT_TEXT_MAX], got[AMOUNT_TEXT_MAX];
	struct amount sum, price;
	enum status s = add_up(&sum, receipt, error);

	if (s != STATUS_OK)
		return s;
	if (amount_cmp(&sum, &receipt->paid) < 0)
		return error_set(error, STATUS_DIFFERS,
			"the vouchers add up to %s afil, but %s afil are said to be paid", amount_decimal(got, &sum),
			amount_decimal(wanted, &receipt->paid));
	if (receipt->state != DEAL_COMPLETED)
		return STATUS_OK;
	if (!price_of(&price, &receipt->deal.params, receipt->bytes))
		return STATUS_BAD_AMOUNT;
	if (amount_cmp(&receipt->paid, &price) < 0)
		return error_set(error, STATUS_DIFFERS,
			"the deal is said to be complete, but %s afil are paid of %s afil",
			amount_decimal(got, &receipt->paid), amount_decimal(wanted, &price));
	return STATUS_OK;
}

enum status receipt_verify(struct deal_receipt *receipt, const struct signed_statement *statement, struct error *error)
{
	char signer[ADDRESS_TEXT_MAX];
	const struct address *speaker;
	enum status s;

	if (statement->kind != STATEMENT_RECEIPT)
		return error_set(error, STATUS_BAD_MESSAGE, "a '%s' stands where a receipt is expected",
			statement_name(statement->kind));
	address_text(signer, &statement->signer, NETWORK_MAIN);
	s = signed_verify(statement);
	if (s != STATUS_OK)
		return error_set(error, s, "the signature of the receipt is not one of %s", signer);
	s = receipt_decode(receipt, statement->body);
	if (s != STATUS_OK)
		return error_set(
			error, s, "the receipt that %s has signed does not decode: %s", signer, status_text(s));
	speaker = receipt_is_sellers(receipt) ? &receipt->seller : &receipt->buyer;
	if (!address_equal(&statement->signer, speaker))
		return error_set(error, STATUS_WRONG_PART, "%s has signed a receipt in the name of another %s", signer,
			receipt_is_sellers(receipt) ? "seller" : "buyer");
	s = check_numbers(receipt, error);
	return error_explain(error, s, "the receipt of %s: %s", signer, status_text(s));
}

#define MARK_LEN (sizeof(RECEIPT_PROOF) - 1)

void receipt_put_message(struct bytes *message, struct span receipt)
{
	if (receipt.len > (RECEIPT_MESSAGE_MAX - MARK_LEN) / 4 * 3)
		return;
	bytes_append_text(message, RECEIPT_PROOF);
	base_encode(message, BASE64URL, receipt);
}

enum status receipt_of_message(struct bytes *receipt, struct span message)
{
	if (message.len < MARK_LEN || memcmp(message.data, RECEIPT_PROOF, MARK_LEN) != 0)
		return STATUS_NOT_FOUND;
	return base_decode(receipt, BASE64URL, span_of(message.data + MARK_LEN, message.len - MARK_LEN));
}
