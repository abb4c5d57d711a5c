/* left_deals.h - telling a client which deals of its own stand in the way of a new one. */
#ifndef SELLER_LEFT_DEALS_H
#define SELLER_LEFT_DEALS_H

#include "party/party.h"

/**
 * left_deals_list - append the value of EXT_LEFT_DEALS (wire/left_deals.h): the unpaid deals of @client that nobody
 * serves now, the oldest first. Appends nothing if there is none, or if @client has no name: strangers are not told of
 * each other's deals.
 */
MUST_CHECK enum status left_deals_list(struct party *party, struct bytes *value, const char *client);

#endif
