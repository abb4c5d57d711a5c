/* http.c - posts requests to a node by libcurl.
 *
 * Knows libcurl and its limits of time and size.  Refuses to know what a
 * request says, and never follows a redirection: a token goes to one host only.
 */
#include "rpc/http.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#define LIBRARY         "libcurl.so.4"
#define CONNECT_SECONDS 10L
#define ANSWER_SECONDS  60L

/* The functions of libcurl that are used here. */
#define FUNCTIONS(X)                                                                                                   \
	X(curl_global_init)                                                                                            \
	X(curl_easy_init)                                                                                              \
	X(curl_easy_setopt)                                                                                            \
	X(curl_easy_perform)                                                                                           \
	X(curl_easy_getinfo)                                                                                           \
	X(curl_easy_cleanup)                                                                                           \
	X(curl_easy_strerror)                                                                                          \
	X(curl_slist_append)                                                                                           \
	X(curl_slist_free_all)

static struct {
	bool loaded;
#define MEMBER(name) __typeof__(&name) name;
	FUNCTIONS(MEMBER)
#undef MEMBER
} curl;

struct http {
	CURL *easy;
	struct curl_slist *headers;
	char words[CURL_ERROR_SIZE];
	struct transport_answer *answer; /* while a request runs */
	const volatile int *stop;        /* NULL: never stops */
	bool too_large;
};

/* The library stays loaded until the process ends. */
static enum status load(struct error *why)
{
	void *library, *found;

