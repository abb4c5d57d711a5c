/* channel_state.c - tests of wire/channel_state.h, with blocks of a channel that a Lotus node of network version 28 had. */
#include "../../support/test.h"

#include <stdlib.h>

#include "../../support/hex.h"
#include "wire/channel_state.h"

#define KEPT_MAX 128

/* Blocks in memory: a source and a sink. */
static struct kept {
	struct cid cid;
	struct bytes block;
} kept[KEPT_MAX];
static size_t kept_count, loads;

static enum status keep(void *ctx, const struct cid *cid, struct span block)
{
	(void)ctx;
	CHECK(kept_count < KEPT_MAX, "the blocks are few");
	kept[kept_count].cid = *cid;
	bytes_clear(&kept[kept_count].block);
	bytes_append(&kept[kept_count].block, block.data, block.len);
	kept_count++;
	return STATUS_OK;
}

static enum status load(void *ctx, struct bytes *block, const struct cid *cid)
{
	(void)ctx;
	loads++;
	for (size_t i = 0; i < kept_count; i++) {
		if (!cid_equal(&kept[i].cid, cid))
			continue;
		bytes_append(block, kept[i].block.data, kept[i].block.len);
		return bytes_status(block);
	}
	return STATUS_NOT_FOUND;
}

static const struct block_sink sink = {keep, NULL};
static const struct block_source source = {load, NULL};

/* As seen on the node: the lanes of the channel at several moments, and the CID of the root then. */
static const struct {
	const char *root;
	size_t count, blocks;
	struct {
		uint64_t id, nonce, redeemed;
	} lanes[9];
} trees[] = {
	{"bafy2bzacedijw74yui7otvo63nfl3hdq2vdzuy7wx2tnptwed6zml4vvz7wee", 0, 1, {{0}}},
	{"bafy2bzaceav3gxf4iw4mc3xoojugzegm3he5dfp2vwn5v5ox5ar5jshsy4rgs", 1, 1, {{0, 1, 10000000000000000}}},
	{"bafy2bzacediiah2554wmqjfkviwngxtouvzpstrcvklie5z5rowwkgijqrgrg", 9, 61,
		{{0, 1, 10000000000000000}, {1, 1, 1000000000000001}, {7, 1, 1000000000000007},
			{8, 1, 1000000000000008}, {63, 1, 1000000000000063}, {64, 1, 1000000000000064},
			{1000, 1, 1000000000001000}, {1099511627776, 1, 1000000000000000},
			{9223372036854775807, 1, 1000000000065535}}},
};

static void check_tree(size_t row)
{
	struct lane_state lanes[9] = {0}, got;
	struct cid root = {0};
	char text[CID_TEXT_MAX];

	for (size_t i = 0; i < trees[row].count; i++)
		lanes[i] = (struct lane_state){
			trees[row].lanes[i].id, trees[row].lanes[i].nonce, amount_u64(trees[row].lanes[i].redeemed)};
	kept_count = 0;
	CHECK_EQUAL(lanes_build(&root, lanes, trees[row].count, &sink), STATUS_OK, "the tree is built");
	CHECK_TEXT(cid_text(text, &root), trees[row].root, "the root is the node's");
	CHECK_EQUAL(kept_count, trees[row].blocks, "as many blocks as on the node");
	for (size_t i = 0; i < trees[row].count; i++) {
		loads = 0;
		CHECK_EQUAL(lanes_find(&got, &root, lanes[i].id, &source), STATUS_OK, "the lane is found");
		CHECK(got.id == lanes[i].id && got.nonce == lanes[i].nonce &&
				amount_cmp(&got.redeemed, &lanes[i].redeemed) == 0,
			"the lane is the one that was put in");
		CHECK(loads <= LANES_HEIGHT_MAX + 1, "a block for each level");
	}
	for (size_t i = 0; i < trees[row].count; i++)
		CHECK(lanes[i].id == 63 || lanes[i].id == 0 || lanes[i].id == 7 ||
				lanes_find(&got, &root, lanes[i].id ^ 2, &source) == STATUS_NOT_FOUND,
			"the neighbour of a lane is not found");
	loads = 0;
	CHECK_EQUAL(lanes_last(&got, &root, &source), trees[row].count == 0 ? STATUS_NOT_FOUND : STATUS_OK,
		"the highest lane, if there is one");
	if (trees[row].count != 0)
		CHECK(got.id == lanes[trees[row].count - 1].id && got.nonce == lanes[trees[row].count - 1].nonce,
			"the highest lane is the last that was put in");
	CHECK(loads <= LANES_HEIGHT_MAX + 1, "a block for each level");
	CHECK_EQUAL(lanes_find(&got, &root, 2, &source), STATUS_NOT_FOUND, "an empty slot");
	CHECK_EQUAL(lanes_find(&got, &root, LANES_ID_MAX - 1, &source), STATUS_NOT_FOUND, "a lane far away");
	CHECK_EQUAL(lanes_find(&got, &root, UINT64_MAX, &source), STATUS_NOT_FOUND, "a lane beyond the last");
}

