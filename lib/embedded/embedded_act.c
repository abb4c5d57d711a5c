/* embedded_act.c - calls the actor that a message of the embedded ledger is for.
 *
 * Knows the actors: accounts, the init actor, payment channels.  Refuses to
 * know the rules of channels: these are in deal/paych.h.
 *
 * A refusal by an actor uses up the nonce and moves no money: each method below
 * checks first and writes afterwards.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "embedded/embedded_private.h"

/* Exit codes of the runtime itself; go-state-types, exitcode. */
enum { EXIT_NO_METHOD = 3, EXIT_NO_ACTOR = 5, EXIT_NO_FUNDS = 6, EXIT_FORBIDDEN = 18, EXIT_BAD_PARAMETERS = 21 };

__attribute__((format(printf, 3, 4))) static enum status refuse(struct call *c, int code, const char *format, ...)
{
	va_list args;

	c->receipt.exit_code = code;
	va_start(args, format);
	vsnprintf(c->receipt.text, sizeof(c->receipt.text), format, args);
	va_end(args);
	return STATUS_OK;
}

static enum status refuse_method(struct call *c)
{
	return refuse(c, EXIT_NO_METHOD, "no method %" PRIu64, c->m->method);
}

static bool taken(struct call *c, const struct paych_outcome *outcome)
{
	c->receipt.exit_code = outcome->exit_code;
	memcpy(c->receipt.text, outcome->text, sizeof(c->receipt.text));
	return outcome->exit_code == PAYCH_OK;
}
_Static_assert(sizeof(((struct receipt *)0)->text) == sizeof(((struct paych_outcome *)0)->text), "texts are as long");

static void name_act(struct call *c, const char *what)
{
	memset(c->entry.what, 0, sizeof(c->entry.what));
	strncpy(c->entry.what, what, sizeof(c->entry.what) - 1);
}

/* Take the message's value from the sender, whose funds embedded_act() has checked. */
static enum status pay(struct call *c)
{
	struct account a;
	enum status s = account_load(c->txn, &a, &c->m->from);

	if (s != STATUS_OK)
		return s;
	if (!amount_sub(&a.balance, &a.balance, &c->m->value) || amount_is_negative(&a.balance))
		return STATUS_CORRUPT;
	return account_save(c->txn, &a, &c->m->from);
}

/* Can this address have an account?  A key address always can; an id address only if the account exists. */
static enum status find_account(struct call *c, bool *found, const struct address *who)
{
	struct account a;
	enum status s;

	*found = address_is_key(who);
	if (*found || address_is_none(who))
		return STATUS_OK;
	s = account_load(c->txn, &a, who);
	*found = s == STATUS_OK;
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

static enum status act_send(struct call *c)
{
	bool found;
	enum status s = find_account(c, &found, &c->m->to);
	char to[ADDRESS_TEXT_MAX];

	if (s != STATUS_OK)
		return s;
	if (!found)
		return refuse(c, EXIT_NO_ACTOR, "no actor at %s", address_text(to, &c->m->to, NETWORK_MAIN));
	if (c->m->method != METHOD_SEND)
		return refuse_method(c);
	s = pay(c);
	return s == STATUS_OK ? account_credit(c->txn, &c->m->to, &c->m->value) : s;
}

/*
 * The address depends on the sender's address and nonce, as on the chain, so that the address is known in advance; and
 * on the ledger's identity, because a voucher names only its channel and must be worth nothing on another ledger.
 * Ledgers without an identity use the sender's address and nonce alone. A ledger that is to look like the chain uses
 * the chain's own rule, which has no ledger in it.
 */
enum status books_new_address(struct address *out, const struct message *m, const struct books *b)
{
	static const uint8_t none[LEDGER_GENESIS_SIZE];
	bool named = memcmp(b->identity, none, sizeof(none)) != 0;
	CLEAN_BYTES struct bytes seed = {0};
	enum status s;

	if (b->chain_addresses)
		return message_created(out, m);
	cbor_put_array(&seed, named ? 3 : 2);
	cbor_put_bytes(&seed, address_span(&m->from));
	cbor_put_uint(&seed, m->nonce);
	if (named)
		cbor_put_bytes(&seed, span_of(b->identity, sizeof(b->identity)));
	s = bytes_status(&seed);
	if (s != STATUS_OK)
		return s;
	*out = address_of_actor(bytes_span(&seed));
	return STATUS_OK;
}

static enum status act_create(struct call *c)
{
	struct paych head = {.balance = c->m->value}, old;
	struct cid code, known = paych_code();
	bool have_from, have_to;
	enum status s;

	name_act(c, "create");
	s = create_params_decode(&code, &head.from, &head.to, c->m->params);
	if (s == STATUS_OK && !cid_equal(&code, &known))
		s = STATUS_BAD_VALUE;
	if (s != STATUS_OK)
		return s == STATUS_NO_MEMORY ? s : refuse(c, EXIT_BAD_PARAMETERS, "failed to unmarshal params");
	s = find_account(c, &have_from, &head.from);
	if (s != STATUS_OK)
		return s;
	s = find_account(c, &have_to, &head.to);
	if (s != STATUS_OK)
		return s;
	if (!have_from || !have_to)
		return refuse(c, EXIT_FORBIDDEN, "constructor failed");
	s = books_new_address(&c->receipt.created, c->m, c->books);
	if (s != STATUS_OK)
		return s;
	s = channel_load(c->txn, &old, &c->receipt.created);
	if (s != STATUS_NOT_FOUND)
		return s == STATUS_OK ? STATUS_CORRUPT : s;
	c->entry.channel = c->receipt.created;
	s = pay(c);
	return s == STATUS_OK ? channel_save(c->txn, &head, &c->receipt.created) : s;
}

/* Load only the lanes that the voucher names, so that the cost of an update does not grow with the channel. */
static enum status load_lane(struct call *c, struct paych *p, uint64_t id)
{
	struct paych_lane lane;
	enum status s = lane_load(c->txn, &lane, &c->m->to, id);

