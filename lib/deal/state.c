/* state.c - the two state machines of a deal, as two tables.
 *
 * Knows the next state for each state and event.  Refuses to know handlers, and
 * the data of events.
 *
 * A row reads: on this event, from any of these states, do this step.  A row
 * that names its states wins over a row for ANY, as in go-statemachine.  An
 * event without a row is undefined in every state.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "deal/state.h"

struct rule {
	uint8_t event;
	uint32_t from; /* one bit for each state */
	enum step_kind kind;
	int to; /* enum deal_state, or SAME */
};

#define SAME      -1
#define IN(state) (1u << DEAL_##state)
#define ANY       UINT32_MAX
#define GO(state) STEP_MOVE, DEAL_##state
#define STAY      STEP_MOVE, SAME
#define RECORD    STEP_RECORD, SAME

_Static_assert(DEAL_CHANNEL_ADDING_INITIAL_FUNDS == DEAL_STATE_COUNT - 1, "the states are numbered without a gap");
_Static_assert(CLIENT_PROVIDER_ERRORED == CLIENT_EVENT_COUNT - 1, "the client's events are counted");
_Static_assert(PROVIDER_CLIENT_CANCELLED == PROVIDER_EVENT_COUNT - 1, "the provider's events are counted");

/* The deal is accepted or about to be accepted, and has no lane yet: events are recorded and handled later. */
#define BEFORE_LANE                                                                                                    \
	(IN(WAIT_FOR_ACCEPTANCE) | IN(ACCEPTED) | IN(CHANNEL_CREATING) | IN(CHANNEL_ALLOCATING_LANE) |                 \
		IN(CHANNEL_ADDING_INITIAL_FUNDS))
/* The client is about to sign a voucher. */
#define SENDING (IN(SEND_FUNDS) | IN(SEND_FUNDS_LAST_PAYMENT))
/* The provider has asked for a payment. */
#define OWING (IN(FUNDS_NEEDED) | IN(FUNDS_NEEDED_LAST_PAYMENT))

