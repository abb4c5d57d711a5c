/* car.c - CAR files, read front to back and written by appending.
 *
 * Knows CARv1, and how to find the CARv1 inside a CARv2; refuses to know the
 * index of a CARv2, to check hashes, or to seek, so that a pipe works too.
 * The buffer grows only as bytes arrive, never to the size that a length claims.
 *
 * Source: https://ipld.io/specs/transport/car/
 */
#include "ipld/car.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/varint.h"
#include "ipld/cbor.h"

#define BUFFER_MIN     ((1u << 20) + 4096) /* a block of 1 MiB, and the bytes around the block */
#define NO_VERSION     UINT64_MAX          /* a header without the key */
#define V2_PRAGMA_SIZE 11                  /* 0a a1 67 "version" 02 */
#define V2_HEADER_SIZE 40

static size_t buffered(const struct car_reader *r)
{
	return r->tail - r->head;
}

static const uint8_t *front(const struct car_reader *r)
{
	return r->buffer.data + r->head;
}

static void consume(struct car_reader *r, size_t n)
{
	r->head += n;
	r->offset += n;
}

/* Make room for @need buffered bytes: move the buffered bytes to the front, or grow the buffer. */
static enum status make_room(struct car_reader *r, size_t need)
{
	size_t more = need - r->buffer.len;

	if (r->tail < r->buffer.len)
		return STATUS_OK;
	if (r->head > 0) {
		memmove(r->buffer.data, front(r), buffered(r));
		r->tail -= r->head;
		r->head = 0;
		return STATUS_OK;
	}
	if (r->buffer.len == 0)
		more = BUFFER_MIN;
	else if (more > r->buffer.len)
		more = r->buffer.len;
	return bytes_grow(&r->buffer, more) ? STATUS_OK : STATUS_NO_MEMORY;
}

/* Read until @need bytes are buffered; TRUNCATED at the end of the file. */
static enum status fill(struct car_reader *r, size_t need)
{
	if (buffered(r) == 0)
		r->head = r->tail = 0;
	while (buffered(r) < need) {
		enum status s = make_room(r, need);
		ssize_t n;

		if (s != STATUS_OK)
			return s;
		n = read(r->fd, r->buffer.data + r->tail, r->buffer.len - r->tail);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return STATUS_IO;
		if (n == 0)
			return STATUS_TRUNCATED;
		r->tail += (size_t)n;
	}
	return STATUS_OK;
}

/* Read the varint at the front without consuming the varint; END if the file ends before the varint. */
static enum status peek_varint(struct car_reader *r, uint64_t *value, size_t *used)
{
	for (size_t n = 1;; n++) {
		enum status s = fill(r, n);

		if (s == STATUS_TRUNCATED && buffered(r) == 0)
			return STATUS_END;
		if (s != STATUS_OK)
			return s;
		s = varint_decode(value, used, front(r), n);
		if (s != STATUS_TRUNCATED)
			return s == STATUS_OK ? STATUS_OK : STATUS_BAD_SECTION;
	}
}

/* Read the list of roots; an array whose head says more than CAR_ROOTS_MAX is refused unread. */
static enum status read_roots(struct car_reader *r, struct cbor_reader *in)
{
	size_t count = cbor_read_array(in);

	if (in->status != STATUS_OK || count > CAR_ROOTS_MAX || r->roots != NULL)
		return STATUS_BAD_CAR;
	if (count == 0)
		return STATUS_OK;
	r->roots = calloc(count, sizeof(*r->roots));
	if (!r->roots)
		return STATUS_NO_MEMORY;
	r->root_count = count;
	for (size_t i = 0; i < count; i++)
		cbor_read_link(in, &r->roots[i]);
	return in->status == STATUS_OK ? STATUS_OK : STATUS_BAD_CAR;
}

/* {"roots": [link, ...], "version": 1}; a CARv2 has only {"version": 2} */
static enum status read_map(struct car_reader *r, uint64_t *version, struct span header)
{
	struct cbor_reader in = cbor_reader(header);
	bool has_roots = false;
	enum status s;

	s = cbor_check(header, CBOR_ANY_ORDER);
	if (s != STATUS_OK)
		return s == STATUS_BAD_CID ? STATUS_BAD_ROOT : STATUS_BAD_CAR;
	for (size_t pairs = cbor_read_map(&in); pairs > 0; pairs--) {
		struct span key = cbor_read_text(&in, SIZE_MAX);

		s = STATUS_OK;
		if (span_is(key, "roots")) {
			has_roots = true;
			s = read_roots(r, &in);
		} else if (span_is(key, "version")) {
			*version = cbor_read_uint(&in);
		} else {
			s = STATUS_BAD_CAR;
		}
		if (s != STATUS_OK)
			return s;
	}
	if (cbor_end(&in) != STATUS_OK)
		return STATUS_BAD_CAR;
	if (has_roots && *version != 1 && *version != 2 && *version != NO_VERSION)
		return STATUS_BAD_CAR_VERSION;
	return has_roots == (*version == 1) ? STATUS_OK : STATUS_BAD_CAR;
}

