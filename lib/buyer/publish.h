/* publish.h - the finished content of a deal, where the user wants it. */
#ifndef BUYER_PUBLISH_H
#define BUYER_PUBLISH_H

#include "party/party.h"

/** buyer_publish - put the finished CAR of a deal at @path, whole; BAD_STATE if blocks are missing. */
MUST_CHECK enum status buyer_publish(struct party *p, uint64_t deal, const char *path);

#endif
