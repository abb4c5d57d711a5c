/* replay_scene.c - makes two parties in a scratch folder, in their states at the start of the recording.
 *
 * Each has a ledger of its own, so that the client can sign with a key that is
 * not the recorded one while the provider still sees the recorded payer.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/unfinished.h"
#include "buyer/import_proposal.h"
#include "buyer/pay.h"
#include "buyer/propose.h"
#include "buyer/receive.h"
#include "buyer/requests.h"
#include "embedded/embedded.h"
#include "funds/add_funds.h"
#include "funds/channels.h"
#include "opening/open_channel.h"
#include "party/ledger_place.h"
#include "replay/replay_private.h"
#include "seller/offer.h"
#include "store/channels.h"
#include "store/contents.h"
#include "tool/stop.h"
#include "wire/frame.h"

#define UNLIMITED "10000000000000000000000000000000000000000" /* afil; recordings do not have ceilings */

/* The client's key: the recorded key, the caller's key if it is the same, or a new key. */
static enum status take_key(struct replay *r)
{
	struct address recorded = field_address(r->recording.meta, "client_address"), given = {0};
	static const uint8_t seed[KEY_SECRET_SIZE] = "retrieval replay";
	uint8_t secret[KEY_SECRET_SIZE];
	enum status s = STATUS_NOT_FOUND;

	if (field_hex(secret, sizeof(secret), r->recording.meta, "client_key"))
		s = key_import(&r->client.key, secret);
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

/* Channel and lane: from the first payment, else from meta.json. */
static void find_channel(struct replay *r)
{
	struct payment payment;

	r->channel = field_address(r->recording.meta, "channel");
	r->lane = field_number(r->recording.scenario, "lane");
	r->top_up = field_amount(r->recording.scenario, "top_up");
	for (size_t i = 0; i < r->recording.count; i++) {
		const struct frame *frame = &replay_frame(r, i)->frame;

		if (frame->decoded == STATUS_OK && frame->kind == FRAME_TRANSFER &&
			transfer_payment(&payment, &frame->transfer, frame->order) == STATUS_OK) {
			r->channel = payment.voucher.channel;
			r->lane = payment.voucher.lane;
			return;
		}
	}
}

/* An embedded ledger in which the payer has enough funds, and the channel has its recorded balance. */
static enum status fill_ledger(
	struct replay *r, struct embedded *e, const struct address *payer, const struct amount *balance)
{
	struct address payee = field_address(r->recording.meta, "provider_address");
	struct amount plenty;
	enum status s = amount_from_decimal(&plenty, UNLIMITED);

	if (s != STATUS_OK)
		return s;
	s = embedded_fund(e, payer, &plenty);
	if (s != STATUS_OK || address_is_none(&r->channel) || address_is_none(&payee))
		return s;
	return embedded_place(e, &r->channel, payer, &payee, balance);
}

static enum status open_ledger(
	struct replay *r, struct party *p, const char *name, const struct address *payer, const struct amount *balance)
{
	struct embedded_options options = {.network = NETWORK_MAIN, .manual = true};
	struct embedded *e = NULL;
	char path[sizeof(r->scratch) + 32];
	enum status s;

	snprintf(path, sizeof(path), "%s/%s", r->scratch, name);
	s = embedded_init(path, &options);
	if (s != STATUS_OK)
		return s;
	s = embedded_open(&e, path);
	if (s != STATUS_OK)
		return s;
	s = fill_ledger(r, e, payer, balance);
	embedded_close(e);
	return s == STATUS_OK ? ledger_open(&p->ledger, path) : s;
}

static enum status open_party(struct replay *r, struct party *p, const char *name)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	char path[sizeof(r->scratch) + 32];
	uint8_t salt[32] = {1};
	enum status s;

	p->network = NETWORK_MAIN;
	p->now = (int64_t)field_number(r->recording.meta, "clock");
	snprintf(path, sizeof(path), "%s/%s", r->scratch, name);
	s = store_open(&p->store, path, KV_CREATE);
	if (s != STATUS_OK)
		return s;
	s = kv_begin_write(store_kv(p->store), &txn);
	if (s != STATUS_OK)
		return s;
	s = store_init_ids(txn, salt);
	return s == STATUS_OK ? kv_commit(&txn) : s;
}

