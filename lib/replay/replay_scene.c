/* replay_scene.c - two parties in a scratch folder, as they stood when the recording began.
 *
 * Each has a ledger of its own, so that the client can sign with a key that is
 * not the recorded one while the provider still sees the recorded payer.
 */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/multibase.h"
#include "buyer/import_proposal.h"
#include "buyer/open_channel.h"
#include "buyer/pay.h"
#include "buyer/propose.h"
#include "buyer/receive.h"
#include "chain/embedded.h"
#include "funds/channels.h"
#include "replay/replay_private.h"
#include "seller/offer.h"
#include "store/channels.h"
#include "store/contents.h"
#include "wire/frame.h"

#define UNLIMITED "10000000000000000000000000000000000000000" /* afil: recordings do not tell ceilings */

/* The client's key: the recorded one, the caller's if it is the same, or one for the occasion. */
static enum status take_key(struct replay *r)
{
	const char *hex = replay_text(r->meta, "client_key");
	struct address recorded = replay_address(r->meta, "client_address"), given = {0};
	static const uint8_t seed[KEY_SECRET_SIZE] = "retrieval replay";
	uint8_t secret[KEY_SECRET_SIZE];
	enum status s = STATUS_NOT_FOUND;
	struct bytes decoded = {0};

	if (strlen(hex) == sizeof(secret) * 2 && base_decode(&decoded, BASE16, span_text(hex)) == STATUS_OK) {
		memcpy(secret, decoded.data, sizeof(secret));
		explicit_bzero(decoded.data, decoded.len);
		s = key_import(&r->client.key, secret);
	}
	bytes_release(&decoded);
	if (s != STATUS_OK && r->o->key != NULL) {
		given = address_of_key(r->o->key->public);
		if (address_equal(&given, &recorded))
			s = key_import(&r->client.key, r->o->key->secret);
	}
	if (s != STATUS_OK)
		s = key_from_seed(&r->client.key, seed);
	explicit_bzero(secret, sizeof(secret));
	r->client.has_key = s == STATUS_OK;
	if (s == STATUS_OK)
		r->payer = address_of_key(r->client.key.public);
	r->has_key = address_equal(&r->payer, &recorded);
	return s;
}

/* Channel and lane: what the first payment says, else what meta.json does. */
static void find_channel(struct replay *r)
{
	struct payment payment;

	r->channel = replay_address(r->meta, "channel");
	r->lane = replay_number(r->scenario, "lane");
	r->top_up = replay_amount(r->scenario, "top_up");
	for (size_t i = 0; i < r->frame_count; i++) {
		struct frame frame;

		if (frame_decode(&frame, r->frames[i].body) == STATUS_OK && frame.kind == FRAME_TRANSFER &&
			transfer_payment(&payment, &frame.transfer, frame.order) == STATUS_OK) {
			r->channel = payment.voucher.channel;
			r->lane = payment.voucher.lane;
			return;
		}
	}
}

static enum status open_ledger(
	struct replay *r, struct party *p, const char *name, const struct address *payer, const struct amount *balance)
{
	struct embedded_options options = {.network = NETWORK_MAIN, .manual = true};
	struct address payee = replay_address(r->meta, "provider_address");
	struct amount plenty;
	struct embedded *e = NULL;
	char path[sizeof(r->scratch) + 32];
	enum status s = amount_from_decimal(&plenty, UNLIMITED);

	snprintf(path, sizeof(path), "%s/%s", r->scratch, name);
	if (s == STATUS_OK)
		s = embedded_init(path, &options);
	if (s == STATUS_OK)
		s = embedded_open(&e, path);
	if (s == STATUS_OK)
		s = embedded_fund(e, payer, &plenty);
	if (s == STATUS_OK && !address_is_none(&r->channel) && !address_is_none(&payee))
		s = embedded_place(e, &r->channel, payer, &payee, balance);
	embedded_close(e);
	return s == STATUS_OK ? ledger_open(&p->ledger, path) : s;
}

