/* state.h - the two state machines, as data.
 *
 * Source: myelnet/pop retrieval/{client,provider}/fsm.go; every one of the
 * 1,624 (side, state, event) rows is in tests/data/vectors/codec/transitions.tsv.
 */
#ifndef DEAL_STATE_H
#define DEAL_STATE_H

#include <stdbool.h>

#include "base/status.h"

/* The name, as on the wire and in lists, and its meaning.  The numbers are those of the wire. */
#define DEAL_STATE_LIST(X)                                                                                             \
	X(NEW, "DealStatusNew")                                                                                        \
	X(UNSEALING, "DealStatusUnsealing")                                                                            \
	X(UNSEALED, "DealStatusUnsealed")                                                                              \
	X(WAIT_FOR_ACCEPTANCE, "DealStatusWaitForAcceptance")                                                          \
	X(CHANNEL_CREATING, "DealStatusPaymentChannelCreating")                                                        \
	X(CHANNEL_ADDING_FUNDS, "DealStatusPaymentChannelAddingFunds")                                                 \
	X(ACCEPTED, "DealStatusAccepted")                                                                              \
	X(FUNDS_NEEDED_UNSEAL, "DealStatusFundsNeededUnseal")                                                          \
	X(FAILING, "DealStatusFailing")                                                                                \
	X(REJECTED, "DealStatusRejected")                                                                              \
	X(FUNDS_NEEDED, "DealStatusFundsNeeded")                                                                       \
	X(SEND_FUNDS, "DealStatusSendFunds")                                                                           \
	X(SEND_FUNDS_LAST_PAYMENT, "DealStatusSendFundsLastPayment")                                                   \
	X(ONGOING, "DealStatusOngoing")                                                                                \
	X(FUNDS_NEEDED_LAST_PAYMENT, "DealStatusFundsNeededLastPayment")                                               \
	X(COMPLETED, "DealStatusCompleted")                                                                            \
	X(DEAL_NOT_FOUND, "DealStatusDealNotFound")                                                                    \
	X(ERRORED, "DealStatusErrored")                                                                                \
	X(BLOCKS_COMPLETE, "DealStatusBlocksComplete")                                                                 \
	X(FINALIZING, "DealStatusFinalizing")                                                                          \
	X(COMPLETING, "DealStatusCompleting")                                                                          \
	X(CHECK_COMPLETE, "DealStatusCheckComplete")                                                                   \
	X(CHECK_FUNDS, "DealStatusCheckFunds")                                                                         \
	X(INSUFFICIENT_FUNDS, "DealStatusInsufficientFunds")                                                           \
	X(CHANNEL_ALLOCATING_LANE, "DealStatusPaymentChannelAllocatingLane")                                           \
	X(CANCELLING, "DealStatusCancelling")                                                                          \
	X(CANCELLED, "DealStatusCancelled")                                                                            \
	X(WAITING_FOR_LAST_BLOCKS, "DealStatusWaitingForLastBlocks")                                                   \
	X(CHANNEL_ADDING_INITIAL_FUNDS, "DealStatusPaymentChannelAddingInitialFunds")

enum deal_state {
#define DEAL_STATE_ENUM(name, text) DEAL_##name,
	DEAL_STATE_LIST(DEAL_STATE_ENUM)
#undef DEAL_STATE_ENUM
};
#define DEAL_STATE_COUNT 29

