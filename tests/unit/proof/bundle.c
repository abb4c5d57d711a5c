/* bundle.c - tests of proof/receipt.h and proof/bundle.h: whole bundles, and bundles with one part changed.
 *
 * Whoever makes a bundle can sign any parts: so each wrong bundle here has the
 * right signatures, but for the one that the row is about.
 */
#include "../../support/test.h"

#include "deal/state.h"
#include "ipld/selector.h"
#include "proof/bundle.h"

#define BUYER    1
#define SELLER   2
#define STRANGER 3

/* What a row changes. */
enum change {
	NOTHING,
	NO_OFFER,
	NO_SELLER,     /* no receipt of the seller */
	OTHER_MAKER,   /* a stranger signs the bundle */
	OTHER_DEAL,    /* the seller's receipt is of a deal with another id */
	OTHER_ROOT,    /* ... of another root */
	OTHER_BUYER,   /* ... names another buyer */
	OTHER_SELLER,  /* a stranger signs a receipt in his own name as the seller */
	FORGED_SELLER, /* a stranger signs a receipt in the seller's name */
	OTHER_LEDGER,  /* the seller's receipt is of another ledger */
	TWO_BUYERS,    /* two receipts of the buyer */
	OFFER_UNSIGNED,
	OFFER_OF_STRANGER,
	OFFER_OTHER_ROOT,
	OFFER_TOO_DEAR, /* the deal is below the offer's price */
	VOUCHER_OF_STRANGER,
	VOUCHER_MISSING,
	VOUCHER_OTHER,  /* a voucher of the buyer for another lane */
	RESPONSE_OTHER, /* the acceptance of another deal */
	RESPONSE_REFUSES,
	PAID_TOO_MUCH,  /* the receipts say more than the vouchers promise */
	NOT_PAID,       /* complete, but less is paid than the price */
	BYTES_DIFFER,   /* the seller says other bytes than the buyer */
	AMOUNT_DIFFERS, /* the seller names another amount for one voucher */
	NONCE_FALLS,
	LANE_TWICE,    /* two vouchers of 300 count one lane twice, and hide that by a voucher of nothing between */
	AMOUNT_HIDDEN, /* AMOUNT_DIFFERS, and the seller names a voucher of another lane first */
	AN_OFFER_AS_RECEIPT,
	ROLE_UNKNOWN,
	NEGATIVE_TIME,
};

static const struct {
	enum change change;
	enum status want;
	const char *why;
} rows[] = {
	{NOTHING, STATUS_OK, "a whole bundle"},
	{NO_OFFER, STATUS_OK, "without an offer"},
	{NO_SELLER, STATUS_OK, "without the seller's receipt"},
	{OTHER_MAKER, STATUS_WRONG_PART, "a stranger hands it out as his own"},
	{OTHER_DEAL, STATUS_WRONG_PART, "PROOF 3: a receipt of another deal"},
	{OTHER_ROOT, STATUS_WRONG_PART, "a receipt of another root"},
	{OTHER_BUYER, STATUS_WRONG_PART, "a receipt of a deal with another buyer"},
	{OTHER_SELLER, STATUS_WRONG_PART, "a receipt of another seller"},
	{FORGED_SELLER, STATUS_WRONG_PART, "PROOF 3: a receipt that a stranger signs in the seller's name"},
	{OTHER_LEDGER, STATUS_WRONG_PART, "a receipt on another ledger"},
	{TWO_BUYERS, STATUS_WRONG_PART, "two receipts of one side"},
	{OFFER_UNSIGNED, STATUS_WRONG_PART, "an offer that nobody signed"},
	{OFFER_OF_STRANGER, STATUS_WRONG_PART, "another seller's offer"},
	{OFFER_OTHER_ROOT, STATUS_WRONG_PART, "an offer of another root"},
	{OFFER_TOO_DEAR, STATUS_DIFFERS, "an offer that the deal does not meet"},
	{VOUCHER_OF_STRANGER, STATUS_BAD_SIGNATURE, "a voucher that the buyer did not sign"},
	{VOUCHER_MISSING, STATUS_WRONG_PART, "a voucher that the receipt names is missing"},
	{VOUCHER_OTHER, STATUS_WRONG_PART, "PROOF 4: a voucher of another lane"},
	{RESPONSE_OTHER, STATUS_WRONG_PART, "the acceptance of another deal"},
	{RESPONSE_REFUSES, STATUS_WRONG_PART, "a response that refuses"},
	{PAID_TOO_MUCH, STATUS_DIFFERS, "PROOF 4: more paid than promised"},
	{NOT_PAID, STATUS_DIFFERS, "complete without payment"},
	{BYTES_DIFFER, STATUS_DIFFERS, "the sides count other bytes"},
	{AMOUNT_DIFFERS, STATUS_DIFFERS, "two amounts for one voucher"},
	{NONCE_FALLS, STATUS_DIFFERS, "nonces that fall"},
	{LANE_TWICE, STATUS_DIFFERS, "PROOF 4: a lane that is counted twice"},
	{AMOUNT_HIDDEN, STATUS_DIFFERS, "two amounts for one voucher, behind a voucher of another lane"},
	{AN_OFFER_AS_RECEIPT, STATUS_BAD_MESSAGE, "PROOF 1: a statement of another kind"},
	{ROLE_UNKNOWN, STATUS_BAD_VALUE, "an unknown role"},
	{NEGATIVE_TIME, STATUS_BAD_VALUE, "a time before 1970"},
};

