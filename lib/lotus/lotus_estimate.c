/* lotus_estimate.c - what a message will cost, and whether its actor would refuse it.
 *
 * Knows the node's estimate and its dry run, which run the message on the
 * newest state.
 * Trusts the node with no ceiling.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lotus/lotus_private.h"

#define GAS_LIMIT_MAX INT64_C(10000000000) /* of a block */
#define COLLECT_GAS   INT64_C(100000)      /* above the 98,800 that the deletion of an actor gives back */

/* Before network version 16 a node says "WORDS (RetCode=16): WORDS". */
static void old_words(char *out, size_t size, const char *words)
{
	const char *at = strstr(words, "vm error=["), *end;

	at = at != NULL ? at + strlen("vm error=[") : words;
	end = strstr(at, " (RetCode=");
	if (end == NULL)
		at = words;
	snprintf(out, size, "%.*s", end != NULL ? (int)(end - at) : (int)size - 1, at);
}

/* The actor's own words, which a node of today packs into a backtrace: "00: f01002 (method 2) -- WORDS (16)". */
static void actor_words(char *out, size_t size, const char *words)
{
	const char *at = NULL, *end;

	for (const char *next = strstr(words, " -- "); next != NULL; next = strstr(next + 4, " -- "))
		at = next + 4;
	end = at != NULL ? strstr(at, " (RetCode=") : NULL;
	if (end == NULL) {
		old_words(out, size, words);
		return;
	}
	while (end > at && (end[-1] == ' ' || end[-1] == '\n' || end[-1] == ')' || (end[-1] >= '0' && end[-1] <= '9')))
		end--;
	if (end > at && end[-1] == '(')
		end--;
	while (end > at && end[-1] == ' ')
		end--;
	snprintf(out, size, "%.*s", (int)(end - at), at);
}

/* A refusal whose code is in the node's words only, and is for people. */
static enum status refused(struct lotus *l, struct receipt *refusal)
{
	const char *code = strstr(l->rpc.words, "RetCode=");

	*refusal = (struct receipt){.epoch = l->head.height, .exit_code = -1};
	if (code != NULL)
		refusal->exit_code = (int)strtol(code + strlen("RetCode="), NULL, 10);
	if (refusal->exit_code == 0)
		refusal->exit_code = -1;
	actor_words(refusal->text, sizeof(refusal->text), l->rpc.words);
	return STATUS_REJECTED;
}

static enum status read_gas(struct message *m, const json_t *json)
{
	struct message local = *m;
	uint64_t limit;
	enum status s = json_read_uint(&limit, json_object_get(json, "GasLimit"));

	if (s != STATUS_OK)
		return s;
	s = json_read_amount(&local.gas_fee_cap, json_object_get(json, "GasFeeCap"));
	if (s != STATUS_OK)
		return s;
	s = json_read_amount(&local.gas_premium, json_object_get(json, "GasPremium"));
	if (s != STATUS_OK)
		return s;
	if (limit == 0 || limit > (uint64_t)GAS_LIMIT_MAX || amount_is_negative(&local.gas_fee_cap) ||
		amount_is_negative(&local.gas_premium) || amount_cmp(&local.gas_premium, &local.gas_fee_cap) > 0)
		return STATUS_BAD_MESSAGE;
	local.gas_limit = (int64_t)limit;
	*m = local;
	return STATUS_OK;
}

/*
 * An estimate is a quarter above the gas that was used at the end of a dry run. Before network version 16 the deletion of
 * an actor gives gas back at that end, so a message that collects needs more on its way. Such a message would fail, and
 * its fee be lost, on each run again.
 */
static void add_gas(struct message *m, const struct amount *max_fee)
{
	struct message more = *m;
	struct amount fee;

	if (m->method != METHOD_PAYCH_COLLECT || more.gas_limit > GAS_LIMIT_MAX - COLLECT_GAS)
		return;
	more.gas_limit += COLLECT_GAS;
	if (max_fee == NULL || (message_fee(&fee, &more) && amount_cmp(&fee, max_fee) <= 0))
		*m = more;
}

/* The node was told the ceiling, and is not trusted with it. A fee cap below the base fee would never be mined. */
static enum status check_fee(struct lotus *l, const struct message *m, const struct amount *max_fee)
{
	char ceiling[AMOUNT_TEXT_MAX], needed[AMOUNT_TEXT_MAX];
	struct amount fee, least;

