/* voucher.c - signed vouchers: their bytes, their text, and their signer.
 *
 * Knows the tuple and the bytes that a signature covers.  Does not know
 * channels: lib/deal and the ledger check the signer and the worth of a voucher.
 */
#include "wire/voucher.h"

#include <assert.h>
#include <string.h>

#include "base/multibase.h"

#define VOUCHER_FIELDS   11
#define EXTRA_FIELDS     3           /* actor, method, data */
#define EXTRA_PARAMS_MAX (64u << 10) /* bytes of the parameters of the extra call */

static size_t signature_size(enum signature_type type)
{
	switch (type) {
	case SIGNATURE_NONE:
		return 0;
	case SIGNATURE_SECP256K1:
		return KEY_SIGNATURE_SIZE;
	case SIGNATURE_BLS:
		return SIGNATURE_MAX;
	}
	return 0;
}

void signature_read(struct cbor_reader *r, enum signature_type *type, uint8_t sig[SIGNATURE_MAX])
{
	struct span in;

	*type = SIGNATURE_NONE;
	memset(sig, 0, SIGNATURE_MAX);
	if (cbor_peek(r) == CBOR_NULL) {
		cbor_read_null(r);
		return;
	}
	in = cbor_read_bytes(r, 1 + SIGNATURE_MAX);
	if (r->status != STATUS_OK)
		return;
	if (in.len < 1 || in.data[0] < SIGNATURE_SECP256K1 || in.data[0] > SIGNATURE_BLS ||
		in.len - 1 != signature_size((enum signature_type)in.data[0])) {
		cbor_fail(r, STATUS_BAD_VALUE);
		return;
	}
	*type = (enum signature_type)in.data[0];
	memcpy(sig, in.data + 1, in.len - 1);
}

void signature_write(struct bytes *b, enum signature_type type, const uint8_t sig[SIGNATURE_MAX])
{
	size_t size = signature_size(type);

	if (type == SIGNATURE_NONE) {
		cbor_put_null(b);
		return;
	}
	cbor_put_bytes_head(b, 1 + size);
	bytes_append_byte(b, (uint8_t)type);
	bytes_append(b, sig, size);
}

/* The bytes that @r has read since the offset @from. */
static struct span span_since(const struct cbor_reader *r, size_t from)
{
	if (r->status != STATUS_OK)
		return (struct span){0};
	return span_of(r->start + from, cbor_offset(r) - from);
}

static uint64_t read_lane(struct cbor_reader *r)
{
	uint64_t lane = cbor_read_uint(r);

	if (lane > VOUCHER_LANE_MAX)
		cbor_fail(r, STATUS_BAD_VALUE);
	return lane;
}

static struct span read_extra(struct cbor_reader *r)
{
	size_t from = cbor_offset(r);
	struct address actor;

	if (cbor_peek(r) == CBOR_NULL) {
		cbor_read_null(r);
		return (struct span){0};
	}
	cbor_expect_array(r, EXTRA_FIELDS);
	address_read(r, &actor);
	cbor_read_uint(r);
	cbor_read_bytes(r, EXTRA_PARAMS_MAX);
	return span_since(r, from);
}

static struct voucher_merge read_merge(struct cbor_reader *r)
{
	struct voucher_merge m;

	cbor_expect_array(r, 2);
	m.lane = read_lane(r);
	m.nonce = cbor_read_uint(r);
	return m;
}

static void read_merges(struct cbor_reader *r, struct voucher *v)
{
	size_t from;

	v->merge_count = cbor_read_array(r);
	if (v->merge_count > VOUCHER_MERGES_MAX)
		cbor_fail(r, STATUS_TOO_LARGE);
	from = cbor_offset(r);
	for (size_t i = 0; i < v->merge_count && r->status == STATUS_OK; i++)
		read_merge(r);
	v->merges = span_since(r, from);
}

void voucher_read(struct cbor_reader *r, struct voucher *v)
{
	cbor_expect_array(r, VOUCHER_FIELDS);
	address_read(r, &v->channel);
	v->time_lock_min = cbor_read_int(r);
	v->time_lock_max = cbor_read_int(r);
	v->secret_hash = cbor_read_bytes(r, VOUCHER_SECRET_MAX);
	v->extra = read_extra(r);
	v->lane = read_lane(r);
	v->nonce = cbor_read_uint(r);
	cbor_read_amount(r, &v->amount);
	v->min_settle_height = cbor_read_int(r);
	read_merges(r, v);
	signature_read(r, &v->signature_type, v->signature);
}

