/* connection.h - two descriptors to the other side, and what ends the conversation early. */
#ifndef PEER_CONNECTION_H
#define PEER_CONNECTION_H

#include "wire/frame.h"

/** struct connection - a connection: what the other side says comes in on @in, what we say goes out on @out. */
struct connection {
	int in, out;
	const volatile int *stop; /* not NULL: end soon, cleanly, once it is not 0 */
	int wake; /* an eventfd to which whoever sets it then writes, so that nothing is waited for; or -1 */
	/* Not NULL: called before each wait for the other side, for a frame or for it to take what we say. */
	void (*waiting)(void);
	/* Not NULL: told of each frame that came in, and of the whole frames that went out. */
	void (*heard)(void *ctx, const struct frame *frame);
	void (*said)(void *ctx, struct span frames);
	void *ctx;
};
/** connection_stopped - the connection is to end. */
static inline bool connection_stopped(const struct connection *connection)
{
	return connection->stop != NULL && *connection->stop != 0;
}

#endif
