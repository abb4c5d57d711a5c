/* lotus.c - the node's head, its accounts, and facts that do not change.
 *
 * Knows tipsets and actors.  Refuses to know channels (lotus_channel.c) and
 * messages (lotus_message.c).
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lotus/lotus_private.h"

enum status lotus_open(struct lotus **out, const struct transport *transport, const struct lotus_options *o)
{
	struct lotus *l = calloc(1, sizeof(*l));

	if (l == NULL) {
		transport->close(transport->self);
		return STATUS_NO_MEMORY;
	}
	l->rpc.transport = *transport;
	l->options = *o;
	*out = l;
	return STATUS_OK;
}

static void lotus_close(void *self)
{
	struct lotus *l = self;

	tipset_release(&l->head);
	tipset_release(&l->final);
	for (size_t i = 0; i < BLOCKS_KEPT; i++)
		bytes_release(&l->blocks[i].bytes);
	rpc_close(&l->rpc);
	free(l);
}

static const struct error *last_error(const void *self)
{
	const struct lotus *l = self;

	return &l->rpc.error;
}

enum status lotus_bad(struct lotus *l, enum status s, const char *method)
{
	if (s != STATUS_BAD_MESSAGE)
		return s;
	return error_set(&l->rpc.error, s, "the node's answer to %s can't be understood", method);
}

void tipset_release(struct tipset *tipset)
{
	json_decref(tipset->key);
	tipset->key = NULL;
}

/* The key is an array of the CIDs of blocks, and is sent back as it came. */
static bool is_key(const json_t *key)
{
	struct cid cid;
	json_t *each;
	size_t i;

	if (!json_is_array(key) || json_array_size(key) == 0)
		return false;
	json_array_foreach(key, i, each)
	{
		if (json_read_cid(&cid, each) != STATUS_OK)
			return false;
	}
	return true;
}

static enum status read_tipset(struct tipset *out, const json_t *json)
{
	json_t *key = json_object_get(json, "Cids");
	json_t *first = json_array_get(json_object_get(json, "Blocks"), 0);
	struct tipset local = {.key = NULL};
	uint64_t height;
	enum status s = json_read_uint(&height, json_object_get(json, "Height"));

	if (s != STATUS_OK || !is_key(key) || height > INT64_MAX)
		return STATUS_BAD_MESSAGE;
	s = json_read_amount(&local.base_fee, json_object_get(first, "ParentBaseFee"));
	if (s != STATUS_OK)
		return s;
	local.height = (int64_t)height;
	local.key = json_incref(key);
	*out = local;
	return STATUS_OK;
}

enum status lotus_tipset(struct lotus *l, struct tipset *out, const char *method, json_t *params)
{
	CLEAN_JSON json_t *answer = NULL;
	enum status s = rpc_call(&l->rpc, &answer, method, params);

	return s == STATUS_OK ? lotus_bad(l, read_tipset(out, answer), method) : s;
}

int64_t lotus_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

enum status lotus_head(struct lotus *l, bool fresh)
{
	struct tipset head;
	enum status s;

	if (!fresh && l->head.key != NULL && lotus_ms() - l->head_ms < l->options.keep_ms)
		return STATUS_OK;
	s = lotus_tipset(l, &head, "ChainHead", json_array());
	if (s != STATUS_OK)
		return s;
	if (fresh || l->head.key == NULL || !json_equal(l->head.key, head.key)) {
		l->channels = (struct kept_channels){.next = 0};
		l->has_balance = false;
	}
	tipset_release(&l->head);
	l->head = head;
	l->head_ms = lotus_ms();
	return STATUS_OK;
}

/* The node's own addresses have the letter of its network. */
static enum status read_genesis(struct ledger_id *out, const json_t *json)
{
	json_t *first = json_array_get(json_object_get(json, "Blocks"), 0);
	const char *miner = json_string_value(json_object_get(first, "Miner"));
	struct cid cid;
	enum status s = json_read_cid(&cid, json_array_get(json_object_get(json, "Cids"), 0));

