/* node_place.c - reads the names of nodes. Opens no connection. */
#include "rpc/node_place.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

#define TOKEN_MAX    4096 /* bytes of a token file */
#define PORT_MAX     65535
#define DEFAULT_PATH "/rpc/v1"

static bool starts(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/* Schemes by which people name a node, and the scheme of the requests. Websockets are not used here. */
static const struct {
	const char *given, *used;
} schemes[] = {{"http://", "http://"}, {"https://", "https://"}, {"ws://", "http://"}, {"wss://", "https://"}};

static bool is_url(const char *text)
{
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		if (starts(text, schemes[i].given))
			return true;
	}
	return false;
}

static const char *const hosts[] = {"/ip4/", "/ip6/", "/dns/", "/dns4/", "/dns6/"};

static bool is_multiaddr(const char *text)
{
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		if (starts(text, hosts[i]))
			return true;
	}
	return false;
}

const char *node_place_name(const char *where)
{
	const char *colon = strchr(where, ':');

	if (is_url(where) || is_multiaddr(where) || colon == NULL)
		return where;
	return is_url(colon + 1) || is_multiaddr(colon + 1) ? colon + 1 : where;
}

bool node_place_is(const char *where)
{
	const char *place = node_place_name(where);

	return is_url(place) || is_multiaddr(place) || strstr(where, "://") != NULL;
}

/* A folder is not likely to be named so. */
bool node_place_lacks_scheme(const char *where)
{
	const char *colon = strrchr(where, ':');
	size_t digits = colon != NULL ? strspn(colon + 1, "0123456789") : 0;

	return digits > 0 && colon > where && colon[1 + digits] == '\0' && strchr(where, '/') == NULL;
}

/* A token goes into a header: no spaces, no control characters. */
static bool is_token(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (!isalnum((unsigned char)text[i]) && strchr("-._~+/=", text[i]) == NULL)
			return false;
	}
	return len > 0;
}

static enum status read_token(struct bytes *token, const char *path, struct error *why)
{
	int fd;
	enum status s = file_open_private(&fd, path);

	if (s == STATUS_INSECURE)
		return error_set(why, s, "the token in '%s' can be read by others: chmod 600", path);
	if (s != STATUS_OK)
		return error_set(why, s, "cannot read the token in '%s': %s", path, strerror(errno));
	s = file_slurp(token, fd, TOKEN_MAX);
	close(fd);
	if (s != STATUS_OK)
		return error_set(why, s, "cannot read the token in '%s': %s", path,
			s == STATUS_IO ? strerror(errno) : status_text(s));
	while (token->len > 0 && isspace(token->data[token->len - 1]))
		token->len--;
	if (!is_token((const char *)token->data, token->len))
		return error_set(
			why, STATUS_USAGE, "'%s' holds no token: one line of letters, digits and -._ is one", path);
	return STATUS_OK;
}

static bool is_port(const char *text, size_t len)
{
	unsigned port = 0;

	for (size_t i = 0; i < len && port <= PORT_MAX; i++) {
		if (!isdigit((unsigned char)text[i]))
			return false;
		port = 10 * port + (unsigned)(text[i] - '0');
	}
	return port > 0 && port <= PORT_MAX;
}

/* HOST, HOST:PORT, or the same with an IPv6 address in brackets, which has colons of its own. */
static bool port_is_good(const char *host, size_t len)
{
	size_t at = len;

	while (at > 0 && host[at - 1] != ':' && host[at - 1] != ']')
		at--;
	if (at == 0 || host[at - 1] == ']' || at == len) /* a colon without a port stands for the scheme's own port */
		return true;
	return is_port(host + at, len - at);
}