/* clang-format off */
static const struct rule client_rules[] = {
	/* proposing */
	{CLIENT_OPEN,                         IN(NEW),                                       STAY},
	{CLIENT_WRITE_DEAL_PROPOSAL_ERRORED,  ANY,                                           GO(ERRORED)},
	{CLIENT_DEAL_PROPOSED,                IN(NEW),                                       GO(WAIT_FOR_ACCEPTANCE)},
	/* the provider's answer */
	{CLIENT_DEAL_REJECTED,                IN(WAIT_FOR_ACCEPTANCE),                       GO(REJECTED)},
	{CLIENT_DEAL_NOT_FOUND,               IN(WAIT_FOR_ACCEPTANCE),                       GO(DEAL_NOT_FOUND)},
	{CLIENT_DEAL_ACCEPTED,                IN(WAIT_FOR_ACCEPTANCE),                       GO(ACCEPTED)},
	{CLIENT_UNSEAL_PAYMENT_REQUESTED,     IN(WAIT_FOR_ACCEPTANCE),                       GO(ACCEPTED)},
	{CLIENT_UNKNOWN_RESPONSE_RECEIVED,    ANY,                                           GO(FAILING)},
	/* the channel and the lane */
	{CLIENT_CHANNEL_SKIP,                 IN(ACCEPTED),                                  GO(ONGOING)},
	{CLIENT_CHANNEL_CREATE_INITIATED,     IN(ACCEPTED),                                  GO(CHANNEL_CREATING)},
	{CLIENT_CHANNEL_ADDING_FUNDS,         IN(ACCEPTED),                                  GO(CHANNEL_ADDING_INITIAL_FUNDS)},
	{CLIENT_CHANNEL_ADDING_FUNDS,         IN(CHECK_FUNDS),                               GO(CHANNEL_ADDING_FUNDS)},
	{CLIENT_CHANNEL_READY,                IN(CHANNEL_CREATING) | IN(CHANNEL_ADDING_INITIAL_FUNDS) | IN(ACCEPTED),
	                                                                                     GO(CHANNEL_ALLOCATING_LANE)},
	{CLIENT_CHANNEL_READY,                IN(CHANNEL_ADDING_FUNDS) | IN(CHECK_FUNDS),    GO(ONGOING)},
	{CLIENT_CHANNEL_ERRORED,              IN(ACCEPTED) | IN(CHANNEL_CREATING) | IN(CHANNEL_ADDING_FUNDS),
	                                                                                     GO(FAILING)},
	{CLIENT_LANE_ALLOCATED,               IN(CHANNEL_ALLOCATING_LANE),                   GO(ONGOING)},
	{CLIENT_ALLOCATE_LANE_ERRORED,        IN(CHANNEL_ALLOCATING_LANE),                   GO(FAILING)},
	/* the provider asks for money */
	{CLIENT_PAYMENT_REQUESTED,            IN(ONGOING) | IN(BLOCKS_COMPLETE) | OWING,     GO(FUNDS_NEEDED)},
	{CLIENT_PAYMENT_REQUESTED,            IN(SEND_FUNDS),                                GO(ONGOING)},
	{CLIENT_PAYMENT_REQUESTED,            IN(CHECK_COMPLETE),                            STAY},
	{CLIENT_PAYMENT_REQUESTED,            BEFORE_LANE,                                   RECORD},
	{CLIENT_LAST_PAYMENT_REQUESTED,       IN(ONGOING) | OWING,                           GO(FUNDS_NEEDED_LAST_PAYMENT)},
	{CLIENT_LAST_PAYMENT_REQUESTED,       IN(SEND_FUNDS),                                GO(ONGOING)},
	{CLIENT_LAST_PAYMENT_REQUESTED,       IN(CHECK_COMPLETE),                            STAY},
	{CLIENT_LAST_PAYMENT_REQUESTED,       IN(BLOCKS_COMPLETE),                           GO(SEND_FUNDS_LAST_PAYMENT)},
	{CLIENT_LAST_PAYMENT_REQUESTED,       BEFORE_LANE,                                   RECORD},
	/* blocks are received */
	{CLIENT_BLOCKS_RECEIVED,              IN(ONGOING) | OWING | IN(CHECK_COMPLETE) | IN(WAITING_FOR_LAST_BLOCKS),
	                                                                                     STAY},
	{CLIENT_BLOCKS_RECEIVED,              SENDING,                                       GO(ONGOING)},
	{CLIENT_BLOCKS_RECEIVED,              BEFORE_LANE,                                   RECORD},
	{CLIENT_ALL_BLOCKS_RECEIVED,          IN(ONGOING) | IN(BLOCKS_COMPLETE),             GO(BLOCKS_COMPLETE)},
	{CLIENT_ALL_BLOCKS_RECEIVED,          SENDING,                                       GO(ONGOING)},
	{CLIENT_ALL_BLOCKS_RECEIVED,          IN(FUNDS_NEEDED),                              STAY},
	{CLIENT_ALL_BLOCKS_RECEIVED,          IN(FUNDS_NEEDED_LAST_PAYMENT),                 GO(SEND_FUNDS_LAST_PAYMENT)},
	{CLIENT_ALL_BLOCKS_RECEIVED,          IN(WAITING_FOR_LAST_BLOCKS) | IN(CHECK_COMPLETE), GO(COMPLETED)},
	{CLIENT_ALL_BLOCKS_RECEIVED,          BEFORE_LANE,                                   RECORD},
	/* vouchers are sent */
	{CLIENT_SEND_FUNDS,                   SENDING,                                       GO(ONGOING)},
	{CLIENT_SEND_FUNDS,                   IN(FUNDS_NEEDED),                              GO(SEND_FUNDS)},
	{CLIENT_SEND_FUNDS,                   IN(FUNDS_NEEDED_LAST_PAYMENT),                 GO(SEND_FUNDS_LAST_PAYMENT)},
	{CLIENT_PAYMENT_SENT,                 IN(SEND_FUNDS) | OWING,                        GO(ONGOING)},
	{CLIENT_PAYMENT_SENT,                 IN(SEND_FUNDS_LAST_PAYMENT),                   GO(FINALIZING)},
	{CLIENT_PAYMENT_SENT,                 IN(BLOCKS_COMPLETE),                           GO(CHECK_COMPLETE)},
	{CLIENT_PAYMENT_SENT,                 IN(CHECK_COMPLETE),                            STAY},
	{CLIENT_PAYMENT_SENT,                 IN(ONGOING),                                   RECORD},
	{CLIENT_PAYMENT_NOT_SENT,             IN(SEND_FUNDS),                                GO(ONGOING)},
	{CLIENT_PAYMENT_NOT_SENT,             IN(SEND_FUNDS_LAST_PAYMENT),                   GO(FINALIZING)},
	{CLIENT_PAYMENT_NOT_SENT,             IN(ONGOING),                                   RECORD},
	{CLIENT_BAD_PAYMENT_REQUESTED,        SENDING,                                       GO(FAILING)},
	{CLIENT_CREATE_VOUCHER_FAILED,        SENDING,                                       GO(FAILING)},
	{CLIENT_WRITE_DEAL_PAYMENT_ERRORED,   ANY,                                           GO(ERRORED)},
	/* the channel has too little money */
	{CLIENT_VOUCHER_SHORTFALL,            SENDING,                                       GO(CHECK_FUNDS)},
	{CLIENT_FUNDS_EXPENDED,               IN(CHECK_FUNDS),                               GO(INSUFFICIENT_FUNDS)},
	{CLIENT_RECHECK_FUNDS,                IN(INSUFFICIENT_FUNDS),                        GO(CHECK_FUNDS)},
	/* the end */
	{CLIENT_COMPLETE,                     SENDING | OWING | IN(BLOCKS_COMPLETE) | IN(ONGOING), GO(CHECK_COMPLETE)},
	{CLIENT_COMPLETE,                     IN(FINALIZING),                                GO(COMPLETED)},
	{CLIENT_COMPLETE_VERIFIED,            IN(CHECK_COMPLETE),                            GO(COMPLETED)},
	{CLIENT_EARLY_TERMINATION,            IN(CHECK_COMPLETE),                            GO(ERRORED)},
	{CLIENT_WAIT_FOR_LAST_BLOCKS,         IN(CHECK_COMPLETE),                            GO(WAITING_FOR_LAST_BLOCKS)},
	{CLIENT_WAIT_FOR_LAST_BLOCKS,         IN(COMPLETED),                                 RECORD},
	/* errors and cancelling */
	{CLIENT_PROVIDER_ERRORED,             ANY,                                           GO(ERRORED)},
	{CLIENT_DATA_TRANSFER_ERROR,          ANY,                                           GO(ERRORED)},
	{CLIENT_CANCEL,                       ANY,                                           GO(CANCELLING)},
	{CLIENT_PROVIDER_CANCELLED,           IN(FAILING) | IN(CANCELLING),                  RECORD},
	{CLIENT_PROVIDER_CANCELLED,           ANY,                                           GO(CANCELLING)},
	{CLIENT_CANCEL_COMPLETE,              IN(FAILING),                                   GO(ERRORED)},
	{CLIENT_CANCEL_COMPLETE,              IN(CANCELLING),                                GO(CANCELLED)},
};

