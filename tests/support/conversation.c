/* conversation.c - plays a node from a script. */
#include "conversation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lotus/lotus_json.h"
#include "test.h"

#define RECORDINGS "tests/data/lotus/nv28.jsonl"

void conversation_begin(struct conversation *c)
{
	FILE *file = fopen(RECORDINGS, "r");
	char *text = NULL;
	size_t size = 0;

	memset(c, 0, sizeof(*c));
	c->recorded = json_array();
	if (!CHECK(file != NULL, "the recordings are there"))
		return;
	while (getline(&text, &size, file) > 0)
		json_array_append_new(c->recorded, json_loads(text, 0, NULL));
	free(text);
	fclose(file);
	CHECK(json_array_size(c->recorded) > 200, "the recordings are many");
}

static void release_line(struct line *line)
{
	json_decref(line->first);
	free(line->body);
}

void conversation_clear(struct conversation *c)
{
	for (size_t i = 0; i < c->count; i++)
		release_line(&c->lines[i]);
	c->count = 0;
	c->asked[0] = '\0';
	c->requests = 0;
	c->cut = false;
}

void conversation_end(struct conversation *c)
{
	conversation_clear(c);
	json_decref(c->recorded);
	json_decref(c->last_push);
}

/* Same kinds of members at the same places. Lists but the outermost may differ in length. */
static bool same_form(const json_t *a, const json_t *b, bool outermost)
{
	const char *key;
	json_t *each;
	size_t i;

	if (json_is_null(a) || json_is_null(b))
		return !json_is_object(a) && !json_is_object(b) && !json_is_integer(a) && !json_is_integer(b);
	if (json_typeof(a) != json_typeof(b) && !(json_is_boolean(a) && json_is_boolean(b)))
		return false;
	if (json_is_array(a)) {
		if (outermost && json_array_size(a) != json_array_size(b))
			return false;
		json_array_foreach(a, i, each)
		{
			json_t *other = json_array_get(b, outermost ? i : 0);

			if (other != NULL && !same_form(each, other, false))
				return false;
		}
	}
	if (!json_is_object(a))
		return true;
	if (json_object_size(a) != json_object_size(b))
		return false;
	json_object_foreach((json_t *)(uintptr_t)a, key, each)
	{
		json_t *other = json_object_get(b, key);

		if (other == NULL || !same_form(each, other, false))
			return false;
	}
	return true;
}

static bool has_recorded_form(const struct conversation *c, const char *method, const json_t *params)
{
	json_t *each;
	size_t i;

	json_array_foreach(c->recorded, i, each)
	{
		if (strcmp(json_string_value(json_object_get(each, "method")), method) == 0 &&
			same_form(params, json_object_get(each, "params"), true))
			return true;
	}
	return false;
}

static struct line *find_line(struct conversation *c, const char *method, const json_t *params)
{
	json_t *first = json_array_get(params, 0);

	for (size_t i = 0; i < c->count; i++) {
		struct line *line = &c->lines[i];

		if (strcmp(line->method, method) != 0 || line->left == 0)
			continue;
		if (line->first == NULL || json_equal(line->first, first))
			return line;
	}
	return NULL;
}

/* The body of the line, with the id of the request. */
static void answer_with(struct transport_answer *answer, const struct line *line, json_int_t id)
{
	const char *at = strchr(line->body, '@');

	answer->code = line->code;
	if (at == NULL) {
		bytes_append_text(&answer->body, line->body);
		return;
	}
	bytes_append(&answer->body, line->body, (size_t)(at - line->body));
	bytes_append_format(&answer->body, "%lld", (long long)id);
	bytes_append_text(&answer->body, at + 1);
}

static void note_request(struct conversation *c, const char *method, const json_t *params)
{
	size_t len = strlen(c->asked);

	c->requests++;
	snprintf(c->asked + len, sizeof(c->asked) - len, "%s%s", len > 0 ? " " : "", method);
	if (strcmp(method, "MpoolPush") == 0) {
		json_decref(c->last_push);
		c->last_push = json_deep_copy(params);
	}
}

static enum status post(void *self, struct transport_answer *answer, struct span body, struct error *why)
{
	struct conversation *c = self;
	json_t *request = json_loadb((const char *)body.data, body.len, 0, NULL);
	const char *method = json_string_value(json_object_get(request, "method"));
	json_t *params = json_object_get(request, "params"), *id = json_object_get(request, "id");
	struct line *line;
	char what[128];
	enum status s = STATUS_OK;

	CHECK(json_object_size(request) == 4 && json_is_integer(id) && json_is_array(params), "a request of JSON-RPC");
	CHECK_TEXT(json_string_value(json_object_get(request, "jsonrpc")), "2.0", "of version 2.0");
	CHECK(method != NULL && strncmp(method, "Filecoin.", 9) == 0, "of Filecoin");
	method += 9;
	note_request(c, method, params);
	snprintf(what, sizeof(what), "%s has a form that was recorded", method);
	CHECK(has_recorded_form(c, method, params), what);
	line = find_line(c, method, params);
	snprintf(what, sizeof(what), "the script has an answer to %s", method);
	if (c->cut || !CHECK(line != NULL, what)) {
		if (!c->cut)
			fprintf(stderr, "%.*s\n", (int)body.len, (const char *)body.data);
		s = error_set(why, STATUS_NO_ANSWER, "cut");
	} else {
		line->left -= line->left > 0;
		answer_with(answer, line, json_integer_value(id));
	}
	json_decref(request);
	return s;
}

