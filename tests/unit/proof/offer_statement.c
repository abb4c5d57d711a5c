/* offer_statement.c - tests of proof/signed.h and proof/offer_statement.h: who has signed what, and nothing else. */
#include "../../support/test.h"

#include "ipld/selector.h"
#include "proof/offer_statement.h"
#include "wire/message.h"

static struct key key(uint8_t number)
{
	const uint8_t seed[KEY_SECRET_SIZE] = {number};
	struct key made = {0};

	CHECK_EQUAL(key_from_seed(&made, seed), STATUS_OK, "a key");
	return made;
}

/* An offer that pays the owner of key @payee. */
static void make_offer(struct bytes *out, uint8_t payee)
{
	struct key owner = key(payee);
	struct offer offer = {.id = span_text("offer-1"),
		.size = 3000,
		.payment_address = address_of_key(owner.public),
		.min_price_per_byte = amount_u64(2),
		.max_payment_interval = 1000};

	CHECK_EQUAL(cid_of(&offer.payload, 1, CODEC_RAW, HASH_SHA2_256, span_text("content")), STATUS_OK, "a CID");
	offer_encode(out, &offer);
	key_release(&owner);
}

/* The file of an offer to @payee whose statement has @said, for the offer in it and the signature of key @signer. */
static void make_file(struct bytes *file, struct offer_statement *said, uint8_t payee, uint8_t signer)
{
	struct bytes offer = {0}, body = {0}, proof = {0};
	struct key owner = key(signer);

	make_offer(&offer, payee);
	if (said->offer.len == 0)
		said->offer = bytes_span(&offer);
	offer_statement_encode(&body, said);
	CHECK_EQUAL(statement_sign(&proof, STATEMENT_OFFER, bytes_span(&body), &owner), STATUS_OK, "it can be signed");
	bytes_append(file, offer.data, offer.len);
	bytes_append(file, proof.data, proof.len);
	key_release(&owner);
	bytes_release(&offer);
	bytes_release(&body);
	bytes_release(&proof);
}

static struct offer_statement plain(void)
{
	return (struct offer_statement){.selector = selector_all(), .issued = 1700000000};
}

static enum status judge(struct span in)
{
	struct offer_file file;
	enum status s = offer_file_decode(&file, in);

	return s == STATUS_OK ? offer_file_verify(&file) : s;
}

static void test_right(void)
{
	static const struct ledger_id id = {NETWORK_TEST, {7}};
	struct offer_statement said = plain();
	struct bytes file = {0}, alone = {0};
	struct offer_file decoded;

	said.ledger = named_ledger_of(&id);
	said.expires = 1700000009;
	make_file(&file, &said, 1, 1);
	CHECK_EQUAL(judge(bytes_span(&file)), STATUS_OK, "PROOF 2: who is paid has signed");
	CHECK_EQUAL(offer_file_decode(&decoded, bytes_span(&file)), STATUS_OK, "the file decodes");
	CHECK(!offer_statement_is_over(&decoded.said, 1700000009), "it is valid to its last second");
	CHECK(offer_statement_is_over(&decoded.said, 1700000010), "and over behind it");
	make_offer(&alone, 1);
	CHECK(span_equal(decoded.encoded, bytes_span(&alone)),
		"the first item is the offer as it was without a signature");
	CHECK_EQUAL(judge(bytes_span(&alone)), STATUS_OK, "an offer that nobody has signed is one");
	bytes_release(&file);
	bytes_release(&alone);
}

static void test_wrong(void)
{
	struct offer_statement said = plain(), other = plain(), early = plain(), half = plain();
	struct bytes file = {0}, offer = {0};

	make_file(&file, &said, 1, 2);
	CHECK_EQUAL(judge(bytes_span(&file)), STATUS_WRONG_PART, "PROOF 2: another key than that of who is paid");
	bytes_clear(&file);
	make_offer(&offer, 3);
	other.offer = bytes_span(&offer);
	make_file(&file, &other, 1, 1);
	CHECK_EQUAL(judge(bytes_span(&file)), STATUS_WRONG_PART, "the statement of another offer");
	bytes_clear(&file);
	early.issued = -1;
	make_file(&file, &early, 1, 1);
	CHECK_EQUAL(judge(bytes_span(&file)), STATUS_BAD_VALUE, "issued before 1970");
	bytes_clear(&file);
	half.ledger.network = span_text("f");
	make_file(&file, &half, 1, 1);
	CHECK_EQUAL(judge(bytes_span(&file)), STATUS_BAD_VALUE, "half a ledger");
	bytes_release(&file);
	bytes_release(&offer);
}