static enum status read_header(struct car_reader *r, uint64_t *version)
{
	uint64_t len;
	size_t used;
	enum status s = peek_varint(r, &len, &used);

	if (s != STATUS_OK)
		return s == STATUS_END || s == STATUS_BAD_SECTION ? STATUS_BAD_CAR : s;
	if (len == 0 || len > CAR_HEADER_MAX || used + len > r->end - r->offset)
		return STATUS_BAD_CAR;
	s = fill(r, used + (size_t)len);
	if (s != STATUS_OK)
		return s;
	*version = NO_VERSION;
	s = read_map(r, version, span_of(front(r) + used, (size_t)len));
	if (s != STATUS_OK)
		return s;
	consume(r, used + (size_t)len);
	return STATUS_OK;
}

static uint64_t little_endian(const uint8_t *p)
{
	uint64_t value = 0;

	for (int i = 7; i >= 0; i--)
		value = value << 8 | p[i];
	return value;
}

/* Skip the bytes before @offset. */
static enum status skip_to(struct car_reader *r, uint64_t offset)
{
	while (r->offset < offset) {
		enum status s = fill(r, 1);
		uint64_t n = offset - r->offset;

		if (s != STATUS_OK)
			return s;
		consume(r, n < buffered(r) ? (size_t)n : buffered(r));
	}
	return STATUS_OK;
}

/*
 * Read the head of a CARv2 after its pragma: 16 bytes of characteristics, the offset and the size of the data, and the
 * offset of the index.  @base: the offset of the CAR; @size: the bytes from @base to the end of the file, UINT64_MAX if
 * unknown.
 */
static enum status enter_v2(struct car_reader *r, uint64_t base, uint64_t size)
{
	uint64_t data, len, index, end;
	enum status s = fill(r, V2_HEADER_SIZE);

	if (s != STATUS_OK)
		return s;
	data = little_endian(front(r) + 16);
	len = little_endian(front(r) + 24);
	index = little_endian(front(r) + 32);
	consume(r, V2_HEADER_SIZE);
	if (data < V2_PRAGMA_SIZE + V2_HEADER_SIZE || len == 0 || __builtin_add_overflow(data, len, &end))
		return STATUS_BAD_CAR_V2;
	if (end > size || (index != 0 && (index < end || index > size)))
		return STATUS_BAD_CAR_V2;
	if (__builtin_add_overflow(base, end, &r->end))
		return STATUS_BAD_CAR_V2;
	return skip_to(r, base + data);
}

static enum status read_headers(struct car_reader *r, uint64_t base, uint64_t size)
{
	uint64_t version;
	enum status s = read_header(r, &version);

	if (s != STATUS_OK)
		return s;
	if (version == 2) {
		if (r->offset - base != V2_PRAGMA_SIZE)
			return STATUS_BAD_CAR;
		s = enter_v2(r, base, size);
		if (s != STATUS_OK)
			return s;
		s = read_header(r, &version);
		if (s != STATUS_OK)
			return s;
	}
	return version == 1 ? STATUS_OK : STATUS_BAD_CAR;
}

enum status car_only_root(struct cid *root, const struct cid *roots, size_t count)
{
	if (count == 0)
		return STATUS_NOT_FOUND;
	for (size_t i = 1; i < count; i++)
		if (!cid_equal(&roots[i], &roots[0]))
			return STATUS_AMBIGUOUS;
	*root = roots[0];
	return STATUS_OK;
}

enum status car_open(struct car_reader *r, int fd)
{
	off_t at = lseek(fd, 0, SEEK_CUR);
	uint64_t base = at > 0 ? (uint64_t)at : 0, size = UINT64_MAX;
	struct stat st;
	enum status s;

	if (at >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		size = st.st_size > at ? (uint64_t)(st.st_size - at) : 0;
	*r = (struct car_reader){.fd = fd, .offset = base, .end = UINT64_MAX};
	s = read_headers(r, base, size);
	if (s != STATUS_OK)
		car_release(r);
	return s;
}

/* Read padding up to the end: END if only zeros follow; else EMPTY_SECTION, with the offset where the zeros began. */
static enum status read_padding(struct car_reader *r)
{
	uint64_t begin = r->offset;