static struct key keys[STRANGER + 1];
static struct address owners[STRANGER + 1];
static const struct ledger_id ledgers[2] = {{NETWORK_MAIN, {1}}, {NETWORK_MAIN, {2}}};

static void make_keys(void)
{
	for (uint8_t i = BUYER; i <= STRANGER; i++) {
		const uint8_t seed[KEY_SECRET_SIZE] = {i};

		CHECK_EQUAL(key_from_seed(&keys[i], seed), STATUS_OK, "a key");
		owners[i] = address_of_key(keys[i].public);
	}
}

static struct cid root(const char *content)
{
	struct cid c = {0};

	CHECK_EQUAL(cid_of(&c, 1, CODEC_RAW, HASH_SHA2_256, span_text(content)), STATUS_OK, "a CID");
	return c;
}

static void sign_with(struct bytes *out, enum statement_kind kind, struct bytes *body, unsigned key)
{
	CHECK_EQUAL(statement_sign(out, kind, bytes_span(body), &keys[key]), STATUS_OK, "it can be signed");
	bytes_clear(body);
}

static void put_proposal(struct bytes *out, uint64_t id, const char *content)
{
	struct proposal proposal = {.payload = root(content),
		.id = id,
		.params = {.selector = selector_all(),
			.price_per_byte = amount_u64(2),
			.payment_interval = 100,
			.payment_interval_increase = 100}};

	proposal_encode(out, &proposal, RECORD_DECLARED);
}

/* The vouchers of LANE_TWICE: lane, nonce, amount. */
static const uint64_t twice[][3] = {{4, 1, 300}, {5, 1, 0}, {4, 1, 300}};

/* Each row names one voucher. */
static void put_named_rows(struct bytes *out, const uint64_t named[][3], size_t count)
{
	cbor_put_array(out, count);
	for (size_t i = 0; i < count; i++) {
		struct receipt_voucher one = {.channel = address_of_id(9),
			.lane = named[i][0],
			.nonce = named[i][1],
			.amount = amount_u64(named[i][2])};

		receipt_put_voucher(out, &one);
	}
}

