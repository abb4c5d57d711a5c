/* car.c - CAR files: read from files and pipes, and all that is refused. */
#include "../../support/test.h"

#include <stdlib.h>
#include <unistd.h>

#include "../../support/hex.h"
#include "base/varint.h"
#include "ipld/car.h"
#include "ipld/cbor.h"

#define D32                  "1111111111111111111111111111111111111111111111111111111111111111"
#define CID_HEX              "01551220" D32
#define ROOT                 "d82a582500" CID_HEX
#define HEAD                 "3a a2 65726f6f7473 81" ROOT "6776657273696f6e 01"
#define SECTION              "27" CID_HEX "616263"
#define PRAGMA               "0aa16776657273696f6e02"
#define ZEROS16              "00000000000000000000000000000000"
#define V2(data, len, index) PRAGMA ZEROS16 data len index
#define AT51                 "3300000000000000"
#define LEN                  "6300000000000000" /* 59 of HEAD and 40 of SECTION */

static const struct {
	const char *hex;
	enum status open, next;
	unsigned sections;
	const char *why;
} rows[] = {
	{HEAD, STATUS_OK, STATUS_END, 0, "no sections"},
	{HEAD SECTION, STATUS_OK, STATUS_END, 1, "one section"},
	{HEAD SECTION SECTION, STATUS_OK, STATUS_END, 2, "two"},
	{HEAD "24" CID_HEX, STATUS_OK, STATUS_END, 1, "an empty block"},
	{"3a a2 6776657273696f6e 01 65726f6f7473 81" ROOT, STATUS_OK, STATUS_END, 0, "header keys in another order"},
	{"", STATUS_BAD_CAR, 0, 0, "an empty file"},
	{"00", STATUS_BAD_CAR, 0, 0, "a header of 0 bytes"},
	{"81808010", STATUS_BAD_CAR, 0, 0, "a header above 32 MiB"},
	{"ffffffffffffffff7f", STATUS_BAD_CAR, 0, 0, "a header of 2^63-1"},
	{"ffffffffffffffffffff01", STATUS_BAD_CAR, 0, 0, "a length past 64 bits"},
	{"b800", STATUS_BAD_CAR, 0, 0, "a length that is not minimal"},
	{"80808010", STATUS_TRUNCATED, 0, 0, "a header of 32 MiB, cut"},
	{"3a a2 65726f6f", STATUS_TRUNCATED, 0, 0, "a cut header"},
	{"80", STATUS_TRUNCATED, 0, 0, "a cut length"},
	{"3a a2 65726f6f7473 81" ROOT "6776657273696f6e 03", STATUS_BAD_CAR_VERSION, 0, 0, "version 3"},
	{"3a a2 65726f6f7473 81" ROOT "6776657273696f6e 02", STATUS_BAD_CAR, 0, 0, "version 2 with roots"},
	{"3a a2 65726f6f7473 81" ROOT "6776657273696f6e 00", STATUS_BAD_CAR_VERSION, 0, 0, "version 0"},
	{"11 a2 65726f6f7473 80 6776657273696f6e 01" SECTION, STATUS_OK, STATUS_END, 1, "no roots"},
	{"63 a2 65726f6f7473 82" ROOT ROOT "6776657273696f6e 01" SECTION, STATUS_OK, STATUS_END, 1, "two roots"},
	{"1f a2 65726f6f7473 80 65726f6f7473 80 6776657273696f6e 01", STATUS_TRUNCATED, 0, 0, "a header past the end"},
	{"18 a2 65726f6f7473 80 65726f6f7473 80", STATUS_TRUNCATED, 0, 0, "another"},
	{"11 a2 65726f6f7473 f6 6776657273696f6e 01", STATUS_BAD_CAR, 0, 0, "null roots"},
	{"0aa16776657273696f6e01", STATUS_BAD_CAR, 0, 0, "roots left out"},
	{"31 a1 65726f6f7473 81" ROOT, STATUS_BAD_CAR, 0, 0, "version left out"},
	{"1a a2 65726f6f7473 9affffffff 6776657273696f6e 01 0000000000", STATUS_BAD_CAR, 0, 0, "2^32-1 roots"},
	{"24 a2 65726f6f7473 81 d82a 50 00 01551210 0102030405060708090a0b 6776657273696f6e 01", STATUS_BAD_ROOT, 0, 0,
		"a root that is cut"},
	{"01f6", STATUS_BAD_CAR, 0, 0, "a header that is no map"},
	{"3c a2 65726f6f7473 81" ROOT "6776657273696f6e 01 0000", STATUS_BAD_CAR, 0, 0,
		"bytes behind the header's map"},
	{"07 a2 613000 613100", STATUS_BAD_CAR, 0, 0, "keys of no CAR"},
	{HEAD "00", STATUS_OK, STATUS_END, 0, "a zero is padding"},
	{HEAD SECTION "00000000000000000000", STATUS_OK, STATUS_END, 1, "more of them after a section"},
	{HEAD SECTION "000001", STATUS_OK, STATUS_EMPTY_SECTION, 1, "zeros and something else"},
	{HEAD "00" SECTION, STATUS_OK, STATUS_EMPTY_SECTION, 0, "a section of 0 and a good one"},
	{HEAD "81808004", STATUS_OK, STATUS_BAD_SECTION, 0, "a section above 8 MiB"},
	{HEAD "ffffffffffffffff7f", STATUS_OK, STATUS_BAD_SECTION, 0, "a section of 2^63-1"},
	{HEAD "80808004", STATUS_OK, STATUS_TRUNCATED, 0, "a section of 8 MiB, cut"},
	{HEAD "27" CID_HEX "6162", STATUS_OK, STATUS_TRUNCATED, 0, "a cut block"},
	{HEAD "27 0155", STATUS_OK, STATUS_TRUNCATED, 0, "a cut CID"},
	{HEAD SECTION "80", STATUS_OK, STATUS_TRUNCATED, 1, "a cut length"},
	{HEAD "03 015512" SECTION, STATUS_OK, STATUS_END, 1, "a section shorter than its CID: the next one is read"},
	{HEAD SECTION "27 03551220" D32 "616263" SECTION, STATUS_OK, STATUS_END, 2,
		"a CID of version 3: so are others"},
	{HEAD "47 01551340" D32 D32 "616263", STATUS_OK, STATUS_END, 1, "a block under sha2-512"},
	{HEAD "27 01781220" D32 "616263", STATUS_OK, STATUS_END, 1, "a block of another codec"},
	{V2(AT51, LEN, "0000000000000000") HEAD SECTION, STATUS_OK, STATUS_END, 1, "a CARv2"},
	{V2(AT51, LEN, "9600000000000000") HEAD SECTION "ffff", STATUS_OK, STATUS_END, 1, "with an index behind"},
	{V2("3500000000000000", LEN, "0000000000000000") "0000" HEAD SECTION, STATUS_OK, STATUS_END, 1, "with padding"},
	{V2(AT51, "6600000000000000", "0000000000000000") HEAD SECTION "000000", STATUS_OK, STATUS_END, 1,
		"with padding inside"},
	{V2(AT51, "6600000000000000", "0000000000000000") HEAD SECTION "000007", STATUS_OK, STATUS_EMPTY_SECTION, 1,
		"with a section of 0 inside"},
	{V2(AT51, "3b00000000000000", "0000000000000000") HEAD SECTION, STATUS_OK, STATUS_END, 0,
		"that ends before a section"},
	{V2(AT51, "5000000000000000", "0000000000000000") HEAD SECTION, STATUS_OK, STATUS_TRUNCATED, 0,
		"that ends inside one"},
	{V2("3200000000000000", LEN, "0000000000000000") HEAD SECTION, STATUS_BAD_CAR_V2, 0, 0,
		"data inside the header"},
	{V2(AT51, "0000000000000000", "0000000000000000") HEAD, STATUS_BAD_CAR_V2, 0, 0, "no data"},
	{V2(AT51, "ffffffffffffffff", "0000000000000000") HEAD, STATUS_BAD_CAR_V2, 0, 0, "a size that overflows"},
	{V2(AT51, "1000000000000000", "0000000000000000") HEAD, STATUS_BAD_CAR, 0, 0, "data shorter than its header"},
	{V2(AT51, LEN, "4000000000000000") HEAD SECTION, STATUS_BAD_CAR_V2, 0, 0, "an index inside the data"},
	{V2(AT51, "0b00000000000000", "0000000000000000") PRAGMA, STATUS_BAD_CAR, 0, 0, "a CARv2 in a CARv2"},
	{PRAGMA ZEROS16, STATUS_TRUNCATED, 0, 0, "a cut CARv2 header"},
};

