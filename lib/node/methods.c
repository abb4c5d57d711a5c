/* methods.c - the table of methods, and those that need no state. */
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "node/node_private.h"

#define PREFIX          "Filecoin."
#define NETWORK_VERSION 13                     /* of specs-actors v5 */
#define API_VERSION     (2 << 16 | 3 << 8 | 0) /* of /rpc/v1 */

static json_t *version(struct call *c)
{
	(void)c;
	return json_pack("{s:s, s:i, s:i, s:s}", "Version", "retrieval-" VERSION "+embedded", "APIVersion", API_VERSION,
		"BlockDelay", EPOCH_SECONDS, "Agent", "retrieval");
}

/* Never "mainnet", whatever the letter of the addresses: this is no network that has money of value. */
static json_t *state_network_name(struct call *c)
{
	char name[32] = "retrieval-";

	for (size_t i = 0; i < 8; i++)
		snprintf(name + strlen(name), 3, "%02x", c->node->about.identity[i]);
	return json_string(name);
}

static json_t *state_network_version(struct call *c)
{
	int64_t epoch;

	return param_tipset(c, 0, &epoch) ? json_integer(NETWORK_VERSION) : NULL;
}

static json_t *state_actor_code_cids(struct call *c)
{
	json_t *codes;
	int64_t version;

	if (!param_int(c, 0, "network.Version", &version))
		return NULL;
	if (version != NETWORK_VERSION)
		return call_fail(c, RPC_FAILED, "invalid network version %lld", (long long)version);
	codes = json_object();
	for (enum actor_kind kind = 0; kind < ACTOR_KINDS; kind++) {
		struct cid code = actor_code(kind);

		json_object_set_new(codes, actor_kind_name(kind), form_cid(&code));
	}
	return codes;
}

static const struct method methods[] = {
	{"ChainGetFinalizedTipSet", 0, false, chain_head}, /* what the ledger has executed is final */
	{"ChainGetGenesis", 0, false, chain_get_genesis},
	{"ChainGetMessage", 1, false, chain_get_message},
	{"ChainGetTipSet", 1, false, chain_get_tipset},
	{"ChainGetTipSetAfterHeight", 2, false, chain_get_tipset_by_height}, /* no epoch is without a tipset */
	{"ChainGetTipSetByHeight", 2, false, chain_get_tipset_by_height},
	{"ChainHasObj", 1, false, chain_has_obj},
	{"ChainHead", 0, false, chain_head},
	{"ChainNotify", 0, false, NULL}, /* a subscription: not over HTTP */
	{"ChainReadObj", 1, false, chain_read_obj},
	{"GasEstimateMessageGas", 3, false, gas_estimate_message_gas},
	{"MpoolGetNonce", 1, false, mpool_get_nonce},
	{"MpoolPending", 1, false, mpool_pending},
	{"MpoolPush", 1, true, mpool_push},
	{"StateAccountKey", 2, false, state_account_key},
	{"StateActorCodeCIDs", 1, false, state_actor_code_cids},
	{"StateCall", 2, false, state_call},
	{"StateGetActor", 2, false, state_get_actor},
	{"StateLookupID", 2, false, state_lookup_id},
	{"StateNetworkName", 0, false, state_network_name},
	{"StateNetworkVersion", 1, false, state_network_version},
	{"StateReadState", 2, false, state_read_state},
	{"StateSearchMsg", 4, false, state_search_msg},
	{"StateWaitMsg", 4, false, state_wait_msg},
	{"Version", 0, false, version},
	{"WalletBalance", 1, false, wallet_balance},
};

const struct method *method_find(const char *name)
{
	if (strncmp(name, PREFIX, strlen(PREFIX)) != 0)
		return NULL;
	for (size_t i = 0; i < COUNT(methods); i++)
		if (strcmp(methods[i].name, name + strlen(PREFIX)) == 0)
			return &methods[i];
	return NULL;
}