static const struct rule provider_rules[] = {
	/* a new deal */
	{PROVIDER_OPEN,                       IN(NEW),                                       STAY},
	{PROVIDER_DEAL_ACCEPTED,              IN(NEW),                                       GO(ONGOING)},
	/* blocks are sent */
	{PROVIDER_BLOCK_SENT,                 IN(ONGOING),                                   STAY},
	{PROVIDER_BLOCKS_COMPLETED,           IN(ONGOING),                                   GO(BLOCKS_COMPLETE)},
	/* payments are requested and received */
	{PROVIDER_PAYMENT_REQUESTED,          IN(ONGOING),                                   GO(FUNDS_NEEDED)},
	{PROVIDER_PAYMENT_REQUESTED,          IN(BLOCKS_COMPLETE),                           GO(FUNDS_NEEDED_LAST_PAYMENT)},
	{PROVIDER_PAYMENT_REQUESTED,          IN(FUNDS_NEEDED),                              RECORD},
	{PROVIDER_SAVE_VOUCHER_FAILED,        OWING,                                         GO(FAILING)},
	{PROVIDER_PARTIAL_PAYMENT_RECEIVED,   OWING,                                         STAY},
	{PROVIDER_PAYMENT_RECEIVED,           IN(FUNDS_NEEDED),                              GO(ONGOING)},
	{PROVIDER_PAYMENT_RECEIVED,           IN(FUNDS_NEEDED_LAST_PAYMENT),                 GO(FINALIZING)},
	{PROVIDER_PAYMENT_RECEIVED,           IN(BLOCKS_COMPLETE) | IN(ONGOING) | IN(FINALIZING), RECORD},
	/* the end */
	{PROVIDER_COMPLETE,                   IN(BLOCKS_COMPLETE) | IN(FINALIZING),          GO(COMPLETING)},
	{PROVIDER_CLEANUP_COMPLETE,           IN(COMPLETING),                                GO(COMPLETED)},
	/* errors and cancelling */
	{PROVIDER_DATA_TRANSFER_ERROR,        ANY,                                           GO(ERRORED)},
	{PROVIDER_MULTI_STORE_ERROR,          ANY,                                           GO(ERRORED)},
	{PROVIDER_CLIENT_CANCELLED,           IN(FAILING) | IN(CANCELLING),                  RECORD},
	{PROVIDER_CLIENT_CANCELLED,           ANY,                                           GO(CANCELLING)},
	{PROVIDER_CANCEL_COMPLETE,            IN(CANCELLING),                                GO(CANCELLED)},
	{PROVIDER_CANCEL_COMPLETE,            IN(FAILING),                                   GO(ERRORED)},
};
/* clang-format on */

