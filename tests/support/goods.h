/* goods.h - what is bought and sold in the tests of both sides, and the scratch folder in which that happens. */
#ifndef TESTS_GOODS_H
#define TESTS_GOODS_H

#include "base/amount.h"
#include "base/bytes.h"
#include "ipld/cid.h"

/* Terms that the tests share. */
#define CHUNK    1024
#define PRICE    2    /* attoFIL per byte */
#define INTERVAL 3000 /* bytes */
#define INCREASE 1000 /* bytes */

/** scratch - the folder of this test program; scratch_begin() makes it, scratch_end() removes it with all that is in it. */
extern char scratch[64];
int scratch_begin(void);
void scratch_end(void);

/** scratch_remove - remove what matches these words of a shell, below the scratch folder: "client provider". */
void scratch_remove(const char *names);

struct amount afil(uint64_t n);

/** minus_one - an amount that no offer or payment may have; where a ceiling is asked for it stands for none. */
struct amount minus_one(void);

/** gather - append to the struct bytes at @ctx: what a sink or a packer writes to. */
enum status gather(void *ctx, struct span bytes);

int write_file(const char *path, struct span bytes);

/** read_file - the bytes of a file; empty if it can't be read. The caller releases them. */
struct bytes read_file(const char *path);

/** struct goods - content in its CAR. */
struct goods {
	char path[96]; /* of the CAR */
	struct cid root;
	struct bytes car;
	uint64_t bytes, blocks; /* of unique blocks */
};

/** goods_pack - pack @file into NAME.car in the scratch folder: chunks of @chunk bytes, @width links to a node. */
void goods_pack(struct goods *g, const char *name, const struct bytes *file, unsigned chunk, unsigned width);

#endif
