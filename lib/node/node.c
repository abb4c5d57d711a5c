/* node.c - makes a node. */
#include <stdlib.h>

#include "node/node_private.h"

enum status node_new(struct node **out, struct embedded *ledger)
{
	struct node *n = calloc(1, sizeof(*n));
	enum status s;

	if (!n)
		return STATUS_NO_MEMORY;
	n->ledger = ledger;
	n->blocks = block_cache_new();
	s = n->blocks ? embedded_about(ledger, &n->about) : STATUS_NO_MEMORY;
	if (s == STATUS_OK)
		s = actors_load_manifest(n);
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
