/* connection.h - two descriptors to the other side, and what ends the conversation early. */
#ifndef PEER_CONNECTION_H
#define PEER_CONNECTION_H

#include "wire/frame.h"

/** struct connection - a connection: what the other side says comes in on @in, what we say goes out on @out. */
struct connection {
	int in, out;
	const volatile int *stop; /* not NULL: end soon, cleanly, once it is not 0 */
	int wake; /* an eventfd to which whoever sets it then writes, so that nothing is waited for; or -1 */
	/* Not NULL: called when the conversation got on: from here the other side has time anew, whatever it says meanwhile. */
	void (*progress)(void);
	/* Not NULL: called when long work of our own begins, in which the other side owes nothing; ended by progress(). */
	void (*working)(void);
	/* Not NULL: told of each frame that came in, and of the whole frames that went out. */
	void (*heard)(void *ctx, const struct frame *frame);
	void (*said)(void *ctx, struct span frames);
	void *ctx;
};
/** connection_progress, connection_working - call what is to be called. */
static inline void connection_progress(const struct connection *connection)
{
	if (connection->progress != NULL)
		connection->progress();
}
static inline void connection_working(const struct connection *connection)
{
	if (connection->working != NULL)
		connection->working();
}
/** connection_stopped - the connection is to end. */
static inline bool connection_stopped(const struct connection *connection)
{
	return connection->stop != NULL && *connection->stop != 0;
}

#endif