	while (r->offset < r->end) {
		enum status s = fill(r, 1);
		uint64_t left = r->end - r->offset;
		size_t n, zeros = 0;

		if (s == STATUS_TRUNCATED)
			break;
		if (s != STATUS_OK)
			return s;
		n = left < buffered(r) ? (size_t)left : buffered(r);
		while (zeros < n && front(r)[zeros] == 0)
			zeros++;
		consume(r, zeros);
		if (zeros < n) {
			r->offset = begin;
			return STATUS_EMPTY_SECTION;
		}
	}
	if (r->end != UINT64_MAX && r->offset < r->end)
		return STATUS_TRUNCATED; /* a CARv2 said that more would come */
	r->padding = r->offset - begin;
	return STATUS_END;
}

/* Read until the next section is buffered; @size is set to its length with its head. */
static enum status buffer_section(struct car_reader *r, size_t *size)
{
	uint64_t len;
	size_t used;
	enum status s;

	if (r->offset == r->end)
		return STATUS_END;
	s = peek_varint(r, &len, &used);
	if (s == STATUS_END && r->end != UINT64_MAX)
		return STATUS_TRUNCATED; /* a CARv2 said that more would come */
	if (s != STATUS_OK)
		return s;
	if (len == 0)
		return read_padding(r);
	if (len > CAR_SECTION_MAX)
		return STATUS_BAD_SECTION;
	if (used + len > r->end - r->offset)
		return STATUS_TRUNCATED; /* the header of a CARv2 ends the data inside this section */
	s = fill(r, used + (size_t)len);
	if (s != STATUS_OK)
		return s;
	*size = used + (size_t)len;
	return STATUS_OK;
}

size_t car_section_size(struct span in)
{
	uint64_t len;
	size_t used;

	if (varint_decode(&len, &used, in.data, in.len) != STATUS_OK || len == 0 || len > CAR_SECTION_MAX)
		return 0;
	return len <= in.len - used ? used + (size_t)len : 0;
}

enum status car_section_decode(struct car_section *section, size_t *size, struct span in, uint64_t offset)
{
	size_t whole = car_section_size(in), head, cid_len = 0;
	struct cid cid;
	uint64_t len;
	enum status s;

	if (whole == 0 || varint_decode(&len, &head, in.data, in.len) != STATUS_OK)
		return STATUS_BAD_CAR;
	s = cid_decode_prefix(&cid, &cid_len, span_of(in.data + head, (size_t)len));
	if (s != STATUS_OK)
		cid = (struct cid){0};
	head += cid_len;
	*section = (struct car_section){
		.cid = cid,
		.block = span_of(in.data + head, whole - head),
		.offset = offset + head,
	};
	*size = whole;
	return s;
}

enum status car_next(struct car_reader *r, struct car_section *section)
{
	size_t size;
	enum status s = buffer_section(r, &size);

	if (s != STATUS_OK)
		return s;
	s = car_section_decode(section, &size, span_of(front(r), size), r->offset);
	if (s == STATUS_OK || s == STATUS_BAD_CID)
		consume(r, size);
	return s;
}

/* Give the buffer to @owner, and move the buffered bytes to the old memory of @owner, which the reader then uses. */
static enum status hand_over(struct car_reader *r, struct bytes *owner)
{
	struct bytes used = r->buffer;
	size_t rest = buffered(r);

	bytes_clear(owner);
	if (!bytes_grow(owner, rest > BUFFER_MIN ? rest : BUFFER_MIN))
		return STATUS_NO_MEMORY;
	memcpy(owner->data, front(r), rest);
	r->buffer = *owner;
	r->head = 0;
	r->tail = rest;
	*owner = used;
	return STATUS_OK;
}

enum status car_next_run(struct car_reader *r, struct bytes *owner, struct span *run)
{
	uint64_t left = r->end - r->offset;
	struct span in;
	size_t size, len = 0;
	enum status s = buffer_section(r, &size);

	if (s != STATUS_OK)
		return s;
	in = span_of(front(r), buffered(r) < left ? buffered(r) : (size_t)left);
	do {
		len += size;
		size = car_section_size(span_of(in.data + len, in.len - len));
	} while (size != 0);
	consume(r, len);
	s = hand_over(r, owner);
	if (s != STATUS_OK)
		return s;
	*run = span_of(in.data, len);
	return STATUS_OK;
}

void car_release(struct car_reader *r)
{
	free(r->roots);
	bytes_release(&r->buffer);
	*r = (struct car_reader){.fd = -1};
}

void car_put_header(struct bytes *out, const struct cid *root)
{
	struct bytes header = {0};

	cbor_put_map(&header, 2);
	cbor_put_text(&header, "roots");
	cbor_put_array(&header, 1);
	cbor_put_link(&header, root);
	cbor_put_text(&header, "version");
	cbor_put_uint(&header, 1);
	varint_append(out, header.len);
	bytes_append(out, header.data, header.len);
	out->failed |= header.failed;
	bytes_release(&header);
}

void car_put_section_head(struct bytes *out, const struct cid *c, size_t len)
{
	assert(!cid_is_none(c));
	varint_append(out, c->len + (uint64_t)len);
	bytes_append(out, c->bytes, c->len);
}
