/* deal_view.c - deals for people: fields by name, and the next step.
 *
 * What a state allows is the state machines' business; this file only knows
 * which tool takes a deal on from there.
 */
#include "show/deal_view.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "content/content.h"
#include "show/show.h"
#include "store/channels.h"
#include "store/contents.h"
#include "store/deal_texts.h"

static enum status load_client(struct kv_txn *txn, struct deal_view *v, uint64_t id)
{
	enum status s = store_get_client(txn, &v->client, id);

	if (s != STATUS_OK)
		return s;
	v->size = v->client.size;
	v->nonce = v->client.voucher_nonce;
	return STATUS_OK;
}

static enum status load_client_name(struct kv_txn *txn, struct deal_view *v)
{
	struct bytes name = {0};
	enum status s = store_get_text(txn, &name, v->provider.id, TEXT_CLIENT);

	span_clean(v->client_name, sizeof(v->client_name), bytes_span(&name));
	bytes_release(&name);
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

static enum status load_provider(struct kv_txn *txn, struct deal_view *v, uint64_t id)
{
	struct bytes owned = {0};
	struct lane_record lane;
	struct content content;
	enum status s = store_get_provider(txn, &v->provider, id);

	if (s != STATUS_OK)
		return s;
	s = load_client_name(txn, v);
	if (s != STATUS_OK)
		return s;
	s = store_get_content(txn, &content, &owned, v->provider.content);
	if (s == STATUS_OK)
		v->size = content.bytes;
	bytes_release(&owned);
	if ((s == STATUS_OK || s == STATUS_NOT_FOUND) && !address_is_none(&v->provider.channel)) {
		s = store_get_lane(txn, &lane, &v->provider.channel, v->provider.lane);
		if (s == STATUS_OK)
			v->nonce = lane.nonce;
	}
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

static enum status load_channel(struct kv_txn *txn, struct deal_view *v)
{
	struct channel channel = {.collected = 0};
	enum status s = STATUS_OK;

	if (!address_is_none(&v->provider.channel))
		s = store_get_channel(txn, &channel, &v->provider.channel);
	v->collected = channel.collected != 0;
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

enum status deal_view_look(struct tool *t, struct deal_view *v)
{
	CLEAN_CONTENT struct content_reader reader = {.fd = -1};
	struct party *p = &t->party;
	enum status s;

	if (v->side == SIDE_CLIENT || deal_is_final(v->side, v->provider.state) || v->provider.all_blocks_sent)
		return STATUS_OK;
	s = content_open_deal(&reader, p, &v->provider);
	if (s != STATUS_NOT_NOW)
		return s;
	snprintf(v->absent, sizeof(v->absent), "%s", party_words(p, s));
	error_clear(&p->error);
	return STATUS_OK;
}

enum status deal_view_load(struct tool *t, struct deal_view *v, const struct deal_name *name)
{
	struct kv_txn *txn;
	enum status s = kv_begin_read(store_kv(t->party.store), &txn);

