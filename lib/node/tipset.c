/* tipset.c - tipsets: one for each epoch, and their names.
 *
 * The embedded ledger has epochs and no blocks. A node has to name its tipsets
 * all the same: the name of the first is the identity of the ledger, so that a
 * client knows the ledger by its genesis; the others are hashes of identity and
 * epoch. No block can be read under these names.
 *
 * Clients take the state at a tipset for fixed. So the newest tipset has a name
 * that also depends on the height of the ledger, and gets another one with each
 * change; the node remembers those that it gave out.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "node/node_private.h"

/* The CID of dag-cbor and blake2b-256 with the digest @digest. */
static struct cid cid_of_digest(const uint8_t digest[BLAKE2B_256_SIZE])
{
	static const uint8_t head[] = {0x01, 0x71, 0xa0, 0xe4, 0x02, BLAKE2B_256_SIZE};
	uint8_t bytes[sizeof(head) + BLAKE2B_256_SIZE];
	struct cid cid = {0};

	memcpy(bytes, head, sizeof(head));
	memcpy(bytes + sizeof(head), digest, BLAKE2B_256_SIZE);
	if (cid_decode(&cid, span_of(bytes, sizeof(bytes))) != STATUS_OK)
		return (struct cid){0};
	return cid;
}
_Static_assert(LEDGER_GENESIS_SIZE == BLAKE2B_256_SIZE, "an identity is as long as a digest");

/* The hash of @label, the identity of the ledger and two numbers. */
static struct cid name_of(const struct node *n, const char *label, int64_t epoch, uint64_t height)
{
	CLEAN_BYTES struct bytes seed = {0};
	uint8_t digest[BLAKE2B_256_SIZE];

	bytes_append_text(&seed, label);
	bytes_append(&seed, n->about.identity, sizeof(n->about.identity));
	bytes_append_number(&seed, (uint64_t)epoch);
	bytes_append_number(&seed, height);
	blake2b(digest, sizeof(digest), bytes_span(&seed));
	return cid_of_digest(digest);
}

struct cid tipset_cid(const struct node *n, int64_t epoch)
{
	return epoch == 0 ? cid_of_digest(n->about.identity) : name_of(n, "tipset", epoch, 0);
}

enum status tipset_head(struct node *n, struct cid *cid, int64_t *epoch)
{
	struct tipset_name *last = &n->heads[n->head_count % TIPSET_HEADS];
	uint64_t height = 0;
	enum status s = embedded_ops.epoch(n->ledger, epoch);

	if (s != STATUS_OK)
		return s;
	s = embedded_ops.height(n->ledger, &height);
	if (s != STATUS_OK)
		return s;
	*cid = name_of(n, "head", *epoch, height);
	if (!cid_equal(&last->cid, cid)) {
		n->head_count++;
		n->heads[n->head_count % TIPSET_HEADS] = (struct tipset_name){*cid, *epoch};
	}
	return STATUS_OK;
}

enum status tipset_find(struct node *n, int64_t *epoch, const struct cid *cid)
{
	struct cid name;
	int64_t head;
	enum status s = tipset_head(n, &name, &head);

	if (s != STATUS_OK)
		return s;
	for (size_t i = 0; i < TIPSET_HEADS; i++) {
		if (!cid_equal(&n->heads[i].cid, cid))
			continue;
		*epoch = n->heads[i].epoch;
		return STATUS_OK;
	}
	for (int64_t at = head; at >= 0 && at >= head - NODE_LOOKBACK_MAX; at--) {
		name = tipset_cid(n, at);
		if (cid_equal(cid, &name)) {
			*epoch = at;
			return STATUS_OK;
		}
	}
	name = tipset_cid(n, 0);
	*epoch = cid_equal(cid, &name) ? 0 : *epoch;
	return cid_equal(cid, &name) ? STATUS_OK : STATUS_NOT_FOUND;
}

