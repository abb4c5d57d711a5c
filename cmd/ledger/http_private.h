/* http_private.h - the parts of the HTTP door: the library, the requests, and those of them that wait. */
#ifndef CMD_LEDGER_HTTP_PRIVATE_H
#define CMD_LEDGER_HTTP_PRIVATE_H

#include <microhttpd.h>
#include <time.h>

#include "http.h"

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

/** struct library - libmicrohttpd, once it is loaded. */
struct library {
	void *handle;
#define MHD_MEMBER(name) __typeof__(name) *name;
	MHD_LIST(MHD_MEMBER)
#undef MHD_MEMBER
};

/* library.c */
/** library_load - false if the library, or a function of it, is not there. Call library_unload() in any case. */
MUST_CHECK bool library_load(struct library *library);
void library_unload(struct library *library);

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
	struct MHD_Daemon *daemon;
	struct http_options options;
	struct exchange *waiting; /* a list */
};

/* exchange.c */
/** exchange_continue - the library calls this for a new request, for each part of its body, and at the end of the body. @self is the struct http. */
enum MHD_Result exchange_continue(void *self, struct MHD_Connection *connection, const char *url, const char *method,
	const char *version, const char *data, size_t *size, void **context);
/** exchange_end - the library calls this when a request is over. */
void exchange_end(void *self, struct MHD_Connection *connection, void **context, enum MHD_RequestTerminationCode how);
/** exchange_ask - ask the node for the answer; x->answered is false afterwards if the request has to wait. */
MUST_CHECK enum status exchange_ask(struct http *h, struct exchange *x);

/* waiting.c */
/** waiting_add - put a request aside: the library leaves its connection alone. */
void waiting_add(struct http *h, struct exchange *x);
/** waiting_try - ask the node again for each request that waits. With @stopping every wait ends. */
void waiting_try(struct http *h, bool stopping);

#endif