static enum status open_party(struct replay *r, struct party *p, const char *name)
{
	char path[sizeof(r->scratch) + 32];
	struct kv_txn *t;
	uint8_t salt[32] = {1};
	enum status s;

	p->network = NETWORK_MAIN;
	p->now = (int64_t)replay_number(r->meta, "clock");
	snprintf(path, sizeof(path), "%s/%s", r->scratch, name);
	s = store_open(&p->store, path, KV_CREATE);
	if (s == STATUS_OK)
		s = kv_begin_write(store_kv(p->store), &t);
	if (s != STATUS_OK)
		return s;
	s = store_init_ids(t, salt);
	if (s == STATUS_OK)
		return kv_commit(&t);
	kv_abort(&t);
	return s;
}

static enum status import_channel(struct replay *r)
{
	struct channel c;
	struct kv_txn *t;
	enum status s = buyer_import_channel(&r->client, &r->channel);

	if (s == STATUS_OK)
		s = kv_begin_write(store_kv(r->client.store), &t);
	if (s != STATUS_OK)
		return s;
	s = store_get_channel(t, &c, &r->channel);
	c.next_lane = r->lane;
	if (s == STATUS_OK)
		s = store_put_channel(t, &c);
	if (s == STATUS_OK)
		return kv_commit(&t);
	kv_abort(&t);
	return s;
}

static uint64_t offered_number(const struct replay *r, const char *offered, const char *proposed)
{
	return json_object_get(r->scenario, offered) != NULL ? replay_number(r->scenario, offered)
							     : replay_number(r->scenario, proposed);
}

static struct amount offered_amount(const struct replay *r, const char *offered, const char *proposed)
{
	return replay_amount(r->scenario, json_object_get(r->scenario, offered) != NULL ? offered : proposed);
}

/* An offer whose content is gone, as it was then. */
static enum status offer_nothing(struct replay *r, const struct offer_terms *terms)
{
	struct offer o = {.id = span_text(""),
		.size = replay_number(r->scenario, "size"),
		.payment_address = terms->payee,
		.min_price_per_byte = terms->price_per_byte,
		.max_payment_interval = terms->interval,
		.max_payment_interval_increase = terms->increase,
		.unseal_price = terms->unseal_price};
	struct content c = {.path = span_text("/nonexistent")};
	struct kv_txn *t;
	enum status s = cid_parse(&o.payload, span_text(replay_text(r->meta, "root")));

	if (s == STATUS_OK)
		s = kv_begin_write(store_kv(r->provider.store), &t);
	if (s != STATUS_OK)
		return s;
	s = store_next_content(t, &c.number);
	if (s == STATUS_OK)
		s = store_put_content(t, &c);
	if (s == STATUS_OK)
		s = store_put_offer(t, &o, c.number);
	if (s == STATUS_OK)
		return kv_commit(&t);
	kv_abort(&t);
	return s;
}

/* The recorded content, to be freed; NULL if there is none. */
static enum status find_content(struct replay *r, char **path)
{
	const char *name = replay_text(r->meta, "content");
	char joined[sizeof(r->folder) + 4096];
	struct stat st;

	if (snprintf(joined, sizeof(joined), "%s/%s", r->folder, *name != '\0' ? name : "content.car") >=
		(int)sizeof(joined))
		return replay_broken(r, "meta.json", "'content' is too long");
	*path = realpath(joined, NULL);
	if (*path == NULL || (stat(*path, &st) == 0 && S_ISREG(st.st_mode)))
		return STATUS_OK;
	free(*path);
	*path = NULL;
	return replay_broken(r, "meta.json", "'content' is not a regular file");
}

static enum status offer_content(struct replay *r)
{
	struct offer_terms terms = {.price_per_byte = offered_amount(r, "offer_min_price", "price_per_byte"),
		.unseal_price = offered_amount(r, "offer_unseal_price", "unseal_price"),
		.interval = offered_number(r, "offer_payment_interval", "payment_interval"),
		.increase = offered_number(r, "offer_payment_interval_increase", "payment_interval_increase"),
		.payee = replay_address(r->meta, "provider_address")};
	struct bytes offer = {0};
	char *full = NULL;
	enum status s;

