/* paych.c - applies a call to a channel as the payment channel actor would.
 *
 * Knows the rules of specs-actors v5 and the order of the actor's checks,
 * because the first failed check decides the exit code.  Refuses to know where
 * a channel is stored, who signed a voucher, and the clock.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "deal/paych.h"

/* Fill in a refusal; always false. */
__attribute__((format(printf, 3, 4))) static bool refuse(
	struct paych_outcome *outcome, enum paych_exit code, const char *format, ...)
{
	va_list args;

	outcome->exit_code = code;
	va_start(args, format);
	vsnprintf(outcome->text, sizeof(outcome->text), format, args);
	va_end(args);
	return false;
}

static void accept(struct paych_outcome *outcome)
{
	*outcome = (struct paych_outcome){.exit_code = PAYCH_OK};
}

/* ValidateImmediateCallerIs(From, To): one party submits, and the other party has signed. */
static bool check_caller(const struct paych *p, struct paych_outcome *outcome, const struct address *caller)
{
	char who[ADDRESS_TEXT_MAX], from[ADDRESS_TEXT_MAX], to[ADDRESS_TEXT_MAX];

	if (address_equal(caller, &p->from) || address_equal(caller, &p->to))
		return true;
	return refuse(outcome, PAYCH_CALLER_FORBIDDEN, "caller %s is not one of [%s %s]",
		address_text(who, caller, NETWORK_MAIN), address_text(from, &p->from, NETWORK_MAIN),
		address_text(to, &p->to, NETWORK_MAIN));
}

static bool check_secret(const struct voucher *v, struct span secret)
{
	uint8_t hash[BLAKE2B_256_SIZE];

	if (v->secret_hash.len == 0)
		return true;
	blake2b(hash, sizeof(hash), secret);
	return span_equal(v->secret_hash, span_of(hash, sizeof(hash)));
}

/* All checks of a voucher that do not depend on the lanes. */
static bool check_voucher(const struct paych *p, struct paych_outcome *outcome, const struct paych_update *in)
{
	const struct voucher *v = in->voucher;
	char named[ADDRESS_TEXT_MAX], self[ADDRESS_TEXT_MAX], amount[AMOUNT_TEXT_MAX];

	if (!check_caller(p, outcome, in->caller))
		return false;
	if (v->signature_type == SIGNATURE_NONE)
		return refuse(outcome, PAYCH_ILLEGAL_ARGUMENT, "voucher has no signature");
	if (p->settling_at != 0 && in->epoch >= p->settling_at)
		return refuse(outcome, PAYCH_CHANNEL_STATE_UPDATE_AFTER_SETTLED,
			"no vouchers can be processed after SettlingAt epoch");
	if (in->secret.len > PAYCH_SECRET_MAX)
		return refuse(outcome, PAYCH_ILLEGAL_ARGUMENT, "secret must be at most 256 bytes long");
	if (!in->signature_valid)
		return refuse(outcome, PAYCH_ILLEGAL_ARGUMENT, "voucher signature invalid: bad signature");
	if (!address_equal(&v->channel, in->self))
		return refuse(outcome, PAYCH_ILLEGAL_ARGUMENT,
			"voucher payment channel address %s does not match receiver %s",
			address_text(named, &v->channel, NETWORK_MAIN), address_text(self, in->self, NETWORK_MAIN));
	if (in->epoch < v->time_lock_min)
		return refuse(outcome, PAYCH_ILLEGAL_ARGUMENT, "cannot use this voucher yet!");
	if (v->time_lock_max != 0 && in->epoch > v->time_lock_max)
		return refuse(outcome, PAYCH_ILLEGAL_ARGUMENT, "this voucher has expired!");
	if (amount_is_negative(&v->amount))
		return refuse(outcome, PAYCH_ILLEGAL_ARGUMENT, "voucher amount must be non-negative, was %.*s", 140,
			amount_decimal(amount, &v->amount));
	if (!check_secret(v, in->secret))
		return refuse(outcome, PAYCH_ILLEGAL_ARGUMENT, "incorrect secret!");
	/* The chain calls the actor that Extra names; this code has no actor to call. */
	if (v->extra.len != 0)
		return refuse(outcome, PAYCH_INVALID_RECEIVER, "spend voucher verification failed");
	if (v->lane > VOUCHER_LANE_MAX)
		return refuse(outcome, PAYCH_ILLEGAL_ARGUMENT, "maximum lane ID is 2^63-1");
	return true;
}

