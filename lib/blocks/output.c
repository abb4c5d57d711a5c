/* output.c - recording the path of a deal's CAR, and delivering the CAR. */
#include "blocks/output.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "blocks/publish.h"
#include "store/deal_texts.h"

/* Make @path absolute, into @out of PATH_MAX bytes; USAGE, explained, if the path is too long. */
static enum status make_absolute(struct party *p, char *out, const char *path)
{
	char here[PATH_MAX] = "";
	int len;

	if (*path != '/' && getcwd(here, sizeof(here)) == NULL)
		return party_fail(p, STATUS_USAGE, "'%.200s': the working folder has no path", path);
	len = snprintf(out, PATH_MAX, "%s%s%s", here, *path != '/' ? "/" : "", path);
	if (len < 0 || len >= PATH_MAX)
		return party_fail(p, STATUS_USAGE, "the path '%.200s' is too long", path);
	return STATUS_OK;
}

static enum status remember(struct party *p, uint64_t deal, const char *path)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_write(store_kv(p->store), &txn);

	if (s != STATUS_OK)
		return s;
	s = store_put_text(txn, deal, TEXT_OUTPUT, span_text(path));
	if (s != STATUS_OK)
		return s;
	return kv_commit(&txn);
}

static enum status recall(struct party *p, struct bytes *path, uint64_t deal)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_read(store_kv(p->store), &txn);

	return s == STATUS_OK ? store_get_text(txn, path, deal, TEXT_OUTPUT) : s;
}

enum status buyer_deliver(struct party *p, const struct client_deal *d, const char *path)
{
	CLEAN_BYTES struct bytes remembered = {0};
	char absolute[PATH_MAX];
	enum status s;

	if (path != NULL && strcmp(path, "-") == 0)
		return d->all_blocks_received ? buyer_publish(p, d->id, "-") : STATUS_OK;
	if (path != NULL) {
		s = make_absolute(p, absolute, path);
		if (s != STATUS_OK)
			return s;
		s = remember(p, d->id, absolute);
		if (s != STATUS_OK || !d->all_blocks_received)
			return s;
		return buyer_publish(p, d->id, absolute);
	}
	if (!d->all_blocks_received)
		return STATUS_OK;
	s = recall(p, &remembered, d->id);
	if (s != STATUS_OK)
		return s == STATUS_NOT_FOUND ? STATUS_OK : s;
	if (access(bytes_text(&remembered), F_OK) == 0)
		return STATUS_OK;
	return buyer_publish(p, d->id, bytes_text(&remembered));
}