	if (json_is_true(json_object_get(r->scenario, "no_data"))) {
		r->has_offer = true;
		if (r->o->foreign || json_object_get(r->scenario, "offer_min_price") == NULL)
			return STATUS_OK;
		s = replay_need(r, "provider_address");
		return s == STATUS_OK ? offer_nothing(r, &terms) : s;
	}
	s = find_content(r, &full);
	if (s != STATUS_OK || full == NULL)
		return s; /* recorded by a client that never got it: there is no provider to replay */
	s = replay_need(r, "provider_address");
	if (s != STATUS_OK) {
		free(full);
		return s;
	}
	s = seller_offer(&r->provider, &offer, full, &terms);
	r->has_offer = s == STATUS_OK;
	free(full);
	bytes_release(&offer);
	return s;
}

/* Was the channel there before the first block? Only the recorded client's events can say. */
static bool had_early_channel(const struct replay *r)
{
	size_t i;
	json_t *row;

	json_array_foreach(r->events, i, row)
	{
		if (strcmp(replay_text(row, "event"), "ClientEventLaneAllocated") == 0)
			return true;
		if (strcmp(replay_text(row, "event"), "ClientEventBlocksReceived") == 0 ||
			strcmp(replay_text(row, "event"), "ClientEventAllBlocksReceived") == 0)
			return false;
	}
	return true;
}

enum status replay_open_scene(struct replay *r, bool one_key)
{
	struct amount balance = replay_amount(r->scenario, "channel_balance"), both = balance;
	struct address payer = replay_address(r->meta, "client_address");
	const char *folder = getenv("TMPDIR");
	enum status s = STATUS_OK;

	if (snprintf(r->scratch, sizeof(r->scratch), "%s/replay-XXXXXX", folder != NULL ? folder : "/tmp") >=
			(int)sizeof(r->scratch) ||
		mkdtemp(r->scratch) == NULL) {
		snprintf(r->scratch, sizeof(r->scratch), "/tmp/replay-XXXXXX");
		if (mkdtemp(r->scratch) == NULL) {
			r->scratch[0] = '\0';
			return party_fail(&r->tool->party, STATUS_IO, "cannot make a scratch folder in /tmp");
		}
	}
	find_channel(r);
	r->early_channel = had_early_channel(r);
	if (!amount_add(&both, &balance, &r->top_up))
		s = STATUS_BAD_AMOUNT;
	if (s == STATUS_OK)
		s = take_key(r);
	if (s == STATUS_OK)
		s = open_ledger(r, &r->client, "client-ledger", &r->payer, &balance);
	if (s == STATUS_OK)
		s = open_ledger(r, &r->provider, "provider-ledger",
			one_key || address_is_none(&payer) ? &r->payer : &payer, &both);
	if (s == STATUS_OK)
		s = open_party(r, &r->client, "client");
	if (s == STATUS_OK)
		s = open_party(r, &r->provider, "provider");
	if (s == STATUS_OK && !address_is_none(&r->channel) && *replay_text(r->meta, "provider_address") != '\0')
		s = import_channel(r);
	if (s == STATUS_OK)
		s = offer_content(r);
	if (s != STATUS_OK && r->tool->party.why[0] == '\0')
		party_fail(&r->tool->party, s, "'%.300s' can't be set up: %.200s", r->folder,
			r->provider.why[0] != '\0' ? r->provider.why
			: r->client.why[0] != '\0' ? r->client.why
						   : status_text(s));
	return s;
}

