/* publish.h - the finished content of a deal, where the user wants it.
 *
 * DATA 7: what is delivered is what was verified. Bytes rot where they are
 * kept, so each block is hashed once more on its way out.
 */
#ifndef BUYER_PUBLISH_H
#define BUYER_PUBLISH_H

#include "party/party.h"

/**
 * buyer_publish - put the finished CAR of a deal at @path, whole; "-" is standard output.
 * Explained: BAD_STATE if blocks are missing; BAD_HASH or CORRUPT, naming the block, if what is kept is damaged, which
 * is noted as buyer_note_damage() does; IO if it is gone, or can't be written; END if the reader of a pipe went away.
 */
MUST_CHECK enum status buyer_publish(struct party *p, uint64_t deal, const char *path);
/**
 * buyer_note_damage - what is kept of a deal is damaged: it does not count as complete any more, and the next deal for the
 * payload begins with the blocks before the damage and buys the rest.
 */
MUST_CHECK enum status buyer_note_damage(struct party *p, uint64_t deal);
/** buyer_explain_gone - IO, explained: the file in which the blocks of a deal were kept is not there. */
enum status buyer_explain_gone(struct party *p, uint64_t deal);

#endif
