/* rpc.c - the envelope: requests, batches, results and errors of JSON-RPC 2.0, as go-jsonrpc answers over HTTP.
 *
 * Knows which error has which HTTP status.  Refuses to know the methods.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "node/node_private.h"

/* An error in the envelope is an error of HTTP too; an error of a method is not. */
static unsigned http_status(int code)
{
	switch (code) {
	case RPC_INVALID_REQUEST:
		return 400;
	case RPC_PARSE:
	case RPC_NO_METHOD:
	case RPC_BAD_PARAMS:
		return 500;
	}
	return 200;
}

json_t *call_fail(struct call *c, int code, const char *format, ...)
{
	va_list args;

	c->fault.code = code;
	va_start(args, format);
	vsnprintf(c->fault.text, sizeof(c->fault.text), format, args);
	va_end(args);
	return NULL;
}

json_t *call_broke(struct call *c, enum status s)
{
	return call_fail(c, RPC_FAILED, "the ledger failed: %s", status_text(s));
}

/* The members are in the order of the alphabet. @id and @result are stolen. */
static json_t *result_of(json_t *id, json_t *result)
{
	return json_pack("{s:o, s:s, s:o}", "id", id, "jsonrpc", "2.0", "result", result);
}

/* A text may quote what a client sent, cut in the middle of a character. */
static json_t *error_of(json_t *id, const struct fault *fault)
{
	struct fault clean = *fault;
	json_t *error = json_pack("{s:i, s:s}", "code", fault->code, "message", text_clean(clean.text, "\n"));

	if (fault->code == RPC_REVERTED)
		json_object_set_new(error, "data", json_string("0x"));
	return json_pack("{s:o, s:o, s:s}", "error", error, "id", id, "jsonrpc", "2.0");
}

/* Check what is the same for all methods, and run one. */
static json_t *run(struct call *c, const json_t *request)
{
	const json_t *params = json_object_get(request, "params");
	const struct method *method = method_find(c->method);
	size_t count;

	if (!method)
		return call_fail(c, RPC_NO_METHOD, "method '%.80s' not found", c->method);
	if (!method->run)
		return call_fail(c, RPC_NO_METHOD, "method '%.80s' not supported in this mode (no out channel support)",
			c->method);
	if (params && !json_is_array(params) && !json_is_null(params))
		return call_fail(c, RPC_PARSE, "unmarshaling param array: not an array");
	count = json_array_size(params);
	if (count != method->params)
		return call_fail(c, RPC_BAD_PARAMS, "wrong param count (method '%s'): %zu != %zu", c->method, count,
			method->params);
	if (method->writes && !c->can_write)
		return call_fail(c, RPC_FAILED, "missing permission to invoke '%s' (need 'write')", method->name);
	c->params = params;
	return method->run(c);
}

/** struct reply - the answer to one request. */
struct reply {
	json_t *json; /* NULL for a request without an id */
	unsigned status;
	bool later;
};

static struct reply reply_fault(json_t *id, const struct fault *fault)
{
	return (struct reply){.json = error_of(id, fault), .status = http_status(fault->code)};
}

/* Answer one request; NO_MEMORY. */
static enum status answer_one(struct node *n, struct reply *out, const json_t *request, bool can_write)
{
	json_t *id = json_object_get(request, "id"), *result;
	struct call c = {.node = n, .can_write = can_write};

	c.method = json_string_value(json_object_get(request, "method"));
	if (!json_is_object(request) || (json_object_get(request, "method") && !c.method)) {
		*out = reply_fault(json_null(), &(struct fault){RPC_PARSE, "Parse error"});
		return out->json ? STATUS_OK : STATUS_NO_MEMORY;
	}
	if (id && !json_is_null(id) && !json_is_string(id) && !json_is_number(id)) {
		*out = reply_fault(
			json_null(), &(struct fault){RPC_PARSE, "failed to parse ID: not a string or a number"});
		return out->json ? STATUS_OK : STATUS_NO_MEMORY;
	}
	if (!c.method)
		c.method = "";
	result = run(&c, request);
	if (c.later) {
		*out = (struct reply){.later = true};
		return STATUS_OK;
	}
	if (!result && c.fault.code == RPC_NO_FAULT)
		return STATUS_NO_MEMORY;
	if (!id || json_is_null(id)) {
		json_decref(result);
		*out = (struct reply){.status = 200};
		return STATUS_OK;
	}
	*out = result ? (struct reply){.json = result_of(json_incref(id), result), .status = 200}
		      : reply_fault(json_incref(id), &c.fault);
	return out->json ? STATUS_OK : STATUS_NO_MEMORY;
}

