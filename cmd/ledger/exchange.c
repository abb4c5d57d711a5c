/* exchange.c - one request: its path, its token, its body, and the answer of the node.
 *
 * Refuses to know what is in a body: lib/node does.
 */
#include <stdlib.h>
#include <string.h>

#include "http_private.h"

#define PATH        "/rpc/v1"
#define DROPPED_MAX (8u << 20) /* bytes of a body that is too large and has no length; then the connection ends */

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

enum status exchange_ask(struct http *h, struct exchange *x)
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
	if (!x->answered && exchange_ask(h, x) != STATUS_OK)
		return MHD_NO;
	if (x->answered)
		return send_answer(h, x);
	waiting_add(h, x);
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
enum MHD_Result exchange_continue(void *self, struct MHD_Connection *connection, const char *url, const char *method,
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

void exchange_end(void *self, struct MHD_Connection *connection, void **context, enum MHD_RequestTerminationCode how)
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
