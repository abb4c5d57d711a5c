/* transport.h - how a request reaches a node. http.h has the real one; a test puts a script in its place. */
#ifndef RPC_TRANSPORT_H
#define RPC_TRANSPORT_H

#include "base/bytes.h"
#include "base/error.h"

#define TRANSPORT_ANSWER_MAX (1u << 20) /* bytes of the longest answer that is read */

/** struct transport_answer - the answer to one request; the receiver releases the body. */
struct transport_answer {
	long code; /* of HTTP: 200, 401 ... */
	struct bytes body;
};

/** struct transport - posts requests to one node, one at a time. */
struct transport {
	/**
	 * post - send @body and wait for the answer, whatever its code.
	 * NO_ANSWER if there is none: no connection, none in time, cut off; TOO_LARGE above TRANSPORT_ANSWER_MAX;
	 * STOPPED; each with words in @why.
	 */
	enum status (*post)(void *self, struct transport_answer *answer, struct span body, struct error *why);
	void (*close)(void *self);
	/** set_stop - from now on post() ends with STOPPED once *@stop is not 0; @stop is borrowed for the transport's life. NULL: cannot be stopped. */
	void (*set_stop)(void *self, const volatile int *stop);
	void *self;
};

#endif
