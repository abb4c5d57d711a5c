/* left_deals.h - telling a client which deals of its own stand in the way of a new one. */
#ifndef SELLER_LEFT_DEALS_H
#define SELLER_LEFT_DEALS_H

#include "party/party.h"

/**
 * left_deals_list - append the value of EXT_LEFT_DEALS (wire/left_deals.h): the unpaid deals of @client that nobody
 * serves now, the oldest first, open ones before cancelled ones. Appends nothing if there is none, or if @client has no name: strangers are not told of
 * each other's deals.
 */
MUST_CHECK enum status left_deals_list(struct party *party, struct bytes *value, const char *client);
/**
 * left_deals_answer - append the answer to a client whose @deal gets nothing more before others are paid: the list, with
 * a status that does not end the deal.
 */
MUST_CHECK enum status left_deals_answer(
	struct party *party, struct bytes *frames, const struct provider_deal *deal, const char *client);

#endif
