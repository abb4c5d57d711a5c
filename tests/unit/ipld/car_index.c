/* car_index.c - blocks are found again, whatever CIDs somebody chose; roots and what can't be read are counted. */
#include "../../support/test.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ipld/car_index.h"

#define MANY 50000

static int file_of(const struct bytes *b)
{
	FILE *f = tmpfile();
	int fd = -1;

	if (f && fwrite(b->data, b->len, 1, f) == 1 && fflush(f) == 0)
		fd = dup(fileno(f));
	if (f)
		fclose(f);
	lseek(fd, 0, SEEK_SET);
	return fd;
}

/* An identity CID of 16 bytes, of which all but the first eight are the same for all. */
static struct cid chosen(unsigned i)
{
	uint8_t digest[16] = "01234567AAAAAAAA";
	struct cid c;

	memcpy(digest, &i, sizeof(i));
	CHECK_EQUAL(cid_of(&c, 1, CODEC_RAW, HASH_IDENTITY, span_of(digest, sizeof(digest))), STATUS_OK, "a CID");
	return c;
}

/* Were a CID's last bytes its hash, this would take minutes. */
static void test_chosen(void)
{
	struct bytes car = {0}, block = {0};
	struct car_index x = {0};
	struct car_place *place;
	unsigned wrong = 0;
	struct cid c = chosen(0);

	car_put_header(&car, &c);
	for (unsigned i = 0; i < MANY; i++) {
		c = chosen(i);
		car_put_section_head(&car, &c, 16);
		bytes_append(&car, cid_digest(&c).data, 16);
	}
	car_put_section_head(&car, &c, 16);
	bytes_append(&car, cid_digest(&c).data, 16);
	x.fd = file_of(&car);
	CHECK_EQUAL(car_index_read(&x), STATUS_OK, "it is read");
	CHECK_EQUAL(x.count, MANY, "each block");
	CHECK_EQUAL(x.repeated, 1, "one of them twice");
	CHECK_EQUAL(x.root_count, 1, "and the root");
	for (unsigned i = 0; i < MANY; i += 97) {
		uint64_t length = 0;

		c = chosen(i);
		bytes_clear(&block);
		wrong += car_index_load(&x, &block, &c) != STATUS_OK;
		wrong += !span_equal(bytes_span(&block), cid_digest(&c));
		wrong += car_index_length(&x, &length, &c) != STATUS_OK || length != 16;
	}
	CHECK_EQUAL(wrong, 0, "they are found again");
	c = chosen(MANY);
	CHECK_EQUAL(car_index_find(&x, &place, &c), STATUS_NOT_FOUND, "one that is not there is not");
	close(x.fd);
	car_index_release(&x);
	bytes_release(&car);
	bytes_release(&block);
}

/* A section whose CID can't be read is passed over, and a file that is cut is said to be. */
static void test_unknown(void)
{
	struct bytes car = {0};
	struct cid c = chosen(1);
	struct car_index x = {0};
	int fd;

	car_put_header(&car, &c);
	bytes_append(&car, "\x04\x09\x09\x09\x09", 5);
	car_put_section_head(&car, &c, 16);
	bytes_append(&car, cid_digest(&c).data, 16);
	x.fd = fd = file_of(&car);
	CHECK_EQUAL(car_index_read(&x), STATUS_OK, "an unknown section is no failure");
	CHECK_EQUAL(x.unknown, 1, "it is counted");
	CHECK_EQUAL(x.count, 1, "and so is the other");
	car_index_release(&x);
	close(fd);
	car.len--;
	x.fd = fd = file_of(&car);
	CHECK_EQUAL(car_index_read(&x), STATUS_TRUNCATED, "a cut file");
	car_index_release(&x);
	close(fd);
	bytes_release(&car);
}

int main(void)
{
	test_chosen();
	test_unknown();
	return test_end();
}
