/* index_sweep.c - removing, in bounded steps, contents that are no longer offered and that no open deal needs. */
#include "base/array.h"
#include "base/clock.h"
#include "content/index.h"
#include "store/deals.h"
#include "store/old_contents.h"

#define BATCH    1024 /* blocks per transaction */
#define GIVE_WAY 1    /* milliseconds between two transactions: a loop that begins again at once keeps others out */

static enum status next_marked(struct party *party, uint64_t *number, uint64_t after)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_read(store_kv(party->store), &txn);

	return s == STATUS_OK ? store_next_marked(txn, number, after) : s;
}

/* EXISTS if one of the deals needs the content. */
static enum status look_at(struct kv_txn *txn, const struct deal_name *names, size_t count, uint64_t content)
{
	struct provider_deal deal;

	for (size_t i = 0; i < count; i++) {
		enum status s;

		if (names[i].side != SIDE_PROVIDER)
			continue;
		s = store_get_provider(txn, &deal, names[i].id);
		if (s != STATUS_OK)
			return s;
		if (deal.content == content && !deal_is_final(SIDE_PROVIDER, deal.state))
			return STATUS_EXISTS;
	}
	return STATUS_OK;
}

static enum status is_needed(struct party *party, bool *needed, uint64_t content)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct deal_name names[256];
	uint64_t before = 0;
	size_t count;
	enum status s = kv_begin_read(store_kv(party->store), &txn);

	*needed = false;
	if (s != STATUS_OK)
		return s;
	do {
		count = COUNT(names);
		s = store_list_deals(txn, names, &count, &before, before);
		if (s != STATUS_OK)
			return s;
		s = look_at(txn, names, count, content);
		*needed = s == STATUS_EXISTS;
		if (s != STATUS_OK)
			return *needed ? STATUS_OK : s;
	} while (count == COUNT(names));
	return STATUS_OK;
}

/* Take one step of the removal; the last step removes the record of the content too. */
static enum status remove_step(struct party *party, bool *left, uint64_t content)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_write(store_kv(party->store), &txn);

	if (s != STATUS_OK)
		return s;
	s = store_delete_blocks(txn, left, content, BATCH);
	if (s == STATUS_OK && !*left)
		s = store_delete_content(txn, content);
	return s == STATUS_OK ? kv_commit(&txn) : s;
}

static enum status sweep_content(struct party *party, const struct serving_lock *lock, uint64_t content)
{
	bool used, left = true;
	enum status s = serving_lock_is_held(lock, &used, SERVING_LOCK_CONTENTS + content);

	if (s != STATUS_OK || used)
		return s;
	s = is_needed(party, &used, content);
	if (s != STATUS_OK || used)
		return s;
	while (s == STATUS_OK && left) {
		s = remove_step(party, &left, content);
		if (s == STATUS_OK && left)
			clock_pause(GIVE_WAY);
	}
	return s;
}

enum status index_sweep(struct party *party)
{
	struct serving_lock lock = {.fd = -1};
	uint64_t content = 0;
	enum status s = next_marked(party, &content, 0);

	if (s != STATUS_OK)
		return s == STATUS_NOT_FOUND ? STATUS_OK : s;
	s = serving_lock_open(&lock, party->store);
	while (s == STATUS_OK) {
		s = sweep_content(party, &lock, content);
		if (s == STATUS_OK)
			s = next_marked(party, &content, content);
	}
	serving_lock_close(&lock);
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}
