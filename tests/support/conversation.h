/* conversation.h - a node that answers from a script, for tests of the Lotus ledger: no network.
 *
 * The script is a list of lines, each an answer to one method; the first line
 * that fits a request and has answers left is used. What a real node was seen
 * to say is in tests/data/lotus; every request is compared with the recorded
 * ones of its method, and must have the form of one of them.
 */
#ifndef TESTS_CONVERSATION_H
#define TESTS_CONVERSATION_H

#include <jansson.h>

#include "rpc/transport.h"
#include "wire/message.h"

#define LINES_MAX 512

struct line {
	char method[40];
	json_t *first; /* the first parameter that the line answers; NULL: any */
	long code;     /* of HTTP */
	char *body;    /* with "@" for the id of the request */
	int left;      /* answers; below 0: any number */
};

struct conversation {
	struct line lines[LINES_MAX];
	size_t count;
	json_t *recorded; /* array of what the node was seen to say */
	unsigned requests;
	char asked[2048];  /* the methods that were asked for, in order */
	json_t *last_push; /* the parameters of the last MpoolPush, owned */
	bool cut;          /* the connection breaks instead of an answer */
};

/** conversation_begin - read the recordings; conversation_end - release all. */
void conversation_begin(struct conversation *c);
void conversation_end(struct conversation *c);
/** conversation_clear - forget the script. */
void conversation_clear(struct conversation *c);
/** conversation_transport - a transport to the node that @c plays; closing it leaves @c as it is. */
struct transport conversation_transport(struct conversation *c);

/** recorded_line - the recorded line of @method whose note is @note. */
json_t *recorded_line(struct conversation *c, const char *method, const char *note);
/** recorded_result - its result, borrowed. */
json_t *recorded_result(struct conversation *c, const char *method, const char *note);

/* Lines of the script; objects are stolen. They stand behind those before them; script_first puts the next one in front. */
void script_raw(struct conversation *c, const char *method, long code, const char *body);
void script_result(struct conversation *c, const char *method, json_t *first, json_t *result);
void script_error(struct conversation *c, const char *method, int code, const char *message);
/** script_recorded - the recorded answer to @method, whatever the parameters beyond the first. */
void script_recorded(struct conversation *c, const char *method, const char *note);
/** script_times - the last line has @n answers. */
void script_times(struct conversation *c, int n);
/** script_replace - all lines of @method give way to one that answers @body with @code. */
void script_replace(struct conversation *c, const char *method, long code, const char *body);
/** script_drop - all lines of @method go. */
void script_drop(struct conversation *c, const char *method);

/** recorded_message, recorded_signed - from the parameters of a recorded call. @params keeps the bytes that the message borrows. */
struct message recorded_message(const json_t *json, struct bytes *params);
struct signed_message recorded_signed(const json_t *json, struct bytes *params);

#endif
