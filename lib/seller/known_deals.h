/* known_deals.h - finding a provider's deals by their clients' ids. */
#ifndef SELLER_KNOWN_DEALS_H
#define SELLER_KNOWN_DEALS_H

#include "party/party.h"

/**
 * known_deal_find - the deal that @client calls @wire_id; NOT_FOUND.
 * If @client has no such deal, the function gives an open deal of another client that nobody serves now, with *@roams
 * set: a client's name may change with its address. The caller decides whether the deal is the same one.
 */
MUST_CHECK enum status known_deal_find(
	struct party *party, struct provider_deal *deal, bool *roams, const char *client, uint64_t wire_id);
/** known_deal_find_transfer - the deal of @client with this transfer id, else the only one of any client; NOT_FOUND. */
MUST_CHECK enum status known_deal_find_transfer(
	struct party *party, struct provider_deal *deal, const char *client, uint64_t transfer);

#endif
