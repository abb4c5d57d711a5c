/* car_index.c - a hash table from CIDs to places in a CAR.
 *
 * An entry keeps a keyed hash of its CID, so that nobody can choose the hash.
 * The CID stays in the file, and is read from the file if the hashes agree.
 */
#include "ipld/car_index.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/keyed_hash.h"

static uint64_t tag_of(const struct cid *c)
{
	return keyed_hash(cid_span(c));
}

/* Set @place to the entry of @c, or to the free entry where @c belongs. */
static enum status probe(struct car_index *x, struct car_place **place, const struct cid *c)
{
	uint64_t tag = tag_of(c);
	size_t slot = (size_t)tag & (x->size - 1);
	uint8_t bytes[CID_MAX];

	for (; x->places[slot].cid_len != 0; slot = (slot + 1) & (x->size - 1)) {
		struct car_place *p = &x->places[slot];
		enum status s;

		if (p->cid_len != c->len || p->tag != tag)
			continue;
		s = file_pread_full(x->fd, bytes, c->len, p->offset - c->len);
		if (s != STATUS_OK)
			return s;
		if (memcmp(bytes, c->bytes, c->len) == 0)
			break;
	}
	*place = &x->places[slot];
	return STATUS_OK;
}

static enum status grow(struct car_index *x)
{
	size_t size = x->size != 0 ? 2 * x->size : 64;
	struct car_place *grown = calloc(size, sizeof(*grown));

	if (!grown)
		return STATUS_NO_MEMORY;
	for (size_t i = 0; i < x->size; i++) {
		size_t slot = (size_t)x->places[i].tag & (size - 1);

		if (x->places[i].cid_len == 0)
			continue;
		while (grown[slot].cid_len != 0)
			slot = (slot + 1) & (size - 1);
		grown[slot] = x->places[i];
	}
	free(x->places);
	x->places = grown;
	x->size = size;
	return STATUS_OK;
}

enum status car_index_add(struct car_index *x, const struct car_section *section)
{
	struct car_place *place;
	enum status s = 2 * (x->count + 1) > x->size ? grow(x) : STATUS_OK;

	if (s != STATUS_OK)
		return s;
	s = probe(x, &place, &section->cid);
	if (s != STATUS_OK)
		return s;
	if (place->cid_len != 0) {
		x->repeated++;
		return STATUS_OK;
	}
	*place = (struct car_place){.offset = section->offset,
		.tag = tag_of(&section->cid),
		.len = (uint32_t)section->block.len,
		.cid_len = section->cid.len};
	x->count++;
	return STATUS_OK;
}

enum status car_index_find(struct car_index *x, struct car_place **place, const struct cid *c)
{
	struct car_place *found;
	struct cid twin;
	enum status s;

	if (x->size == 0)
		return STATUS_NOT_FOUND;
	s = probe(x, &found, c);
	for (unsigned n = 0; s == STATUS_OK && found->cid_len == 0 && cid_twin(&twin, c, n); n++)
		s = probe(x, &found, &twin);
	if (s != STATUS_OK)
		return s;
	if (found->cid_len == 0)
		return STATUS_NOT_FOUND;
	*place = found;
	return STATUS_OK;
}

enum status car_index_load(void *ctx, struct bytes *out, const struct cid *c)
{
	struct car_index *x = ctx;
	struct car_place *place;
	uint8_t *room;
	enum status s = car_index_find(x, &place, c);

	if (s != STATUS_OK || place->len == 0)
		return s;
	room = bytes_grow(out, place->len);
	return room ? file_pread_full(x->fd, room, place->len, place->offset) : STATUS_NO_MEMORY;
}

enum status car_index_length(void *ctx, uint64_t *bytes, const struct cid *c)
{
	struct car_place *place;
	enum status s = car_index_find(ctx, &place, c);

	if (s != STATUS_OK)
		return s;
	*bytes = place->len;
	return STATUS_OK;
}

void car_index_release(struct car_index *x)
{
	free(x->places);
	free(x->roots);
	*x = (struct car_index){.fd = -1};
}

enum status car_index_read(struct car_index *x)
{
	struct car_reader car;
	struct car_section section;
	enum status s = car_open(&car, x->fd);

	if (s != STATUS_OK)
		return s;
	x->roots = car.roots;
	x->root_count = car.root_count;
	car.roots = NULL;
	while ((s = car_next(&car, &section)) == STATUS_OK || s == STATUS_BAD_CID) {
		if (s == STATUS_BAD_CID)
			x->unknown++;
		else
			s = car_index_add(x, &section);
		if (s != STATUS_OK && s != STATUS_BAD_CID)
			break;
	}
	car_release(&car);
	return s == STATUS_END ? STATUS_OK : s;
}
