/* lotus_message.c - pushes and follows messages.
 *
 * Knows what a node's answers prove.  A push is judged by what has become of
 * the message, never by the words of an error; the node is never asked to
 * wait, because a node waits for ever if another message took the nonce.
 *
 * A search that finds nothing proves little: a gateway looks back 20 epochs
 * only.  Then the state is asked: the nonce of the sender, and the effect that
 * a message of this kind has.
 */
#include <inttypes.h>
#include <stdio.h>

#include "lotus/lotus_private.h"

/** struct lookup - what a search for a message has found. */
struct lookup {
	bool known;       /* the node has the message, and none of its nonce was turned away */
	bool missing;     /* the node gave an error in place of an answer */
	bool turned_away; /* this message, not another of its nonce, is on the chain and was not executed */
	json_t *tipset;   /* of the execution, owned; NULL: not found */
	int64_t height;   /* of that tipset */
	struct receipt receipt;
};

static void lookup_release(struct lookup *lookup)
{
	json_decref(lookup->tipset);
}
#define CLEAN_LOOKUP __attribute__((cleanup(lookup_release)))

/* Words for the exit codes of the runtime; the texts of actors are not in a receipt. */
static const char *exit_words(int code)
{
	static const struct {
		int code;
		const char *words;
	} rows[] = {
		{3, "no such method"},
		{5, "no such actor"},
		{6, "not enough funds"},
		{7, "out of gas"},
		{16, "illegal argument"},
		{17, "not found"},
		{18, "forbidden"},
		{19, "not enough funds in the actor"},
		{20, "illegal state"},
		{21, "the parameters do not decode"},
		{22, "no such method"},
		{32, "the channel has settled"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].code == code)
			return rows[i].words;
	}
	return "the actor refused the message";
}

static enum status read_receipt(struct receipt *out, const struct message *m, const json_t *json)
{
	CLEAN_BYTES struct bytes result = {0};
	struct receipt local = {.exit_code = 0};
	struct address id;
	uint64_t code, gas;
	enum status s = json_read_uint(&code, json_object_get(json, "ExitCode"));

	if (s != STATUS_OK || code > INT32_MAX)
		return STATUS_BAD_MESSAGE;
	local.exit_code = (int)code;
	s = json_read_uint(&gas, json_object_get(json, "GasUsed"));
	if (s != STATUS_OK || gas > INT64_MAX)
		return STATUS_BAD_MESSAGE;
	local.gas_used = (int64_t)gas;
	if (code != 0)
		snprintf(local.text, sizeof(local.text), "exit code %" PRIu64 ": %s", code, exit_words((int)code));
	s = json_read_bytes(&result, json_object_get(json, "Return"));
	if (s != STATUS_OK)
		return s;
	if (code == 0 && message_creates(m) &&
		create_return_decode(&id, &local.created, bytes_span(&result)) != STATUS_OK)
		return STATUS_BAD_MESSAGE;
	*out = local;
	return STATUS_OK;
}

static enum status read_lookup(struct lookup *out, const struct message *m, const json_t *json)
{
	json_t *tipset = json_object_get(json, "TipSet");
	struct lookup local = {.known = true};
	uint64_t height;
	enum status s = json_read_uint(&height, json_object_get(json, "Height"));

	if (s != STATUS_OK || height > INT64_MAX || !json_is_array(tipset))
		return STATUS_BAD_MESSAGE;
	s = read_receipt(&local.receipt, m, json_object_get(json, "Receipt"));
	if (s != STATUS_OK)
		return s;
	local.height = local.receipt.epoch = (int64_t)height;
	local.tipset = json_incref(tipset);
	*out = local;
	return STATUS_OK;
}

/*
 * The execution that an answer names; none if the message was turned away: then the message is on the chain, but its nonce
 * is free, and a later message with that nonce may still be executed.
 */
static enum status read_execution(
	struct lookup *out, const struct message *m, const struct cid *cid, const json_t *json)
{
	struct cid landed;
	enum status s = read_lookup(out, m, json);

