/* embedded_final.c - a channel at finality: as it was so many epochs ago that nothing can be reverted any more.
 *
 * Knows the log, from which the youngest payments into a channel are taken
 * off.  The embedded ledger reverts nothing: its finality is for teaching and
 * for tests.
 */
#include <string.h>

#include "embedded/embedded_private.h"

/* Take back what @entry has put into the channel. NOT_FOUND if the entry is the beginning of the channel. */
static enum status take_back(struct paych *head, const struct embedded_entry *entry, const struct address *channel)
{
	if (entry->exit_code != 0 || !address_equal(&entry->channel, channel))
		return STATUS_OK;
	if (strcmp(entry->what, "create") == 0 || strcmp(entry->what, "place") == 0)
		return STATUS_NOT_FOUND;
	if (strcmp(entry->what, "add-funds") != 0)
		return STATUS_OK;
	return amount_sub(&head->balance, &head->balance, &entry->value) ? STATUS_OK : STATUS_CORRUPT;
}

enum status embedded_final_channel(void *self, struct paych *head, const struct address *channel)
{
	struct embedded *e = self;
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct embedded_entry entry;
	struct paych now;
	struct books b;
	enum status s = embedded_begin_read(e, &txn);

	if (s == STATUS_OK)
		s = books_load(txn, &b);
	if (s == STATUS_OK)
		s = channel_load(txn, &now, channel);
	if (s != STATUS_OK)
		return s;
	for (uint64_t number = b.finality != 0 ? b.next_entry : 0; number > 0; number--) {
		s = entry_load(txn, &entry, number - 1);
		if (s != STATUS_OK)
			return s;
		if (entry.epoch <= books_epoch(e, &b) - b.finality)
			break;
		s = take_back(&now, &entry, channel);
		if (s != STATUS_OK)
			return s;
	}
	*head = now;
	return STATUS_OK;
}