json_t *tipset_key(const struct node *n, int64_t epoch)
{
	struct cid cid = tipset_cid(n, epoch);

	return json_pack("[o]", form_cid(&cid));
}

/* The unix time at which an epoch begins. */
static int64_t epoch_time(const struct node *n, int64_t epoch)
{
	int64_t seconds;

	if (__builtin_mul_overflow(epoch, EPOCH_SECONDS, &seconds) ||
		__builtin_add_overflow(seconds, n->about.genesis, &seconds))
		return INT64_MAX;
	return seconds;
}

/* The one block of a tipset, with the members that a block of a chain has. The price of gas is today's, at every epoch. */
static json_t *block_form(const struct node *n, int64_t epoch)
{
	struct address system = address_of_id(0);
	struct cid nothing;
	json_t *parents;
	char weight[24], price[AMOUNT_TEXT_MAX];
	struct embedded_options about;

	snprintf(weight, sizeof(weight), "%" PRId64, epoch);
	if (embedded_about(n->ledger, &about) != STATUS_OK)
		return NULL;
	if (cid_of(&nothing, 1, CODEC_DAG_CBOR, HASH_BLAKE2B_256, span_of("\x80", 1)) != STATUS_OK)
		return NULL;
	parents = epoch > 0 ? tipset_key(n, epoch - 1) : json_array();
	return json_pack(
		"{s:o, s:{s:n}, s:{s:i, s:n}, s:[], s:n, s:o, s:s, s:I, s:o, s:o, s:o, s:n, s:I, s:n, s:i, s:s}",
		"Miner", form_address(n, &system), "Ticket", "VRFProof", "ElectionProof", "WinCount", 1, "VRFProof",
		"BeaconEntries", "WinPoStProof", "Parents", parents, "ParentWeight", weight, "Height",
		(json_int_t)epoch, "ParentStateRoot", form_cid(&nothing), "ParentMessageReceipts", form_cid(&nothing),
		"Messages", form_cid(&nothing), "BLSAggregate", "Timestamp", (json_int_t)epoch_time(n, epoch),
		"BlockSig", "ForkSignaling", 0, "ParentBaseFee", amount_decimal(price, &about.gas_price));
}

static json_t *tipset_form(const struct node *n, const struct cid *cid, int64_t epoch)
{
	return json_pack("{s:[o], s:[o], s:I}", "Cids", form_cid(cid), "Blocks", block_form(n, epoch), "Height",
		(json_int_t)epoch);
}

static json_t *tipset_of_epoch(const struct node *n, int64_t epoch)
{
	struct cid cid = tipset_cid(n, epoch);

	return tipset_form(n, &cid, epoch);
}

json_t *chain_head(struct call *c)
{
	struct cid cid;
	int64_t epoch;
	enum status s = tipset_head(c->node, &cid, &epoch);

	return s == STATUS_OK ? tipset_form(c->node, &cid, epoch) : call_broke(c, s);
}

json_t *chain_get_tipset(struct call *c)
{
	int64_t epoch;

	return param_tipset(c, 0, &epoch) ? tipset_of_epoch(c->node, epoch) : NULL;
}

json_t *chain_get_tipset_by_height(struct call *c)
{
	int64_t epoch, from;

	if (!param_int(c, 0, "abi.ChainEpoch", &epoch) || !param_tipset(c, 1, &from))
		return NULL;
	if (epoch < 0)
		return call_fail(c, RPC_FAILED, "height %" PRId64 " is negative", epoch);
	if (epoch > from)
		return call_fail(c, RPC_FAILED, "looking for tipset with height greater than start point");
	if (epoch > 0 && epoch < from - NODE_LOOKBACK_MAX)
		return call_fail(c, RPC_FAILED, "bad tipset: lookbacks of more than 24h0m0s are disallowed");
	return tipset_of_epoch(c->node, epoch);
}

json_t *chain_get_genesis(struct call *c)
{
	return tipset_of_epoch(c->node, 0);
}
