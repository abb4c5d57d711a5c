/* block_max.h - the largest block that can be sold. */
#ifndef CONTENT_BLOCK_MAX_H
#define CONTENT_BLOCK_MAX_H

#include "wire/frame_reader.h"

#define BLOCK_MAX (FRAME_MAX - 4096) /* bytes: a block, its announcement and a payment request fit one frame */

#endif