static void write_unsigned(struct bytes *b, const struct voucher *v)
{
	cbor_put_array(b, VOUCHER_FIELDS);
	address_write(b, &v->channel);
	cbor_put_int(b, v->time_lock_min);
	cbor_put_int(b, v->time_lock_max);
	cbor_put_bytes(b, v->secret_hash);
	if (v->extra.len > 0)
		cbor_put_raw(b, v->extra);
	else
		cbor_put_null(b);
	cbor_put_uint(b, v->lane);
	cbor_put_uint(b, v->nonce);
	cbor_put_amount(b, &v->amount);
	cbor_put_int(b, v->min_settle_height);
	cbor_put_array(b, v->merge_count);
	cbor_put_raw(b, v->merges);
}

void voucher_write(struct bytes *b, const struct voucher *v)
{
	write_unsigned(b, v);
	signature_write(b, v->signature_type, v->signature);
}

void voucher_signing_bytes(struct bytes *out, const struct voucher *v)
{
	write_unsigned(out, v);
	cbor_put_null(out);
}

enum status voucher_decode(struct voucher *v, struct span in)
{
	struct cbor_reader r = cbor_reader(in);
	struct voucher local = {0};
	enum status s;

	voucher_read(&r, &local);
	s = cbor_end(&r);
	if (s != STATUS_OK)
		return s;
	*v = local;
	return STATUS_OK;
}

enum status voucher_parse(struct voucher *v, struct bytes *owned, struct span text)
{
	size_t from = owned->len;
	enum status s;

	if (text.len % 4 == 0) /* padding is valid only for whole groups of 4 */
		for (int i = 0; i < 2 && text.len > 0 && text.data[text.len - 1] == '='; i++)
			text.len--;
	s = base_decode(owned, BASE64URL, text);
	if (s != STATUS_OK)
		return s;
	s = voucher_decode(v, span_of(owned->data + from, owned->len - from));
	if (s != STATUS_OK)
		owned->len = from;
	return s;
}

bool voucher_has_conditions(const struct voucher *v)
{
	return v->time_lock_min != 0 || v->time_lock_max != 0 || v->secret_hash.len != 0 || v->extra.len != 0 ||
	       v->min_settle_height != 0 || v->merge_count != 0;
}

bool voucher_next_merge(struct voucher_merge *m, struct span *merges)
{
	struct cbor_reader r = cbor_reader(*merges);

	if (merges->len == 0)
		return false;
	*m = read_merge(&r);
	assert(r.status == STATUS_OK); /* voucher_read() has checked all merges */
	*merges = span_of(merges->data + cbor_offset(&r), merges->len - cbor_offset(&r));
	return true;
}

static enum status signing_digest(uint8_t digest[BLAKE2B_256_SIZE], const struct voucher *v)
{
	CLEAN_BYTES struct bytes b = {0};
	enum status s;

	voucher_signing_bytes(&b, v);
	s = bytes_status(&b);
	if (s != STATUS_OK)
		return s;
	blake2b(digest, BLAKE2B_256_SIZE, bytes_span(&b));
	return STATUS_OK;
}

enum status voucher_sign(struct voucher *v, const struct key *key)
{
	uint8_t digest[BLAKE2B_256_SIZE], sig[KEY_SIGNATURE_SIZE];
	enum status s = signing_digest(digest, v);

	if (s != STATUS_OK)
		return s;
	s = key_sign(sig, key, digest);
	if (s != STATUS_OK)
		return s;
	v->signature_type = SIGNATURE_SECP256K1;
	memset(v->signature, 0, sizeof(v->signature));
	memcpy(v->signature, sig, sizeof(sig));
	return STATUS_OK;
}

enum status voucher_signer(struct address *signer, const struct voucher *v)
{
	uint8_t digest[BLAKE2B_256_SIZE], public[KEY_PUBLIC_SIZE];
	enum status s;

	if (v->signature_type == SIGNATURE_BLS)
		return STATUS_UNSUPPORTED;
	if (v->signature_type != SIGNATURE_SECP256K1)
		return STATUS_BAD_SIGNATURE;
	s = signing_digest(digest, v);
	if (s != STATUS_OK)
		return s;
	s = key_recover(public, v->signature, digest);
	if (s != STATUS_OK)
		return s;
	*signer = address_of_key(public);
	return STATUS_OK;
}