	if (!message_fee(&fee, m) || !amount_mul_bytes(&least, &l->head.base_fee, (uint64_t)m->gas_limit))
		return STATUS_BAD_MESSAGE;
	if (max_fee != NULL && amount_cmp(&fee, max_fee) > 0)
		return error_set(&l->rpc.error, STATUS_TOO_DEAR,
			"the fee of up to %s afil is above the ceiling of %s afil", amount_decimal(needed, &fee),
			amount_decimal(ceiling, max_fee));
	if (amount_cmp(&m->gas_fee_cap, &l->head.base_fee) < 0)
		return error_set(&l->rpc.error, STATUS_TOO_DEAR,
			"the ledger takes %s afil now, above the ceiling of %s afil", amount_decimal(needed, &least),
			amount_decimal(ceiling, max_fee != NULL ? max_fee : &fee));
	return STATUS_OK;
}

/* NO_FUNDS for a value above the sender's balance: the node's own refusal of such a value looks like any other. */
static enum status check_value(struct lotus *l, const struct message *m)
{
	char have[AMOUNT_TEXT_MAX], want[AMOUNT_TEXT_MAX];
	struct amount balance;
	enum status s;

	if (amount_is_zero(&m->value))
		return STATUS_OK;
	s = lotus_balance(l, &balance, &m->from);
	if (s != STATUS_OK || amount_cmp(&m->value, &balance) <= 0)
		return s;
	return error_set(&l->rpc.error, STATUS_NO_FUNDS, "the message needs %s afil, the account has %s afil",
		amount_decimal(want, &m->value), amount_decimal(have, &balance));
}

enum status lotus_estimate(void *self, struct message *m, struct receipt *refusal, const struct amount *max_fee)
{
	struct lotus *l = self;
	CLEAN_JSON json_t *answer = NULL;
	struct message local = *m;
	struct amount none = amount_zero();
	enum status s = lotus_know(l);

	if (s != STATUS_OK)
		return s;
	s = lotus_head(l, false);
	if (s != STATUS_OK)
		return s;
	s = check_value(l, m);
	if (s != STATUS_OK)
		return s;
	local.gas_limit = 0;
	local.gas_fee_cap = local.gas_premium = none;
	s = rpc_call(&l->rpc, &answer, "GasEstimateMessageGas",
		json_pack("[o, {s:o}, []]", json_of_message(&local, l->id.network), "MaxFee",
			json_of_amount(max_fee != NULL ? max_fee : &none)));
	if (s == STATUS_REJECTED || s == STATUS_NOT_FOUND)
		return refused(l, refusal);
	if (s != STATUS_OK)
		return s;
	s = lotus_bad(l, read_gas(&local, answer), "GasEstimateMessageGas");
	if (s != STATUS_OK)
		return s;
	add_gas(&local, max_fee);
	s = check_fee(l, &local, max_fee);
	if (s != STATUS_OK)
		return s;
	*m = local;
	return STATUS_OK;
}

/* A dry run that was executed has a receipt, whose exit code may be a refusal. */
static enum status read_trial(struct receipt *out, const struct lotus *l, const json_t *json)
{
	const json_t *code = json_object_get(json_object_get(json, "MsgRct"), "ExitCode");
	const char *words = json_string_value(json_object_get(json, "Error"));

	if (!json_is_integer(code) || json_integer_value(code) < 0 || json_integer_value(code) > INT32_MAX)
		return STATUS_BAD_MESSAGE;
	*out = (struct receipt){.epoch = l->head.height, .exit_code = (int)json_integer_value(code)};
	if (out->exit_code != 0)
		actor_words(out->text, sizeof(out->text), words != NULL ? words : "no words");
	for (char *c = out->text; *c != '\0'; c++)
		if (*c == '\n' || *c == '\r' || *c == '\t')
			*c = ' ';
	return STATUS_OK;
}

/* A node of today answers a refusal by a result, an older one by an error. */
enum status lotus_try(void *self, struct receipt *r, const struct message *m)
{
	struct lotus *l = self;
	CLEAN_JSON json_t *answer = NULL;
	enum status s = lotus_know(l);

	if (s != STATUS_OK)
		return s;
	s = lotus_head(l, false);
	if (s != STATUS_OK)
		return s;
	s = rpc_call(&l->rpc, &answer, "StateCall", json_pack("[o, []]", json_of_message(m, l->id.network)));
	if (s == STATUS_REJECTED && strstr(l->rpc.words, "RetCode=") != NULL) {
		(void)refused(l, r);
		return STATUS_OK;
	}
	return s == STATUS_OK ? lotus_bad(l, read_trial(r, l, answer), "StateCall") : s;
}
