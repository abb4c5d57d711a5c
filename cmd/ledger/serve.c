/* serve.c - ledger serve: the ledger as a node that Lotus clients can ask. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/number.h"
#include "http.h"
#include "ledger.h"
#include "tool/follow.h"

#define LISTEN_DEFAULT "127.0.0.1:1234"
#define LISTEN_MAX     128
#define URL_MAX        128

/** struct place - where to listen, and where that turned out to be. */
struct place {
	struct sockaddr_storage address;
	socklen_t len;
};

static bool is_loopback(const struct place *p)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)&p->address;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&p->address;

	if (p->address.ss_family == AF_INET)
		return (ntohl(v4->sin_addr.s_addr) >> 24) == IN_LOOPBACKNET;
	return IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}

/* Read HOST:PORT, where HOST is an address in digits, that of IPv6 in brackets, or "localhost". */
static struct place parse_place(struct tool *t, const char *text)
{
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM},
			*found = NULL;
	struct place p = {.len = 0};
	char host[LISTEN_MAX], *port;
	char *name = host;
	uint64_t number;

	if (snprintf(host, sizeof(host), "%s", text) >= (int)sizeof(host) || (port = strrchr(host, ':')) == NULL)
		tool_fail(t, STATUS_USAGE, "'%.80s' is not HOST:PORT", text);
	*port++ = '\0';
	if (host[0] == '[' && port - host > 2 && port[-2] == ']') {
		port[-2] = '\0';
		name++;
	}
	if (strcmp(name, "localhost") == 0)
		strcpy(name, "127.0.0.1");
	if (number_parse(&number, span_text(port)) != STATUS_OK || number > UINT16_MAX || *name == '\0' ||
		getaddrinfo(name, port, &hints, &found) != 0)
		tool_fail(t, STATUS_USAGE, "'%.80s' is not HOST:PORT with a numeric address", text);
	memcpy(&p.address, found->ai_addr, found->ai_addrlen);
	p.len = found->ai_addrlen;
	freeaddrinfo(found);
	return p;
}

static int open_listener(struct tool *t, struct place *p, const char *text)
{
	int fd = socket(p->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), yes = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) != 0 ||
		bind(fd, (struct sockaddr *)&p->address, p->len) != 0 || listen(fd, SOMAXCONN) != 0 ||
		getsockname(fd, (struct sockaddr *)&p->address, &p->len) != 0)
		tool_fail(t, STATUS_IO, "cannot listen on %s: %s", text, strerror(errno));
	return fd;
}

static const char *url_of(char *url, const struct place *p)
{
	char host[INET6_ADDRSTRLEN], port[8];
	bool v6 = p->address.ss_family == AF_INET6;

	if (getnameinfo((const struct sockaddr *)&p->address, p->len, host, sizeof(host), port, sizeof(port),
		    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return "";
	snprintf(url, URL_MAX, "http://%s%s%s:%s/rpc/v1", v6 ? "[" : "", host, v6 ? "]" : "", port);
	return url;
}

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
	char url[URL_MAX];
	enum status s;

	tool_follow_begin(); /* before anybody is told where to find the node, and may end it */
	url_of(url, place);
	tool_report(t, json_pack("{s:s}", "url", url), "%s\n", url);
	s = tool_flush();
	if (s != STATUS_OK)
		return s;
	return http_run(h, tool_follow_stopped);
}

enum status ledger_serve(struct tool *t)
{
	const char *text = tool_value(t, "listen") ? tool_value(t, "listen") : LISTEN_DEFAULT;
	struct place place = parse_place(t, text);
	struct passphrase token = {.len = 0};
	bool has_token = read_token(t, &token);
	struct http_options options = {.token = has_token ? &token : NULL};
	struct http *http = NULL;
	enum status s;

	if (!has_token && !is_loopback(&place))
		tool_fail(t, STATUS_USAGE, "--listen %s lets other machines in: that needs --token", text);
	s = node_new(&options.node, open_chain(t));
	if (s != STATUS_OK)
		ledger_fail(t, s, "serve");
	options.listener = open_listener(t, &place, text);
	s = http_open(&http, &options);
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