	if (s != STATUS_OK)
		return s;
	if (miner == NULL || (*miner != NETWORK_MAIN && *miner != NETWORK_TEST) ||
		cid_digest(&cid).len != sizeof(out->genesis))
		return STATUS_BAD_MESSAGE;
	out->network = (enum network) * miner;
	memcpy(out->genesis, cid_digest(&cid).data, sizeof(out->genesis));
	return STATUS_OK;
}

enum status lotus_know(struct lotus *l)
{
	CLEAN_JSON json_t *answer = NULL;
	struct ledger_id id;
	enum status s;

	if (l->has_id)
		return STATUS_OK;
	s = rpc_call(&l->rpc, &answer, "ChainGetGenesis", json_array());
	if (s != STATUS_OK)
		return s;
	s = lotus_bad(l, read_genesis(&id, answer), "ChainGetGenesis");
	if (s != STATUS_OK)
		return s;
	l->id = id;
	l->has_id = true;
	return STATUS_OK;
}

static enum status read_actor(struct actor *out, const json_t *json)
{
	struct actor local;
	enum status s = json_read_cid(&local.code, json_object_get(json, "Code"));

	if (s != STATUS_OK)
		return s;
	s = json_read_cid(&local.head, json_object_get(json, "Head"));
	if (s != STATUS_OK)
		return s;
	s = json_read_uint(&local.nonce, json_object_get(json, "Nonce"));
	if (s != STATUS_OK)
		return s;
	s = json_read_amount(&local.balance, json_object_get(json, "Balance"));
	if (s != STATUS_OK)
		return s;
	*out = local;
	return STATUS_OK;
}

enum status lotus_actor(struct lotus *l, struct actor *out, const struct address *who, json_t *key)
{
	CLEAN_JSON json_t *answer = NULL;
	enum status s = lotus_know(l);

	if (s != STATUS_OK)
		return s;
	s = rpc_call(&l->rpc, &answer, "StateGetActor", json_pack("[o, O]", json_of_address(who, l->id.network), key));
	return s == STATUS_OK ? lotus_bad(l, read_actor(out, answer), "StateGetActor") : s;
}

enum status lotus_existed(struct lotus *l, bool *existed, const struct address *who, json_t *key)
{
	CLEAN_JSON json_t *answer = NULL;
	enum status s = lotus_know(l);

	if (s != STATUS_OK)
		return s;
	s = rpc_call(&l->rpc, &answer, "StateLookupID", json_pack("[o, O]", json_of_address(who, l->id.network), key));
	if (s != STATUS_OK && s != STATUS_NOT_FOUND)
		return s;
	*existed = s == STATUS_OK;
	return STATUS_OK;
}

enum status lotus_pool_nonce(struct lotus *l, uint64_t *nonce, const struct address *who)
{
	CLEAN_JSON json_t *answer = NULL;
	enum status s = lotus_know(l);

	if (s != STATUS_OK)
		return s;
	s = rpc_call(&l->rpc, &answer, "MpoolGetNonce", json_pack("[o]", json_of_address(who, l->id.network)));
	if (s == STATUS_NOT_FOUND) {
		*nonce = 0;
		return STATUS_OK;
	}
	return s == STATUS_OK ? lotus_bad(l, json_read_uint(nonce, answer), "MpoolGetNonce") : s;
}

/* The queries of ledger.h. */

static enum status nonce(void *self, uint64_t *out, const struct address *who)
{
	return lotus_pool_nonce(self, out, who);
}

enum status lotus_balance(void *self, struct amount *balance, const struct address *who)
{
	struct lotus *l = self;
	CLEAN_JSON json_t *answer = NULL;
	enum status s = lotus_know(l);

