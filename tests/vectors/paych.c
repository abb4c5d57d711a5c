/* paych.c - codec/payment-channel-actor.json: 60 histories of a channel, each operation with its answer and the state after it. */
#include <stdlib.h>

#include "deal/paych.h"

#include "../support/test.h"
#include "../support/vectors.h"

static unsigned operations;

static int64_t int_of(json_t *row, const char *field)
{
	return json_integer_value(json_object_get(row, field));
}

static struct address address_of(json_t *row, const char *field)
{
	struct address a = {0};

	CHECK_EQUAL(address_parse(&a, NULL, span_text(vectors_text(row, field))), STATUS_OK, field);
	return a;
}

static void read_voucher(struct voucher *v, struct bytes *hash, struct bytes *merges, json_t *row)
{
	json_t *merge;
	size_t i;

	*v = (struct voucher){.signature_type = SIGNATURE_SECP256K1};
	v->channel = address_of(row, "channel");
	v->time_lock_min = int_of(row, "time_lock_min");
	v->time_lock_max = int_of(row, "time_lock_max");
	vectors_hex(hash, vectors_text(row, "secret_hash"));
	v->secret_hash = bytes_span(hash);
	v->lane = (uint64_t)int_of(row, "lane");
	v->nonce = (uint64_t)int_of(row, "nonce");
	CHECK_EQUAL(amount_from_decimal(&v->amount, vectors_text(row, "amount")), STATUS_OK, "amount");
	v->min_settle_height = int_of(row, "min_settle_height");
	json_array_foreach(json_object_get(row, "merges"), i, merge)
	{
		cbor_put_array(merges, 2);
		cbor_put_uint(merges, (uint64_t)int_of(merge, "Lane"));
		cbor_put_uint(merges, (uint64_t)int_of(merge, "Nonce"));
		v->merge_count++;
	}
	v->merges = bytes_span(merges);
}

static void update(struct paych *p, struct paych_outcome *outcome, const struct address *self, json_t *op)
{
	struct address caller = address_of(op, "caller");
	struct bytes hash = {0}, merges = {0};
	struct voucher v;
	struct paych_update in = {
		.self = self,
		.caller = &caller,
		.epoch = int_of(op, "epoch"),
		.voucher = &v,
		.secret = span_text(vectors_text(op, "secret")),
		.signature_valid = json_is_true(json_object_get(op, "signature_valid")),
	};

	read_voucher(&v, &hash, &merges, json_object_get(op, "voucher"));
	CHECK_EQUAL(paych_apply_update(p, outcome, &in), STATUS_OK, "update");
	bytes_release(&hash);
	bytes_release(&merges);
}

static void check_amount(const struct amount *got, const char *want, const char *what)
{
	char text[AMOUNT_TEXT_MAX];

	CHECK_TEXT(amount_decimal(text, got), want, what);
}

static void collect(const struct paych *p, struct paych_outcome *outcome, json_t *op)
{
	struct address caller = address_of(op, "caller");
	struct paych_payout payout;

	CHECK_EQUAL(paych_apply_collect(p, outcome, &payout, &caller, int_of(op, "epoch")), STATUS_OK, "collect");
	if (outcome->exit_code == PAYCH_OK) {
		check_amount(&payout.to_payee, vectors_text(op, "paid_to_payee"), "paid to the payee");
		check_amount(&payout.to_payer, vectors_text(op, "returned_to_payer"), "returned to the payer");
	}
}

static void check_state(const struct paych *p, json_t *want)
{
	json_t *lane, *lanes = json_object_get(want, "lanes");
	struct amount balance = amount_u64((uint64_t)int_of(want, "balance"));
	const char *id;

	CHECK(amount_cmp(&p->balance, &balance) == 0, "balance");
	check_amount(&p->to_send, vectors_text(want, "to_send"), "to send");
	CHECK_EQUAL(p->settling_at, int_of(want, "settling_at"), "settling at");
	CHECK_EQUAL(p->min_settle_height, int_of(want, "min_settle_height"), "min settle height");
	CHECK_EQUAL(p->lane_count, json_object_size(lanes), "number of lanes");
	json_object_foreach(lanes, id, lane)
	{
		const struct paych_lane *got = paych_find_lane(p, strtoull(id, NULL, 10));

		if (!CHECK(got != NULL, "lane is there"))
			continue;
		CHECK_EQUAL(got->nonce, int_of(lane, "nonce"), "nonce of a lane");
		check_amount(&got->redeemed, vectors_text(lane, "redeemed"), "redeemed of a lane");
	}
}

static void run(struct paych *p, const struct address *self, json_t *op)
{
	const char *name = vectors_text(op, "op");
	struct address caller = address_of(op, "caller");
	struct amount value = amount_u64((uint64_t)int_of(op, "amount"));
	struct paych_outcome outcome = {0};
	char text[256];

	if (strcmp(name, "update") == 0)
		update(p, &outcome, self, op);
	else if (strcmp(name, "settle") == 0)
		CHECK_EQUAL(paych_apply_settle(p, &outcome, &caller, int_of(op, "epoch")), STATUS_OK, "settle");
	else if (strcmp(name, "collect") == 0)
		collect(p, &outcome, op);
	else if (CHECK_TEXT(name, "add-funds", "operation"))
		CHECK(paych_add_funds(p, &value), "add funds");
	snprintf(text, sizeof(text), "abort(%d): %s", outcome.exit_code, outcome.text);
	CHECK_TEXT(outcome.exit_code == PAYCH_OK ? "0" : text, vectors_text(op, "result"), name);
	if (json_object_get(op, "state"))
		check_state(p, json_object_get(op, "state"));
	operations++;
}

static void check_history(json_t *history)
{
	struct address self = address_of(history, "channel");
	struct paych p = {0};
	json_t *op;
	size_t i;

	p.from = address_of(history, "payer");
	p.to = address_of(history, "payee");
	p.balance = amount_u64((uint64_t)int_of(history, "balance"));
	json_array_foreach(json_object_get(history, "ops"), i, op) run(&p, &self, op);
	paych_release(&p);
}

int main(int argc, char **argv)
{
	json_t *histories = argc > 1 ? vectors_load(argv[1], "codec/payment-channel-actor.json") : NULL;
	json_t *history;
	size_t i;

	json_array_foreach(histories, i, history) check_history(history);
	if (histories)
		CHECK_EQUAL(operations, 761, "every operation was run");
	json_decref(histories);
	return test_end();
}
