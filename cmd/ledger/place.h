/* place.h - where a served ledger listens. */
#ifndef CMD_LEDGER_PLACE_H
#define CMD_LEDGER_PLACE_H

#include <sys/socket.h>

#include "tool/tool.h"

#define PLACE_URL_MAX 128

/** struct place - an address and a port to listen on. */
struct place {
	struct sockaddr_storage address;
	socklen_t len;
};

/** place_parse - HOST:PORT, where HOST is an address in digits, that of IPv6 in brackets, or "localhost"; exits with a message if @text is something else. */
struct place place_parse(struct tool *t, const char *text);
/** place_is_loopback - can only programs of this machine reach the place? */
bool place_is_loopback(const struct place *p);
/** place_listen - a socket that listens, and in @p the port that was chosen for port 0; exits with a message on failure. */
int place_listen(struct tool *t, struct place *p, const char *text);
/** place_url - the URL of a node there, in @url of PLACE_URL_MAX bytes; exits with a message on failure. */
void place_url(struct tool *t, char *url, const struct place *p);

#endif
