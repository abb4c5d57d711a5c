/* watch_due.c - which channels a watcher has to look at.
 *
 * A channel is due when its records in the store have changed, when the ledger
 * in a folder has changed, and when its time has come.
 */
#include <string.h>

#include "base/array.h"
#include "base/clock.h"
#include "funds/channel_view.h"
#include "settle/settling_private.h"
#include "settle/watch_private.h"
#include "store/channels.h"

/* The records of a channel. */

/** struct lanes - the lanes of a channel while their digest is made. */
struct lanes {
	struct kv_txn *txn;
	enum deal_side side;
	bool settling;
	struct bytes records;
};

static enum status add_lane(void *ctx, const struct lane_record *lane)
{
	struct lanes *lanes = ctx;
	bool goes_on = false;
	enum status s = STATUS_OK;

	if (!lanes->settling)
		s = lane_deal_goes_on(lanes->txn, &goes_on, lanes->side, lane->deal);
	bytes_append_number(&lanes->records, lane->lane);
	bytes_append_number(&lanes->records, goes_on ? UINT64_MAX : lane->nonce);
	return s == STATUS_CORRUPT ? STATUS_OK : s; /* a damaged deal counts as over */
}

/*
 * The digest of what may make another step right. Of a deal that goes on the payments do not count: they come many times
 * a minute, and the deal's end comes soon. While the channel settles, each payment counts.
 */
static enum status digest_records(struct watch *watch, uint8_t out[WATCH_DIGEST_SIZE], const struct watched *watched)
{
	struct lanes lanes = {.settling = watched->settling};
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct channel channel;
	enum status s = kv_begin_read(store_kv(watch->p->store), &txn);

	if (s != STATUS_OK)
		return s;
	s = store_get_channel(txn, &channel, &watched->address);
	if (s != STATUS_OK)
		return s;
	lanes.txn = txn;
	lanes.side = channel.outbound ? SIDE_CLIENT : SIDE_PROVIDER;
	s = store_each_lane(txn, &watched->address, add_lane, &lanes);
	if (s == STATUS_OK || s == STATUS_CORRUPT) /* a damaged lane hides no other */
		s = bytes_status(&lanes.records);
	if (s == STATUS_OK)
		blake2b(out, WATCH_DIGEST_SIZE, bytes_span(&lanes.records));
	bytes_release(&lanes.records);
	return s;
}

static struct watched *find(struct watch *watch, const struct address *address)
{
	for (size_t i = 0; i < watch->count; i++)
		if (address_equal(&watch->channels[i].address, address))
			return &watch->channels[i];
	return NULL;
}

static struct watched *add(struct watch *watch, const struct address *address)
{
	struct watched *grown = array_grow(watch->channels, watch->count, &watch->room, sizeof(*grown));

	if (grown == NULL)
		return NULL;
	watch->channels = grown;
	grown = &watch->channels[watch->count++];
	*grown = (struct watched){.address = *address, .due = true};
	return grown;
}

static enum status learn_channel(void *ctx, const struct address *address)
{
	struct watch *watch = ctx;
	struct watched *watched = find(watch, address);
	uint8_t records[WATCH_DIGEST_SIZE];
	enum status s;

	if (watched == NULL)
		watched = add(watch, address);
	if (watched == NULL)
		return STATUS_NO_MEMORY;
	watched->listed = true;
	s = digest_records(watch, records, watched);
	if (s != STATUS_OK)
		return s;
	watched->due = watched->due || memcmp(records, watched->records, sizeof(records)) != 0;
	memcpy(watched->records, records, sizeof(records));
	return STATUS_OK;
}

static void drop_unlisted(struct watch *watch)
{
	size_t kept = 0;

	for (size_t i = 0; i < watch->count; i++) {
		if (watch->channels[i].listed)
			watch->channels[kept++] = watch->channels[i];
		else
			bytes_release(&watch->channels[i].said);
	}
	watch->count = kept;
}

/* A damaged record hides one channel, and no other. */
static void tell_damage(struct watch *watch, enum status listed)
{
	struct watch_event event = {.kind = WATCH_FAILED, .status = listed};
	bool news = listed != STATUS_OK && !watch->damaged;

	watch->damaged = listed != STATUS_OK;
	if (news)
		watch_tell(watch, &event);
}

/* Read from the store which channels are there, and which of them have changed. */
static enum status learn(struct watch *watch)
{
	enum status s;

	for (size_t i = 0; i < watch->count; i++)
		watch->channels[i].listed = false;
	s = channel_each(watch->p, true, learn_channel, watch);
	if (s != STATUS_OK && s != STATUS_CORRUPT)
		return s;
	drop_unlisted(watch);
	tell_damage(watch, s);
	return STATUS_OK;
}

/* Has the store changed since the last look? Another number of commits comes from another copy of the store, too. */
enum status watch_learn(struct watch *watch)
{
	uint64_t number = kv_number(store_kv(watch->p->store));
	enum status s = STATUS_OK;

	if (!watch->started || watch->number != number)
		s = learn(watch);
	if (s == STATUS_OK)
		watch->number = number;
	return s;
}

bool watch_any_due(struct watch *watch)
{
	double now = clock_seconds_since_boot();
	bool any = false;

	for (size_t i = 0; i < watch->count; i++) {
		watch->channels[i].due = watch->channels[i].due || now >= watch->channels[i].look_at;
		any = any || watch->channels[i].due;
	}
	return any;
}

/*
 * A local ledger that has changed is looked at for all channels, and a channel whose end has come is, also if a clock
 * has jumped there.
 */
enum status watch_ask_local(struct watch *watch)
{
	uint64_t height;
	int64_t epoch;
	bool changed;
	enum status s = ledger_height(watch->p->ledger, &height);

	watch->local = s == STATUS_OK;
	if (s != STATUS_OK)
		return s == STATUS_NOT_FOUND ? STATUS_OK : s;
	s = ledger_epoch(watch->p->ledger, &epoch);
	if (s != STATUS_OK)
		return s;
	changed = height != watch->height || (watch->epoch_seconds == 0 && epoch != watch->epoch);
	for (size_t i = 0; i < watch->count; i++) {
		struct watched *watched = &watch->channels[i];

		watched->due = watched->due || changed || (watched->end != 0 && epoch >= watched->end);
	}
	watch->height = height;
	watch->epoch = epoch;
	return STATUS_OK;
}