/*
 * Merge the lanes that the voucher names, and set @others to the sum of their redeemed amounts.  A lane that is named
 * twice, with a higher nonce each time, counts twice, as on the chain.
 */
static bool merge_lanes(struct paych *p, struct paych_outcome *outcome, struct amount *others, const struct voucher *v)
{
	struct span merges = v->merges;
	struct voucher_merge m;

	*others = amount_zero();
	while (voucher_next_merge(&m, &merges)) {
		struct paych_lane *lane;

		if (m.lane == v->lane)
			return refuse(outcome, PAYCH_ILLEGAL_ARGUMENT, "voucher cannot merge lanes into its own lane");
		lane = paych_find_lane(p, m.lane);
		if (!lane)
			return refuse(outcome, PAYCH_ILLEGAL_ARGUMENT, "voucher specifies invalid merge lane %" PRIu64,
				m.lane);
		if (lane->nonce >= m.nonce)
			return refuse(outcome, PAYCH_ILLEGAL_ARGUMENT,
				"merged lane in voucher has outdated nonce, cannot redeem");
		/* A sum that does not fit an amount is above the amount of any voucher. */
		if (!amount_add(others, others, &lane->redeemed))
			return refuse(outcome, PAYCH_ILLEGAL_ARGUMENT, "voucher would leave channel balance negative");
		lane->nonce = m.nonce;
	}
	return true;
}

/* MONEY: owed = owed before + amount - redeemed on this lane and the merged ones; never below 0 or above the balance. */
static bool redeem(struct paych *p, struct paych_outcome *outcome, const struct voucher *v)
{
	const struct paych_lane *lane = paych_find_lane(p, v->lane);
	struct amount counted, delta, to_send;

	if (lane && lane->nonce >= v->nonce)
		return refuse(outcome, PAYCH_ILLEGAL_ARGUMENT,
			"voucher has an outdated nonce, existing nonce: %" PRIu64 ", voucher nonce: %" PRIu64
			", cannot redeem",
			lane->nonce, v->nonce);
	if (!merge_lanes(p, outcome, &counted, v))
		return false;
	if ((lane && !amount_add(&counted, &counted, &lane->redeemed)) || !amount_sub(&delta, &v->amount, &counted))
		return refuse(outcome, PAYCH_ILLEGAL_ARGUMENT, "voucher would leave channel balance negative");
	if (!amount_add(&to_send, &p->to_send, &delta))
		return refuse(outcome, PAYCH_ILLEGAL_ARGUMENT, "not enough funds in channel to cover voucher");
	if (amount_is_negative(&to_send))
		return refuse(outcome, PAYCH_ILLEGAL_ARGUMENT, "voucher would leave channel balance negative");
	if (amount_cmp(&to_send, &p->balance) > 0)
		return refuse(outcome, PAYCH_ILLEGAL_ARGUMENT, "not enough funds in channel to cover voucher");
	p->to_send = to_send;
	return true;
}

static void delay_settling(struct paych *p, int64_t height)
{
	if (height == 0)
		return;
	if (p->settling_at != 0 && p->settling_at < height)
		p->settling_at = height;
	if (p->min_settle_height < height)
		p->min_settle_height = height;
}

/* A copy that can be thrown away if the call is refused half way. */
static enum status copy(struct paych *out, const struct paych *p)
{
	*out = *p;
	out->lanes = calloc(p->lane_count + 1, sizeof(*p->lanes));
	if (!out->lanes)
		return STATUS_NO_MEMORY;
	if (p->lane_count)
		memcpy(out->lanes, p->lanes, p->lane_count * sizeof(*p->lanes));
	return STATUS_OK;
}

