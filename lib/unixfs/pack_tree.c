/* pack_tree.c - packs a folder into a CAR in walk order.
 *
 * Knows how the profile unixfs-v1-2025 lays a folder out: one node, its links
 * in the order of their names' bytes.  Refuses entries that are neither file nor
 * folder, and folders that would need shards.
 *
 * Source: https://specs.ipfs.tech/unixfs/, and IPIP-499 for the limit.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "ipld/dagpb.h"
#include "ipld/walk.h"
#include "unixfs/pack_private.h"

#define FOLDER_MAX (256u << 10) /* bytes of a folder's node; a larger folder is sharded */

/** struct names - the names in a folder, sorted. */
struct names {
	char **list;
	size_t count, room;
};

static void names_release(struct names *n)
{
	for (size_t i = 0; i < n->count; i++)
		free(n->list[i]);
	free(n->list);
	*n = (struct names){0};
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static enum status add_name(struct names *n, const char *name)
{
	char **grown = array_grow(n->list, n->count, &n->room, sizeof(*grown));

	if (grown == NULL)
		return STATUS_NO_MEMORY;
	n->list = grown;
	n->list[n->count] = strdup(name);
	return n->list[n->count++] != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}

/* Read the names in a folder; skips names that begin with a dot unless @hidden is set. */
static enum status read_names(struct names *n, const char *path, bool hidden)
{
	DIR *folder = opendir(path);
	const struct dirent *entry;
	enum status s = STATUS_OK;

	if (folder == NULL)
		return STATUS_IO;
	while (s == STATUS_OK && (errno = 0, entry = readdir(folder)) != NULL) {
		const char *name = entry->d_name;

		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || (name[0] == '.' && !hidden))
			continue;
		s = add_name(n, name);
	}
	if (s == STATUS_OK && errno != 0)
		s = STATUS_IO;
	closedir(folder);
	if (s == STATUS_OK && n->count != 0)
		qsort(n->list, n->count, sizeof(*n->list), compare);
	return s;
}

/** struct entry - a file or folder: its CID and sizes, for the link in its folder. */
struct entry {
	struct cid cid;
	uint64_t dag_size;
};

static enum status add_entry(
	struct packer *p, struct entry *e, struct bytes *path, const struct pack_tree *tree, unsigned depth);

static enum status add_file(struct packer *p, struct entry *e, const char *path)
{
	struct source source = {.path = strdup(path), .fd = -1};
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	enum status s;

	if (fd < 0 || source.path == NULL) {
		s = fd < 0 ? STATUS_IO : STATUS_NO_MEMORY;
		free(source.path);
	} else {
		posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
		s = packer_add_file(p, &e->cid, &e->dag_size, fd, &source);
	}
	if (fd >= 0)
		close(fd);
	return s;
}

/* The node of a folder whose @links are encoded. */
static enum status make_folder(struct packer *p, struct entry *e, struct bytes *links)
{
	static const uint8_t folder[] = {1 << 3, UNIXFS_DIRECTORY}; /* the field "type" */
	uint32_t hash = p->o->hash != 0 ? p->o->hash : HASH_SHA2_256;
	enum status s;

	dagpb_put_data(links, span_of(folder, sizeof(folder)));
	s = bytes_status(links);
	if (s != STATUS_OK)
		return s;
	if (links->len > FOLDER_MAX)
		return STATUS_TOO_LARGE;
	s = cid_of(&e->cid, 1, CODEC_DAG_PB, hash, bytes_span(links));
	if (s != STATUS_OK)
		return s;
	e->dag_size += links->len;
	return packer_keep_node(p, &e->cid, bytes_span(links));
}

static enum status add_folder(
	struct packer *p, struct entry *e, struct bytes *path, const struct pack_tree *tree, unsigned depth)
{
	struct names names = {0};
	struct bytes links = {0};
	size_t before = path->len;
	enum status s = read_names(&names, bytes_text(path), tree->hidden);

	for (size_t i = 0; i < names.count && s == STATUS_OK; i++) {
		struct entry inner = {.dag_size = 0};
		struct dagpb_link link = {.has_name = true, .has_size = true, .name = span_text(names.list[i])};

		bytes_append_format(path, "/%s", names.list[i]);
		s = add_entry(p, &inner, path, tree, depth + 1);
		if (s != STATUS_OK)
			break;
		path->len = before;
		link.hash = inner.cid;
		link.size = inner.dag_size;
		dagpb_put_link(&links, &link);
		e->dag_size += inner.dag_size;
	}
	if (s == STATUS_OK)
		s = make_folder(p, e, &links);
	names_release(&names);
	bytes_release(&links);
	return s;
}

static enum status add_entry(
	struct packer *p, struct entry *e, struct bytes *path, const struct pack_tree *tree, unsigned depth)
{
	const char *text = bytes_text(path);
	struct stat st;
	int rc;

	if (bytes_status(path) != STATUS_OK)
		return STATUS_NO_MEMORY;
	if (depth >= WALK_DEPTH_MAX)
		return STATUS_TOO_DEEP;
	rc = depth == 0 ? stat(text, &st) : lstat(text, &st);
	if (rc != 0)
		return STATUS_IO;
	if (S_ISDIR(st.st_mode))
		return add_folder(p, e, path, tree, depth);
	return S_ISREG(st.st_mode) ? add_file(p, e, text) : STATUS_UNSUPPORTED;
}

enum status pack_tree(struct pack_result *r, struct pack_tree *tree, const struct pack_options *o)
{
	struct entry root = {.dag_size = 0};
	struct packer p = {0};
	enum status s = packer_open(&p, o);

	bytes_clear(&tree->at);
	bytes_append_text(&tree->at, tree->path);
	while (tree->at.len > 1 && tree->at.data[tree->at.len - 1] == '/')
		tree->at.len--;
	if (s != STATUS_OK)
		goto out;
	s = add_entry(&p, &root, &tree->at, tree, 0);
	if (s != STATUS_OK)
		goto out;
	p.result.root = root.cid;
	s = packer_write(&p);
	if (s != STATUS_OK && p.source < p.source_count) {
		bytes_clear(&tree->at);
		bytes_append_text(&tree->at, p.sources[p.source].path);
	}
	if (s != STATUS_OK)
		goto out;
	*r = p.result;
out:
	packer_release(&p);
	return s;
}
