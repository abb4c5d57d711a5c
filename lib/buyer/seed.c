/* seed.c - reads the CAR of an older deal block by block, and trusts none of the blocks.
 *
 * Knows nothing of the new deal's money or state: see receiver_seed().
 */
#include "buyer/seed.h"
#include "blocks/deal_blocks.h"
#include "buyer/receive.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

static enum status check_payload(struct party *p, uint64_t from, const struct cid *root)
{
	struct client_deal older;
	enum status s = party_get_client(p, &older, from);

	if (s == STATUS_NOT_FOUND)
		return party_fail(p, s, "there is no deal %" PRIu64 " to take blocks from", from);
	if (s == STATUS_OK && !cid_equal(&older.payload, root))
		return party_fail(p, STATUS_WRONG_DEAL, "deal %" PRIu64 " is for another payload", from);
	return s;
}

enum status seed_open_file(struct seed *seed, struct party *p, const char *path)
{
	enum status s;

	*seed = (struct seed){.fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW), .end = UINT64_MAX};
	/* A missing file holds no blocks; the next run may be able to open a file that can't be opened now. */
	if (seed->fd < 0 && errno != ENOENT && errno != ENOTDIR && errno != ELOOP)
		return party_fail(p, STATUS_IO, "the blocks in '%s' can't be read: %s", path, strerror(errno));
	s = seed->fd >= 0 ? car_open(&seed->car, seed->fd) : STATUS_CUT;
	if (s != STATUS_OK)
		seed->end = 0;
	return s == STATUS_NO_MEMORY ? s : STATUS_OK;
}

enum status seed_open(struct seed *seed, struct party *p, uint64_t from, const struct cid *root)
{
	CLEAN_BYTES struct bytes path = {0};
	uint64_t committed = 0;
	enum status s = check_payload(p, from, root);

	*seed = (struct seed){.fd = -1};
	if (s != STATUS_OK)
		return s;
	s = deal_blocks_committed_size(p, from, &committed);
	if (s != STATUS_OK || committed == 0)
		return s;
	buyer_blocks_path(p, &path, from);
	s = bytes_status(&path);
	if (s != STATUS_OK)
		return s;
	s = seed_open_file(seed, p, bytes_text(&path));
	if (seed->end > committed)
		seed->end = committed;
	return s;
}

/* The next section of the CAR; END where the usable part of the CAR ends. */
static enum status next_section(struct seed *seed, struct car_section *section)
{
	enum status s;

	if (seed->car.offset >= seed->end)
		return STATUS_END;
	s = car_next(&seed->car, section);
	if (s == STATUS_NO_MEMORY)
		return s;
	return s == STATUS_OK && section->offset + section->block.len <= seed->end ? STATUS_OK : STATUS_END;
}

/*
 * INVARIANTS 15, 16: a block is good if the block is the next one that @blocks lacks and hashes to its CID; END if not.
 */
static enum status check_section(struct deal_blocks *blocks, const struct car_section *section)
{
	struct cid next;
	enum status s = deal_blocks_next(blocks, &next);

	if (s != STATUS_OK)
		return s;
	return cid_equal(&next, &section->cid) && cid_verify(&next, section->block) == STATUS_OK ? STATUS_OK
												 : STATUS_END;
}

enum status seed_next(struct seed *seed, uint64_t *bytes, struct deal_blocks *blocks)
{
	struct car_section section;
	struct block_place place;
	enum status s;

	do { /* skip the blocks that an earlier, killed run has taken */
		s = next_section(seed, &section);
		if (s == STATUS_OK)
			s = deal_blocks_find(blocks, &place, &section.cid);
	} while (s == STATUS_OK);
	if (s == STATUS_NOT_FOUND)
		s = check_section(blocks, &section);
	if (s == STATUS_END)
		seed->end = 0;
	if (s != STATUS_OK)
		return s;
	*bytes = section.block.len;
	return deal_blocks_add(blocks, &section.cid, section.block);
}

void seed_close(struct seed *seed)
{
	car_release(&seed->car);
	if (seed->fd >= 0)
		close(seed->fd);
	*seed = (struct seed){.fd = -1};
}
