/* block_fault.c - why a block does not decode, in words for people.
 *
 * Knows no form of its own: cbor.c and dagpb.c decide what decodes, and this
 * file looks for the place where they stopped.
 */
#include "ipld/block_fault.h"

#include <stdio.h>

#include "ipld/cbor.h"
#include "ipld/dagpb.h"

static enum status ignore_link(void *ctx, const struct cid *c)
{
	(void)ctx;
	(void)c;
	return STATUS_OK;
}

const char *block_fault(char out[BLOCK_FAULT_MAX], const struct cid *c, struct span block)
{
	enum status why = STATUS_OK;
	const char *what = NULL;
	size_t at = 0;

	if (c->codec == CODEC_DAG_CBOR && cbor_links_at(block, ignore_link, NULL, &why, &at) != STATUS_OK)
		what = status_text(why);
	else if (c->codec == CODEC_DAG_PB)
		what = dagpb_fault(block, &at);
	if (what != NULL)
		snprintf(out, BLOCK_FAULT_MAX, "it is no valid %s: %s, at byte %zu of %zu of the block",
			c->codec == CODEC_DAG_PB ? "dag-pb" : "dag-cbor", what, at, block.len);
	else
		snprintf(out, BLOCK_FAULT_MAX, "%s", status_text(STATUS_BAD_BLOCK));
	return out;
}