/* The requests of a batch are answered in order; a request that would have to wait is refused, for the others' sake. */
static enum status answer_batch(struct node *n, struct reply *out, const json_t *batch, bool can_write)
{
	json_t *replies = json_array(), *request;
	size_t i;

	json_array_foreach(batch, i, request)
	{
		struct reply reply = {0};
		enum status s = answer_one(n, &reply, request, can_write);

		if (s == STATUS_OK && reply.later) {
			reply = reply_fault(json_deep_copy(json_object_get(request, "id")),
				&(struct fault){RPC_FAILED, "a batch does not wait: poll StateSearchMsg"});
			if (!reply.json)
				s = STATUS_NO_MEMORY;
		}
		if (s == STATUS_OK && reply.json && json_array_append_new(replies, reply.json) != 0)
			s = STATUS_NO_MEMORY;
		if (s != STATUS_OK) {
			json_decref(replies);
			return s;
		}
	}
	*out = (struct reply){.json = replies, .status = 200};
	return replies ? STATUS_OK : STATUS_NO_MEMORY;
}

static int append(const char *text, size_t len, void *body)
{
	bytes_append(body, text, len);
	return 0;
}

/* Write the text of @reply, which is released. */
static enum status write_reply(struct node_answer *out, struct reply *reply)
{
	struct node_answer answer = {.status = reply->status, .later = reply->later};
	enum status s = STATUS_OK;

	if (reply->json) {
		if (json_dump_callback(reply->json, append, &answer.body, JSON_COMPACT) != 0)
			answer.body.failed = true;
		json_decref(reply->json);
		s = bytes_status(&answer.body);
	}
	if (s != STATUS_OK) {
		bytes_release(&answer.body);
		return s;
	}
	*out = answer;
	return STATUS_OK;
}

static enum status refuse(struct node_answer *out, const struct fault *fault)
{
	struct reply reply = reply_fault(json_null(), fault);

	return reply.json ? write_reply(out, &reply) : STATUS_NO_MEMORY;
}

enum status node_refuse_body(struct node_answer *out)
{
	struct fault fault = {.code = RPC_PARSE};

	snprintf(fault.text, sizeof(fault.text), "request bigger than maximum %u allowed", NODE_BODY_MAX);
	return refuse(out, &fault);
}

enum status node_answer(struct node *n, struct node_answer *out, const struct node_request *in)
{
	struct reply reply = {0};
	json_error_t error;
	json_t *body;
	enum status s;

	if (in->body.len > NODE_BODY_MAX)
		return node_refuse_body(out);
	if (in->body.len == 0)
		return refuse(out, &(struct fault){RPC_INVALID_REQUEST, "Invalid request"});
	body = json_loadb((const char *)in->body.data, in->body.len, JSON_DECODE_ANY, &error);
	if (!body)
		return json_error_code(&error) == json_error_out_of_memory
			       ? STATUS_NO_MEMORY
			       : refuse(out, &(struct fault){RPC_PARSE, "Parse error"});
	if (json_is_array(body) && (json_array_size(body) == 0 || json_array_size(body) > NODE_BATCH_MAX)) {
		json_decref(body);
		return refuse(out, &(struct fault){RPC_INVALID_REQUEST, "Invalid request"});
	}
	s = json_is_array(body) ? answer_batch(n, &reply, body, in->can_write)
				: answer_one(n, &reply, body, in->can_write);
	json_decref(body);
	return s == STATUS_OK ? write_reply(out, &reply) : s;
}
