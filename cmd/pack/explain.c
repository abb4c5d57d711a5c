/* explain.c - why the content of a CAR can't be extracted. */
#include <errno.h>
#include <string.h>

#include "ipld/block_fault.h"
#include "pack.h"

/* Why the block at u->at does not decode: the block is loaded once more. */
static enum status explain_block(struct tool *t, struct unpack *u)
{
	CLEAN_BYTES struct bytes block = {0};
	char cid[CID_TEXT_MAX], fault[BLOCK_FAULT_MAX];
	enum status s = STATUS_OK;

	if (u->at.hash == HASH_IDENTITY)
		bytes_append(&block, cid_digest(&u->at).data, cid_digest(&u->at).len);
	else
		s = u->load(u->load_ctx, &block, &u->at);
	if (s != STATUS_OK)
		return s;
	return party_explain(&t->party, STATUS_BAD_BLOCK, "block %s of '%s': %s", cid_text(cid, &u->at),
		t->arguments[0], block_fault(fault, &u->at, bytes_span(&block)));
}

static enum status explain(struct tool *t, enum status s, const struct cid *at)
{
	char cid[CID_TEXT_MAX] = "", name[CID_NAME_MAX];
	const char *path = t->arguments[0];
	struct party *p = &t->party;

	if (!cid_is_none(at))
		cid_text(cid, at);
	if (s == STATUS_UNSUPPORTED)
		return party_explain(p, s, "'%s' is not made of files and folders of UnixFS alone (%s)", path, cid);
	if (s == STATUS_NOT_FOUND && cid_can_verify(at))
		return party_explain(p, s, "'%s' is not whole: block %s is missing", path, cid);
	if (s == STATUS_NOT_FOUND || s == STATUS_UNKNOWN_HASH)
		return party_explain(p, s,
			"block %s of '%s' can't be verified: its hash is %s, which is not computed here", cid, path,
			cid_hash_text(name, at->hash));
	if (s == STATUS_DUPLICATE_KEY)
		return party_explain(p, s, "folder %s of '%s' has a name twice", cid, path);
	if (s == STATUS_TOO_LARGE && *cid != '\0')
		return party_explain(
			p, s, "'%s' has more links than its files need: blocks are linked again and again", path);
	if (*cid != '\0' && s != STATUS_IO)
		return party_explain(p, s, "block %s of '%s': %s", cid, path, status_text(s));
	return party_explain(p, s, "cannot read '%s': %s", path, s == STATUS_IO ? strerror(errno) : status_text(s));
}

enum status pack_explain(struct tool *t, enum status s, struct unpack *u)
{
	if (s == STATUS_BAD_BLOCK)
		s = explain_block(t, u);
	return s == STATUS_OK ? s : explain(t, s, &u->at);
}
