/* deals_private.h - the parts that the records of client deals and provider deals share; for lib/store only. */
#ifndef STORE_DEALS_PRIVATE_H
#define STORE_DEALS_PRIVATE_H

#include "store/deals.h"
#include "store/store_private.h"

/** deal_params_record - the terms of a deal. */
extern const struct record deal_params_record;

/** struct deal_extras - the parts of a deal that are stored as spans (bytes and texts), because no kind of field fits them. */
struct deal_extras {
	struct span request, message;
	uint64_t state;
};

/** struct deal_parts - pointers to these parts in a deal. */
struct deal_parts {
	uint8_t *request; /* REQUEST_ID_SIZE */
	char *message;    /* DEAL_MESSAGE_MAX */
	enum deal_state *state;
	struct deal_params *params; /* deal_restore() checks the selector, which then does not borrow from the store */
};
/** deal_restore - check the stored parts and copy them to @parts; CORRUPT. */
MUST_CHECK enum status deal_restore(const struct deal_parts *parts, const struct deal_extras *stored);

/** deal_key - the key of a deal. Its id is decimal text, so that a prefix of the id finds the deal. */
struct key_buffer deal_key(enum deal_side side, uint64_t id);
/** struct deal_labels - the numbers, besides its id, under which a deal is listed and found. */
struct deal_labels {
	uint64_t number, transfer;
	const uint8_t *request;
};
/** deal_put_names - add a new deal to the list of deals, and to the lists of transfer and request ids. */
MUST_CHECK enum status deal_put_names(struct kv_txn *t, struct deal_name name, const struct deal_labels *labels);

#endif
