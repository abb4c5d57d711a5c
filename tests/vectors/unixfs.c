/* unixfs.c - the builder gives the root and the blocks that boxo gave for the recorded deals.
 * usage: unixfs VECTORS
 */
#include "../support/test.h"
#include "../support/vectors.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "ipld/car.h"
#include "ipld/dagpb.h"
#include "unixfs/unixfs.h"

struct made {
	size_t blocks, bytes;
};

static enum status take_block(void *ctx, const struct cid *c, struct span block)
{
	struct made *made = ctx;

	made->blocks++;
	made->bytes += block.len;
	CHECK_EQUAL(cid_verify(c, block), STATUS_OK, "a block is what its CID says");
	return STATUS_OK;
}

static void check_build(const char *root_text, struct span payload, const struct unixfs_builder_options *options)
{
	struct unixfs_builder *b;
	char text[CID_TEXT_MAX];
	uint64_t size = 0, dag_size = 0;
	struct cid root;

	if (!CHECK_EQUAL(unixfs_builder_new(&b, options), STATUS_OK, "a builder begins"))
		return;
	for (size_t at = 0, n; at < payload.len; at += n) {
		n = payload.len - at < options->chunk_size ? payload.len - at : options->chunk_size;
		CHECK_EQUAL(unixfs_builder_add(b, span_of(payload.data + at, n)), STATUS_OK, "a chunk is taken");
	}
	if (CHECK_EQUAL(unixfs_builder_finish(b, &root, &size, &dag_size), STATUS_OK, "the DAG is finished")) {
		CHECK_TEXT(cid_text(text, &root), root_text, "the root is boxo's");
		CHECK_EQUAL(size, payload.len, "the size is the file's");
	}
	unixfs_builder_free(b);
}

/* Every dag-pb block in the CAR decodes, holds a sound UnixFS message, and encodes back. */
static void check_node(struct span block)
{
	struct bytes again = {0};
	struct dagpb_node node;
	struct dagpb_link link;
	struct unixfs_data u;

	if (!CHECK_EQUAL(dagpb_decode(&node, block), STATUS_OK, "a node decodes"))
		return;
	CHECK_EQUAL(unixfs_decode(&u, node.data), STATUS_OK, "so does its UnixFS message");
	CHECK_EQUAL(u.block_count, node.link_count, "there is a block size for each link");
	while (dagpb_next_link(&link, &node.links))
		dagpb_put_link(&again, &link);
	dagpb_put_data(&again, node.data);
	CHECK(span_equal(bytes_span(&again), block), "and the node encodes back");
	bytes_release(&again);
}

static void check_car(const char *dir, const char *name)
{
	char path[PATH_MAX + NAME_MAX + 32];
	struct car_reader r;
	struct car_section section;
	enum status s;
	int fd;

	snprintf(path, sizeof(path), "%s/%s/content.car", dir, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (CHECK_EQUAL(car_open(&r, fd), STATUS_OK, "the CAR opens")) {
		while ((s = car_next(&r, &section)) == STATUS_OK)
			if (section.cid.codec == CODEC_DAG_PB)
				check_node(section.block);
		CHECK_EQUAL(s, STATUS_END, "the CAR is read to its end");
		car_release(&r);
	}
	close(fd);
}

static void check_deal(const char *dir, const char *name)
{
	struct made made = {0};
	struct unixfs_builder_options options = {.emit = take_block, .ctx = &made};
	struct bytes payload = {0};
	char file[NAME_MAX + 32];
	json_t *meta, *scenario;

	snprintf(file, sizeof(file), "%s/meta.json", name);
	meta = vectors_load(dir, file);
	if (!meta)
		return;
	check_car(dir, name);
	scenario = json_object_get(meta, "scenario");
	options.chunk_size = (unsigned)json_integer_value(json_object_get(scenario, "chunk"));
	options.width = (unsigned)json_integer_value(json_object_get(scenario, "links_per_level"));
	options.hash = (uint32_t)json_integer_value(json_object_get(scenario, "multihash"));
	snprintf(file, sizeof(file), "%s/payload.bin", name);
	/* Leaves inside dag-pb nodes are an older profile, read but not made. */
	if (json_is_true(json_object_get(scenario, "raw_leaves")) &&
		CHECK(vectors_file(&payload, dir, file), "the payload is there"))
		check_build(vectors_text(meta, "root"), bytes_span(&payload), &options);
	bytes_release(&payload);
	json_decref(meta);
}

int main(int argc, char **argv)
{
	char dir[PATH_MAX];
	struct dirent *entry;
	DIR *deals;

	snprintf(dir, sizeof(dir), "%s/deals", argc > 1 ? argv[1] : "");
	deals = argc > 1 ? opendir(dir) : NULL;
	while (deals && (entry = readdir(deals)))
		if (entry->d_name[0] != '.')
			check_deal(dir, entry->d_name);
	if (deals)
		closedir(deals);
	return test_end();
}
