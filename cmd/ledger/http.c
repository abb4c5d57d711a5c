/* http.c - answers HTTP requests with libmicrohttpd.
 *
 * Knows sizes, times and the number of connections.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include "http_private.h"

#define CONNECTIONS_MAX 256u
#define IDLE_SECONDS    30u         /* of a connection on which nothing moves */
#define HEADERS_MAX     (32u << 10) /* bytes, with what is read ahead of a body */
#define TICK_MS         100         /* between two looks at requests that wait, and at the stop flag */

enum status http_listen(struct http **out, const struct http_options *o)
{
	struct http *h = calloc(1, sizeof(*h));

	if (!h)
		return STATUS_NO_MEMORY;
	h->options = *o;
	signal(SIGPIPE, SIG_IGN); /* a client may go away at any time */
	if (!library_load(&h->mhd)) {
		http_close(h);
		return STATUS_UNSUPPORTED;
	}
	h->daemon = h->mhd.MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, exchange_continue,
		h, MHD_OPTION_LISTEN_SOCKET, o->listener, MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX,
		MHD_OPTION_CONNECTION_TIMEOUT, IDLE_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADERS_MAX,
		MHD_OPTION_NOTIFY_COMPLETED, exchange_end, h, MHD_OPTION_END);
	if (!h->daemon) {
		http_close(h);
		return STATUS_IO;
	}
	*out = h;
	return STATUS_OK;
}

enum status http_run(struct http *h, bool (*stopped)(void))
{
	while (!stopped()) {
		if (h->mhd.MHD_run_wait(h->daemon, TICK_MS) != MHD_YES && errno != EINTR)
			return STATUS_IO;
		waiting_try(h, false);
	}
	waiting_try(h, true);
	return h->mhd.MHD_run_wait(h->daemon, 0) == MHD_YES ? STATUS_OK : STATUS_IO;
}

void http_close(struct http *h)
{
	if (!h)
		return;
	if (h->daemon)
		h->mhd.MHD_stop_daemon(h->daemon);
	library_unload(&h->mhd);
	free(h);
}
