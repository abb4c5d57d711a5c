/* publish.c - delivering the CAR of a deal, with each block verified on the way. */
#include "blocks/publish.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "blocks/deal_blocks.h"
#include "ipld/car_copy.h"
#include "store/payloads.h"

/*
 * Open the CAR that the store has of a deal. A deal for a payload that is its own CID has no bytes. -1 and errno on
 * failure.
 */
static int open_kept(struct party *p, uint64_t id)
{
	CLEAN_BYTES struct bytes path = {0};

	buyer_blocks_path(p, &path, id);
	errno = ENOMEM;
	return bytes_status(&path) == STATUS_OK
		       ? open(bytes_text(&path), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW)
		       : -1;
}

/* Explain why the copy from the store failed with @s at block @at; @at is none if the CAR has no valid block there. */
static enum status explain_damage(struct party *p, enum status s, uint64_t id, const struct cid *at)
{
	char cid[CID_TEXT_MAX] = "";
	enum status noted = buyer_note_damage(p, id);

	if (noted != STATUS_OK)
		return noted;
	return party_fail(p, s == STATUS_BAD_HASH ? s : STATUS_CORRUPT,
		"the kept blocks of deal %" PRIu64
		" are damaged: %s%s%s; the next run buys this block and all after it again",
		id, cid_is_none(at) ? "" : "block ", cid_is_none(at) ? "" : cid_text(cid, at),
		s == STATUS_BAD_HASH ? " does not match its CID" : " is missing, cut, or not in its place");
}

/* Explain the outcome of a copy to @path. */
static enum status explain(
	struct party *p, enum status s, const struct client_deal *deal, const char *path, const struct cid *at)
{
	if (s == STATUS_OK || s == STATUS_STOPPED || s == STATUS_NO_MEMORY)
		return s;
	if (s == STATUS_IO && errno == EPIPE)
		return party_fail(p, STATUS_END, "the reader of the output went away");
	if (s == STATUS_IO)
		return party_fail(p, s, "cannot write '%s': %s", path, strerror(errno));
	return explain_damage(p, s, deal->id, at);
}

/* Copy all of the CAR @from to @path, whole or not at all. */
static enum status copy(struct party *p, const struct client_deal *deal, const char *path, int from)
{
	struct car_copy copy = {.from = from, .root = deal->payload, .stop = p->stop};
	struct file_out out = {.fd = -1};
	enum status s = file_out_open(&out, path, 0644);

	if (s != STATUS_OK)
		goto out;
	copy.to = out.fd;
	s = car_copy(&copy);
	if (s != STATUS_OK)
		goto out;
	s = file_out_commit(&out);
out:
	s = explain(p, s, deal, path, &copy.at);
	file_out_release(&out);
	return s;
}

enum status buyer_publish(struct party *p, uint64_t id, const char *path)
{
	struct client_deal deal;
	enum status s = party_get_client(p, &deal, id);
	int from;

	if (s != STATUS_OK)
		return s;
	if (!deal.all_blocks_received)
		return party_fail(p, STATUS_BAD_STATE, "deal %" PRIu64 " still lacks blocks", id);
	from = open_kept(p, id);
	if (from < 0 && errno == ENOENT)
		return buyer_explain_gone(p, id);
	if (from < 0)
		return party_fail(
			p, STATUS_IO, "the kept blocks of deal %" PRIu64 " can't be read: %s", id, strerror(errno));
	s = copy(p, &deal, path, from);
	close(from);
	return s;
}

enum status buyer_note_damage(struct party *p, uint64_t id)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct client_deal deal;
	enum status s = party_begin_client(p, &txn, &deal, id);

	if (s != STATUS_OK)
		return s;
	s = store_drop_complete(txn, &deal.payload, id);
	return s == STATUS_OK ? kv_commit(&txn) : s;
}

enum status buyer_explain_gone(struct party *p, uint64_t deal)
{
	CLEAN_BYTES struct bytes path = {0};

	buyer_blocks_path(p, &path, deal);
	return party_fail(p, STATUS_IO,
		"the kept blocks of deal %" PRIu64 " are gone: there is no '%s'; --again buys the content once more",
		deal, bytes_text(&path));
}
