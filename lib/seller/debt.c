/* debt.c - the most that a client may owe at once, over all its deals. */
#include "seller/debt.h"

#include <inttypes.h>

#include "content/serving_lock.h"
#include "store/clients.h"
#include "store/contents.h"
#include "store/deal_texts.h"
#include "store/deals.h"

#define UNNAMED_CLIENTS 64 /* clients without a name may together owe as much as this many named clients */

/** struct served - the client's debt for deals that are being served, without deal @except. */
struct served {
	struct kv_txn *txn;
	struct serving_lock lock;
	uint64_t except; /* number of a deal */
	struct amount owed;
};

static enum status add_served(void *ctx, struct span client, uint64_t number, uint64_t id)
{
	struct served *served = ctx;
	struct provider_deal deal;
	struct tally tally;
	bool held = false;
	enum status s;

	(void)client;
	if (number == served->except)
		return STATUS_OK;
	s = serving_lock_is_held(&served->lock, &held, number);
	if (s != STATUS_OK || !held)
		return s;
	s = store_get_provider(served->txn, &deal, id);
	if (s != STATUS_OK)
		return s;
	tally = provider_tally(&deal);
	return amount_add(&served->owed, &served->owed, &tally.owed) ? STATUS_OK : STATUS_BAD_AMOUNT;
}

static enum status sum_served(
	struct party *party, struct kv_txn *txn, struct amount *owed, const char *client, uint64_t except)
{
	struct served served = {.txn = txn, .except = except, .owed = amount_zero()};
	enum status s = serving_lock_open(&served.lock, party->store);

	if (s == STATUS_OK)
		s = store_each_unpaid(txn, client, add_served, &served);
	serving_lock_close(&served.lock);
	*owed = served.owed;
	return s;
}

static bool may_owe_anything(const struct limits *limits)
{
	return limits->has_max_owed && amount_is_zero(&limits->max_owed);
}

/** struct interval - the bytes of one interval of @client, and the price of a byte. */
struct interval {
	const char *client;
	const struct amount *price;
	uint64_t bytes;
};

/* The most that the client may owe. */
static bool bound(struct amount *most, const struct limits *limits, const struct interval *interval)
{
	uint64_t bytes = interval->bytes;

	if (limits->has_max_owed) {
		*most = limits->max_owed;
		return true;
	}
	if (interval->client[0] == '\0')
		bytes = bytes > UINT64_MAX / UNNAMED_CLIENTS ? UINT64_MAX : bytes * UNNAMED_CLIENTS;
	return amount_mul_bytes(most, interval->price, bytes);
}

/* Is @a + @b above @most? */
static bool exceeds(const struct amount *a, const struct amount *b, const struct amount *most)
{
	struct amount sum;

	return !amount_add(&sum, a, b) || amount_cmp(&sum, most) > 0;
}

enum status debt_check_new(struct party *party, struct kv_txn *txn, struct refusal *why, const struct new_deal *wanted)
{
	const struct limits *limits = wanted->limits;
	const struct offer *offer = wanted->offer;
	char digits[AMOUNT_TEXT_MAX];
	const struct deal_params *terms = &wanted->deal->params;
	uint64_t first = terms->payment_interval < offer->size ? terms->payment_interval : offer->size;
	struct amount most, next, served, left;
	struct tally tally;
	enum status s = store_get_tally(txn, &tally, limits->client);

	if (s != STATUS_OK || amount_is_zero(&tally.owed) || may_owe_anything(limits))
		return s;
	s = sum_served(party, txn, &served, limits->client, 0);
	if (s != STATUS_OK)
		return s;
	if (!amount_sub(&left, &tally.owed, &served) || !amount_mul_bytes(&next, &terms->price_per_byte, first) ||
		!bound(&most, limits,
			&(struct interval){limits->client, &terms->price_per_byte, offer->max_payment_interval}))
		return STATUS_BAD_AMOUNT;
	if (amount_is_zero(&next) || amount_is_zero(&left) || amount_is_negative(&left) ||
		!exceeds(&left, &next, &most))
		return STATUS_OK;
	return provider_refuse(why, STATUS_REJECTED,
		"%.60s afil are owed for deals that were left or cancelled: pay for them before a new one",
		amount_decimal(digits, &left));
}

/* Bytes that the deal may send up to its next pause. */
static enum status next_bytes(struct kv_txn *txn, uint64_t *bytes, const struct provider_deal *deal)
{
	CLEAN_BYTES struct bytes owned = {0};
	struct content content;
	uint64_t rest;
	enum status s = store_get_content(txn, &content, &owned, deal->content);

