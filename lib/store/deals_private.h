/* deals_private.h - what client deals and provider deals have in common as records; for lib/store only. */
#ifndef STORE_DEALS_PRIVATE_H
#define STORE_DEALS_PRIVATE_H

#include "store/deals.h"
#include "store/store_private.h"

/** deal_params_record - the terms of a deal. */
extern const struct record deal_params_record;

/** struct deal_extras - the parts of a deal that no record kind fits, as they are stored: bytes and texts, as spans. */
struct deal_extras {
	struct span request, message;
	uint64_t state;
};

/** struct deal_parts - where these parts belong in a deal. */
struct deal_parts {
	uint8_t *request; /* REQUEST_ID_SIZE */
	char *message;    /* DEAL_MESSAGE_MAX */
	enum deal_state *state;
	struct deal_params *params; /* its selector is checked, and does not borrow from the store afterwards */
};
/** deal_restore - check what was stored, and copy it where it belongs; CORRUPT. */
MUST_CHECK enum status deal_restore(const struct deal_parts *parts, const struct deal_extras *stored);

/** deal_key - deals are kept under the decimal text of their id, so that a prefix of it finds them. */
struct key_buffer deal_key(enum deal_side side, uint64_t id);
/** struct deal_labels - what a deal is listed and found under besides its id. */
struct deal_labels {
	uint64_t number, transfer;
	const uint8_t *request;
};
/** deal_put_names - give a deal that is put for the first time its place in the list, and under the ids of its messages. */
MUST_CHECK enum status deal_put_names(struct kv_txn *t, struct deal_name name, const struct deal_labels *labels);

#endif
