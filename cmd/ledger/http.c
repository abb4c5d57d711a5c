/* http.c - answers HTTP requests with libmicrohttpd.
 *
 * Knows paths, headers, tokens, sizes and times.  Refuses to know what is in a
 * body: lib/node does.
 */
#include "http.h"

#include <dlfcn.h>
#include <errno.h>
#include <microhttpd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define PATH             "/rpc/v1"
#define CONNECTIONS_MAX  256u
#define IDLE_SECONDS     30u         /* of a connection on which nothing moves */
#define HEADERS_MAX      (32u << 10) /* bytes, with what is read ahead of a body */
#define DROPPED_MAX      (8u << 20)  /* bytes of a body that is too large and has no length; then the connection ends */
#define TICK_MS          100         /* between two looks at requests that wait, and at the stop flag */
#define WAIT_SECONDS_MAX 600         /* of one StateWaitMsg */

/* The functions of the library that are used here. */
#define MHD_LIST(X)                                                                                                    \
	X(MHD_add_response_header)                                                                                     \
	X(MHD_create_response_from_buffer)                                                                             \
	X(MHD_destroy_response)                                                                                        \
	X(MHD_get_connection_info)                                                                                     \
	X(MHD_lookup_connection_value)                                                                                 \
	X(MHD_queue_response)                                                                                          \
	X(MHD_resume_connection)                                                                                       \
	X(MHD_run_wait)                                                                                                \
	X(MHD_start_daemon)                                                                                            \
	X(MHD_stop_daemon)                                                                                             \
	X(MHD_suspend_connection)

struct library {
#define MHD_MEMBER(name) __typeof__(name) *name;
	MHD_LIST(MHD_MEMBER)
#undef MHD_MEMBER
};

/** struct exchange - one request on one connection. */
struct exchange {
	struct exchange *next, *previous; /* in the list of those that wait */
	struct MHD_Connection *connection;
	struct bytes body;
	size_t dropped; /* bytes past NODE_BODY_MAX */
	bool can_write;
	bool waits;
	time_t since; /* when the wait began */
	bool answered;
	struct node_answer answer;
};

struct http {
	struct library mhd;
	void *handle;
	struct MHD_Daemon *daemon;
	struct http_options options;
	struct exchange *waiting;
};