	if (s != STATUS_OK || !receipt_turned_away(&out->receipt))
		return s;
	s = json_read_cid(&landed, json_object_get(json, "Message"));
	if (s != STATUS_OK)
		return s;
	json_decref(out->tipset);
	out->tipset = NULL;
	out->known = false;
	out->turned_away = cid_equal(&landed, cid);
	return STATUS_OK;
}

/*
 * Look for the message, as far back as the node looks, and also for one that differs in its gas only: such a message
 * does the same. An error is no answer: a node that never had the message, and one whose chain has another message of
 * this nonce, differ in their words only.
 */
static enum status search(struct lotus *l, struct lookup *out, const struct message *m, const struct cid *cid)
{
	CLEAN_JSON json_t *answer = NULL;
	enum status s =
		rpc_call(&l->rpc, &answer, "StateSearchMsg", json_pack("[[], o, i, b]", json_of_cid(cid), -1, 1));

	*out = (struct lookup){.known = s == STATUS_OK, .missing = s != STATUS_OK};
	if (s == STATUS_REJECTED || s == STATUS_NOT_FOUND) {
		error_clear(&l->rpc.error);
		return STATUS_OK;
	}
	if (s != STATUS_OK || json_is_null(answer))
		return s;
	return lotus_bad(l, read_execution(out, m, cid, answer), "StateSearchMsg");
}

enum status lotus_finalized(struct lotus *l, struct tipset *out)
{
	enum status s = lotus_tipset(l, out, "ChainGetFinalizedTipSet", json_array());

	if (s == STATUS_REJECTED || s == STATUS_UNSUPPORTED || s == STATUS_NOT_FOUND) {
		error_clear(&l->rpc.error);
		return STATUS_OK;
	}
	return s;
}

/* Is what was executed at @height so deep below the head that it can be relied on? */
static enum status is_deep(struct lotus *l, bool *deep, int64_t height)
{
	CLEAN_TIPSET struct tipset final = {.key = NULL};
	enum status s = lotus_head(l, true);

	if (s != STATUS_OK)
		return s;
	*deep = l->head.height - height >= l->options.confidence;
	if (*deep)
		return STATUS_OK;
	s = lotus_finalized(l, &final);
	if (s != STATUS_OK)
		return s;
	*deep = final.key != NULL && height <= final.height;
	return STATUS_OK;
}

/* The message was found. It is final if it is deep enough, and still there after the head was read. */
static enum status judge_found(struct lotus *l, struct outcome *out, const struct message *m, const struct cid *cid,
	const struct lookup *first)
{
	CLEAN_LOOKUP struct lookup again = {.known = false};
	bool deep;
	enum status s = is_deep(l, &deep, first->height);

	if (s != STATUS_OK)
		return s;
	*out = (struct outcome){.state = MESSAGE_PENDING};
	if (!deep)
		return STATUS_OK;
	s = search(l, &again, m, cid);
	if (s == STATUS_OK && again.tipset != NULL && json_equal(again.tipset, first->tipset))
		*out = (struct outcome){.state = MESSAGE_FINAL, .receipt = again.receipt};
	return s;
}

/* The nonce of an account at a tipset: the messages that the state has. */
static enum status state_nonce(struct lotus *l, uint64_t *nonce, const struct address *who, json_t *key)
{
	struct actor actor = {.nonce = 0};
	enum status s = lotus_actor(l, &actor, who, key);

	if (s != STATUS_OK && s != STATUS_NOT_FOUND)
		return s;
	*nonce = actor.nonce;
	return STATUS_OK;
}

/* A tipset so deep that its state can be relied on. */
static enum status deep_tipset(struct lotus *l, struct tipset *out)
{
	CLEAN_TIPSET struct tipset final = {.key = NULL};
	int64_t height;
	enum status s = lotus_head(l, true);

	if (s != STATUS_OK)
		return s;
	s = lotus_finalized(l, &final);
	if (s != STATUS_OK)
		return s;
	height = l->head.height - l->options.confidence;
	if (final.key != NULL && final.height >= height) {
		*out = final;
		json_incref(out->key);
		return STATUS_OK;
	}
	return lotus_tipset(l, out, "ChainGetTipSetByHeight",
		json_pack("[I, O]", (json_int_t)(height > 0 ? height : 0), l->head.key));
}

