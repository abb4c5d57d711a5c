/* frames.h - how the steps of a deal look on the wire. */
#ifndef PARTY_FRAMES_H
#define PARTY_FRAMES_H

#include "deal/provider.h"
#include "wire/frame.h"
#include "wire/graphsync.h"
#include "wire/transfer.h"

/** frames_from_client - who says this? Requests come from clients, answers from providers. */
MUST_CHECK enum status frames_from_client(bool *client, struct span body);
/** frames_of_deal - false for a query and its answer, which are of no deal; true for all else, whether it decodes or not. */
bool frames_of_deal(struct span body);

/** frames_proposal - the request for a new deal; @skip: the provider need not send the first so many links of the walk again. */
void frames_proposal(struct bytes *out, const struct client_deal *d, uint64_t skip);
/** frames_held - how many links of the walk a request says that its client has; 0 if it does not say so, or not clearly. */
uint64_t frames_held(const struct graphsync_request *request);
/** frames_payment - a voucher for a deal; @voucher is its signed form. */
void frames_payment(struct bytes *out, const struct client_deal *d, const struct voucher *voucher);
/** frames_query, frames_query_response - a question for terms, and its answer; both belong to no deal. */
void frames_query(struct bytes *out, const struct query *q);
void frames_query_response(struct bytes *out, const struct query_response *r);
/** frames_client_cancel - both cancellations: of the request and of the transfer. */
void frames_client_cancel(struct bytes *out, const struct client_deal *d);

/** struct deal_answer - a provider's word on a deal, as a data-transfer response. */
struct deal_answer {
	enum transfer_type type;
	bool accepted, paused;
	bool has_result; /* with a RetrievalDealResponse/1 */
	enum deal_state status;
	struct amount owed;
	const char *message;
};
/** struct response_head - whom a graphsync response is for. */
struct response_head {
	const uint8_t *request; /* REQUEST_ID_SIZE bytes */
	uint64_t transfer;
	uint64_t deal;
};
/** frames_answer - the answer as a frame of its own. */
void frames_answer(struct bytes *out, const struct response_head *h, const struct deal_answer *a);
/** frames_response - a graphsync response without blocks: @status, the answer under the extensions @name1 and (if not NULL) @name2. */
void frames_response(struct bytes *out, const struct response_head *h, enum graphsync_status status,
	const struct deal_answer *a, const char *name1, const char *name2);
/** answer_extensions - append the extensions map for an answer; nothing if @a is NULL. */
void answer_extensions(struct bytes *out, const struct response_head *h, const struct deal_answer *a, const char *name1,
	const char *name2);

#endif
