/* json_rpc.c - one request, one answer.
 *
 * Knows the envelope of JSON-RPC, and the classes of errors.  Refuses to know
 * what a method means.  An answer is judged by its code; its text is for
 * people, except that two texts, for want of a code, choose between statuses
 * that all stop the caller.
 */
#include "rpc/json_rpc.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

void json_release(json_t **json)
{
	json_decref(*json);
}

/* The node's words on one line. */
static void copy_words(char out[RPC_WORDS_MAX], const char *words)
{
	size_t n = 0;

	for (; *words != '\0' && n < RPC_WORDS_MAX - 1; words++)
		out[n++] = *words == '\n' || *words == '\r' || *words == '\t' ? ' ' : *words;
	out[n] = '\0';
	text_clean(out, "");
}

static enum status status_of_error(json_int_t code, const char *words)
{
	if (code == RPC_NO_METHOD)
		return STATUS_UNSUPPORTED;
	if (code == RPC_ACTOR_NOT_FOUND || (code == RPC_ERROR && strstr(words, "actor not found") != NULL))
		return STATUS_NOT_FOUND;
	if (code == RPC_ERROR && strstr(words, "missing permission") != NULL)
		return STATUS_NOT_ALLOWED;
	return STATUS_REJECTED;
}

static enum status take_error(struct rpc *r, const char *method, json_t *error)
{
	const char *words = json_string_value(json_object_get(error, "message"));
	json_t *code = json_object_get(error, "code");
	enum status s;

	if (words == NULL || !json_is_integer(code))
		return error_set(
			&r->error, STATUS_BAD_MESSAGE, "the node's answer to %s is an error without words", method);
	r->code = json_integer_value(code);
	copy_words(r->words, words);
	s = status_of_error(r->code, words);
	if (s == STATUS_NOT_FOUND) /* an answer, and often the wanted one: its words explain nothing */
		return s;
	if (s == STATUS_NOT_ALLOWED)
		return error_set(&r->error, s,
			"the node says to %s: %s: --ledger-token FILE names a token with that right", method, r->words);
	return error_set(&r->error, s, "the node says to %s: %s", method, r->words);
}

/* An answer without JSON-RPC in it comes from a proxy, or from something else at this place. */
static enum status no_rpc(struct rpc *r, const struct transport_answer *answer)
{
	if (answer->code == 401 || answer->code == 403)
		return error_set(
			&r->error, STATUS_NOT_ALLOWED, "the node does not accept the token (HTTP %ld)", answer->code);
	if (answer->code == 429)
		return error_set(&r->error, STATUS_NO_ANSWER, "the node has no time: too many requests (HTTP 429)");
	return error_set(&r->error, STATUS_NO_ANSWER, "no Lotus node answers there (HTTP %ld, %zu bytes)", answer->code,
		answer->body.len);
}

static enum status take_answer(
	struct rpc *r, json_t **result, const char *method, const struct transport_answer *answer)
{
	CLEAN_JSON json_t *whole =
		json_loadb((const char *)answer->body.data, answer->body.len, JSON_REJECT_DUPLICATES, NULL);
	json_t *id = json_object_get(whole, "id"), *error = json_object_get(whole, "error"), *got;

	if (!json_is_object(whole) || (id == NULL && error == NULL))
		return no_rpc(r, answer);
	if (json_is_object(error))
		return take_error(r, method, error);
	got = json_object_get(whole, "result");
	if (got == NULL || !json_is_integer(id) || json_integer_value(id) != r->next_id)
		return error_set(
			&r->error, STATUS_BAD_MESSAGE, "the node's answer to %s is not one to this request", method);
	*result = json_incref(got);
	return STATUS_OK;
}

enum status rpc_call(struct rpc *r, json_t **result, const char *method, json_t *params)
{
	CLEAN_BYTES struct bytes name = {0};
	struct transport_answer answer = {.body = {0}};
	json_t *request;
	char *text;
	enum status s;

	r->code = RPC_NONE;
	r->words[0] = '\0';
	error_clear(&r->error);
	r->next_id++;
	bytes_append_format(&name, "Filecoin.%s", method);
	request = json_pack("{s:s, s:I, s:s, s:o}", "jsonrpc", "2.0", "id", r->next_id, "method", bytes_text(&name),
		"params", params);
	text = request != NULL ? json_dumps(request, JSON_COMPACT) : NULL;
	json_decref(request);
	if (text == NULL || bytes_status(&name) != STATUS_OK) {
		free(text);
		return STATUS_NO_MEMORY;
	}
	s = r->transport.post(r->transport.self, &answer, span_text(text), &r->error);
	free(text);
	if (s == STATUS_OK)
		s = take_answer(r, result, method, &answer);
	bytes_release(&answer.body);
	return s;
}

void rpc_close(struct rpc *r)
{
	if (r->transport.close != NULL)
		r->transport.close(r->transport.self);
}