static enum status import_channel(struct replay *r)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct channel channel;
	enum status s = buyer_import_channel(&r->client, &r->channel);

	if (s != STATUS_OK)
		return s;
	s = kv_begin_write(store_kv(r->client.store), &txn);
	if (s != STATUS_OK)
		return s;
	s = store_get_channel(txn, &channel, &r->channel);
	if (s != STATUS_OK)
		return s;
	channel.next_lane = r->lane;
	s = store_put_channel(txn, &channel);
	return s == STATUS_OK ? kv_commit(&txn) : s;
}

static uint64_t offered_number(const struct replay *r, const char *offered, const char *proposed)
{
	return json_object_get(r->recording.scenario, offered) != NULL ? field_number(r->recording.scenario, offered)
								       : field_number(r->recording.scenario, proposed);
}

static struct amount offered_amount(const struct replay *r, const char *offered, const char *proposed)
{
	return field_amount(
		r->recording.scenario, json_object_get(r->recording.scenario, offered) != NULL ? offered : proposed);
}

/* An offer whose content is gone, as in the recording. */
static enum status offer_nothing(struct replay *r, const struct offer_terms *terms)
{
	struct offer o = {.id = span_text(""),
		.size = field_number(r->recording.scenario, "size"),
		.payment_address = terms->payee,
		.min_price_per_byte = terms->price_per_byte,
		.max_payment_interval = terms->interval,
		.max_payment_interval_increase = terms->increase,
		.unseal_price = terms->unseal_price};
	struct content content = {.path = span_text("/nonexistent")};
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = cid_parse(&o.payload, span_text(field_text(r->recording.meta, "root")));

	if (s != STATUS_OK)
		return s;
	s = kv_begin_write(store_kv(r->provider.store), &txn);
	if (s != STATUS_OK)
		return s;
	s = store_next_content(txn, &content.number);
	if (s != STATUS_OK)
		return s;
	s = store_put_content(txn, &content);
	if (s != STATUS_OK)
		return s;
	s = store_put_offer(txn, &o, content.number, (struct span){0});
	return s == STATUS_OK ? kv_commit(&txn) : s;
}

/* The path of the recorded content; empty if there is none. */
static enum status find_content(struct bytes *path, struct replay *r)
{
	enum status s = recording_content(path, &r->recording);

	if (s == STATUS_NOT_REGULAR)
		return replay_broken(r, r->recording.folder, RECORDING_META, "'content' is not a regular file");
	if (s == STATUS_IO)
		bytes_clear(path);
	return s == STATUS_IO ? STATUS_OK : s;
}

static enum status offer_content(struct replay *r)
{
	struct offer_terms terms = {.price_per_byte = offered_amount(r, "offer_min_price", "price_per_byte"),
		.unseal_price = offered_amount(r, "offer_unseal_price", "unseal_price"),
		.interval = offered_number(r, "offer_payment_interval", "payment_interval"),
		.increase = offered_number(r, "offer_payment_interval_increase", "payment_interval_increase"),
		.payee = field_address(r->recording.meta, "provider_address")};
	CLEAN_BYTES struct bytes offer = {0}, car = {0};
	enum status s;

	if (json_is_true(json_object_get(r->recording.scenario, "no_data"))) {
		r->has_offer = true;
		if (r->o->foreign || !field_is_there(r->recording.scenario, "offer_min_price"))
			return STATUS_OK;
		s = replay_need(r, "provider_address");
		return s == STATUS_OK ? offer_nothing(r, &terms) : s;
	}
	s = find_content(&car, r);
	if (s != STATUS_OK || car.len == 0)
		return s; /* the client that recorded never received the content: there is no provider to replay */
	s = replay_need(r, "provider_address");
	if (s != STATUS_OK)
		return s;
	s = seller_offer(&r->provider, &offer, bytes_text(&car), &terms);
	r->has_offer = s == STATUS_OK;
	return s;
}

