/* Tests of wire/recovery.h: the best vouchers of a channel, there and back. */
#include "../../support/test.h"

#include "wire/recovery.h"

static void encode(struct bytes *extensions, size_t count)
{
	struct voucher voucher = {.channel = address_of_id(7), .nonce = 3};
	struct bytes items = {0}, encoded = {0}, value = {0};

	for (size_t i = 0; i < count; i++) {
		bytes_clear(&encoded);
		voucher.lane = i;
		voucher_write(&encoded, &voucher);
		best_vouchers_put(&items, 100 + i, bytes_span(&encoded));
	}
	best_vouchers_encode(&value, bytes_span(&items), count);
	graphsync_extensions(
		extensions, (const struct graphsync_extension_item[]){{EXT_BEST_VOUCHERS, bytes_span(&value)}}, 1);
	bytes_release(&items);
	bytes_release(&encoded);
	bytes_release(&value);
}

static void check_there_and_back(void)
{
	struct graphsync_response response = {0};
	struct best_vouchers list;
	struct best_voucher best;
	struct bytes extensions = {0};

	CHECK_EQUAL(best_vouchers_open(&list, &response), STATUS_NOT_FOUND, "a response without extensions");
	encode(&extensions, 2);
	response.extensions = bytes_span(&extensions);
	CHECK_EQUAL(best_vouchers_open(&list, &response), STATUS_OK, "two pairs");
	for (size_t i = 0; i < 2; i++) {
		CHECK_EQUAL(best_vouchers_next(&best, &list), STATUS_OK, "a pair");
		CHECK_EQUAL(best.deal, 100 + i, "its deal");
		CHECK_EQUAL(best.voucher.lane, i, "its lane");
		CHECK_EQUAL(best.voucher.nonce, 3, "its nonce");
	}
	CHECK_EQUAL(best_vouchers_next(&best, &list), STATUS_END, "the end");
	bytes_release(&extensions);
}

static void check_refused(void)
{
	static const struct {
		const char *value;
		size_t len;
		enum status opened, next;
		const char *why;
	} rows[] = {
		{"\x80", 1, STATUS_OK, STATUS_END, "an empty list"},
		{"\xa0", 1, STATUS_BAD_TYPE, STATUS_OK, "a map"},
		{"\x81\x81\x01", 3, STATUS_OK, STATUS_BAD_VALUE, "a pair of one"},
		{"\x81\x82\x01\x80", 4, STATUS_OK, STATUS_BAD_VALUE, "a voucher that is none"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct graphsync_response response = {0};
		struct best_vouchers list;
		struct best_voucher best;
		struct bytes extensions = {0};

		graphsync_extensions(&extensions,
			(const struct graphsync_extension_item[]){
				{EXT_BEST_VOUCHERS, span_of(rows[i].value, rows[i].len)}},
			1);
		response.extensions = bytes_span(&extensions);
		if (CHECK_EQUAL(best_vouchers_open(&list, &response), rows[i].opened, rows[i].why) &&
			rows[i].opened == STATUS_OK)
			CHECK_EQUAL(best_vouchers_next(&best, &list), rows[i].next, rows[i].why);
		bytes_release(&extensions);
	}
}

static void check_too_many(void)
{
	struct graphsync_response response = {0};
	struct best_vouchers list;
	struct bytes extensions = {0};

	encode(&extensions, BEST_VOUCHERS_MAX + 1);
	response.extensions = bytes_span(&extensions);
	CHECK_EQUAL(best_vouchers_open(&list, &response), STATUS_TOO_LARGE, "more than a provider may give");
	bytes_release(&extensions);
}

int main(void)
{
	check_there_and_back();
	check_refused();
	check_too_many();
	return test_end();
}