/* What a pipe can't tell before it has been read. */
static const struct {
	const char *hex;
	enum status file, pipe_open, pipe_next;
	const char *why;
} past[] = {
	{V2("0000000000000010", LEN, "0000000000000000") HEAD, STATUS_BAD_CAR_V2, STATUS_TRUNCATED, 0, "data at 2^60"},
	{V2(AT51, LEN, "0000000000000010") HEAD SECTION, STATUS_BAD_CAR_V2, STATUS_OK, STATUS_OK, "an index at 2^60"},
	{V2(AT51, LEN, "0000000000000000") PRAGMA, STATUS_BAD_CAR_V2, STATUS_BAD_CAR, 0,
		"a CARv2 in a CARv2, past its end"},
	{V2(AT51, "0000000000000010", "0000000000000000") HEAD, STATUS_BAD_CAR_V2, STATUS_OK, STATUS_TRUNCATED,
		"data of 2^60"},
};

static int file_of(const struct bytes *b)
{
	FILE *f = tmpfile();
	int fd = -1;

	if (f && (b->len == 0 || fwrite(b->data, b->len, 1, f) == 1) && fflush(f) == 0)
		fd = dup(fileno(f));
	if (f)
		fclose(f);
	lseek(fd, 0, SEEK_SET);
	return fd;
}