	if (s != STATUS_OK)
		return s;
	*v = (struct deal_view){.side = name->side};
	s = name->side == SIDE_CLIENT ? load_client(txn, v, name->id) : load_provider(txn, v, name->id);
	if (s == STATUS_OK && name->side == SIDE_PROVIDER)
		s = load_channel(txn, v);
	kv_abort(&txn);
	return s;
}

const char *deal_side_name(enum deal_side side)
{
	return side == SIDE_CLIENT ? "client" : "provider";
}

const char *deal_short_state(unsigned state)
{
	return deal_state_name(state) + strlen("DealStatus");
}

static uint64_t deal_view_id(const struct deal_view *v)
{
	return v->side == SIDE_CLIENT ? v->client.id : v->provider.id;
}

uint64_t deal_view_number(const struct deal_view *v)
{
	return v->side == SIDE_CLIENT ? v->client.number : v->provider.number;
}

enum deal_state deal_view_state(const struct deal_view *v)
{
	return v->side == SIDE_CLIENT ? v->client.state : v->provider.state;
}

uint64_t deal_view_bytes(const struct deal_view *v)
{
	return v->side == SIDE_CLIENT ? v->client.total_received : v->provider.total_sent;
}

const struct cid *deal_view_payload(const struct deal_view *v)
{
	return v->side == SIDE_CLIENT ? &v->client.payload : &v->provider.payload;
}

const struct amount *deal_view_funds(const struct deal_view *v)
{
	return v->side == SIDE_CLIENT ? &v->client.funds_spent : &v->provider.funds_received;
}

const struct deal_params *deal_view_params(const struct deal_view *v)
{
	return v->side == SIDE_CLIENT ? &v->client.params : &v->provider.params;
}

const struct address *deal_view_channel(const struct deal_view *v)
{
	return v->side == SIDE_CLIENT ? &v->client.channel : &v->provider.channel;
}

__attribute__((format(printf, 3, 4))) static void say(struct deal_next *next, const char *who, const char *format, ...)
{
	va_list args;

	next->who = who;
	va_start(args, format);
	vsnprintf(next->command, sizeof(next->command), format, args);
	va_end(args);
}

/* The client has all blocks that it gets before a payment, or waits for the provider. */
static void next_in_transfer(struct deal_next *next, const struct client_deal *d)
{
	struct amount due;

	if (client_due(&due, d) && amount_cmp(&due, &d->funds_spent) > 0)
		say(next, "client", "make-voucher --deal %" PRIu64 " -o payment.frames", d->id);
	else
		say(next, "provider", "receive-blocks FRAMES");
}

/* The deal is over, but perhaps not paid: a provider takes no new deal before the payment. */
static void next_after_end(struct deal_next *next, const struct client_deal *d)
{
	struct amount due;

	if (d->has_lane && client_due_at_end(&due, d) && amount_cmp(&due, &d->funds_spent) > 0)
		say(next, "client", "make-voucher --deal %" PRIu64 " -o payment.frames", d->id);
	else
		say(next, "nobody", "%s", "");
}

static void next_of_client(struct deal_next *next, const struct client_deal *d)
{
	char channel[ADDRESS_TEXT_MAX] = "CHANNEL", amount[AMOUNT_TEXT_MAX];

	switch (d->state) {
	case DEAL_NEW:
	case DEAL_WAIT_FOR_ACCEPTANCE:
		say(next, "provider", "validate FRAMES");
		break;
	case DEAL_ACCEPTED:
	case DEAL_CHANNEL_CREATING:
	case DEAL_CHANNEL_ADDING_INITIAL_FUNDS:
	case DEAL_CHANNEL_ALLOCATING_LANE:
		say(next, "client", "channel open --deal %" PRIu64, d->id);
		break;
	case DEAL_FUNDS_NEEDED:
	case DEAL_FUNDS_NEEDED_LAST_PAYMENT:
	case DEAL_FUNDS_NEEDED_UNSEAL:
	case DEAL_SEND_FUNDS:
	case DEAL_SEND_FUNDS_LAST_PAYMENT:
		say(next, "client", "make-voucher --deal %" PRIu64 " -o payment.frames", d->id);
		break;
	case DEAL_INSUFFICIENT_FUNDS:
		if (!address_is_none(&d->channel))
			address_text(channel, &d->channel, NETWORK_MAIN);
		say(next, "client", "channel add-funds %s %.80safil && deals restart %" PRIu64, channel,
			amount_decimal(amount, &d->shortfall), d->id);
		break;
	case DEAL_CHECK_FUNDS:
	case DEAL_CHANNEL_ADDING_FUNDS:
		say(next, "client", "deals restart %" PRIu64, d->id);
		break;
	case DEAL_ONGOING:
	case DEAL_UNSEALING:
	case DEAL_UNSEALED:
	case DEAL_BLOCKS_COMPLETE:
	case DEAL_CHECK_COMPLETE:
	case DEAL_WAITING_FOR_LAST_BLOCKS:
	case DEAL_FINALIZING:
	case DEAL_COMPLETING:
		next_in_transfer(next, d);
		break;
	case DEAL_FAILING:
	case DEAL_CANCELLING:
		say(next, "client", "deals cancel %" PRIu64, d->id);
		break;
	case DEAL_COMPLETED:
	case DEAL_REJECTED:
	case DEAL_DEAL_NOT_FOUND:
	case DEAL_ERRORED:
	case DEAL_CANCELLED:
		next_after_end(next, d);
		break;
	}
}

static void next_of_provider(struct deal_next *next, const struct deal_view *v)
{
	const struct provider_deal *d = &v->provider;
	char channel[ADDRESS_TEXT_MAX];

	switch (d->state) {
	case DEAL_ONGOING:
	case DEAL_ACCEPTED:
	case DEAL_UNSEALING:
	case DEAL_UNSEALED:
	case DEAL_BLOCKS_COMPLETE:
	case DEAL_FINALIZING:
	case DEAL_COMPLETING:
		say(next, "provider", "send-blocks --deal %" PRIu64 " -o blocks.frames", d->id);
		break;
	case DEAL_FUNDS_NEEDED:
	case DEAL_FUNDS_NEEDED_UNSEAL:
	case DEAL_FUNDS_NEEDED_LAST_PAYMENT:
	case DEAL_SEND_FUNDS:
	case DEAL_SEND_FUNDS_LAST_PAYMENT:
	case DEAL_INSUFFICIENT_FUNDS:
	case DEAL_CHECK_FUNDS:
		say(next, "client", "validate FRAMES");
		break;
	case DEAL_NEW:
	case DEAL_WAIT_FOR_ACCEPTANCE:
	case DEAL_CHANNEL_CREATING:
	case DEAL_CHANNEL_ADDING_FUNDS:
	case DEAL_CHANNEL_ADDING_INITIAL_FUNDS:
	case DEAL_CHANNEL_ALLOCATING_LANE:
	case DEAL_CHECK_COMPLETE:
	case DEAL_WAITING_FOR_LAST_BLOCKS:
		say(next, "client", "%s", "");
		break;
	case DEAL_FAILING:
	case DEAL_CANCELLING:
		say(next, "provider", "deals cancel %" PRIu64, d->id);
		break;
	case DEAL_COMPLETED:
	case DEAL_CANCELLED:
	case DEAL_ERRORED:
		if (!address_is_none(&d->channel) && !v->collected) { /* the received vouchers are not collected yet */
			say(next, "provider", "settle %s", address_text(channel, &d->channel, NETWORK_MAIN));
			break;
		}
		say(next, "nobody", "%s", "");
		break;
	case DEAL_REJECTED:
	case DEAL_DEAL_NOT_FOUND:
		say(next, "nobody", "%s", "");
		break;
	}
}

void deal_view_next(struct deal_next *next, const struct deal_view *v)
{
	char cid[CID_TEXT_MAX];

	if (v->absent[0] != '\0')
		say(next, "provider", "offer move %s CAR", cid_text(cid, &v->provider.payload));
	else if (v->side == SIDE_CLIENT)
		next_of_client(next, &v->client);
	else
		next_of_provider(next, v);
}

static json_t *begin_json(const struct deal_view *v)
{
	const struct deal_params *terms = deal_view_params(v);
	const uint8_t *request = v->side == SIDE_CLIENT ? v->client.request : v->provider.request;

	return json_pack("{s:o, s:o, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "id",
		tool_json_id(deal_view_id(v)), "number", show_bytes(deal_view_number(v)), "side",
		deal_side_name(v->side), "state", deal_state_name(deal_view_state(v)), "message",
		show_text(span_text(v->side == SIDE_CLIENT ? v->client.message : v->provider.message)), "payload",
		show_cid(deal_view_payload(v)), "price_per_byte", tool_json_amount(&terms->price_per_byte),
		"unseal_price", tool_json_amount(&terms->unseal_price), "payment_interval",
		show_bytes(terms->payment_interval), "payment_interval_increase",
		show_bytes(terms->payment_interval_increase), "size", show_bytes(v->size), "transfer",
		tool_json_id(v->side == SIDE_CLIENT ? v->client.transfer : v->provider.transfer), "request",
		show_hex(span_of(request, REQUEST_ID_SIZE)));
}

static json_t *client_json(const struct deal_view *v)
{
	const struct client_deal *d = &v->client;

	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
		"client", show_address(&d->client), "provider", show_address(&d->provider), "channel",
		show_address(&d->channel), "lane", d->has_lane ? tool_json_id(d->lane) : json_null(), "bytes",
		show_bytes(d->total_received), "all_blocks", d->all_blocks_received, "blocks",
		show_bytes(d->blocks_received), "inherited", show_bytes(d->inherited), "inherited_blocks",
		show_bytes(d->inherited_blocks), "limit", show_bytes(d->current_interval), "paid_for",
		show_bytes(d->bytes_paid_for), "spent", tool_json_amount(&d->funds_spent), "payment_requested",
		tool_json_amount(&d->payment_requested), "shortfall", tool_json_amount(&d->shortfall), "total_funds",
		tool_json_amount(&d->total_funds), "max_total", tool_json_amount(&d->max_total), "voucher_nonce",
		tool_json_id(d->voucher_nonce), "waits_for", show_cid(&d->wait_message));
}

static json_t *provider_json(const struct deal_view *v)
{
	const struct provider_deal *d = &v->provider;
	struct amount unpaid;

	if (!provider_unpaid(&unpaid, d))
		unpaid = amount_zero();
	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "client_name",
		v->client_name, "payee", show_address(&d->payee), "channel", show_address(&d->channel), "lane",
		!address_is_none(&d->channel) ? tool_json_id(d->lane) : json_null(), "bytes", show_bytes(d->total_sent),
		"all_blocks", d->all_blocks_sent, "blocks", show_bytes(d->blocks_sent), "held_blocks",
		show_bytes(d->seeded_blocks), "limit", show_bytes(d->current_interval), "resume_at",
		show_bytes(d->resume_sent), "received", tool_json_amount(&d->funds_received), "unpaid",
		tool_json_amount(&unpaid), "voucher_nonce", tool_json_id(v->nonce));
}

json_t *deal_view_json(const struct deal_view *v)
{
	json_t *object = begin_json(v);

	json_object_update_new(object, v->side == SIDE_CLIENT ? client_json(v) : provider_json(v));
	if (v->absent[0] != '\0')
		json_object_set_new(object, "absent", tool_json_text(v->absent));
	return object;
}