static enum status take_url(struct bytes *out, const char *text, struct error *why)
{
	const char *scheme = NULL, *rest = NULL;
	size_t host;

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		if (!starts(text, schemes[i].given))
			continue;
		scheme = schemes[i].used;
		rest = text + strlen(schemes[i].given);
	}
	if (scheme == NULL)
		return error_set(why, STATUS_USAGE, "'%.200s' is not the URL of a node: http:// or https:// is", text);
	host = strcspn(rest, "/?#");
	for (const char *c = rest; *c != '\0'; c++) {
		if (*c <= ' ' || *c > '~')
			return error_set(why, STATUS_USAGE, "'%.200s' is not the URL of a node", text);
	}
	if (host == 0)
		return error_set(why, STATUS_USAGE, "'%.200s' names no host", text);
	if (memchr(rest, '@', host) != NULL)
		return error_set(why, STATUS_USAGE, "the URL of a node holds no password: use --ledger-token FILE");
	if (!port_is_good(rest, host))
		return error_set(why, STATUS_USAGE, "'%.200s' has no port from 1 to %d", text, PORT_MAX);
	bytes_append_text(out, scheme);
	bytes_append(out, rest, host);
	rest += host;
	if (*rest == '\0' || strcmp(rest, "/") == 0)
		rest = DEFAULT_PATH;
	bytes_append_text(out, rest);
	return bytes_status(out);
}

/* The next part of a multiaddr, between slashes; false at the end. */
static bool next_part(struct span *part, const char **at)
{
	if (**at != '/' || (*at)[1] == '\0')
		return false;
	++*at;
	*part = span_of(*at, strcspn(*at, "/"));
	*at += part->len;
	return true;
}

/* /KIND/HOST/tcp/PORT[/http|/https|/ws|/wss] */
static enum status take_multiaddr(struct bytes *out, const char *text, struct error *why)
{
	const char *at = text, *scheme = "http";
	struct span kind = {0}, host = {0}, tcp = {0}, port = {0}, last = {0};
	bool whole = next_part(&kind, &at) && next_part(&host, &at) && next_part(&tcp, &at) && next_part(&port, &at);

	if (whole && next_part(&last, &at)) {
		scheme = span_is(last, "https") || span_is(last, "wss") ? "https" : "http";
		whole = *at == '\0' && (scheme[4] != '\0' || span_is(last, "http") || span_is(last, "ws"));
	}
	if (!whole || !span_is(tcp, "tcp") || host.len == 0 || !is_port((const char *)port.data, port.len) ||
		(span_is(kind, "ip6") ? strspn((const char *)host.data, "0123456789abcdefABCDEF:.")
				      : strcspn((const char *)host.data, "/ @?#[]")) != host.len)
		return error_set(why, STATUS_USAGE,
			"'%.200s' is not the address of a node, as in /ip4/127.0.0.1/tcp/1234/http", text);
	bytes_append_format(out, span_is(kind, "ip6") ? "%s://[%.*s]:%.*s%s" : "%s://%.*s:%.*s%s", scheme,
		(int)host.len, (const char *)host.data, (int)port.len, (const char *)port.data, DEFAULT_PATH);
	return bytes_status(out);
}

/* The token before @place, or in a file; at most one of them. */
static enum status take_token(
	struct bytes *token, const char *where, const char *place, const char *token_file, struct error *why)
{
	size_t len = place == where ? 0 : (size_t)(place - 1 - where);

	if (place == where)
		return token_file != NULL ? read_token(token, token_file, why) : STATUS_OK;
	if (token_file != NULL)
		return error_set(why, STATUS_USAGE, "a token stands before '%.200s' and in '%s': give one of them",
			place, token_file);
	if (!is_token(where, len))
		return error_set(why, STATUS_USAGE, "what stands before ':%.200s' is not a token", place);
	bytes_append(token, where, len);
	return bytes_status(token);
}

static enum status parse(struct node_place *out, const char *where, const char *token_file, struct error *why)
{
	const char *place = node_place_name(where);
	enum status s = take_token(&out->token, where, place, token_file, why);

	if (s != STATUS_OK)
		return s;
	return is_multiaddr(place) ? take_multiaddr(&out->url, place, why) : take_url(&out->url, place, why);
}

enum status node_place_parse(struct node_place *out, const char *where, const char *token_file, struct error *why)
{
	struct node_place local = {.url = {0}};
	enum status s = parse(&local, where, token_file, why);

	if (s != STATUS_OK) {
		node_place_release(&local);
		return s;
	}
	*out = local;
	return STATUS_OK;
}

void node_place_release(struct node_place *place)
{
	if (place->token.data != NULL)
		explicit_bzero(place->token.data, place->token.len);
	bytes_release(&place->token);
	bytes_release(&place->url);
}
