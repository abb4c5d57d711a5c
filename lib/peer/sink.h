/* sink.h - where a step that says much puts its bytes. */
#ifndef PEER_SINK_H
#define PEER_SINK_H

#include "base/bytes.h"

/**
 * struct sink - takes what a step says.
 * @bytes: the next bytes of the stream; whole frames, if @file is NULL. None, where there is much to do in silence.
 * @file: the next @len bytes of the stream lie in @fd from @offset on; NULL if the sink wants to see them.
 */
struct sink {
	enum status (*bytes)(void *ctx, struct span bytes);
	enum status (*file)(void *ctx, int fd, uint64_t offset, uint64_t len);
	void *ctx;
};

#endif
