/* channel_lists.h - channels, lanes and vouchers copied out of the store.
 *
 * For callers that print, sign or send while they read a list: no transaction
 * is open meanwhile. Each list is read in one transaction of its own. All zero
 * is a valid empty list. The _release() of a list frees its contents and is
 * harmless on an empty list.
 */
#ifndef STORE_CHANNEL_LISTS_H
#define STORE_CHANNEL_LISTS_H

#include "store/channels.h"

struct channel_list {
	struct channel *at; /* @count of them */
	size_t count, room;
};
/** store_list_channels - fill the empty @list with all channels. CORRUPT if a record is damaged; @list then has all other channels. The same holds for lanes and vouchers. */
MUST_CHECK enum status store_list_channels(struct store *store, struct channel_list *list);
void channel_list_release(struct channel_list *list);

struct lane_list {
	struct lane_record *at; /* @count of them */
	size_t count, room;
};
/** store_list_lanes - fill the empty @list with the lanes of @channel. */
MUST_CHECK enum status store_list_lanes(struct store *store, struct lane_list *list, const struct address *channel);
void lane_list_release(struct lane_list *list);

/** struct kept_voucher - the bytes of a signed voucher. */
struct kept_voucher {
	uint64_t lane, nonce;
	struct span bytes; /* borrowed from the list */
};
struct voucher_list {
	struct kept_voucher *at; /* @count of them */
	size_t count, room;
	struct bytes bytes;
};
/** store_list_vouchers - fill the empty @list with the vouchers of @channel, by lane and nonce. */
MUST_CHECK enum status store_list_vouchers(
	struct store *store, struct voucher_list *list, const struct address *channel);
/** store_list_waiting - the same for the vouchers that wait for their time; see conditional.h. */
MUST_CHECK enum status store_list_waiting(
	struct store *store, struct voucher_list *list, const struct address *channel);
void voucher_list_release(struct voucher_list *list);

#define CLEAN_CHANNELS __attribute__((cleanup(channel_list_release)))
#define CLEAN_LANES    __attribute__((cleanup(lane_list_release)))
#define CLEAN_VOUCHERS __attribute__((cleanup(voucher_list_release)))

#endif
