/* sink.h - the output of a step that sends much. */
#ifndef PEER_SINK_H
#define PEER_SINK_H

#include "base/bytes.h"

/**
 * struct sink - takes the bytes that a step sends.
 * @bytes: the next bytes of the stream; whole frames, if @file is NULL. An empty span, during long work that sends
 * nothing.
 * @file: the next @len bytes of the stream lie in @fd from @offset on; NULL if the sink needs the bytes in memory.
 */
struct sink {
	enum status (*bytes)(void *ctx, struct span bytes);
	enum status (*file)(void *ctx, int fd, uint64_t offset, uint64_t len);
	void *ctx;
};

#endif
