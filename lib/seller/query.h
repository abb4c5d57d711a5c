/* query.h - answering what a deal would cost. */
#ifndef SELLER_QUERY_H
#define SELLER_QUERY_H

#include "party/party.h"
#include "wire/frame.h"

/** seller_take_query - answer a query; nothing is written. NOT_FOUND, REJECTED, explained and answered. */
MUST_CHECK enum status seller_take_query(struct party *party, struct bytes *frames, const struct frame *frame);

#endif
