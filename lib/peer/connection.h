/* connection.h - two descriptors to the other side, and the ways to end the connection early. */
#ifndef PEER_CONNECTION_H
#define PEER_CONNECTION_H

#include "wire/frame.h"

/** struct connection - a connection: frames from the other side arrive on @in, our frames leave on @out. */
struct connection {
	int in, out;
	const volatile int *stop; /* not NULL: end soon, cleanly, once the value is not 0 */
	int wake;                 /* an eventfd that is written to once @stop is set, so that every wait ends; or -1 */
	/*
	 * Not NULL: called when a deal has made progress: the other side's time-out begins anew, whatever arrives
	 * meanwhile.
	 */
	void (*progress)(void);
	/*
	 * Not NULL: called when long work of our own begins, during which the other side owes nothing; progress() ends
	 * the work.
	 */
	void (*working)(void);
	/* Not NULL: called with each frame received, and with the whole frames sent. */
	void (*received)(void *ctx, const struct frame *frame);
	void (*sent)(void *ctx, struct span frames);
	void *ctx;
};
/** connection_progress, connection_working - call the callback, if there is one. */
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
/** connection_stopped - must the connection end? */
static inline bool connection_stopped(const struct connection *connection)
{
	return connection->stop != NULL && *connection->stop != 0;
}

#endif