	if (curl.loaded)
		return STATUS_OK;
	library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (library == NULL)
		return error_set(why, STATUS_UNSUPPORTED,
			"a ledger on a node needs libcurl (" LIBRARY "), which is not installed");
#define FIND(name)                                                                                                     \
	found = dlsym(library, #name);                                                                                 \
	if (found == NULL)                                                                                             \
		return error_set(why, STATUS_UNSUPPORTED, LIBRARY " has no " #name);                                   \
	memcpy(&curl.name, &found, sizeof(found));
	FUNCTIONS(FIND)
#undef FIND
	if (curl.curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return error_set(why, STATUS_UNSUPPORTED, LIBRARY " does not start");
	curl.loaded = true;
	return STATUS_OK;
}

static size_t take(char *data, size_t size, size_t count, void *ctx)
{
	struct http *h = ctx;
	struct bytes *body = &h->answer->body;
	size_t len = size * count;

	if (len > TRANSPORT_ANSWER_MAX - body->len) {
		h->too_large = true;
		return 0;
	}
	bytes_append(body, data, len);
	return body->failed ? 0 : len;
}

static bool stopped(const struct http *h)
{
	return h->stop != NULL && *h->stop != 0;
}

/* libcurl calls this once a second at least, also while nothing comes; anything but 0 ends the request. */
static int watch_stop(void *ctx, curl_off_t to_come, curl_off_t came, curl_off_t to_go, curl_off_t gone)
{
	(void)to_come, (void)came, (void)to_go, (void)gone;
	return stopped(ctx);
}

static void set_stop(void *self, const volatile int *stop)
{
	struct http *h = self;

	h->stop = stop;
}

static enum status explain(struct http *h, CURLcode code, struct error *why)
{
	if (code == CURLE_ABORTED_BY_CALLBACK)
		return error_set(why, STATUS_STOPPED, "stopped by a signal, without waiting for the node's answer");
	if (h->answer->body.failed)
		return STATUS_NO_MEMORY;
	if (h->too_large)
		return error_set(
			why, STATUS_TOO_LARGE, "the node's answer has more than %u bytes", TRANSPORT_ANSWER_MAX);
	return error_set(why, STATUS_NO_ANSWER, "the node does not answer: %s",
		h->words[0] != '\0' ? h->words : curl.curl_easy_strerror(code));
}

static enum status post(void *self, struct transport_answer *answer, struct span body, struct error *why)
{
	struct http *h = self;
	CURLcode code;

	h->answer = answer;
	h->too_large = false;
	h->words[0] = '\0';
	curl.curl_easy_setopt(h->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.len);
	curl.curl_easy_setopt(h->easy, CURLOPT_POSTFIELDS, body.data);
	code = curl.curl_easy_perform(h->easy);
	if (code != CURLE_OK)
		return explain(h, code, why);
	curl.curl_easy_getinfo(h->easy, CURLINFO_RESPONSE_CODE, &answer->code);
	return STATUS_OK;
}

static void wipe_headers(struct curl_slist *list)
{
	for (; list != NULL; list = list->next)
		explicit_bzero(list->data, strlen(list->data));
}

static void close_http(void *self)
{
	struct http *h = self;

	wipe_headers(h->headers);
	curl.curl_slist_free_all(h->headers);
	curl.curl_easy_cleanup(h->easy);
	free(h);
}

/* False if memory ran out. */
static bool add_header(struct http *h, const char *line)
{
	struct curl_slist *more = curl.curl_slist_append(h->headers, line);

	if (more == NULL)
		return false;
	h->headers = more;
	return true;
}

static bool add_headers(struct http *h, const char *token)
{
	CLEAN_BYTES struct bytes line = {0};
	bool added;

	/* No "Expect: 100-continue", which costs a round trip. */
	if (!add_header(h, "Content-Type: application/json") || !add_header(h, "Expect:"))
		return false;
	if (*token == '\0')
		return true;
	bytes_append_format(&line, "Authorization: Bearer %s", token);
	added = bytes_status(&line) == STATUS_OK && add_header(h, bytes_text(&line));
	explicit_bzero(line.data, line.len);
	return added;
}

static bool set_up(struct http *h, const char *url)
{
	const struct {
		CURLoption option;
		long value;
	} numbers[] = {
		{CURLOPT_POST, 1L},
		{CURLOPT_NOSIGNAL, 1L},
		{CURLOPT_NOPROGRESS, 0L},
		{CURLOPT_FOLLOWLOCATION, 0L},
		{CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS},
		{CURLOPT_TIMEOUT, ANSWER_SECONDS},
	};
	bool set = curl.curl_easy_setopt(h->easy, CURLOPT_URL, url) == CURLE_OK &&
		   curl.curl_easy_setopt(h->easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
		   curl.curl_easy_setopt(h->easy, CURLOPT_HTTPHEADER, h->headers) == CURLE_OK &&
		   curl.curl_easy_setopt(h->easy, CURLOPT_ERRORBUFFER, h->words) == CURLE_OK &&
		   curl.curl_easy_setopt(h->easy, CURLOPT_WRITEFUNCTION, take) == CURLE_OK &&
		   curl.curl_easy_setopt(h->easy, CURLOPT_WRITEDATA, h) == CURLE_OK &&
		   curl.curl_easy_setopt(h->easy, CURLOPT_XFERINFOFUNCTION, watch_stop) == CURLE_OK &&
		   curl.curl_easy_setopt(h->easy, CURLOPT_XFERINFODATA, h) == CURLE_OK;

	for (size_t i = 0; set && i < sizeof(numbers) / sizeof(numbers[0]); i++)
		set = curl.curl_easy_setopt(h->easy, numbers[i].option, numbers[i].value) == CURLE_OK;
	return set;
}

enum status http_open(struct transport *out, const char *url, const char *token, struct error *why)
{
	enum status s = load(why);
	struct http *h;

	if (s != STATUS_OK)
		return s;
	h = calloc(1, sizeof(*h));
	if (h == NULL)
		return STATUS_NO_MEMORY;
	h->easy = curl.curl_easy_init();
	if (h->easy == NULL || !add_headers(h, token) || !set_up(h, url)) {
		close_http(h);
		return STATUS_NO_MEMORY;
	}
	*out = (struct transport){.post = post, .close = close_http, .set_stop = set_stop, .self = h};
	return STATUS_OK;
}
