/* query.h - answering queries for the price of a deal. */
#ifndef SELLER_QUERY_H
#define SELLER_QUERY_H

#include "party/party.h"
#include "wire/frame.h"

/** seller_take_query - answer a query; nothing is written to the store. NOT_FOUND, REJECTED, explained and answered. */
MUST_CHECK enum status seller_take_query(struct party *party, struct bytes *frames, const struct frame *frame);

#endif
