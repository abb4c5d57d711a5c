/* serve.c - ledger serve: the ledger as a node that Lotus clients can ask. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "http.h"
#include "ledger.h"
#include "place.h"
#include "tool/follow.h"

#define LISTEN_DEFAULT "127.0.0.1:1234"

/* The token of those who may push messages; false if there is none. */
static bool read_token(struct tool *t, struct passphrase *token)
{
	const char *path = tool_value(t, "token");
	enum status s;

	if (path == NULL)
		return false;
	tool_guard_secrets(t);
	s = passphrase_read_file(token, path);
	if (s == STATUS_INSECURE)
		tool_fail(t, s, "'%s' must be a file of yours that is closed to others (chmod 600)", path);
	if (s != STATUS_OK)
		tool_fail(t, s == STATUS_END || s == STATUS_BAD_VALUE ? STATUS_USAGE : s,
			"cannot read the token '%s': %s", path, s == STATUS_IO ? strerror(errno) : status_text(s));
	return true;
}

/* A client of a node foretells the address of a channel by the chain's rule. */
static struct embedded *open_chain(struct tool *t)
{
	struct embedded *books = ledger_open_books(t);
	struct embedded_options about;
	enum status s = embedded_about(books, &about);

	if (s != STATUS_OK)
		ledger_fail(t, s, "serve");
	if (about.chain_addresses)
		return books;
	party_hint(&t->party, "ledger init --lotus");
	ledger_close_books();
	tool_fail(t, STATUS_BAD_STATE,
		"the ledger in '%s' gives channels addresses of its own: no client of a node knows them",
		tool_ledger_path(t));
}

static enum status serve(struct tool *t, struct http *h, const struct place *place)
{
	char url[PLACE_URL_MAX];
	enum status s;

	tool_follow_begin(); /* before anybody is told where to find the node, and may end it */
	place_url(t, url, place);
	tool_report(t, json_pack("{s:s}", "url", url), "%s\n", url);
	s = tool_flush();
	if (s != STATUS_OK)
		return s;
	return http_run(h, tool_follow_stopped);
}

enum status ledger_serve(struct tool *t)
{
	const char *text = tool_value(t, "listen") ? tool_value(t, "listen") : LISTEN_DEFAULT;
	struct place place = place_parse(t, text);
	struct passphrase token = {.len = 0};
	bool has_token = read_token(t, &token);
	struct http_options options = {.token = has_token ? &token : NULL};
	struct http *http = NULL;
	enum status s;

	if (!has_token && !place_is_loopback(&place))
		tool_fail(t, STATUS_USAGE, "--listen %s lets other machines in: that needs --token", text);
	s = node_new(&options.node, open_chain(t));
	if (s != STATUS_OK)
		ledger_fail(t, s, "serve");
	options.listener = place_listen(t, &place, text);
	s = http_listen(&http, &options);
	if (s == STATUS_UNSUPPORTED)
		party_fail(&t->party, s, "the library libmicrohttpd.so.12 is not installed");
	else if (s != STATUS_OK)
		close(options.listener);
	else
		s = serve(t, http, &place);
	http_close(http);
	node_free(options.node);
	passphrase_release(&token);
	return s;
}
