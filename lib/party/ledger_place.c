/* ledger_place.c - which kind of ledger is at a place.
 *
 * Knows the kinds of ledgers; nothing else above lib/chain has to.
 */
#include "party/ledger_place.h"

#include <assert.h>

#include "embedded/embedded.h"
#include "kv/kv.h"
#include "lotus/lotus.h"
#include "rpc/http.h"
#include "rpc/node_place.h"

#define NODE_KEEP_MS 1000 /* for which a node's head is not asked for again: an epoch has 30 seconds */

/* INVARIANT 26: a home whose transaction is open while a node thinks is busy for everybody else. */
static enum status assert_no_transaction(void *ctx)
{
	(void)ctx;
	assert(kv_open_here(KV_HOME) == 0);
	return STATUS_OK;
}

/* A ledger of the kind @ops, which closes @self; on failure @self is closed. */
static enum status open_kind(struct ledger **out, const struct ledger_ops *ops, void *self)
{
	enum status s = ledger_of(out, ops, self);

	if (s != STATUS_OK)
		ops->close(self);
	else
		ledger_set_guard(*out, (struct ledger_guard){.before = assert_no_transaction});
	return s;
}

static enum status open_folder(struct ledger **out, const char *where)
{
	struct embedded *embedded;
	enum status s = embedded_open(&embedded, where);

	return s == STATUS_OK ? open_kind(out, &embedded_ops, embedded) : s;
}

static enum status open_node(struct ledger **out, const struct ledger_place *place, struct error *why)
{
	const struct lotus_options options = {.confidence = LOTUS_CONFIDENCE, .keep_ms = NODE_KEEP_MS};
	struct node_place node;
	struct transport transport;
	struct lotus *lotus;
	enum status s = node_place_parse(&node, place->where, place->token_file, why);

	if (s != STATUS_OK)
		return s;
	s = http_open(&transport, bytes_text(&node.url), bytes_text(&node.token), why);
	node_place_release(&node);
	if (s != STATUS_OK)
		return s;
	s = lotus_open(&lotus, &transport, &options);
	return s == STATUS_OK ? open_kind(out, &lotus_ops, lotus) : s;
}

enum status ledger_open_place(struct ledger **out, const struct ledger_place *place, struct error *why)
{
	return node_place_is(place->where) ? open_node(out, place, why) : open_folder(out, place->where);
}

const char *ledger_place_name(const char *where)
{
	return node_place_name(where);
}

enum status ledger_open(struct ledger **out, const char *where)
{
	const struct ledger_place place = {.where = where};
	struct error why = {.status = STATUS_OK};

	return ledger_open_place(out, &place, &why);
}