/* Has the update redeemed its voucher? The nonce of the lane tells. */
static enum status prove_update(
	struct lotus *l, bool *proved, const struct message *m, const struct node_channel *channel)
{
	struct lane_state lane;
	struct voucher v;
	struct span secret;
	enum status s = update_params_decode(&v, &secret, m->params);

	if (s != STATUS_OK)
		return s;
	s = lotus_lane_of(l, &lane, channel, v.lane);
	if (s != STATUS_OK)
		return s == STATUS_NOT_FOUND ? STATUS_OK : s;
	*proved = lane.nonce >= v.nonce;
	return STATUS_OK;
}

/* Does the state at @key show the effect of @m? A transfer leaves nothing that is certainly its own. */
static enum status prove(struct lotus *l, bool *proved, struct receipt *r, const struct message *m, json_t *key)
{
	struct node_channel channel;
	enum status s;

	*proved = false;
	if (message_creates(m)) {
		s = message_created(&r->created, m);
		return s == STATUS_OK ? lotus_existed(l, proved, &r->created, key) : s;
	}
	if (m->method == METHOD_SEND)
		return STATUS_OK;
	s = lotus_channel_at(l, &channel, &m->to, key);
	if (s == STATUS_NOT_FOUND) { /* collected */
		*proved = m->method != METHOD_PAYCH_UPDATE;
		return STATUS_OK;
	}
	if (s != STATUS_OK)
		return s;
	if (m->method == METHOD_PAYCH_UPDATE)
		return prove_update(l, proved, m, &channel);
	*proved = m->method == METHOD_PAYCH_SETTLE && channel.state.settling_at != 0;
	return STATUS_OK;
}

/*
 * The nonce was used, deep in the chain, and a search after that has not found the message. Either the search does not
 * look back so far, or another message has the nonce. A node that knows the message and finds no other one in its place
 * is believed where the state can't tell.
 */
static enum status judge_used(struct lotus *l, struct outcome *out, const struct message *m, json_t *key, bool known)
{
	struct outcome local = {.state = MESSAGE_REPLACED};
	bool proved;
	enum status s = prove(l, &proved, &local.receipt, m, key);

	if (s != STATUS_OK)
		return s;
	if (proved || (known && m->method == METHOD_SEND))
		local.state = MESSAGE_FINAL;
	*out = local;
	return STATUS_OK;
}

/* The node does not have the message, and its pool has one of that nonce: another one waits, unless one was executed just now. */
static enum status judge_foreign(struct lotus *l, struct outcome *out, const struct message *m)
{
	uint64_t nonce;
	enum status s = state_nonce(l, &nonce, &m->from, l->head.key);

	if (s == STATUS_OK && nonce <= m->nonce)
		out->state = MESSAGE_UNKNOWN;
	return s;
}

/*
 * The message was not found at first. If the pool's nonce, which counts what the chain has and what waits, is not beyond
 * the message's, then the message is neither executed nor waiting. Otherwise the nonce of the state is read before
 * the message is looked for again: an execution between the two is not missed.
 */
static enum status judge_missing(
	struct lotus *l, struct outcome *out, const struct message *m, const struct cid *cid, bool turned_away)
{
	CLEAN_LOOKUP struct lookup again = {.known = false};
	CLEAN_TIPSET struct tipset deep = {.key = NULL};
	uint64_t nonce, pool;
	enum status s = lotus_pool_nonce(l, &pool, &m->from);

	if (s != STATUS_OK)
		return s;
	if (pool <= m->nonce) {
		*out = (struct outcome){.state = turned_away ? MESSAGE_TURNED_AWAY : MESSAGE_UNKNOWN};
		return STATUS_OK;
	}
	s = deep_tipset(l, &deep);
	if (s != STATUS_OK)
		return s;
	s = state_nonce(l, &nonce, &m->from, deep.key);
	if (s != STATUS_OK)
		return s;
	s = search(l, &again, m, cid);
	if (s != STATUS_OK)
		return s;
	*out = (struct outcome){.state = MESSAGE_PENDING};
	if (again.tipset == NULL && nonce > m->nonce)
		return judge_used(l, out, m, deep.key, again.known);
	return again.missing ? judge_foreign(l, out, m) : STATUS_OK;
}

