/* output.h - the output path for the finished CAR of a deal. */
#ifndef BLOCKS_OUTPUT_H
#define BLOCKS_OUTPUT_H

#include "party/party.h"

/**
 * buyer_deliver - record the output path for the CAR of @d, and write the CAR there if all blocks are here.
 * @path: relative to the working folder, or absolute, or "-" for standard output, which is not recorded; NULL for the
 * recorded path. With NULL, nothing is done if a file exists at that path already, or if no path was recorded.
 */
MUST_CHECK enum status buyer_deliver(struct party *p, const struct client_deal *d, const char *path);

#endif