#define CLIENT_EVENT_LIST(X)                                                                                           \
	X(OPEN, "Open")                                                                                                \
	X(WRITE_DEAL_PROPOSAL_ERRORED, "WriteDealProposalErrored")                                                     \
	X(DEAL_PROPOSED, "DealProposed")                                                                               \
	X(DEAL_REJECTED, "DealRejected")                                                                               \
	X(DEAL_NOT_FOUND, "DealNotFound")                                                                              \
	X(DEAL_ACCEPTED, "DealAccepted")                                                                               \
	X(PROVIDER_CANCELLED, "ProviderCancelled")                                                                     \
	X(UNKNOWN_RESPONSE_RECEIVED, "UnknownResponseReceived")                                                        \
	X(CHANNEL_ERRORED, "PaymentChannelErrored")                                                                    \
	X(ALLOCATE_LANE_ERRORED, "AllocateLaneErrored")                                                                \
	X(CHANNEL_CREATE_INITIATED, "PaymentChannelCreateInitiated")                                                   \
	X(CHANNEL_READY, "PaymentChannelReady")                                                                        \
	X(CHANNEL_SKIP, "PaymentChannelSkip")                                                                          \
	X(CHANNEL_ADDING_FUNDS, "PaymentChannelAddingFunds")                                                           \
	X(CHANNEL_ADD_FUNDS_ERRORED, "PaymentChannelAddFundsErrored")                                                  \
	X(LAST_PAYMENT_REQUESTED, "LastPaymentRequested")                                                              \
	X(ALL_BLOCKS_RECEIVED, "AllBlocksReceived")                                                                    \
	X(PAYMENT_REQUESTED, "PaymentRequested")                                                                       \
	X(PAYMENT_NOT_SENT, "PaymentNotSent")                                                                          \
	X(UNSEAL_PAYMENT_REQUESTED, "UnsealPaymentRequested")                                                          \
	X(BLOCKS_RECEIVED, "BlocksReceived")                                                                           \
	X(SEND_FUNDS, "SendFunds")                                                                                     \
	X(FUNDS_EXPENDED, "FundsExpended")                                                                             \
	X(BAD_PAYMENT_REQUESTED, "BadPaymentRequested")                                                                \
	X(CREATE_VOUCHER_FAILED, "CreateVoucherFailed")                                                                \
	X(WRITE_DEAL_PAYMENT_ERRORED, "WriteDealPaymentErrored")                                                       \
	X(PAYMENT_SENT, "PaymentSent")                                                                                 \
	X(COMPLETE, "Complete")                                                                                        \
	X(DATA_TRANSFER_ERROR, "DataTransferError")                                                                    \
	X(CANCEL_COMPLETE, "CancelComplete")                                                                           \
	X(EARLY_TERMINATION, "EarlyTermination")                                                                       \
	X(COMPLETE_VERIFIED, "CompleteVerified")                                                                       \
	X(LANE_ALLOCATED, "LaneAllocated")                                                                             \
	X(VOUCHER_SHORTFALL, "VoucherShortfall")                                                                       \
	X(RECHECK_FUNDS, "RecheckFunds")                                                                               \
	X(CANCEL, "Cancel")                                                                                            \
	X(WAIT_FOR_LAST_BLOCKS, "WaitForLastBlocks")                                                                   \
	X(PROVIDER_ERRORED, "ProviderErrored")

enum client_event {
#define CLIENT_EVENT_ENUM(name, text) CLIENT_##name,
	CLIENT_EVENT_LIST(CLIENT_EVENT_ENUM)
#undef CLIENT_EVENT_ENUM
};
#define CLIENT_EVENT_COUNT 38

#define PROVIDER_EVENT_LIST(X)                                                                                         \
	X(OPEN, "Open")                                                                                                \
	X(DEAL_NOT_FOUND, "DealNotFound")                                                                              \
	X(DEAL_REJECTED, "DealRejected")                                                                               \
	X(DEAL_ACCEPTED, "DealAccepted")                                                                               \
	X(BLOCK_SENT, "BlockSent")                                                                                     \
	X(BLOCKS_COMPLETED, "BlocksCompleted")                                                                         \
	X(PAYMENT_REQUESTED, "PaymentRequested")                                                                       \
	X(SAVE_VOUCHER_FAILED, "SaveVoucherFailed")                                                                    \
	X(PARTIAL_PAYMENT_RECEIVED, "PartialPaymentReceived")                                                          \
	X(PAYMENT_RECEIVED, "PaymentReceived")                                                                         \
	X(COMPLETE, "Complete")                                                                                        \
	X(UNSEAL_ERROR, "UnsealError")                                                                                 \
	X(UNSEAL_COMPLETE, "UnsealComplete")                                                                           \
	X(DATA_TRANSFER_ERROR, "DataTransferError")                                                                    \
	X(CANCEL_COMPLETE, "CancelComplete")                                                                           \
	X(CLEANUP_COMPLETE, "CleanupComplete")                                                                         \
	X(MULTI_STORE_ERROR, "MultiStoreError")                                                                        \
	X(CLIENT_CANCELLED, "ClientCancelled")

enum provider_event {
#define PROVIDER_EVENT_ENUM(name, text) PROVIDER_##name,
	PROVIDER_EVENT_LIST(PROVIDER_EVENT_ENUM)
#undef PROVIDER_EVENT_ENUM
};
#define PROVIDER_EVENT_COUNT 18

enum deal_side { SIDE_CLIENT, SIDE_PROVIDER };

enum step_kind {
	STEP_INVALID,   /* the machine forbids this event here; nothing may be written */
	STEP_MOVE,      /* go to .to (maybe the same state) and run its handler */
	STEP_RECORD,    /* stay, record the data of the event, run no handler */
	STEP_UNDEFINED, /* the event has a name and no transition anywhere */
};
struct step {
	enum step_kind kind;
	enum deal_state to; /* for MOVE and RECORD */
};

struct step client_step(enum deal_state from, enum client_event event);
struct step provider_step(enum deal_state from, enum provider_event event);
/** deal_is_final - no event is expected after this state on @side. */
bool deal_is_final(enum deal_side side, enum deal_state state);
/** deal_state_name - "DealStatusOngoing"; "DealStatusUnknown" outside the 29. Static. */
const char *deal_state_name(unsigned state);
/** client_event_name, provider_event_name - "ClientEventOpen", "ProviderEventOpen"; static. */
const char *client_event_name(enum client_event event);
const char *provider_event_name(enum provider_event event);

#endif