static void stay_open(void *self)
{
	(void)self;
}

struct transport conversation_transport(struct conversation *c)
{
	return (struct transport){.post = post, .close = stay_open, .self = c};
}

json_t *recorded_line(struct conversation *c, const char *method, const char *note)
{
	json_t *each;
	size_t i;

	json_array_foreach(c->recorded, i, each)
	{
		if (strcmp(json_string_value(json_object_get(each, "method")), method) == 0 &&
			strcmp(json_string_value(json_object_get(each, "note")), note) == 0)
			return each;
	}
	fprintf(stderr, "%s: %s\n", method, note);
	CHECK(0, "the line is recorded");
	return NULL;
}

json_t *recorded_result(struct conversation *c, const char *method, const char *note)
{
	return json_object_get(json_object_get(recorded_line(c, method, note), "response"), "result");
}

static struct line *add_line(struct conversation *c, const char *method, long code)
{
	struct line *line = &c->lines[c->count];

	if (!CHECK(c->count < LINES_MAX, "the script is short"))
		abort();
	c->count++;
	*line = (struct line){.code = code, .left = -1};
	snprintf(line->method, sizeof(line->method), "%s", method);
	return line;
}

void script_raw(struct conversation *c, const char *method, long code, const char *body)
{
	add_line(c, method, code)->body = strdup(body);
}

static char *envelope(const char *name, json_t *what)
{
	json_t *whole = json_pack("{s:s, s:s, s:o}", "id", "ID", "jsonrpc", "2.0", name, what);
	char *text = json_dumps(whole, JSON_COMPACT), *at = strstr(text, "\"ID\"");

	json_decref(whole);
	memmove(at + 1, at + 4, strlen(at + 4) + 1);
	*at = '@';
	return text;
}

void script_result(struct conversation *c, const char *method, json_t *first, json_t *result)
{
	struct line *line = add_line(c, method, 200);

	line->first = first;
	line->body = envelope("result", result);
}

void script_error(struct conversation *c, const char *method, int code, const char *message)
{
	add_line(c, method, code < 0 ? 500 : 200)->body =
		envelope("error", json_pack("{s:i, s:s}", "code", code, "message", message));
}

void script_recorded(struct conversation *c, const char *method, const char *note)
{
	json_t *recorded = recorded_line(c, method, note), *response = json_object_get(recorded, "response");
	json_t *result = json_object_get(response, "result"), *params = json_object_get(recorded, "params");
	struct line *line = add_line(c, method, (long)json_integer_value(json_object_get(recorded, "status")));

	line->first = json_incref(json_array_get(params, 0));
	line->body = result != NULL ? envelope("result", json_incref(result))
				    : envelope("error", json_incref(json_object_get(response, "error")));
}

void script_times(struct conversation *c, int n)
{
	c->lines[c->count - 1].left = n;
}

void script_drop(struct conversation *c, const char *method)
{
	size_t kept = 0;

	for (size_t i = 0; i < c->count; i++) {
		if (strcmp(c->lines[i].method, method) == 0)
			release_line(&c->lines[i]);
		else
			c->lines[kept++] = c->lines[i];
	}
	c->count = kept;
}

void script_replace(struct conversation *c, const char *method, long code, const char *body)
{
	script_drop(c, method);
	script_raw(c, method, code, body);
}

struct message recorded_message(const json_t *json, struct bytes *params)
{
	struct message m = {.version = 0};
	uint64_t limit = 0;

	bytes_clear(params);
	CHECK(json_read_address(&m.to, json_object_get(json, "To")) == STATUS_OK &&
			json_read_address(&m.from, json_object_get(json, "From")) == STATUS_OK &&
			json_read_uint(&m.nonce, json_object_get(json, "Nonce")) == STATUS_OK &&
			json_read_amount(&m.value, json_object_get(json, "Value")) == STATUS_OK &&
			json_read_uint(&limit, json_object_get(json, "GasLimit")) == STATUS_OK &&
			json_read_amount(&m.gas_fee_cap, json_object_get(json, "GasFeeCap")) == STATUS_OK &&
			json_read_amount(&m.gas_premium, json_object_get(json, "GasPremium")) == STATUS_OK &&
			json_read_uint(&m.method, json_object_get(json, "Method")) == STATUS_OK &&
			json_read_bytes(params, json_object_get(json, "Params")) == STATUS_OK,
		"a recorded message is one");
	m.gas_limit = (int64_t)limit;
	m.params = bytes_span(params);
	return m;
}

struct signed_message recorded_signed(const json_t *json, struct bytes *params)
{
	struct signed_message m = {.message = recorded_message(json_object_get(json, "Message"), params)};
	json_t *signature = json_object_get(json, "Signature");
	struct bytes data = {0};

	CHECK(json_read_bytes(&data, json_object_get(signature, "Data")) == STATUS_OK && data.len <= SIGNATURE_MAX,
		"a recorded signature is one");
	m.signature_type = (enum signature_type)json_integer_value(json_object_get(signature, "Type"));
	if (data.len > 0 && data.len <= SIGNATURE_MAX)
		memcpy(m.signature, data.data, data.len);
	bytes_release(&data);
	return m;
}
