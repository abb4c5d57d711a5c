/* dry_run.c - GasEstimateMessageGas and StateCall: what would become of a message now.
 *
 * Knows the words of Lotus for a refusal.  Refuses to know why an actor refuses.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "embedded/embedded_actors.h"
#include "node/messages_private.h"

#define REFUSAL_MAX     512                 /* bytes of the text */
#define MAX_FEE_DEFAULT "70000000000000000" /* afil. Source: Lotus, node/config, DefaultMaxFee */

/* Source: go-state-types, exitcode. */
static const char *exit_name(char *text, size_t size, int code)
{
	static const struct {
		int code;
		const char *name;
	} names[] = {
		{3, "SysErrInvalidMethod"},
		{5, "SysErrInvalidReceiver"},
		{6, "SysErrInsufficientFunds"},
		{8, "SysErrForbidden"},
		{16, "ErrIllegalArgument"},
		{18, "ErrForbidden"},
		{20, "ErrIllegalState"},
		{21, "ErrSerialization"},
	};

	snprintf(text, size, "%d", code);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].code == code)
			snprintf(text, size, "%s(%d)", names[i].name, code);
	return text;
}

/* The backtrace of a refused message; "" for one that was not refused. */
static const char *refusal(char *text, struct node *n, const struct message *m, const struct receipt *r)
{
	struct address id = m->to;
	char to[ADDRESS_TEXT_MAX];
	uint64_t number;

	text[0] = '\0';
	if (r->exit_code == 0)
		return text;
	if (actor_number(n, &number, &m->to) == STATUS_OK)
		id = address_of_id(number);
	snprintf(text, REFUSAL_MAX,
		"message failed with backtrace:\n00: %s (method %" PRIu64 ") -- %s (%d)\n (RetCode=%d)",
		address_text(to, &id, n->about.network), m->method, r->text, r->exit_code, r->exit_code);
	return text;
}

/* The key address of a sender that the ledger knows. */
static enum status find_sender(struct node *n, struct address *sender, const struct address *from)
{
	uint64_t number;
	enum status s = actor_resolve(n, sender, from);

	return s == STATUS_OK ? actor_number(n, &number, from) : s;
}

/* Run @m with the next nonce of its sender. */
static enum status call_next(struct embedded *ledger, struct receipt *out, struct message *m)
{
	struct amount balance;
	enum status s = embedded_account(ledger, &balance, &m->nonce, &m->from);

	return s == STATUS_OK ? embedded_call(ledger, out, m) : s;
}

/* Run a message on the newest state; the nonce of the sender is put into @m. False, with the fault set. */
static bool dry_run(struct call *c, struct receipt *out, struct message *m)
{
	struct address sender;
	enum status s;

	if (address_is_none(&m->to) || address_is_none(&m->from)) {
		call_fail(c, RPC_FAILED, "a message needs a 'To' and a 'From'");
		return false;
	}
	s = find_sender(c->node, &sender, &m->from);
	if (s != STATUS_OK) {
		actor_missing(c, s, &m->from, "");
		return false;
	}
	m->from = sender;
	s = call_next(c->node->ledger, out, m);
	if (s != STATUS_OK)
		call_broke(c, s);
	return s == STATUS_OK;
}

/* The ceiling of the fee, which a client may name. */
static bool param_max_fee(struct call *c, size_t i, struct amount *out)
{
	const json_t *spec = json_array_get(c->params, i), *value = json_object_get(spec, "MaxFee");
	const char *text = json_string_value(value);

	if (amount_from_decimal(out, MAX_FEE_DEFAULT) != STATUS_OK)
		return false;
	if (!value || json_is_null(value) || (text && (strcmp(text, "0") == 0 || *text == '\0')))
		return true;
	if (text && amount_from_decimal(out, text) == STATUS_OK && !amount_is_negative(out))
		return true;
	call_fail(c, RPC_PARSE,
		"unmarshaling params for '%s' (param: *api.MessageSendSpec): failed to parse bigint string", c->method);
	return false;
}

/* Only the fields that are 0 are filled in. */
static json_t *propose(struct call *c, struct message *m, int64_t gas)
{
	struct amount price, max_fee;
	struct message proposed = *m;
	enum status s;

	if (!param_max_fee(c, 1, &max_fee))
		return NULL;
	s = embedded_propose(c->node->ledger, &proposed, &price, &max_fee);
	if (s != STATUS_OK)
		return call_broke(c, s);
	if (m->gas_limit == 0)
		m->gas_limit = gas + gas / 4;
	if (amount_is_zero(&m->gas_fee_cap))
		m->gas_fee_cap = proposed.gas_fee_cap;
	if (amount_is_zero(&m->gas_premium))
		m->gas_premium = proposed.gas_premium;
	return form_message(c->node, m);
}

static json_t *estimate(struct call *c, struct message_param *p)
{
	char name[40], text[REFUSAL_MAX];
	struct message m = p->message, run = m;
	struct receipt receipt;
	int64_t epoch;

	if (!param_tipset(c, 2, &epoch) || !dry_run(c, &receipt, &run))
		return NULL;
	if (receipt.exit_code != 0)
		return call_fail(c, RPC_REVERTED, "message execution failed (exit=[%s], vm error=[%s])",
			exit_name(name, sizeof(name), receipt.exit_code), refusal(text, c->node, &run, &receipt));
	return propose(c, &m, receipt.gas_used);
}

json_t *gas_estimate_message_gas(struct call *c)
{
	struct message_param p;
	json_t *result = param_message(c, 0, &p) ? estimate(c, &p) : NULL;

	message_param_release(&p);
	return result;
}

static json_t *call(struct call *c, struct message_param *p)
{
	static const char *const costs[] = {
		"GasUsed", "BaseFeeBurn", "OverEstimationBurn", "MinerPenalty", "MinerTip", "Refund", "TotalCost"};
	json_t *cost = json_pack("{s:n}", "Message");
	struct message m = p->message;
	char text[REFUSAL_MAX];
	struct receipt receipt;
	int64_t epoch;
	struct cid cid;

	if (!param_tipset(c, 1, &epoch) || !dry_run(c, &receipt, &m) || message_cid(&cid, &m) != STATUS_OK) {
		json_decref(cost);
		return NULL;
	}
	for (size_t i = 0; i < COUNT(costs); i++)
		json_object_set_new(cost, costs[i], json_string("0"));
	return json_pack("{s:o, s:o, s:o, s:o, s:{s:o, s:o, s:[], s:n}, s:s, s:i}", "MsgCid", form_cid(&cid), "Msg",
		form_message(c->node, &m), "MsgRct", receipt_form(&receipt, 0), "GasCost", cost, "ExecutionTrace",
		"Msg", form_message(c->node, &m), "MsgRct", receipt_form(&receipt, 0), "GasCharges", "Subcalls",
		"Error", refusal(text, c->node, &m, &receipt), "Duration", 0);
}

json_t *state_call(struct call *c)
{
	struct message_param p;
	json_t *result = param_message(c, 0, &p) ? call(c, &p) : NULL;

	message_param_release(&p);
	return result;
}
