/* lotus_json.h - the JSON forms in which a Lotus node writes what the chain has. */
#ifndef LOTUS_LOTUS_JSON_H
#define LOTUS_LOTUS_JSON_H

#include <jansson.h>

#include "wire/message.h"

/* Readers: BAD_MESSAGE for anything else; the output is then untouched. A missing member is a @json of NULL. */
MUST_CHECK enum status json_read_uint(uint64_t *out, const json_t *json);
/** json_read_amount - a decimal string; never a number. */
MUST_CHECK enum status json_read_amount(struct amount *out, const json_t *json);
/** json_read_address - with either letter; addresses of kind f4 are UNSUPPORTED. */
MUST_CHECK enum status json_read_address(struct address *out, const json_t *json);
/** json_read_cid - {"/": "bafy..."}. */
MUST_CHECK enum status json_read_cid(struct cid *out, const json_t *json);
/** json_read_bytes - append base64 with padding; null and "" are empty. */
MUST_CHECK enum status json_read_bytes(struct bytes *out, const json_t *json);

/* Writers: NULL if memory ran out. */
json_t *json_of_amount(const struct amount *amount);
json_t *json_of_address(const struct address *address, enum network network);
json_t *json_of_cid(const struct cid *cid);
/** json_of_bytes - base64 with padding, null for no bytes. */
json_t *json_of_bytes(struct span bytes);
/** json_of_message, json_of_signed - the objects that GasEstimateMessageGas and MpoolPush take. */
json_t *json_of_message(const struct message *m, enum network network);
json_t *json_of_signed(const struct signed_message *m, enum network network);

#endif
