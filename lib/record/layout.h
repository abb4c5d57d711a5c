/* layout.h - the files of a recording, their names, and the lines of JSON in them.
 *
 * A recording is a folder with the frames of one deal: client.frames and
 * provider.frames, one stream for each side; frames.jsonl, the order of all
 * frames; deal.jsonl, the events of the deal; meta.json, the terms and the
 * results; and content.car, unless meta.json names another CAR.  retrieval(5)
 * describes each field.  This header alone knows these names.
 */
#ifndef RECORD_LAYOUT_H
#define RECORD_LAYOUT_H

#include <jansson.h>

#include "base/bytes.h"
#include "deal/state.h"
#include "wire/address.h"

#define RECORDING_FOLDER_MAX 4096 /* bytes of a folder's path, with the final zero */
#define RECORDING_PATH_MAX   (RECORDING_FOLDER_MAX + 32)

#define RECORDING_ORDER   "frames.jsonl"
#define RECORDING_EVENTS  "deal.jsonl"
#define RECORDING_META    "meta.json"
#define RECORDING_CONTENT "content.car"
#define RECORDING_PAYLOAD "payload.bin"

/** recording_stream - the file with the frames of @side; static. */
const char *recording_stream(enum deal_side side);
/** recording_side - "client" or "provider"; static. */
const char *recording_side(enum deal_side side);
/** recording_path - FOLDER/NAME, into @path of RECORDING_PATH_MAX bytes; returns @path. @folder is shorter than RECORDING_FOLDER_MAX. */
char *recording_path(char *path, const char *folder, const char *name);
/**
 * recording_read_file - append a file of the recording in @folder, of at most @max bytes, to @out.
 * IO with errno set, ENOENT if there is no such file; NOT_REGULAR; TOO_LARGE.
 */
MUST_CHECK enum status recording_read_file(struct bytes *out, const char *folder, const char *name, size_t max);
/** recording_read_meta - meta.json, a new reference. The statuses of recording_read_file(), and BAD_TEXT if it is no object of JSON. */
MUST_CHECK enum status recording_read_meta(json_t **meta, const char *folder);

/**
 * recording_check_meta - does each known field of meta.json have its form? False with @why, of @size bytes, for the first that does not.
 * Does not check which fields are present.
 */
MUST_CHECK bool recording_check_meta(char *why, size_t size, const json_t *meta);

/* Fields of a JSON object that may come from a stranger; borrowed from @object. */
/** field_is_there - is the field present, with any value? */
bool field_is_there(const json_t *object, const char *name);
/** field_text - a text; "" if the field is missing. */
const char *field_text(const json_t *object, const char *name);
/** field_number - a number of at most 64 bits, as a number or as decimal digits; 0 if the field is missing or malformed. */
uint64_t field_number(const json_t *object, const char *name);
/** field_amount, field_address - zero, or no address, if the field is missing or malformed. */
struct amount field_amount(const json_t *object, const char *name);
struct address field_address(const json_t *object, const char *name);
/** field_hex - @len bytes, written in hexadecimal digits; false, and @out untouched, if the field is anything else. */
MUST_CHECK bool field_hex(uint8_t *out, size_t len, const json_t *object, const char *name);
/** hex_json - @len bytes in hexadecimal digits; a new reference, NULL without memory. text_json - a name of any bytes: bytes that are not UTF-8 become U+FFFD. */
json_t *hex_json(const uint8_t *bytes, size_t len);
json_t *text_json(const char *text);

/** struct frame_line - a line of frames.jsonl. */
struct frame_line {
	enum deal_side from;
	uint64_t bytes;    /* bytes of the frame, with its length prefix */
	uint64_t hash;     /* the first eight bytes of its hash; 0 if the line has none */
	bool transfer;     /* the frame is a data-transfer message, not a graphsync message; only written */
	uint64_t number;   /* number of the frame in the recording, from 0; only written */
	uint64_t sequence; /* of the line among frames and events; only written */
};
/** frame_line_json - a new reference; NULL without memory. */
json_t *frame_line_json(const struct frame_line *line);
/** frame_line_read - BAD_VALUE if @object lacks the side of the frame, or its length. */
MUST_CHECK enum status frame_line_read(struct frame_line *line, const json_t *object);

/** struct event_line - a line of deal.jsonl that is an event of a side. Texts are borrowed. */
struct event_line {
	enum deal_side from;
	const char *event, *state, *message; /* "ClientEventOpen", "DealStatusNew" */
	uint64_t bytes, interval;            /* bytes received or sent so far; the current limit */
	const char *funds;                   /* amount spent or received so far, in afil; "" if the line lacks it */
	bool has_bytes;
	uint64_t own;      /* the number of the event in the store of its side; 0 if the line has none */
	uint64_t sequence; /* of the line among frames and events; only written */
};
/** event_line_json - a new reference; NULL without memory. */
json_t *event_line_json(const struct event_line *line);
/** event_line_read - @line borrows from @object. NOT_FOUND for a line that is no event of a side. */
MUST_CHECK enum status event_line_read(struct event_line *line, const json_t *object);

#endif
