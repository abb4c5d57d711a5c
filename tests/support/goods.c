/* goods - see goods.h. */
#include "goods.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "test.h"
#include "unixfs/pack.h"

char scratch[64];

int scratch_begin(void)
{
	snprintf(scratch, sizeof(scratch), "%s/retrieval-test-XXXXXX",
		access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	return CHECK(mkdtemp(scratch) != NULL, "a scratch folder");
}

void scratch_end(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", scratch);
	CHECK(system(command) == 0, "the scratch folder goes away");
}

void scratch_remove(const char *names)
{
	char command[256];

	snprintf(command, sizeof(command), "cd '%s' && rm -rf %s", scratch, names);
	CHECK(system(command) == 0, "the scratch state goes away");
}

struct amount afil(uint64_t n)
{
	return amount_u64(n);
}

struct amount minus_one(void)
{
	struct amount out = amount_zero(), one = afil(1);

	CHECK(amount_sub(&out, &out, &one), "minus one");
	return out;
}

enum status gather(void *ctx, struct span bytes)
{
	bytes_append(ctx, bytes.data, bytes.len);
	return bytes_status(ctx);
}

int write_file(const char *path, struct span bytes)
{
	FILE *f = fopen(path, "w");
	int ok = f != NULL && fwrite(bytes.data, 1, bytes.len, f) == bytes.len;

	return f != NULL && fclose(f) == 0 && ok;
}

struct bytes read_file(const char *path)
{
	struct bytes out = {0};

	bytes_clear(&out);
	if (file_slurp_path(&out, path, 64u << 20) != STATUS_OK)
		bytes_clear(&out);
	return out;
}

void goods_pack(struct goods *g, const char *name, const struct bytes *file, unsigned chunk, unsigned width)
{
	struct pack_options options = {.chunk_size = chunk,
		.width = width,
		.hash = HASH_SHA2_256,
		.spool = -1,
		.write = gather,
		.ctx = &g->car};
	struct pack_result result = {0};
	char path[96];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", scratch, name);
	snprintf(g->path, sizeof(g->path), "%s/%s.car", scratch, name);
	CHECK(write_file(path, bytes_span(file)), "the file is written");
	fd = open(path, O_RDONLY);
	CHECK_EQUAL(pack_file(&result, fd, &options), STATUS_OK, "the file is packed");
	close(fd);
	CHECK(write_file(g->path, bytes_span(&g->car)), "the CAR is written");
	g->root = result.root;
	g->bytes = result.bytes;
	g->blocks = result.blocks;
}
