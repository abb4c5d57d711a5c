/* walk_fold.c - records the blocks that were walked completely, and the links of each such walk.
 *
 * Blocks without links are not kept, so that memory follows the nodes of a
 * DAG, not its leaves.
 */
#include <stdlib.h>

#include "base/array.h"
#include "ipld/walk_private.h"

struct fold_open {
	struct wide_hash key;
	uint64_t before; /* links walked before this block */
	size_t floor;    /* frames below this block: its walk is over when only these frames are left */
};

enum status fold_begin(struct fold *f, const struct cid *c, uint64_t links, size_t floor)
{
	struct fold_open *grown = array_grow(f->open, f->open_count, &f->open_room, sizeof(*grown));

	if (grown == NULL)
		return STATUS_NO_MEMORY;
	f->open = grown;
	f->open[f->open_count++] = (struct fold_open){memo_key(c), links, floor};
	return STATUS_OK;
}

enum status fold_end(struct fold *f, uint64_t links, size_t depth)
{
	while (f->open_count > 0 && f->open[f->open_count - 1].floor >= depth) {
		const struct fold_open *ended = &f->open[f->open_count - 1];
		enum status s = memo_put(&f->walked, ended->key, links - ended->before, 0);

		if (s != STATUS_OK)
			return s;
		f->open_count--;
	}
	return STATUS_OK;
}

uint64_t fold_links(const struct fold *f, const struct cid *c)
{
	const struct memo_entry *e = c->codec != CODEC_RAW ? memo_find(&f->walked, memo_key(c)) : NULL;

	return e != NULL ? e->value[0] : 0;
}

void fold_release(struct fold *f)
{
	memo_release(&f->walked);
	free(f->open);
	*f = (struct fold){0};
}