static struct step find_step(const struct rule *rules, size_t n, enum deal_state from, unsigned event)
{
	const struct rule *found = NULL;
	bool defined = false;

	assert(from < DEAL_STATE_COUNT);
	for (size_t i = 0; i < n; i++) {
		if (rules[i].event != event)
			continue;
		defined = true;
		if ((rules[i].from & 1u << from) && (!found || found->from == ANY))
			found = &rules[i];
	}
	if (!defined)
		return (struct step){STEP_UNDEFINED, from};
	if (!found)
		return (struct step){STEP_INVALID, from};
	return (struct step){found->kind, found->to == SAME ? from : (enum deal_state)found->to};
}

struct step client_step(enum deal_state from, enum client_event event)
{
	return find_step(client_rules, COUNT(client_rules), from, event);
}

struct step provider_step(enum deal_state from, enum provider_event event)
{
	return find_step(provider_rules, COUNT(provider_rules), from, event);
}

bool deal_is_final(enum deal_side side, enum deal_state state)
{
	uint32_t final = IN(ERRORED) | IN(COMPLETED) | IN(CANCELLED);

	if (side == SIDE_CLIENT)
		final |= IN(REJECTED) | IN(DEAL_NOT_FOUND);
	return state < DEAL_STATE_COUNT && (final & 1u << state);
}

const char *deal_state_name(unsigned state)
{
	static const char *const names[] = {
#define DEAL_STATE_NAME(name, text) text,
		DEAL_STATE_LIST(DEAL_STATE_NAME)
#undef DEAL_STATE_NAME
	};

	return state < COUNT(names) ? names[state] : "DealStatusUnknown";
}

const char *client_event_name(enum client_event event)
{
	static const char *const names[] = {
#define CLIENT_EVENT_NAME(name, text) "ClientEvent" text,
		CLIENT_EVENT_LIST(CLIENT_EVENT_NAME)
#undef CLIENT_EVENT_NAME
	};

	return (unsigned)event < COUNT(names) ? names[event] : "ClientEventUnknown";
}

const char *provider_event_name(enum provider_event event)
{
	static const char *const names[] = {
#define PROVIDER_EVENT_NAME(name, text) "ProviderEvent" text,
		PROVIDER_EVENT_LIST(PROVIDER_EVENT_NAME)
#undef PROVIDER_EVENT_NAME
	};

	return (unsigned)event < COUNT(names) ? names[event] : "ProviderEventUnknown";
}