	*bytes = deal->current_interval > deal->total_sent ? deal->current_interval - deal->total_sent : 0;
	if (s != STATUS_OK)
		return s == STATUS_NOT_FOUND ? STATUS_OK : s;
	rest = content.bytes > deal->total_sent ? content.bytes - deal->total_sent : 0;
	if (rest < *bytes)
		*bytes = rest;
	return STATUS_OK;
}

/** struct debtor - a deal that would send more, and the limits of its client. */
struct debtor {
	const struct provider_deal *deal;
	const struct limits *limits;
};

enum status debt_at_pause(struct kv_txn *txn, struct amount *owed, const struct provider_deal *deal)
{
	uint64_t bytes = 0;
	enum status s = deal->state == DEAL_ONGOING ? next_bytes(txn, &bytes, deal) : STATUS_OK;

	if (s != STATUS_OK)
		return s;
	return provider_owed_after(owed, deal, bytes) ? STATUS_OK : STATUS_BAD_AMOUNT;
}

/** struct sums - the debts that matter for one deal of a client. */
struct sums {
	struct amount others; /* debt for the client's other deals */
	struct amount served; /* the part of @others for deals that are being served */
	struct amount next;   /* this deal's debt at its next pause */
	struct amount most;
};

static enum status add_up(struct party *party, struct kv_txn *txn, struct sums *sums, const struct limits *limits,
	const struct provider_deal *deal)
{
	CLEAN_BYTES struct bytes client = {0};
	struct tally own = provider_tally(deal), tally;
	uint64_t bytes, before = interval_lower_bound(&deal->params, deal->current_interval);
	struct interval interval;
	enum status s = store_get_text(txn, &client, deal->id, TEXT_CLIENT);

	*sums = (struct sums){amount_zero(), amount_zero(), amount_zero(), amount_zero()};
	if (s != STATUS_OK)
		return s == STATUS_NOT_FOUND ? STATUS_OK : s;
	s = store_get_tally(txn, &tally, bytes_text(&client));
	if (s != STATUS_OK)
		return s;
	if (!amount_sub(&sums->others, &tally.owed, &own.owed))
		return STATUS_BAD_AMOUNT;
	if (amount_is_zero(&sums->others) || amount_is_negative(&sums->others))
		return STATUS_OK;
	s = sum_served(party, txn, &sums->served, bytes_text(&client), deal->number);
	if (s != STATUS_OK)
		return s;
	s = next_bytes(txn, &bytes, deal);
	if (s != STATUS_OK)
		return s;
	interval =
		(struct interval){bytes_text(&client), &deal->params.price_per_byte, deal->current_interval - before};
	return provider_owed_after(&sums->next, deal, bytes) && bound(&sums->most, limits, &interval)
		       ? STATUS_OK
		       : STATUS_BAD_AMOUNT;
}

static enum status judge(struct party *party, struct kv_txn *txn, struct sums *sums, enum debt_verdict *verdict,
	const struct debtor *debtor)
{
	struct amount left;
	enum status s;

	*verdict = DEBT_SEND;
	if (may_owe_anything(debtor->limits))
		return STATUS_OK;
	s = add_up(party, txn, sums, debtor->limits, debtor->deal);
	if (s != STATUS_OK || amount_is_zero(&sums->others) || amount_is_negative(&sums->others))
		return s;
	if (amount_is_zero(&sums->next) || !exceeds(&sums->others, &sums->next, &sums->most))
		return STATUS_OK;
	if (!amount_sub(&left, &sums->others, &sums->served))
		return STATUS_BAD_AMOUNT;
	*verdict = exceeds(&left, &sums->next, &sums->most) && !amount_is_zero(&left) && !amount_is_negative(&left)
			   ? DEBT_NEVER
			   : DEBT_WAIT;
	return STATUS_OK;
}

enum status debt_judge(
	struct party *party, enum debt_verdict *verdict, const struct limits *limits, const struct provider_deal *deal)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct sums sums;
	enum status s = kv_begin_read(store_kv(party->store), &txn);

	*verdict = DEBT_SEND;
	return s == STATUS_OK ? judge(party, txn, &sums, verdict, &(struct debtor){deal, limits}) : s;
}

enum status debt_check_batch(
	struct party *party, struct kv_txn *txn, const struct limits *limits, const struct provider_deal *deal)
{
	char owed[AMOUNT_TEXT_MAX], most[AMOUNT_TEXT_MAX];
	enum debt_verdict verdict;
	struct sums sums;
	enum status s;

	if (limits == NULL)
		return STATUS_OK;
	s = judge(party, txn, &sums, &verdict, &(struct debtor){deal, limits});
	if (s != STATUS_OK || verdict == DEBT_SEND)
		return s;
	return party_fail(party, STATUS_OWES_TOO_MUCH,
		"deal %" PRIu64 ": its client owes %s afil for other deals, and may owe %s afil", deal->id,
		amount_decimal(owed, &sums.others), amount_decimal(most, &sums.most));
}
