/* http.h - the HTTP door of `ledger serve`: bodies in, answers of the node out; the one door to libmicrohttpd.
 *
 * The library is loaded when the door opens, so that the other verbs start
 * without it.  One thread does everything; a request that has to wait for the
 * ledger is put aside and tried again.
 */
#ifndef CMD_LEDGER_HTTP_H
#define CMD_LEDGER_HTTP_H

#include "base/passphrase.h"
#include "node/node.h"

struct http;

/** struct http_options - all borrowed until http_close(). */
struct http_options {
	struct node *node;
	int listener;                   /* a socket that listens; closed by http_close() */
	const struct passphrase *token; /* NULL: whoever asks may push messages */
};

/** http_listen - UNSUPPORTED if the library is not installed; IO. On failure the listener stays open. */
MUST_CHECK enum status http_listen(struct http **out, const struct http_options *o);
/** http_run - serve until @stopped says so; looks at @stopped several times a second. IO, NO_MEMORY. */
MUST_CHECK enum status http_run(struct http *h, bool (*stopped)(void));
/** http_close - end all connections; harmless on NULL. */
void http_close(struct http *h);

#endif
