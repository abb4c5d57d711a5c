/* place.c - addresses and ports to listen on. */
#include "place.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"

#define LISTEN_MAX 128 /* bytes of HOST:PORT */

bool place_is_loopback(const struct place *p)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)&p->address;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&p->address;

	if (p->address.ss_family == AF_INET)
		return (ntohl(v4->sin_addr.s_addr) >> 24) == IN_LOOPBACKNET;
	return IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}

struct place place_parse(struct tool *t, const char *text)
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

int place_listen(struct tool *t, struct place *p, const char *text)
{
	int fd = socket(p->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), yes = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) != 0 ||
		bind(fd, (struct sockaddr *)&p->address, p->len) != 0 || listen(fd, SOMAXCONN) != 0 ||
		getsockname(fd, (struct sockaddr *)&p->address, &p->len) != 0)
		tool_fail(t, STATUS_IO, "cannot listen on %s: %s", text, strerror(errno));
	return fd;
}

void place_url(struct tool *t, char *url, const struct place *p)
{
	char host[INET6_ADDRSTRLEN], port[8];
	bool v6 = p->address.ss_family == AF_INET6;

	if (getnameinfo((const struct sockaddr *)&p->address, p->len, host, sizeof(host), port, sizeof(port),
		    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		tool_fail(t, STATUS_IO, "cannot name the address on which the socket listens");
	snprintf(url, PLACE_URL_MAX, "http://%s%s%s:%s/rpc/v1", v6 ? "[" : "", host, v6 ? "]" : "", port);
}
