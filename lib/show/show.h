/* show.h - the contents of a thing: as one JSON object, or as the same object in text for people.
 *
 * Text from strangers is cleaned when it is added to the object, so code that
 * prints the object need not clean it.
 */
#ifndef SHOW_SHOW_H
#define SHOW_SHOW_H

#include "tool/tool.h"
#include "wire/frame.h"

/* Values, as new references. */
json_t *show_cid(const struct cid *c);         /* null for none */
json_t *show_address(const struct address *a); /* null for none */
json_t *show_text(struct span text);           /* cleaned, and cut if it is long */
json_t *show_hex(struct span bytes);           /* null for none; cut, with "..." behind, if it is long */
json_t *show_bytes(uint64_t count);            /* a number of bytes or of things */
#define SHOW_TIME_MAX 32
/** show_time - unix seconds as "2023-11-14T22:13:20Z"; returns @text, of SHOW_TIME_MAX bytes. */
const char *show_time(char *text, int64_t seconds);
/** show_item - any CBOR item as DAG-JSON; deep or long parts are left out, and text is cleaned. */
json_t *show_item(struct span cbor);
/** show_whole_item - the same, complete and exact, if the item is below 1 MiB; integers of more than 64 bits with a sign are strings. */
json_t *show_whole_item(struct span cbor);
/** show_record - a message as its table describes it, keys in snake_case. */
json_t *show_record(const struct record *record, const void *in);
/** show_voucher - all fields, and the address that signed, null if the signature does not recover. */
json_t *show_voucher(const struct voucher *v);
/** show_transfer - a data-transfer message with its voucher or result, in @order. */
json_t *show_transfer(const struct transfer *t, enum record_order order);
/** show_graphsync - a graphsync message: its requests and responses; of blocks only the number and the sizes. */
json_t *show_graphsync(const struct graphsync_message *m);
/** show_query, show_query_response - a query for terms, and its answer with status numbers as words. */
json_t *show_query(const struct query *q);
json_t *show_query_response(const struct query_response *r);
/** show_dagpb - a dag-pb node: its UnixFS fields, and at most @links of its links; empty if the block is no dag-pb node. */
json_t *show_dagpb(struct span block, size_t links);

/** show_print - print @object, which is stolen: a line per field, or one line of JSON. */
void show_print(struct tool *t, json_t *object);
/** show_print_line - the same on one line. */
void show_print_line(struct tool *t, json_t *object);

/* Whole files; each prints while reading. @fd allows reading anywhere. */
struct show_options {
	const char *name; /* the name of the file for messages */
	bool verify;      /* check hashes, signatures, and everything else that can be checked */
	bool list;        /* each block */
};
/** show_frame_message - the kind and message of a frame, as a new reference in @object; or the fault of the frame. */
MUST_CHECK enum status show_frame_message(json_t **object, const struct frame *f);
MUST_CHECK enum status show_frames(struct tool *t, int fd, const struct show_options *o);
MUST_CHECK enum status show_car(struct tool *t, int fd, const struct show_options *o);

#endif
