/* answers.h - the frames that a provider sends, built from its deal. */
#ifndef SELLER_ANSWERS_H
#define SELLER_ANSWERS_H

#include "deal/provider.h"
#include "wire/graphsync.h"
#include "wire/transfer.h"

/** frames_query_response - the answer to a query, which belongs to no deal. */
void frames_query_response(struct bytes *out, const struct query_response *r);

/** struct deal_answer - a provider's answer about a deal, as a data-transfer response. */
struct deal_answer {
	enum transfer_type type;
	bool accepted, paused;
	bool has_result; /* with a RetrievalDealResponse/1 */
	enum deal_state status;
	struct amount owed;
	const char *message;
	/* A further extension of the response that carries the answer; without a name: none. */
	struct graphsync_extension_item more;
};
/** struct response_head - the receiver of a graphsync response. */
struct response_head {
	const uint8_t *request; /* REQUEST_ID_SIZE bytes */
	uint64_t transfer;
	uint64_t deal; /* the client's id of the deal */
};
/** deal_head - the receiver of an answer about @deal; borrows from @deal. */
struct response_head deal_head(const struct provider_deal *deal);
/** frames_answer - the answer as a frame of its own. */
void frames_answer(struct bytes *out, const struct response_head *h, const struct deal_answer *a);
/* The answer is put under the extension EXT_TRANSFER, and also under @also if that is not NULL. */
/** frames_response - a graphsync response without blocks: @status, and the answer @a unless @a is NULL. */
void frames_response(struct bytes *out, const struct response_head *h, enum graphsync_status status,
	const struct deal_answer *a, const char *also);
/** frames_extension - a graphsync response without blocks and without an answer: @status, and one extension. */
void frames_extension(struct bytes *out, const struct response_head *h, enum graphsync_status status,
	const struct graphsync_extension_item *extension);
/** answer_extensions - append the extensions map for an answer; nothing if @a is NULL. */
void answer_extensions(struct bytes *out, const struct response_head *h, const struct deal_answer *a, const char *also);

#endif