/* The read end of a pipe that holds @b, which is short enough to fit. */
static int pipe_of(const struct bytes *b)
{
	int ends[2];

	if (pipe(ends) != 0)
		return -1;
	CHECK_EQUAL(write(ends[1], b->data, b->len), b->len, "the pipe takes it");
	close(ends[1]);
	return ends[0];
}

static void read_all(int fd, struct span file, enum status open, enum status next, unsigned sections, const char *why)
{
	struct car_section section = {0};
	struct car_reader r;
	enum status s;
	unsigned n = 0;

	if (CHECK_EQUAL(car_open(&r, fd), open, why) && open == STATUS_OK) {
		while ((s = car_next(&r, &section)) == STATUS_OK || s == STATUS_BAD_CID) {
			n += s == STATUS_OK;
			CHECK_EQUAL(cid_is_none(&section.cid), s != STATUS_OK, "a section has a CID unless it says so");
			CHECK(span_equal(section.block, span_of(file.data + section.offset, section.block.len)),
				"the offset is the block's");
		}
		CHECK_EQUAL(s, next, why);
		CHECK_EQUAL(n, sections, why);
	}
	car_release(&r);
	close(fd);
}

static void test_rows(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bytes in = hex_bytes(rows[i].hex);
		struct span file = bytes_span(&in);

		read_all(pipe_of(&in), file, rows[i].open, rows[i].next, rows[i].sections, rows[i].why);
		/* A file's size is known, so a CARv2 that promises more is refused at once. */
		read_all(file_of(&in), file, rows[i].open, rows[i].next, rows[i].sections, rows[i].why);
		bytes_release(&in);
	}
	for (size_t i = 0; i < sizeof(past) / sizeof(past[0]); i++) {
		struct bytes in = hex_bytes(past[i].hex);
		enum status next = past[i].pipe_next == STATUS_OK ? STATUS_END : past[i].pipe_next;

		read_all(file_of(&in), bytes_span(&in), past[i].file, 0, 0, past[i].why);
		read_all(pipe_of(&in), bytes_span(&in), past[i].pipe_open, next, next == STATUS_END, past[i].why);
		bytes_release(&in);
	}
}

/* Many sections of many sizes, written and read back: the buffer moves and grows. */
static void test_large(void)
{
	static const size_t sizes[] = {1, 100000, 1u << 20, 3u << 20, 7, 0, CAR_SECTION_MAX - 36, 1000000, 2};
	struct bytes content = {0}, car = {0};
	struct car_section section;
	struct car_reader r;
	struct cid c;
	int fd;

	for (unsigned i = 0; i < CAR_SECTION_MAX; i++)
		bytes_append_byte(&content, (uint8_t)(i * 2654435761u >> 24));
	CHECK_EQUAL(cid_of(&c, 1, CODEC_RAW, HASH_SHA2_256, span_text("root")), STATUS_OK, "a root");
	car_put_header(&car, &c);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct span block = span_of(content.data, sizes[i]);

		CHECK_EQUAL(cid_of(&c, 1, CODEC_RAW, HASH_SHA2_256, block), STATUS_OK, "a CID");
		car_put_section_head(&car, &c, block.len);
		bytes_append(&car, block.data, block.len);
	}
	fd = file_of(&car);
	CHECK_EQUAL(car_open(&r, fd), STATUS_OK, "what is written opens");
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		if (!CHECK_EQUAL(car_next(&r, &section), STATUS_OK, "a section"))
			break;
		CHECK_EQUAL(section.block.len, sizes[i], "of its size");
		CHECK_EQUAL(cid_verify(&section.cid, section.block), STATUS_OK, "whole");
		CHECK(span_equal(section.block, span_of(car.data + section.offset, sizes[i])), "at its offset");
	}
	CHECK_EQUAL(car_next(&r, &section), STATUS_END, "and no more");
	CHECK_EQUAL(car_next(&r, &section), STATUS_END, "nor later");
	car_release(&r);
	close(fd);
	bytes_release(&car);
	bytes_release(&content);
}

/* A length costs nothing until its bytes come. */
static void test_memory(void)
{
	struct bytes in = hex_bytes("80808010 a2");
	struct car_reader r;
	int fd = file_of(&in);

	CHECK_EQUAL(car_open(&r, fd), STATUS_TRUNCATED, "32 MiB of header are promised");
	CHECK_EQUAL(r.buffer.cap, 0, "nothing is kept");
	car_release(&r);
	close(fd);
	CHECK_EQUAL(car_open(&r, -1), STATUS_IO, "no file at all");
	bytes_release(&in);
}

int main(void)
{
	test_rows();
	test_large();
	test_memory();
	return test_end();
}
