/* output.h - where the finished CAR of a deal goes. */
#ifndef BUYER_OUTPUT_H
#define BUYER_OUTPUT_H

#include "party/party.h"

/**
 * buyer_deliver - remember where the CAR of @d goes, and put it there if all blocks are here.
 * @path: relative to the working folder, or absolute, or "-" for standard output, which is not remembered;
 * NULL for the path that was remembered before, where nothing is done if a file is there already, or none was.
 */
MUST_CHECK enum status buyer_deliver(struct party *p, const struct client_deal *d, const char *path);

#endif