/* Two vouchers, of 200 and 600 attoFIL, as a receipt of @role names them. */
static void put_named(struct bytes *out, enum change change, bool sellers)
{
	struct receipt_voucher one = {.channel = address_of_id(9), .lane = 4, .nonce = 1, .amount = amount_u64(200)};
	static const uint64_t hidden[][3] = {{5, 9, 1}, {4, 1, 201}, {4, 2, 600}};
	struct receipt_voucher two = one;

	if (change == LANE_TWICE) {
		put_named_rows(out, twice, COUNT(twice));
		return;
	}
	if (change == AMOUNT_HIDDEN && sellers) {
		put_named_rows(out, hidden, COUNT(hidden));
		return;
	}
	two.nonce = change == NONCE_FALLS ? 1 : 2;
	two.amount = amount_u64(600);
	if (change == AMOUNT_DIFFERS && sellers)
		one.amount = amount_u64(201);
	cbor_put_array(out, 2);
	receipt_put_voucher(out, &one);
	receipt_put_voucher(out, &two);
}

static void put_twice(struct bytes *out)
{
	cbor_put_array(out, COUNT(twice));
	for (size_t i = 0; i < COUNT(twice); i++) {
		struct voucher v = {.channel = address_of_id(9), .lane = twice[i][0], .nonce = twice[i][1]};

		v.amount = amount_u64(twice[i][2]);
		CHECK_EQUAL(voucher_sign(&v, &keys[BUYER]), STATUS_OK, "a voucher");
		voucher_write(out, &v);
	}
}

static void put_vouchers(struct bytes *out, enum change change)
{
	if (change == LANE_TWICE) {
		put_twice(out);
		return;
	}
	cbor_put_array(out, change == VOUCHER_MISSING ? 1 : 2);
	for (uint64_t nonce = 1; nonce <= (change == VOUCHER_MISSING ? 1 : 2); nonce++) {
		struct voucher v = {.channel = address_of_id(9), .lane = 4, .nonce = nonce};
		bool last = nonce == 2;

		v.amount = amount_u64(last ? 600 : 200);
		if (last && change == VOUCHER_OTHER)
			v.lane = 5;
		CHECK_EQUAL(voucher_sign(&v, &keys[last && change == VOUCHER_OF_STRANGER ? STRANGER : BUYER]),
			STATUS_OK, "a voucher");
		voucher_write(out, &v);
	}
}

static void put_receipt(struct bytes *out, enum change change, bool sellers)
{
	struct bytes proposal = {0}, named = {0}, body = {0};
	struct deal_receipt receipt = {.role = span_text(sellers ? "seller" : "buyer"),
		.buyer = owners[sellers && change == OTHER_BUYER ? STRANGER : BUYER],
		.seller = owners[sellers && change == OTHER_SELLER ? STRANGER : SELLER],
		.ledger = named_ledger_of(&ledgers[sellers && change == OTHER_LEDGER]),
		.state = DEAL_COMPLETED,
		.bytes = sellers && change == BYTES_DIFFER ? 299 : 300,
		.blocks = 3,
		.paid = amount_u64(change == PAID_TOO_MUCH ? 601
				   : change == NOT_PAID    ? 599
							   : 600),
		.began = change == NEGATIVE_TIME ? -1 : 1700000000,
		.ended = 1700000009};

	if (change == ROLE_UNKNOWN)
		receipt.role = span_text("broker");
	put_proposal(&proposal, sellers && change == OTHER_DEAL ? 8 : 7,
		sellers && change == OTHER_ROOT ? "other" : "content");
	put_named(&named, change, sellers);
	receipt.proposal = bytes_span(&proposal);
	receipt.vouchers = bytes_span(&named);
	receipt_encode(&body, &receipt);
	sign_with(out, sellers && change == AN_OFFER_AS_RECEIPT ? STATEMENT_OFFER : STATEMENT_RECEIPT, &body,
		!sellers                                            ? BUYER
		: change == FORGED_SELLER || change == OTHER_SELLER ? STRANGER
								    : SELLER);
	bytes_release(&proposal);
	bytes_release(&named);
	bytes_release(&body);
}

