/* http.h - HTTP to a node; the one door to libcurl.
 *
 * libcurl is loaded when the first connection is opened, and not when a
 * program starts: a tool that needs no node does not pay for libcurl.
 */
#ifndef RPC_HTTP_H
#define RPC_HTTP_H

#include "rpc/transport.h"

/**
 * http_open - a transport that posts JSON to @url. Connects with the first request.
 * @out: out; the caller closes it by its close().
 * @token: sent with each request as "Authorization: Bearer"; "" for none. Copied, and wiped at the end.
 * UNSUPPORTED, with words in @why, if libcurl is not installed.
 */
MUST_CHECK enum status http_open(struct transport *out, const char *url, const char *token, struct error *why);

#endif