/* The head of the channel while it settles, and the forms of a damaged one. */
static const struct {
	const char *hex;
	enum status want;
	const char *why;
} states[] = {
	{"86 420064 420065 40 00 00 "
	 "d82a5827000171a0e40220d09b7f98a23ee9d5dedb4abd9c70d5479a63f6bea6d7cec41fb2c5f2b5cfec42",
		STATUS_OK, "a new channel"},
	{"86420064420065480083734dd0b1845e00190bf0d82a5827000171a0e402206bdd9f066ad2917248fc6d598482c861fd293947dc1869b"
	 "07cf89b4eed0a2ded",
		STATUS_OK, "a channel with lanes and a least settling height"},
	{"85 420064 420065 40 00 00", STATUS_BAD_VALUE, "no lanes"},
	{"86 40 420065 40 00 00 d82a5827000171a0e40220d09b7f98a23ee9d5dedb4abd9c70d5479a63f6bea6d7cec41fb2c5f2b5cfec42",
		STATUS_BAD_ADDRESS, "from nobody"},
	{"86 420064 420065 00 00 00 "
	 "d82a5827000171a0e40220d09b7f98a23ee9d5dedb4abd9c70d5479a63f6bea6d7cec41fb2c5f2b5cfec42",
		STATUS_BAD_TYPE, "a number as the amount"},
	{"86 420064 420065 40 40 00 "
	 "d82a5827000171a0e40220d09b7f98a23ee9d5dedb4abd9c70d5479a63f6bea6d7cec41fb2c5f2b5cfec42",
		STATUS_BAD_TYPE, "bytes as the epoch"},
	{"86 420064 420065 40 00 00 f6", STATUS_BAD_TYPE, "null lanes"},
	{"86 420064 420065 40 00 00 "
	 "d82a5827000171a0e40220d09b7f98a23ee9d5dedb4abd9c70d5479a63f6bea6d7cec41fb2c5f2b5cfec42 00",
		STATUS_TRAILING, "a byte more"},
};

static void check_states(void)
{
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		struct bytes in = hex_bytes(states[i].hex), back = {0};
		struct channel_state state = {.settling_at = 77};
		enum status s = channel_state_decode(&state, bytes_span(&in));

		CHECK_EQUAL(s, states[i].want, states[i].why);
		if (s == STATUS_OK)
			channel_state_encode(&back, &state);
		CHECK(states[i].want == STATUS_OK ? span_equal(bytes_span(&back), bytes_span(&in))
						  : state.settling_at == 77,
			"encodes back, or untouched");
		bytes_release(&back);
		bytes_release(&in);
	}
}

static const struct {
	const char *hex;
	enum status want;
	const char *why;
} roots[] = {
	{"840300008341008080", STATUS_OK, "no lanes"},
	{"8403000183410180818248002386f26fc1000001", STATUS_OK, "one lane"},
	{"840300018341018081824000", STATUS_OK, "a lane of nothing"},
	{"840500008341008080", STATUS_BAD_VALUE, "32 slots"},
	{"840315008341008080", STATUS_BAD_VALUE, "a height of 21"},
	{"84031bffffffffffffffff008341008080", STATUS_BAD_VALUE, "the largest height"},
	{"8403000083408080", STATUS_BAD_VALUE, "no map"},
	{"84030000834200008080", STATUS_TOO_LARGE, "a map of two bytes"},
	{"8403000183410180818248002386f26fc10000", STATUS_TRUNCATED, "cut"},
	{"8403000183410380818248002386f26fc1000001", STATUS_BAD_VALUE, "fewer lanes than bits"},
	{"8403000183410080818248002386f26fc1000001", STATUS_BAD_VALUE, "more lanes than bits"},
	{"8403010183410180818248002386f26fc1000001", STATUS_BAD_VALUE, "a lane where nodes belong"},
	{"840300018341018081824001 00", STATUS_TRAILING, "a byte more"},
	{"84030001834101808182 420500 01", STATUS_BAD_AMOUNT, "a sign of 5"},
};