/* Was the channel there before the first block? Only the recorded client's events show this. */
static bool had_early_channel(const struct recording *recording)
{
	for (size_t i = 0; i < recording->event_count; i++) {
		const char *event = recording->events[i].event;

		if (strcmp(event, "ClientEventLaneAllocated") == 0)
			return true;
		if (strcmp(event, "ClientEventBlocksReceived") == 0 ||
			strcmp(event, "ClientEventAllBlocksReceived") == 0)
			return false;
	}
	return true;
}

/* A folder in @where: one to keep, or one that no killed process leaves for ever. */
static bool make_scratch_in(struct replay *r, const char *where)
{
	char parent[sizeof(r->scratch)], *name = NULL;

	if (snprintf(r->scratch, sizeof(r->scratch), "%s/replay-XXXXXX", where) >= (int)sizeof(r->scratch))
		return false;
	if (r->o->keep)
		return mkdtemp(r->scratch) != NULL;
	snprintf(parent, sizeof(parent), "%s/", where);
	if (unfinished_folder(&name, &r->scratch_lock, parent, S_IRWXU) != STATUS_OK)
		return false;
	snprintf(r->scratch, sizeof(r->scratch), "%s", name);
	free(name);
	return true;
}

/* A new folder in TMPDIR, or in /tmp if TMPDIR can't be written. */
static enum status make_scratch(struct replay *r)
{
	const char *folder = getenv("TMPDIR");

	if ((folder != NULL && make_scratch_in(r, folder)) || make_scratch_in(r, "/tmp"))
		return STATUS_OK;
	r->scratch[0] = '\0';
	return party_fail(&r->tool->party, STATUS_IO, "cannot make a scratch folder in /tmp: %s", strerror(errno));
}

static enum status open_ledgers(struct replay *r, bool one_key)
{
	struct amount balance = field_amount(r->recording.scenario, "channel_balance"), both;
	struct address payer = field_address(r->recording.meta, "client_address");
	enum status s;

	if (!amount_add(&both, &balance, &r->top_up))
		return STATUS_BAD_AMOUNT;
	s = open_ledger(r, &r->client, "client-ledger", &r->payer, &balance);
	if (s != STATUS_OK)
		return s;
	return open_ledger(
		r, &r->provider, "provider-ledger", one_key || address_is_none(&payer) ? &r->payer : &payer, &both);
}

static enum status set_up(struct replay *r, bool one_key)
{
	enum status s = take_key(r);

	if (s != STATUS_OK)
		return s;
	s = open_ledgers(r, one_key);
	if (s != STATUS_OK)
		return s;
	s = open_party(r, &r->client, "client");
	if (s != STATUS_OK)
		return s;
	s = open_party(r, &r->provider, "provider");
	if (s != STATUS_OK)
		return s;
	if (!address_is_none(&r->channel) && *field_text(r->recording.meta, "provider_address") != '\0') {
		s = import_channel(r);
		if (s != STATUS_OK)
			return s;
	}
	return offer_content(r);
}

/* The reason for a failure of the scene: the client's words, else the provider's. */
static const char *side_text(struct replay *r, enum status s)
{
	error_explain(&r->client.error, s, "%s", error_text(&r->provider.error, s));
	return error_text(&r->client.error, s);
}

enum status replay_open_scene(struct replay *r, bool one_key)
{
	enum status s = make_scratch(r);

	if (s != STATUS_OK)
		return s;
	r->client.stop = r->provider.stop = r->stop = stop_begin();
	find_channel(r);
	r->early_channel = had_early_channel(&r->recording);
	s = set_up(r, one_key);
	return party_explain(
		&r->tool->party, s, "'%.300s' can't be set up: %.200s", r->recording.folder, side_text(r, s));
}

void replay_explain(struct replay *r, enum status s)
{
	party_explain(&r->tool->party, s, "replaying '%.300s': %.200s", r->name, side_text(r, s));
}

static void drop_scratch(struct replay *r)
{
	if (r->scratch[0] == '\0')
		return;
	if (r->o->keep) {
		tool_say(r->tool, "kept in %s", r->scratch);
	} else {
		unfinished_remove(r->scratch);
		close(r->scratch_lock);
	}
	r->scratch[0] = '\0';
	stop_end();
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
	r->client = r->provider = (struct party){0};
	drop_scratch(r);
}

/* The steps of the client. */

