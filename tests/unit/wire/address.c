/* address.c - tests of wire/address.h: what is no address is refused, in bytes and in text. */
#include "../../support/test.h"

#include "wire/address.h"

#define ID20      "\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff\x00\x11\x22\x33\x44"
#define ID48      ID20 ID20 "\x01\x02\x03\x04\x05\x06\x07\x08"
#define ROW(text) text, sizeof(text) - 1
#define F2        "f2obgp5osr2gq7vbny2n4xpewgf3phkxocbymy5kq"
#define F3        "f3stllb2xbu5zdyvjpfik3k34rfhm6gek5scpalldyr5h552gpqhppryp2sa5rgnr6ix4q3v5pvxvn7nevj2sa"

static const struct {
	const char *in;
	size_t len;
	enum status want;
	const char *why;
} bytes_rows[] = {
	{ROW(""), STATUS_BAD_ADDRESS, "empty"},
	{ROW("\x00"), STATUS_BAD_ADDRESS, "one byte"},
	{ROW("\x01"), STATUS_BAD_ADDRESS, "one byte of another protocol"},
	{ROW("\x00\x00"), STATUS_OK, "id 0"},
	{ROW("\x00\x65"), STATUS_OK, "id 101"},
	{ROW("\x00\x80\x00"), STATUS_BAD_ADDRESS, "a varint that is not minimal"},
	{ROW("\x00\x80"), STATUS_BAD_ADDRESS, "a varint cut short"},
	{ROW("\x00\x01\x01"), STATUS_BAD_ADDRESS, "bytes after the id"},
	{ROW("\x00\xff\xff\xff\xff\xff\xff\xff\xff\x7f"), STATUS_OK, "id 2^63-1"},
	{ROW("\x00\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"), STATUS_BAD_ADDRESS, "id 2^63"},
	{ROW("\x01" ID20), STATUS_OK, "f1"},
	{ROW("\x02" ID20), STATUS_OK, "f2"},
	{ROW("\x03" ID48), STATUS_OK, "f3"},
	{ROW("\x01" ID20 "\x00"), STATUS_BAD_ADDRESS, "f1 of 21 bytes"},
	{ROW("\x02" ID48), STATUS_BAD_ADDRESS, "f2 of 48 bytes"},
	{ROW("\x03" ID20), STATUS_BAD_ADDRESS, "f3 of 20 bytes"},
	{ROW("\x03" ID48 "\x00"), STATUS_BAD_ADDRESS, "f3 of 49 bytes"},
	{ROW("\x04\x01" ID20), STATUS_BAD_ADDRESS, "protocol 4"},
	{ROW("\xff" ID20), STATUS_BAD_ADDRESS, "protocol 255"},
};

static const struct {
	const char *in;
	enum status want;
	enum network network;
	const char *why;
} text_rows[] = {
	{F2, STATUS_OK, NETWORK_MAIN, "f2"},
	{"t2obgp5osr2gq7vbny2n4xpewgf3phkxocbymy5kq", STATUS_OK, NETWORK_TEST, "the same on a test network"},
	{F3, STATUS_OK, NETWORK_MAIN, "f3"},
	{"f00", STATUS_OK, NETWORK_MAIN, "id 0"},
	{"t01", STATUS_OK, NETWORK_TEST, "id 1"},
	{"f09223372036854775807", STATUS_OK, NETWORK_MAIN, "id 2^63-1"},
	{"f09223372036854775808", STATUS_BAD_ADDRESS, 0, "id 2^63"},
	{"f0123456789012345678901", STATUS_BAD_ADDRESS, 0, "an id of 21 digits"},
	{"f001", STATUS_BAD_ADDRESS, 0, "a needless zero"},
	{"f0-1", STATUS_BAD_ADDRESS, 0, "a negative id"},
	{"f01x", STATUS_BAD_ADDRESS, 0, "a letter in an id"},
	{"f0", STATUS_BAD_ADDRESS, 0, "no id"},
	{"", STATUS_BAD_ADDRESS, 0, "empty"},
	{"f", STATUS_BAD_ADDRESS, 0, "only a network"},
	{"F01", STATUS_BAD_ADDRESS, 0, "an upper case network"},
	{"x01", STATUS_BAD_ADDRESS, 0, "no such network"},
	{"f4obgp5osr2gq7vbny2n4xpewgf3phkxocbymy5kq", STATUS_BAD_ADDRESS, 0, "protocol 4"},
	{"f1obgp5osr2gq7vbny2n4xpewgf3phkxocbymy5kq", STATUS_BAD_CHECKSUM, 0,
		"another protocol: the checksum covers it"},
	{"f2obgp5osr2gq7vbny2n4xpewgf3phkxocbymy5ka", STATUS_BAD_CHECKSUM, 0, "another checksum"},
	{"f2pbgp5osr2gq7vbny2n4xpewgf3phkxocbymy5kq", STATUS_BAD_CHECKSUM, 0, "another payload"},
	{"f2OBGP5OSR2GQ7VBNY2N4XPEWGF3PHKXOCBYMY5KQ", STATUS_BAD_ADDRESS, 0, "upper case"},
	{"f2obgp5osr2gq7vbny2n4xpewgf3phkxocbymy5k", STATUS_BAD_ADDRESS, 0, "a letter short"},
	{F2 "=", STATUS_BAD_ADDRESS, 0, "padding"},
	{F2 " ", STATUS_BAD_ADDRESS, 0, "a space behind"},
	{F2 F2 F2, STATUS_BAD_ADDRESS, 0, "far too long"},
	{"f2" F3, STATUS_BAD_ADDRESS, 0, "f2 of a wrong length"},
};

