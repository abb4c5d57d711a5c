/* seed.c - reads the CAR of an older deal block by block, and trusts none of it.
 *
 * Knows nothing of the new deal's money or state: see receiver_seed().
 */
#include "buyer/seed.h"
#include "buyer/deal_blocks.h"
#include "buyer/receive.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static enum status check_payload(struct party *p, uint64_t from, const struct cid *root)
{
	struct client_deal older;
	enum status s = party_get_client(p, &older, from);

	if (s == STATUS_NOT_FOUND)
		return party_fail(p, s, "there is no deal %llu to begin with", (unsigned long long)from);
	if (s == STATUS_OK && !cid_equal(&older.payload, root))
		return party_fail(p, STATUS_WRONG_DEAL, "deal %llu is for another payload", (unsigned long long)from);
	return s;
}

enum status seed_open_file(struct seed *l, struct party *p, const char *path)
{
	enum status s;

	*l = (struct seed){.fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), .end = UINT64_MAX};
	/* A file that is not there holds nothing; one that can't be opened now may be opened by the next run. */
	if (l->fd < 0 && errno != ENOENT && errno != ENOTDIR && errno != ELOOP)
		return party_fail(p, STATUS_IO, "the blocks in '%s' can't be read: %s", path, strerror(errno));
	s = l->fd >= 0 ? car_open(&l->car, l->fd) : STATUS_CUT;
	if (s != STATUS_OK)
		l->end = 0;
	return s == STATUS_NO_MEMORY ? s : STATUS_OK;
}

enum status seed_open(struct seed *l, struct party *p, uint64_t from, const struct cid *root)
{
	struct bytes path = {0};
	uint64_t committed = 0;
	enum status s = check_payload(p, from, root);

	*l = (struct seed){.fd = -1};
	if (s == STATUS_OK)
		s = deal_blocks_committed_size(p, from, &committed);
	if (s != STATUS_OK || committed == 0)
		return s;
	buyer_blocks_path(p, &path, from);
	s = bytes_status(&path);
	if (s == STATUS_OK)
		s = seed_open_file(l, p, bytes_text(&path));
	if (l->end > committed)
		l->end = committed;
	bytes_release(&path);
	return s;
}

enum status seed_next(struct seed *l, uint64_t *bytes, struct deal_blocks *k)
{
	struct car_section section;
	struct block_place place;
	struct cid next;
	enum status s;

	while (l->car.offset < l->end) {
		s = car_next(&l->car, &section);
		if (s == STATUS_NO_MEMORY)
			return s;
		if (s != STATUS_OK || section.offset + section.block.len > l->end)
			break;
		s = deal_blocks_find(k, &place, &section.cid);
		if (s == STATUS_OK) /* inherited by a run that was killed */
			continue;
		if (s == STATUS_NOT_FOUND)
			s = deal_blocks_next(k, &next);
		if (s != STATUS_OK)
			return s;
		if (!cid_equal(&next, &section.cid) ||
			cid_verify(&next, section.block) != STATUS_OK) /* INVARIANTS 15, 16 */
			break;
		*bytes = section.block.len;
		return deal_blocks_add(k, &next, section.block);
	}
	l->end = 0;
	return STATUS_END;
}

void seed_close(struct seed *l)
{
	car_release(&l->car);
	if (l->fd >= 0)
		close(l->fd);
	*l = (struct seed){.fd = -1};
}