enum status paych_apply_update(struct paych *p, struct paych_outcome *outcome, const struct paych_update *in)
{
	const struct voucher *v = in->voucher;
	struct paych_lane lane = {v->lane, v->nonce, v->amount};
	struct paych next;
	enum status s;

	if (!check_voucher(p, outcome, in))
		return STATUS_OK;
	s = copy(&next, p);
	if (s != STATUS_OK)
		return s;
	if (redeem(&next, outcome, v)) {
		delay_settling(&next, v->min_settle_height);
		s = paych_put_lane(&next, &lane);
		if (s == STATUS_OK) {
			struct paych old = *p;

			*p = next;
			next = old;
			accept(outcome);
		}
	}
	paych_release(&next);
	return s;
}

enum status paych_apply_settle(
	struct paych *p, struct paych_outcome *outcome, const struct address *caller, int64_t epoch)
{
	if (!check_caller(p, outcome, caller))
		return STATUS_OK;
	if (p->settling_at != 0) {
		refuse(outcome, PAYCH_ILLEGAL_STATE, "channel already settling");
		return STATUS_OK;
	}
	p->settling_at = epoch + PAYCH_SETTLE_DELAY;
	if (p->settling_at < p->min_settle_height)
		p->settling_at = p->min_settle_height;
	accept(outcome);
	return STATUS_OK;
}

/* INVARIANT 13: whoever keeps the state removes it with an outcome of 0, so that a channel is collected once. */
enum status paych_apply_collect(const struct paych *p, struct paych_outcome *outcome, struct paych_payout *payout,
	const struct address *caller, int64_t epoch)
{
	struct amount rest;

	if (!check_caller(p, outcome, caller))
		return STATUS_OK;
	if (p->settling_at == 0 || epoch < p->settling_at) {
		refuse(outcome, PAYCH_FORBIDDEN, "payment channel not settling or settled");
		return STATUS_OK;
	}
	if (!amount_sub(&rest, &p->balance, &p->to_send) || amount_is_negative(&rest)) {
		refuse(outcome, PAYCH_ILLEGAL_STATE, "Failed to send funds to `To`");
		return STATUS_OK;
	}
	*payout = (struct paych_payout){.to_payee = p->to_send, .to_payer = rest};
	accept(outcome);
	return STATUS_OK;
}

bool paych_add_funds(struct paych *p, const struct amount *value)
{
	return !amount_is_negative(value) && amount_add(&p->balance, &p->balance, value);
}

struct paych_lane *paych_find_lane(const struct paych *p, uint64_t id)
{
	for (size_t i = 0; i < p->lane_count; i++) {
		if (p->lanes[i].id == id)
			return &p->lanes[i];
	}
	return NULL;
}

enum status paych_put_lane(struct paych *p, const struct paych_lane *lane)
{
	struct paych_lane *old = paych_find_lane(p, lane->id), *grown;

	if (old) {
		*old = *lane;
		return STATUS_OK;
	}
	grown = realloc(p->lanes, (p->lane_count + 1) * sizeof(*grown));
	if (!grown)
		return STATUS_NO_MEMORY;
	p->lanes = grown;
	p->lanes[p->lane_count++] = *lane;
	return STATUS_OK;
}

void paych_release(struct paych *p)
{
	free(p->lanes);
	p->lanes = NULL;
	p->lane_count = 0;
}

#define GAS_UPDATE     7400000
#define GAS_LANE_LEVEL 930000 /* for each level of the tree of lanes above the first */
#define LANE_BITS      3      /* of a lane's number, for each level */

uint64_t paych_gas_of_update(uint64_t highest)
{
	uint64_t gas = GAS_UPDATE;

	while ((highest >>= LANE_BITS) != 0)
		gas += GAS_LANE_LEVEL;
	return gas;
}