static void check_bytes(void)
{
	char text[ADDRESS_TEXT_MAX];

	for (size_t i = 0; i < sizeof(bytes_rows) / sizeof(bytes_rows[0]); i++) {
		struct span in = span_of(bytes_rows[i].in, bytes_rows[i].len);
		struct address a = {0}, back = {0};
		enum status s = address_decode(&a, in);

		CHECK_EQUAL(s, bytes_rows[i].want, bytes_rows[i].why);
		CHECK(s == STATUS_OK ? span_equal(address_span(&a), in) : address_is_none(&a),
			"bytes are kept, or nothing is");
		if (s != STATUS_OK)
			continue;
		CHECK_EQUAL(address_parse(&back, NULL, span_text(address_text(text, &a, NETWORK_MAIN))), STATUS_OK,
			"its text parses");
		CHECK(address_equal(&a, &back), "to the same");
	}
}

static void check_text(void)
{
	char text[ADDRESS_TEXT_MAX];

	for (size_t i = 0; i < sizeof(text_rows) / sizeof(text_rows[0]); i++) {
		struct address a = {0};
		enum network network = 0;
		enum status s = address_parse(&a, &network, span_text(text_rows[i].in));

		CHECK_EQUAL(s, text_rows[i].want, text_rows[i].why);
		CHECK_EQUAL(network, text_rows[i].network, "the network, or untouched");
		CHECK(address_is_none(&a) == (s != STATUS_OK), "the address, or untouched");
		if (s == STATUS_OK)
			CHECK_TEXT(address_text(text, &a, network), text_rows[i].in, "the text is the same");
	}
}

static void check_items(void)
{
	static const struct {
		const char *in;
		size_t len;
		enum status want;
		const char *why;
	} items[] = {
		{ROW("\x42\x00\x65"), STATUS_OK, "an address"},
		{ROW("\x40"), STATUS_BAD_ADDRESS, "an empty one"},
		{ROW("\x62"
		     "ab"),
			STATUS_BAD_TYPE, "text"},
		{ROW("\xf6"), STATUS_BAD_TYPE, "null"},
		{ROW("\x58\x32\x03" ID48 "\x00"), STATUS_TOO_LARGE, "50 bytes"},
	};

	for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
		struct cbor_reader r = cbor_reader(span_of(items[i].in, items[i].len));
		struct address a = {0};

		address_read(&r, &a);
		CHECK_EQUAL(cbor_end(&r), items[i].want, items[i].why);
	}
}

static void check_makers(void)
{
	struct address id = address_of_id(INT64_MAX), actor = address_of_actor(span_text("seed"));
	uint8_t public[KEY_PUBLIC_SIZE] = {4};
	struct address key = address_of_key(public), none = {0};
	uint64_t number = 0;

	CHECK_EQUAL(address_protocol(&id), ADDRESS_ID, "f0");
	CHECK_EQUAL(address_protocol(&actor), ADDRESS_ACTOR, "f2");
	CHECK_EQUAL(address_protocol(&key), ADDRESS_SECP256K1, "f1");
	CHECK(!address_equal(&key, &actor) && !address_equal(&key, &id), "none is another");
	CHECK(address_id(&number, &id) == STATUS_OK && number == INT64_MAX, "the number of an id address");
	CHECK_EQUAL(address_id(&number, &actor), STATUS_BAD_ADDRESS, "another address has no number");
	CHECK_EQUAL(address_id(&number, &none), STATUS_BAD_ADDRESS, "no address has no number");
}

int main(void)
{
	check_bytes();
	check_text();
	check_items();
	check_makers();
	return test_end();
}
