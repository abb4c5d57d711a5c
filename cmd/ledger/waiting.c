/* waiting.c - requests that wait for the ledger, as StateWaitMsg does, are put aside and asked again. */
#include <errno.h>
#include <sys/socket.h>

#include "http_private.h"

#define WAIT_SECONDS_MAX 600 /* of one StateWaitMsg */

void waiting_add(struct http *h, struct exchange *x)
{
	x->waits = true;
	x->since = time(NULL);
	x->previous = NULL;
	x->next = h->waiting;
	if (h->waiting)
		h->waiting->previous = x;
	h->waiting = x;
	h->mhd.MHD_suspend_connection(x->connection);
}

static void take_back(struct http *h, struct exchange *x)
{
	if (x->previous)
		x->previous->next = x->next;
	else
		h->waiting = x->next;
	if (x->next)
		x->next->previous = x->previous;
	x->waits = false;
	h->mhd.MHD_resume_connection(x->connection);
}

/* Has the client of a request that waits gone away?  The library does not look at a connection that is put aside. */
static bool is_gone(struct http *h, const struct exchange *x)
{
	const union MHD_ConnectionInfo *info =
		h->mhd.MHD_get_connection_info(x->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	char byte;
	ssize_t got;

	if (!info)
		return true;
	got = recv(info->connect_fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
	return got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

/* Try the requests that wait once more. A wait ends at the latest after WAIT_SECONDS_MAX, as with a gateway. */
void waiting_try(struct http *h, bool stopping)
{
	struct exchange *next;

	for (struct exchange *x = h->waiting; x; x = next) {
		next = x->next;
		if (!stopping && !is_gone(h, x) && time(NULL) - x->since <= WAIT_SECONDS_MAX &&
			exchange_ask(h, x) == STATUS_OK && !x->answered)
			continue;
		if (!x->answered) {
			x->answer = (struct node_answer){.status = MHD_HTTP_SERVICE_UNAVAILABLE};
			x->answered = true;
		}
		take_back(h, x);
	}
}
