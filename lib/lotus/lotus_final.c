/* lotus_final.c - a channel at finality: at a tipset that can't be reverted any more.
 *
 * Knows two kinds of finality: the node's own word, which is minutes old where
 * the network has fast finality, and 900 epochs by the chain's rule.
 */
#include "lotus/lotus_private.h"

#define FINALITY_EPOCHS 900   /* Source: Filecoin's expected consensus, ChainFinality */
#define FINAL_KEPT_MS   10000 /* finality moves by a tipset every half minute at most */

/* By the chain's rule. NOT_FOUND for a chain that is younger. */
static enum status deep_tipset(struct lotus *l, struct tipset *out)
{
	int64_t height = l->head.height - FINALITY_EPOCHS;

	if (height < 0)
		return STATUS_NOT_FOUND;
	return lotus_tipset(l, out, "ChainGetTipSetByHeight", json_pack("[I, O]", (json_int_t)height, l->head.key));
}

/* Read the final tipset, unless it is new enough. */
static enum status know_final(struct lotus *l)
{
	struct tipset final = {.key = NULL};
	enum status s = lotus_head(l, false);

	if (s != STATUS_OK)
		return s;
	if (l->final.key != NULL && l->options.keep_ms != 0 && lotus_ms() - l->final_ms < FINAL_KEPT_MS)
		return STATUS_OK;
	s = lotus_finalized(l, &final);
	if (s == STATUS_OK && final.key == NULL)
		s = deep_tipset(l, &final);
	if (s != STATUS_OK)
		return s;
	if (l->final.key == NULL || !json_equal(l->final.key, final.key))
		l->finals = (struct kept_channels){.next = 0};
	tipset_release(&l->final);
	l->final = final;
	l->final_ms = lotus_ms();
	return STATUS_OK;
}

enum status lotus_final_channel(void *self, struct paych *head, const struct address *channel)
{
	struct lotus *l = self;
	struct node_channel found;
	enum status s = know_final(l);

	if (s != STATUS_OK)
		return s;
	s = lotus_kept_channel(l, &found, &l->finals, channel, l->final.key);
	if (s == STATUS_OK)
		*head = lotus_head_of(&found);
	return s;
}