/* Give the client the blocks that it had before the deal. */
static enum status seed(struct replay *r, uint64_t skip_links)
{
	CLEAN_BYTES struct bytes car = {0};
	enum status s = find_content(&car, r);

	return s == STATUS_OK && car.len != 0 ? receiver_seed_file(r->receiver, bytes_text(&car), skip_links) : s;
}

/* A recording may begin with the request that resumed the deal: the client sends the request in that form. */
static bool is_restart(const struct frame *frame)
{
	struct span requests = frame->message.requests;
	struct graphsync_request request;
	struct transfer t;

	return frame->kind == FRAME_GRAPHSYNC && graphsync_next_request(&request, &requests) &&
	       request_transfer(&t, &request) == STATUS_OK && t.request.type == TRANSFER_RESTART;
}

enum status replay_adopt(struct replay *r, struct bytes *frames, const struct frame *proposal)
{
	const struct recording *recording = &r->recording;
	struct import import = {.client = field_address(recording->meta, "client_address"),
		.provider = field_address(recording->meta, "provider_address"),
		.size = field_number(recording->scenario, "size"),
		.total_funds = field_amount(recording->meta, "total_funds")};
	struct client_deal deal;
	uint64_t skip_links = 0;
	enum status s = amount_from_decimal(&import.max_total, UNLIMITED);

	if (s != STATUS_OK)
		return s;
	s = replay_need(r, "provider_address");
	if (s != STATUS_OK || proposal->decoded != STATUS_OK)
		return s != STATUS_OK ? s : proposal->decoded;
	if (address_is_none(&import.client)) /* the recording of a provider alone does not have this field */
		import.client = r->payer;
	s = buyer_import_proposal(&r->client, &deal, &skip_links, proposal, &import);
	if (s != STATUS_OK)
		return s;
	s = receiver_new(&r->receiver, &r->client);
	if (s != STATUS_OK)
		return s;
	s = receiver_open(r->receiver, deal.id);
	if (s != STATUS_OK)
		return s;
	if (skip_links != 0) {
		s = seed(r, skip_links);
		if (s != STATUS_OK)
			return s;
	}
	s = receiver_request(r->receiver, frames);
	if (s != STATUS_OK)
		return s;
	if (is_restart(proposal)) {
		bytes_clear(frames);
		frames_restart(frames, &deal, skip_links);
	}
	r->deal = deal.id;
	return STATUS_OK;
}

/* Between two steps the whole state of the client is in its store. */
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
	struct amount funds = field_amount(r->recording.scenario, "channel_balance");
	struct client_deal deal;
	enum status s = settle_down(r);

	if (s != STATUS_OK)
		return s;
	s = party_get_client(&r->client, &deal, r->deal);
	if (s != STATUS_OK || !client_wants_channel(&deal))
		return s;
	s = buyer_open_channel(&r->client, r->deal, &funds, NULL);
	return s == STATUS_OK ? look_again(r) : s;
}

/* The channel is topped up once, as it was then, and the deal checks its funds again. */
static enum status top_up(struct replay *r)
{
	enum status s = buyer_add_funds(&r->client, &r->channel, &r->top_up);

	r->top_up = amount_zero();
	return s == STATUS_OK ? buyer_restart(&r->client, r->deal) : s;
}

enum status replay_pay(struct replay *r, struct bytes *frames)
{
	struct amount none, zero = amount_zero(), one = amount_u64(1);
	enum status s = settle_down(r);

	if (!amount_sub(&none, &zero, &one))
		return STATUS_BAD_AMOUNT;
	if (s != STATUS_OK)
		return s;
	s = buyer_pay(&r->client, frames, NULL, r->deal, &none);
	if (s == STATUS_NO_FUNDS && !amount_is_zero(&r->top_up)) {
		s = top_up(r);
		if (s != STATUS_OK)
			return s;
		s = buyer_pay(&r->client, frames, NULL, r->deal, &none);
	}
	return s == STATUS_OK ? look_again(r) : s;
}

enum status replay_client_takes(struct replay *r, const struct frame *frame)
{
	enum status s = r->receiver != NULL ? STATUS_OK : receiver_new(&r->receiver, &r->client);

	return s == STATUS_OK ? receiver_take(r->receiver, frame) : s;
}