/* No other bytes than those that were signed are accepted: neither with a bit changed, nor cut, nor with more behind. */
static void test_every_bit(void)
{
	struct offer_statement said = plain();
	struct bytes file = {0};
	size_t offer_len, accepted = 0;
	struct offer_file decoded;

	make_file(&file, &said, 1, 1);
	CHECK_EQUAL(offer_file_decode(&decoded, bytes_span(&file)), STATUS_OK, "the file decodes");
	offer_len = decoded.encoded.len;
	for (size_t bit = 0; bit < 8 * file.len; bit++) {
		file.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		accepted += judge(bytes_span(&file)) == STATUS_OK;
		file.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	CHECK_EQUAL(accepted, 0, "no bit can be changed");
	for (size_t len = 0; len < file.len; len++)
		accepted += len != offer_len && judge(span_of(file.data, len)) == STATUS_OK;
	CHECK_EQUAL(accepted, 0, "nothing can be cut off, but the whole statement");
	bytes_append_byte(&file, 0xf6);
	CHECK(judge(bytes_span(&file)) != STATUS_OK, "nothing can be added");
	bytes_release(&file);
}

/* PROOF 1: the bytes that are hashed differ from those of a voucher, of a message, and of any other kind. */
static void test_domains(void)
{
	struct bytes voucher = {0}, message = {0};
	struct message m = {.to = address_of_id(1), .from = address_of_id(2)};
	struct voucher v = {.channel = address_of_id(3)};
	struct cid c;

	voucher_signing_bytes(&voucher, &v);
	CHECK_EQUAL(message_cid(&c, &m), STATUS_OK, "a message has a CID");
	CHECK_EQUAL(voucher.data[0], 0x8b, "a voucher begins with an array of 11");
	CHECK_EQUAL(c.bytes[0], 0x01, "a message begins with version 1 of a CID");
	for (enum statement_kind a = 0; a < STATEMENT_KINDS; a++) {
		struct bytes mine = {0};

		statement_signing_bytes(&mine, a, bytes_span(&voucher));
		CHECK_EQUAL(mine.data[0], 'r', "a statement begins with a letter");
		CHECK(strchr(statement_name(a), '\n') == NULL, "a name has no newline");
		for (enum statement_kind b = 0; b < a; b++)
			CHECK(strcmp(statement_name(a), statement_name(b)) != 0, "each kind has its own name");
		bytes_release(&mine);
	}
	bytes_release(&voucher);
	bytes_release(&message);
}

/* A voucher's signature is none of a statement over the voucher's bytes, nor the reverse, nor from kind to kind. */
static void test_replay(void)
{
	struct bytes signing = {0}, made = {0};
	struct voucher v = {.channel = address_of_id(3), .nonce = 1, .amount = amount_u64(5)};
	struct signed_statement statement;
	struct key owner = key(1);
	struct address own = address_of_key(owner.public), signer;

	CHECK_EQUAL(voucher_sign(&v, &owner), STATUS_OK, "a voucher");
	voucher_signing_bytes(&signing, &v);
	CHECK_EQUAL(statement_sign(&made, STATEMENT_RECEIPT, bytes_span(&signing), &owner), STATUS_OK, "a statement");
	CHECK_EQUAL(signed_decode(&statement, bytes_span(&made)), STATUS_OK, "decodes");
	CHECK_EQUAL(signed_verify(&statement), STATUS_OK, "verifies");
	statement.kind = STATEMENT_OFFER;
	CHECK_EQUAL(signed_verify(&statement), STATUS_BAD_SIGNATURE, "PROOF 1: not as another kind");
	memcpy(statement.signature, v.signature, KEY_SIGNATURE_SIZE);
	statement.kind = STATEMENT_RECEIPT;
	CHECK_EQUAL(signed_verify(&statement), STATUS_BAD_SIGNATURE, "PROOF 1: not with the voucher's signature");
	CHECK_EQUAL(signed_decode(&statement, bytes_span(&made)), STATUS_OK, "decodes");
	memcpy(v.signature, statement.signature, KEY_SIGNATURE_SIZE);
	CHECK(voucher_signer(&signer, &v) != STATUS_OK || !address_equal(&signer, &own),
		"PROOF 1: the statement's signature makes no voucher");
	key_release(&owner);
	bytes_release(&signing);
	bytes_release(&made);
}

int main(void)
{
	test_right();
	test_wrong();
	test_every_bit();
	test_domains();
	test_replay();
	return test_end();
}