static bool load_library(struct http *h)
{
	h->handle = dlopen("libmicrohttpd.so.12", RTLD_NOW);
	if (!h->handle)
		return false;
#define MHD_LOAD(name)                                                                                                 \
	{                                                                                                              \
		void *symbol = dlsym(h->handle, #name);                                                                \
                                                                                                                       \
		if (!symbol)                                                                                           \
			return false;                                                                                  \
		memcpy(&h->mhd.name, &symbol, sizeof(symbol));                                                         \
	}
	MHD_LIST(MHD_LOAD)
#undef MHD_LOAD
	return true;
}

static enum MHD_Result send_text(
	struct http *h, struct MHD_Connection *connection, unsigned status, const char *type, struct span text)
{
	void *copy = (void *)(uintptr_t)text.data;
	struct MHD_Response *response = h->mhd.MHD_create_response_from_buffer(text.len, copy, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result result;

	if (!response)
		return MHD_NO;
	result = h->mhd.MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	if (result == MHD_YES)
		result = h->mhd.MHD_queue_response(connection, status, response);
	h->mhd.MHD_destroy_response(response);
	return result;
}

static enum MHD_Result send_answer(struct http *h, struct exchange *x)
{
	return send_text(h, x->connection, x->answer.status, "application/json", bytes_span(&x->answer.body));
}

/* What the header of a request permits. False: the header is wrong, and the request is refused. */
static bool check_token(struct http *h, struct MHD_Connection *connection, bool *can_write)
{
	static const char scheme[] = "Bearer ";
	const char *header =
		h->mhd.MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_AUTHORIZATION);
	struct passphrase given = {.len = 0};

	*can_write = !h->options.token;
	if (!h->options.token || !header)
		return true;
	if (strncmp(header, scheme, strlen(scheme)) != 0)
		return false;
	header += strlen(scheme);
	if (strlen(header) > PASSPHRASE_MAX)
		return false;
	given.len = strlen(header);
	memcpy(given.text, header, given.len + 1);
	*can_write = passphrase_equal(&given, h->options.token);
	return *can_write;
}

static void put_aside(struct http *h, struct exchange *x)
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

static enum status ask_node(struct http *h, struct exchange *x)
{
	struct node_request request = {bytes_span(&x->body), x->can_write};
	enum status s;

	if (bytes_status(&x->body) != STATUS_OK)
		return STATUS_NO_MEMORY;
	s = x->dropped ? node_refuse_body(&x->answer) : node_answer(h->options.node, &x->answer, &request);
	x->answered = s == STATUS_OK && !x->answer.later;
	return s;
}

/* The body is whole: answer, or put the request aside. */
static enum MHD_Result finish(struct http *h, struct exchange *x)
{
	if (!x->answered && ask_node(h, x) != STATUS_OK)
		return MHD_NO;
	if (x->answered)
		return send_answer(h, x);
	put_aside(h, x);
	return MHD_YES;
}

/* The first sight of a request: its path, its token and the length it announces. */
static enum MHD_Result begin(struct http *h, struct MHD_Connection *connection, const char *url, void **context)
{
	const char *length =
		h->mhd.MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
	struct exchange *x;
	bool can_write;

	if (strcmp(url, PATH) != 0)
		return send_text(h, connection, MHD_HTTP_NOT_FOUND, "text/plain; charset=utf-8",
			span_text("404 page not found\n"));
	if (!check_token(h, connection, &can_write))
		return send_text(h, connection, MHD_HTTP_UNAUTHORIZED, "application/json", (struct span){0});
	x = calloc(1, sizeof(*x));
	if (!x)
		return MHD_NO;
	*context = x;
	x->connection = connection;
	x->can_write = can_write;
	if (!length || strtoull(length, NULL, 10) <= NODE_BODY_MAX)
		return MHD_YES;
	x->dropped = 1;
	return finish(h, x);
}

/* The library calls this for a new request, for each part of its body, and at the end of the body. */
static enum MHD_Result on_request(void *self, struct MHD_Connection *connection, const char *url, const char *method,
	const char *version, const char *data, size_t *size, void **context)
{
	struct http *h = self;
	struct exchange *x = *context;

	(void)method;
	(void)version;
	if (!x)
		return begin(h, connection, url, context);
	if (*size == 0)
		return finish(h, x);
	if (x->body.len + *size <= NODE_BODY_MAX)
		bytes_append(&x->body, data, *size);
	else
		x->dropped += *size;
	*size = 0;
	return x->dropped > DROPPED_MAX ? MHD_NO : MHD_YES;
}

static void on_end(void *self, struct MHD_Connection *connection, void **context, enum MHD_RequestTerminationCode how)
{
	struct exchange *x = *context;

	(void)self;
	(void)connection;
	(void)how;
	if (!x)
		return;
	bytes_release(&x->body);
	bytes_release(&x->answer.body);
	free(x);
	*context = NULL;
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
static void try_waiting(struct http *h, bool stopping)
{
	struct exchange *next;

	for (struct exchange *x = h->waiting; x; x = next) {
		next = x->next;
		if (!stopping && !is_gone(h, x) && time(NULL) - x->since <= WAIT_SECONDS_MAX &&
			ask_node(h, x) == STATUS_OK && !x->answered)
			continue;
		if (!x->answered) {
			x->answer = (struct node_answer){.status = MHD_HTTP_SERVICE_UNAVAILABLE};
			x->answered = true;
		}
		take_back(h, x);
	}
}

enum status http_open(struct http **out, const struct http_options *o)
{
	struct http *h = calloc(1, sizeof(*h));

	if (!h)
		return STATUS_NO_MEMORY;
	h->options = *o;
	signal(SIGPIPE, SIG_IGN); /* a client may go away at any time */
	if (!load_library(h)) {
		http_close(h);
		return STATUS_UNSUPPORTED;
	}
	h->daemon = h->mhd.MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request, h,
		MHD_OPTION_LISTEN_SOCKET, o->listener, MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX,
		MHD_OPTION_CONNECTION_TIMEOUT, IDLE_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADERS_MAX,
		MHD_OPTION_NOTIFY_COMPLETED, on_end, h, MHD_OPTION_END);
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
		try_waiting(h, false);
	}
	try_waiting(h, true);
	return h->mhd.MHD_run_wait(h->daemon, 0) == MHD_YES ? STATUS_OK : STATUS_IO;
}

void http_close(struct http *h)
{
	if (!h)
		return;
	if (h->daemon)
		h->mhd.MHD_stop_daemon(h->daemon);
	if (h->handle)
		dlclose(h->handle);
	free(h);
}