void replay_explain(struct replay *r, enum status s)
{
	if (s != STATUS_OK && r->tool->party.why[0] == '\0')
		party_fail(&r->tool->party, s, "replaying '%.300s': %.200s", r->name,
			r->client.why[0] != '\0'     ? r->client.why
			: r->provider.why[0] != '\0' ? r->provider.why
						     : status_text(s));
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void replay_close_scene(struct replay *r)
{
	receiver_free(r->receiver);
	r->receiver = NULL;
	store_close(r->client.store);
	store_close(r->provider.store);
	ledger_close(r->client.ledger);
	ledger_close(r->provider.ledger);
	key_release(&r->client.key);
	if (r->scratch[0] != '\0' && r->o->keep)
		tool_say(r->tool, "kept in %s", r->scratch);
	else if (r->scratch[0] != '\0')
		nftw(r->scratch, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	r->client = r->provider = (struct party){0};
	r->scratch[0] = '\0';
}

/* What the client does. */

/* What the client had before the deal, it has again. */
static enum status inherit(struct replay *r, uint64_t held)
{
	char *path = NULL;
	enum status s = find_content(r, &path);

	if (s == STATUS_OK && path != NULL)
		s = receiver_seed_file(r->receiver, path, held);
	free(path);
	return s;
}

enum status replay_adopt(struct replay *r, struct bytes *frames, struct span proposal)
{
	struct import a = {.client = replay_address(r->meta, "client_address"),
		.provider = replay_address(r->meta, "provider_address"),
		.size = replay_number(r->scenario, "size"),
		.total_funds = replay_amount(r->meta, "total_funds")};
	struct client_deal d;
	struct frame frame;
	uint64_t held = 0;
	enum status s = replay_need(r, "provider_address");

	if (address_is_none(&a.client)) /* a provider that was recorded alone does not tell it */
		a.client = r->payer;
	if (s == STATUS_OK)
		s = amount_from_decimal(&a.max_total, UNLIMITED);
	if (s == STATUS_OK)
		s = frame_decode(&frame, proposal);
	if (s == STATUS_OK)
		s = buyer_import_proposal(&r->client, &d, &held, &frame, &a);
	if (s == STATUS_OK)
		s = receiver_new(&r->receiver, &r->client);
	if (s == STATUS_OK)
		s = receiver_open(r->receiver, d.id);
	if (s == STATUS_OK && held != 0)
		s = inherit(r, held);
	if (s == STATUS_OK)
		s = receiver_request(r->receiver, frames);
	if (s == STATUS_OK)
		r->deal = d.id;
	return s;
}

/* Between two steps of the client everything is in its store. */
static enum status settle_down(struct replay *r)
{
	return r->receiver != NULL ? receiver_finish(r->receiver) : STATUS_OK;
}

static enum status look_again(struct replay *r)
{
	return r->receiver != NULL ? receiver_reload(r->receiver) : STATUS_OK;
}

enum status replay_open_channel(struct replay *r)
{
	struct amount funds = replay_amount(r->scenario, "channel_balance");
	struct client_deal d;
	enum status s = settle_down(r);

	if (s == STATUS_OK)
		s = party_get_client(&r->client, &d, r->deal);
	if (s != STATUS_OK || !client_wants_channel(&d))
		return s;
	s = buyer_open_channel(&r->client, r->deal, &funds, NULL);
	return s == STATUS_OK ? look_again(r) : s;
}

enum status replay_pay(struct replay *r, struct bytes *frames)
{
	struct amount none, zero = amount_zero(), one = amount_u64(1);
	enum status s = settle_down(r);

	if (!amount_sub(&none, &zero, &one))
		return STATUS_BAD_AMOUNT;
	if (s == STATUS_OK)
		s = buyer_pay(&r->client, frames, NULL, r->deal, &none);
	if (s == STATUS_NO_FUNDS && !amount_is_zero(&r->top_up)) {
		s = buyer_add_funds(&r->client, &r->channel, &r->top_up);
		r->top_up = amount_zero();
		if (s == STATUS_OK)
			s = buyer_restart(&r->client, r->deal);
		if (s == STATUS_OK)
			s = buyer_pay(&r->client, frames, NULL, r->deal, &none);
	}
	return s == STATUS_OK ? look_again(r) : s;
}

enum status replay_client_takes(struct replay *r, struct span body)
{
	enum status s = r->receiver != NULL ? STATUS_OK : receiver_new(&r->receiver, &r->client);

	return s == STATUS_OK ? receiver_take(r->receiver, body) : s;
}
