/* node.c - makes a node. */
#include <stdlib.h>

#include "node/node_private.h"

static enum status load(struct node *n)
{
	enum status s;

	n->blocks = block_cache_new();
	if (!n->blocks)
		return STATUS_NO_MEMORY;
	s = embedded_about(n->ledger, &n->about);
	return s == STATUS_OK ? actors_load_manifest(n) : s;
}

enum status node_new(struct node **out, struct embedded *ledger)
{
	struct node *n = calloc(1, sizeof(*n));
	enum status s;

	if (!n)
		return STATUS_NO_MEMORY;
	n->ledger = ledger;
	s = load(n);
	if (s != STATUS_OK) {
		node_free(n);
		return s;
	}
	*out = n;
	return STATUS_OK;
}

void node_free(struct node *n)
{
	if (!n)
		return;
	block_cache_free(n->blocks);
	free(n);
}
