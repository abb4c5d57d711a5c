/* ledger_ops.h - the functions that a kind of ledger implements, and what becomes of a message. */
#ifndef CHAIN_LEDGER_OPS_H
#define CHAIN_LEDGER_OPS_H

#include "base/error.h"
#include "deal/paych.h"
#include "wire/ledger_id.h"
#include "wire/message.h"

/** struct receipt - the outcome of a message. */
struct receipt {
	int64_t epoch;
	int exit_code; /* enum paych_exit, or the runtime's: 3 no such method, 5 no such actor, 6 not enough funds, 21 bad parameters */
	char text[192];               /* the reason, if the exit code is not 0 */
	struct address created;       /* create: the new channel */
	bool has_payout;              /* collect: the ledger can tell the two amounts below */
	struct amount paid, returned; /* collect: to the payee, to the payer */
	int64_t gas_used;
};

/**
 * receipt_turned_away - was the message turned away before it was executed, for its gas or its sender's balance? Then its
 * nonce is free, and it has paid nothing. Source: Filecoin's virtual machine, pre-validation.
 */
static inline bool receipt_turned_away(const struct receipt *r)
{
	return r->gas_used == 0 && (r->exit_code == 1 || r->exit_code == 2 || r->exit_code == 7);
}

/** enum message_state - the state of a message that was submitted, or was to be submitted. */
enum message_state {
	MESSAGE_PENDING, /* not executed, or executed so recently that the receipt can't be relied on yet */
	MESSAGE_FINAL,   /* executed; the receipt stands */
	MESSAGE_UNKNOWN, /* the ledger does not have the message, and no message with its nonce was executed: submit the same bytes again */
	/*
	 * The ledger has turned the message away, for its gas or for the balance of its sender: the same bytes would be
	 * turned away again. Its nonce is free.
	 */
	MESSAGE_TURNED_AWAY,
	MESSAGE_REPLACED, /* another message has used the nonce: this message will never be executed */
};

/** struct outcome - what has become of a message. */
struct outcome {
	enum message_state state;
	struct receipt receipt; /* MESSAGE_FINAL */
};

/** outcome_is_open - may the message still be executed? */
static inline bool outcome_is_open(const struct outcome *o)
{
	return o->state == MESSAGE_PENDING || o->state == MESSAGE_UNKNOWN || o->state == MESSAGE_TURNED_AWAY;
}

/** struct channel_visit - the callback that receives the channels of a ledger. */
struct channel_visit {
	/* May query the ledger; a status other than OK stops the visit and is returned. */
	enum status (*each)(void *ctx, const struct address *channel, const struct paych *head);
	void *ctx;
};

/** struct ledger_ops - the functions that a kind of ledger implements; each does what ledger.h says of the function of that name. */
struct ledger_ops {
	bool remote; /* queries go over a network */
	enum status (*network)(void *self, enum network *network);
	enum status (*identity)(void *self, struct ledger_id *id);
	enum status (*height)(void *self, uint64_t *height);
	enum status (*epoch)(void *self, int64_t *epoch);
	enum status (*balance)(void *self, struct amount *balance, const struct address *who);
	enum status (*nonce)(void *self, uint64_t *nonce, const struct address *who);
	enum status (*channel)(void *self, struct paych *head, const struct address *channel);
	enum status (*final_channel)(void *self, struct paych *head, const struct address *channel);
	enum status (*lane)(void *self, struct paych_lane *lane, const struct address *channel, uint64_t id);
	enum status (*last_lane)(void *self, uint64_t *id, const struct address *channel);
	enum status (*collected)(void *self, struct receipt *r, const struct address *channel);
	enum status (*payout)(void *self, struct receipt *r, const struct address *channel);
	enum status (*epoch_seconds)(void *self, int64_t *seconds);
	enum status (*estimate)(void *self, struct message *m, struct receipt *refusal, const struct amount *max_fee);
	enum status (*base_fee)(void *self, struct amount *base_fee);
	enum status (*try)(void *self, struct receipt *r, const struct message *m);
	enum status (*channel_code)(void *self, struct cid *code);
	enum status (*created)(void *self, struct address *channel, const struct message *m);
	enum status (*submit)(void *self, struct outcome *o, const struct signed_message *m);
	enum status (*outcome)(void *self, struct outcome *o, const struct signed_message *m);
	enum status (*each_channel)(void *self, const struct address *from, const struct channel_visit *visit);
	const struct error *(*error)(const void *self);         /* NULL if statuses say all */
	void (*refresh)(void *self);                            /* NULL if every query is answered anew */
	void (*set_stop)(void *self, const volatile int *stop); /* NULL if no query waits */
	void (*set_clock)(void *self, int64_t now);             /* NULL if the ledger does not follow the local clock */
	void (*close)(void *self);
};

#endif