enum status lotus_outcome(void *self, struct outcome *o, const struct signed_message *m)
{
	CLEAN_LOOKUP struct lookup lookup = {.known = false};
	struct lotus *l = self;
	struct cid cid;
	enum status s = signed_message_cid(&cid, m);

	if (s != STATUS_OK)
		return s;
	s = search(l, &lookup, &m->message, &cid);
	if (s != STATUS_OK)
		return s;
	if (lookup.tipset != NULL)
		return judge_found(l, o, &m->message, &cid, &lookup);
	return judge_missing(l, o, &m->message, &cid, lookup.turned_away);
}

/* Does the balance cover value and highest fee? A node checks the fee alone, and keeps the fee of a message that fails. */
static enum status check_balance(struct lotus *l, const struct message *m)
{
	char have[AMOUNT_TEXT_MAX], want[AMOUNT_TEXT_MAX];
	struct amount balance, needed;
	enum status s = lotus_balance(l, &balance, &m->from);

	if (s != STATUS_OK)
		return s;
	if (!message_cost(&needed, m))
		return STATUS_BAD_AMOUNT;
	if (amount_cmp(&needed, &balance) <= 0)
		return STATUS_OK;
	return error_set(&l->rpc.error, STATUS_NO_FUNDS, "value and fee need %s afil, the account has %s afil",
		amount_decimal(want, &needed), amount_decimal(have, &balance));
}

/* The node answers with the CID of the message; another CID than ours is no success. */
static enum status push(struct lotus *l, const struct signed_message *m)
{
	CLEAN_JSON json_t *answer = NULL;
	struct cid ours, theirs;
	enum status s = lotus_know(l);

	if (s != STATUS_OK)
		return s;
	s = signed_message_cid(&ours, m);
	if (s != STATUS_OK)
		return s;
	l->has_balance = false; /* a message that is executed at once takes from it */
	s = rpc_call(&l->rpc, &answer, "MpoolPush", json_pack("[o]", json_of_signed(m, l->id.network)));
	if (s != STATUS_OK)
		return s;
	s = json_read_cid(&theirs, answer);
	if (s == STATUS_OK && !cid_equal(&ours, &theirs))
		s = STATUS_BAD_MESSAGE;
	return lotus_bad(l, s, "MpoolPush");
}

/* The node has taken the message: a node that executes at once has the receipt already. Otherwise the message is pending. */
static void look_again(struct lotus *l, struct outcome *out, const struct signed_message *m)
{
	CLEAN_LOOKUP struct lookup lookup = {.known = false};
	struct outcome executed;
	struct cid cid;

	*out = (struct outcome){.state = MESSAGE_PENDING};
	if (signed_message_cid(&cid, m) == STATUS_OK && search(l, &lookup, &m->message, &cid) == STATUS_OK &&
		lookup.tipset != NULL && judge_found(l, &executed, &m->message, &cid, &lookup) == STATUS_OK)
		*out = executed;
	error_clear(&l->rpc.error);
}

/*
 * A refusal, @why, proves nothing: the message may be in the node's pool, or on the chain, which is also where the money may
 * be that the account lacks.
 */
static enum status judge_refusal(
	struct lotus *l, struct outcome *out, const struct signed_message *m, enum status refusal)
{
	const struct error words = l->rpc.error;
	struct outcome known;
	enum status s = lotus_outcome(l, &known, m);

	if (s != STATUS_OK)
		return s;
	if (known.state == MESSAGE_UNKNOWN) {
		l->rpc.error = words;
		return refusal;
	}
	*out = known;
	return STATUS_OK;
}

/* The caller has just asked for the outcome, so only a refusal makes it worth to ask again. */
enum status lotus_submit(void *self, struct outcome *o, const struct signed_message *m)
{
	struct lotus *l = self;
	enum status s = signed_message_verify(m);

	if (s != STATUS_OK)
		return s;
	s = check_balance(l, &m->message);
	if (s == STATUS_OK)
		s = push(l, m);
	if (s == STATUS_OK)
		look_again(l, o, m);
	return s == STATUS_REJECTED || s == STATUS_NO_FUNDS ? judge_refusal(l, o, m, s) : s;
}