	if (s != STATUS_OK)
		return s;
	if (l->has_balance && address_equal(&l->balance_of, who) && lotus_ms() - l->balance_ms < l->options.keep_ms) {
		*balance = l->balance;
		return STATUS_OK;
	}
	s = rpc_call(&l->rpc, &answer, "WalletBalance", json_pack("[o]", json_of_address(who, l->id.network)));
	if (s == STATUS_OK)
		s = lotus_bad(l, json_read_amount(&l->balance, answer), "WalletBalance");
	l->has_balance = s == STATUS_OK;
	if (s != STATUS_OK)
		return s;
	l->balance_of = *who;
	l->balance_ms = lotus_ms();
	*balance = l->balance;
	return STATUS_OK;
}

static enum status network(void *self, enum network *out)
{
	struct lotus *l = self;
	enum status s = lotus_know(l);

	if (s == STATUS_OK)
		*out = l->id.network;
	return s;
}

static enum status identity(void *self, struct ledger_id *out)
{
	struct lotus *l = self;
	enum status s = lotus_know(l);

	if (s == STATUS_OK)
		*out = l->id;
	return s;
}

/* Nobody puts a chain back to an older state; a head that falls by some epochs is an everyday matter. */
static enum status height(void *self, uint64_t *out)
{
	(void)self;
	(void)out;
	return STATUS_NOT_FOUND;
}

static void refresh(void *self)
{
	struct lotus *l = self;

	tipset_release(&l->head);
	tipset_release(&l->final);
	l->channels = (struct kept_channels){.next = 0};
	l->has_balance = false;
}

static void set_stop(void *self, const volatile int *stop)
{
	struct lotus *l = self;

	if (l->rpc.transport.set_stop != NULL)
		l->rpc.transport.set_stop(l->rpc.transport.self, stop);
}

static enum status epoch(void *self, int64_t *out)
{
	struct lotus *l = self;
	enum status s = lotus_head(l, false);

	if (s == STATUS_OK)
		*out = l->head.height;
	return s;
}

static enum status epoch_seconds(void *self, int64_t *out)
{
	struct lotus *l = self;
	CLEAN_JSON json_t *answer = NULL;
	uint64_t seconds = 0;
	enum status s;

	if (l->epoch_seconds != 0) {
		*out = l->epoch_seconds;
		return STATUS_OK;
	}
	s = rpc_call(&l->rpc, &answer, "Version", json_array());
	if (s != STATUS_OK)
		return s;
	s = json_read_uint(&seconds, json_object_get(answer, "BlockDelay"));
	if (s != STATUS_OK)
		return lotus_bad(l, s, "Version");
	if (seconds == 0 || seconds > INT32_MAX)
		return lotus_bad(l, STATUS_BAD_MESSAGE, "Version");
	*out = l->epoch_seconds = (int64_t)seconds;
	return STATUS_OK;
}

static enum status base_fee(void *self, struct amount *out)
{
	struct lotus *l = self;
	enum status s = lotus_head(l, false);

	if (s == STATUS_OK)
		*out = l->head.base_fee;
	return s;
}

static enum status created(void *self, struct address *channel, const struct message *m)
{
	(void)self;
	return message_created(channel, m);
}

const struct ledger_ops lotus_ops = {
	.remote = true,
	.network = network,
	.identity = identity,
	.height = height,
	.epoch = epoch,
	.epoch_seconds = epoch_seconds,
	.balance = lotus_balance,
	.nonce = nonce,
	.channel_code = lotus_channel_code,
	.channel = lotus_channel,
	.final_channel = lotus_final_channel,
	.lane = lotus_lane,
	.last_lane = lotus_last_lane,
	.each_channel = lotus_each_channel,
	.collected = lotus_collected,
	.payout = lotus_payout,
	.base_fee = base_fee,
	.estimate = lotus_estimate,
	.try = lotus_try,
	.created = created,
	.submit = lotus_submit,
	.outcome = lotus_outcome,
	.refresh = refresh,
	.set_stop = set_stop,
	.error = last_error,
	.close = lotus_close,
};