static void check_roots(void)
{
	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++) {
		struct bytes in = hex_bytes(roots[i].hex), back = {0};
		struct lanes_root root = {.count = 77};
		enum status s = lanes_root_decode(&root, bytes_span(&in));

		CHECK_EQUAL(s, roots[i].want, roots[i].why);
		if (s == STATUS_OK)
			lanes_root_encode(&back, &root);
		CHECK(roots[i].want == STATUS_OK ? span_equal(bytes_span(&back), bytes_span(&in)) : root.count == 77,
			"encodes back, or untouched");
		bytes_release(&back);
		bytes_release(&in);
	}
}

/* A tree whose inner blocks are missing, or are others than the parent says. */
static void check_damaged(void)
{
	struct lane_state lanes[] = {{.id = 0, .nonce = 1}, {.id = 9, .nonce = 2}}, got = {.nonce = 77};
	struct cid root;

	kept_count = 0;
	CHECK_EQUAL(lanes_build(&root, lanes, 2, &sink), STATUS_OK, "a tree of two levels");
	bytes_clear(&kept[0].block);
	CHECK_EQUAL(lanes_find(&got, &root, 0, &source), STATUS_TRUNCATED, "an empty node");
	CHECK_EQUAL(lanes_find(&got, &root, 9, &source), STATUS_OK, "the other node");
	CHECK_EQUAL(lanes_last(&got, &root, &source), STATUS_OK, "and the highest lane");
	kept_count = 0;
	CHECK_EQUAL(lanes_find(&got, &root, 0, &source), STATUS_NOT_FOUND, "no root");
	lanes[1].id = 0;
	CHECK_EQUAL(lanes_build(&root, lanes, 2, &sink), STATUS_BAD_VALUE, "a lane twice");
	lanes[1].id = LANES_ID_MAX + 1;
	CHECK_EQUAL(lanes_build(&root, lanes, 2, &sink), STATUS_BAD_VALUE, "a lane that is too large");
}

static void check_manifest(void)
{
	static const char hex[] =
		"82 82 6673797374656d d82a5827000155a0e402205c559ad9e6ba3779f469d1c88c908e05fa97e12f"
		"04900515ce104523a98345b4 82 6e7061796d656e746368616e6e656c d82a5827000155a0e4022067a0"
		"9e2c777a650c9842fa11b31dbbb48f181ca62b145bf8442525c5de33c4ed";
	struct bytes in = hex_bytes(hex), back = {0};
	struct actor_code codes[2] = {{.name = "system"}, {.name = "paymentchannel"}};
	struct cid manifest = {0};
	char text[CID_TEXT_MAX];

	CHECK_EQUAL(manifest_find(&codes[0].code, bytes_span(&in), "system"), STATUS_OK, "the system actor");
	CHECK_EQUAL(manifest_find(&codes[1].code, bytes_span(&in), "paymentchannel"), STATUS_OK, "the channel");
	CHECK_TEXT(cid_text(text, &codes[1].code), "bafk2bzacebt2bhrmo55gkdeyil5bdmy5xo2i6ga4uyvriw7yiqsslro6gpco2",
		"the code is the node's");
	CHECK_EQUAL(manifest_find(&manifest, bytes_span(&in), "pay"), STATUS_NOT_FOUND, "no such actor");
	manifest_encode(&back, codes, 2);
	CHECK(span_equal(bytes_span(&back), bytes_span(&in)), "a manifest encodes back");
	for (size_t len = 0; len < in.len; len++)
		CHECK(manifest_find(&manifest, span_of(in.data, len), "system") != STATUS_OK, "a cut one is refused");
	bytes_clear(&back);
	system_state_encode(&back, &codes[0].code);
	CHECK_EQUAL(system_state_decode(&manifest, bytes_span(&back)), STATUS_OK, "the head of the system actor");
	CHECK(cid_equal(&manifest, &codes[0].code), "names the manifest");
	CHECK(system_state_decode(&manifest, bytes_span(&in)) != STATUS_OK, "another block is refused");
	bytes_release(&back);
	bytes_release(&in);
}

int main(void)
{
	check_states();
	check_roots();
	for (size_t i = 0; i < sizeof(trees) / sizeof(trees[0]); i++)
		check_tree(i);
	check_damaged();
	check_manifest();
	for (size_t i = 0; i < KEPT_MAX; i++)
		bytes_release(&kept[i].block);
	return test_end();
}