	if (s == STATUS_NOT_FOUND)
		return STATUS_OK;
	return s == STATUS_OK ? paych_put_lane(p, &lane) : s;
}

static enum status load_lanes(struct call *c, struct paych *p, const struct voucher *v)
{
	struct span merges = v->merges;
	struct voucher_merge m;
	enum status s = load_lane(c, p, v->lane);

	while (s == STATUS_OK && voucher_next_merge(&m, &merges))
		s = load_lane(c, p, m.lane);
	return s;
}

static enum status save_channel(struct call *c, const struct paych *p)
{
	enum status s = pay(c);

	if (s != STATUS_OK)
		return s;
	s = channel_save(c->txn, p, &c->m->to);
	for (size_t i = 0; s == STATUS_OK && i < p->lane_count; i++)
		s = lane_save(c->txn, &p->lanes[i], &c->m->to);
	return s;
}

static enum status act_update(struct call *c, struct paych *p)
{
	/* One party submits the voucher, so the other party must have signed the voucher. */
	const struct address *other = address_equal(&c->m->from, &p->from) ? &p->to : &p->from;
	struct paych_outcome outcome;
	struct address signer;
	struct voucher v;
	struct paych_update in = {.self = &c->m->to, .caller = &c->m->from, .epoch = c->epoch, .voucher = &v};
	enum status s;

	name_act(c, "update");
	s = update_params_decode(&v, &in.secret, c->m->params);
	if (s != STATUS_OK)
		return s == STATUS_NO_MEMORY ? s : refuse(c, EXIT_BAD_PARAMETERS, "failed to unmarshal params");
	c->entry.lane = v.lane;
	c->entry.nonce = v.nonce;
	s = voucher_signer(&signer, &v);
	if (s == STATUS_NO_MEMORY)
		return s;
	in.signature_valid = s == STATUS_OK && address_equal(&signer, other);
	s = load_lanes(c, p, &v);
	if (s != STATUS_OK)
		return s;
	s = paych_apply_update(p, &outcome, &in);
	if (s != STATUS_OK || !taken(c, &outcome))
		return s;
	return save_channel(c, p);
}

static enum status act_settle(struct call *c, struct paych *p)
{
	struct paych_outcome outcome;
	enum status s = paych_apply_settle(p, &outcome, &c->m->from, c->epoch);

	name_act(c, "settle");
	return s == STATUS_OK && taken(c, &outcome) ? save_channel(c, p) : s;
}

static enum status act_collect(struct call *c, const struct paych *p)
{
	struct paych_payout payout = {.to_payee = amount_zero(), .to_payer = amount_zero()};
	struct receipt *r = &c->receipt;
	struct paych_outcome outcome;
	enum status s = paych_apply_collect(p, &outcome, &payout, &c->m->from, c->epoch);

	name_act(c, "collect");
	if (s != STATUS_OK || !taken(c, &outcome))
		return s;
	r->has_payout = true;
	r->paid = payout.to_payee;
	r->returned = payout.to_payer;
	s = pay(c);
	if (s != STATUS_OK)
		return s;
	s = channel_delete(c->txn, &c->m->to);
	if (s != STATUS_OK)
		return s;
	s = account_credit(c->txn, &p->to, &r->paid);
	if (s != STATUS_OK)
		return s;
	return account_credit(c->txn, &p->from, &r->returned);
}

static enum status act_on_channel(struct call *c, struct paych *p)
{
	c->entry.channel = c->m->to;
	if (!paych_add_funds(p, &c->m->value))
		return STATUS_BAD_AMOUNT;
	switch (c->m->method) {
	case METHOD_SEND:
		name_act(c, "add-funds");
		return save_channel(c, p);
	case METHOD_PAYCH_UPDATE:
		return act_update(c, p);
	case METHOD_PAYCH_SETTLE:
		return act_settle(c, p);
	case METHOD_PAYCH_COLLECT:
		return act_collect(c, p);
	}
	return refuse_method(c);
}

static enum status has_funds(struct call *c, bool *enough)
{
	struct account a;
	enum status s = account_load(c->txn, &a, &c->m->from);

	if (s == STATUS_OK)
		*enough = amount_cmp(&c->m->value, &a.balance) <= 0;
	return s;
}

enum status embedded_act(struct call *c)
{
	struct address init = address_of_id(ADDRESS_INIT_ACTOR_ID);
	struct paych p;
	bool enough;
	enum status s = has_funds(c, &enough);

	if (s != STATUS_OK)
		return s;
	name_act(c, "send");
	if (!enough)
		return refuse(c, EXIT_NO_FUNDS, "the sender does not have the value of the message");
	if (address_equal(&c->m->to, &init))
		return c->m->method == METHOD_INIT_EXEC ? act_create(c) : refuse_method(c);
	s = channel_load(c->txn, &p, &c->m->to);
	if (s == STATUS_NOT_FOUND)
		return act_send(c);
	if (s != STATUS_OK)
		return s;
	s = act_on_channel(c, &p);
	paych_release(&p);
	return s;
}