static void put_offer(struct bytes *out, enum change change)
{
	struct bytes body = {0}, encoded = {0};
	unsigned seller = change == OFFER_OF_STRANGER ? STRANGER : SELLER;
	struct offer offer = {.id = span_text("offer-1"),
		.payload = root(change == OFFER_OTHER_ROOT ? "other" : "content"),
		.size = 300,
		.payment_address = owners[seller],
		.min_price_per_byte = amount_u64(change == OFFER_TOO_DEAR ? 3 : 2),
		.max_payment_interval = 100,
		.max_payment_interval_increase = 100};
	struct offer_statement said = {.selector = selector_all(), .issued = 1700000000};

	offer_encode(&encoded, &offer);
	said.offer = bytes_span(&encoded);
	offer_statement_encode(&body, &said);
	bytes_append(out, encoded.data, encoded.len);
	if (change != OFFER_UNSIGNED)
		sign_with(out, STATEMENT_OFFER, &body, seller);
	bytes_release(&body);
	bytes_release(&encoded);
}

static void put_receipts(struct bytes *out, enum change change)
{
	struct bytes receipt = {0};

	cbor_put_array(out, change == NO_SELLER ? 1 : 2);
	if (change != NO_SELLER) {
		put_receipt(&receipt, change, change != TWO_BUYERS);
		cbor_put_bytes(out, bytes_span(&receipt));
		bytes_clear(&receipt);
	}
	put_receipt(&receipt, change, false);
	cbor_put_bytes(out, bytes_span(&receipt));
	bytes_release(&receipt);
}

static void make_bundle(struct bytes *out, enum change change)
{
	struct bytes offer = {0}, proposal = {0}, response = {0}, receipts = {0}, vouchers = {0}, body = {0};
	struct response accepted = {.status = change == RESPONSE_REFUSES ? DEAL_REJECTED : DEAL_ACCEPTED,
		.id = change == RESPONSE_OTHER ? 8 : 7};
	struct bundle bundle;

	if (change != NO_OFFER)
		put_offer(&offer, change);
	put_proposal(&proposal, 7, "content");
	response_encode(&response, &accepted, RECORD_DECLARED);
	put_receipts(&receipts, change);
	put_vouchers(&vouchers, change);
	bundle = (struct bundle){bytes_span(&offer), bytes_span(&proposal), bytes_span(&response),
		bytes_span(&receipts), bytes_span(&vouchers)};
	bundle_encode(&body, &bundle);
	sign_with(out, STATEMENT_BUNDLE, &body, change == OTHER_MAKER ? STRANGER : BUYER);
	bytes_release(&offer);
	bytes_release(&proposal);
	bytes_release(&response);
	bytes_release(&receipts);
	bytes_release(&vouchers);
	bytes_release(&body);
}

static enum status judge(struct span in, struct error *error)
{
	struct signed_statement statement;
	struct verified_bundle verified;
	enum status s = signed_decode(&statement, in);

	return s == STATUS_OK ? bundle_verify(&verified, &statement, error) : s;
}

static void test_rows(void)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes made = {0};
		struct error error = {0};

		make_bundle(&made, rows[i].change);
		CHECK_EQUAL(judge(bytes_span(&made), &error), rows[i].want, rows[i].why);
		CHECK((error.why[0] != '\0') == (rows[i].want != STATUS_OK), "a failure is explained");
		bytes_release(&made);
	}
}

/* PROOF 4: no bit can be changed, no byte cut off, none added. */
static void test_every_bit(void)
{
	struct bytes made = {0};
	struct error error = {0};
	size_t accepted = 0;

	make_bundle(&made, NOTHING);
	for (size_t bit = 0; bit < 8 * made.len; bit++) {
		made.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		accepted += judge(bytes_span(&made), &error) == STATUS_OK;
		made.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	for (size_t len = 0; len < made.len; len++)
		accepted += judge(span_of(made.data, len), &error) == STATUS_OK;
	bytes_append_byte(&made, 0);
	accepted += judge(bytes_span(&made), &error) == STATUS_OK;
	CHECK_EQUAL(accepted, 0, "only the signed bytes are accepted");
	bytes_release(&made);
}

int main(void)
{
	make_keys();
	test_rows();
	test_every_bit();
	return test_end();
}
