/* serving.h - serving whole deals over one connection. */
#ifndef SELLER_SERVING_H
#define SELLER_SERVING_H

#include "content/limits.h"
#include "party/party.h"
#include "peer/connection.h"

/** struct serving_log - callbacks for the events of a connection. */
struct serving_log {
	void (*log)(void *ctx, const struct provider_deal *d); /* a deal was accepted or paid, or is over */
	void (*refused)(void *ctx, enum status s); /* not NULL: a frame was refused, for the reason in the party */
	void *ctx;
};
/**
 * seller_run - serve all deals of one connection until the connection ends; END if one of the deals is not over then.
 */
MUST_CHECK enum status seller_run(
	struct party *p, const struct connection *connection, struct limits *limits, const struct serving_log *log);

#endif
