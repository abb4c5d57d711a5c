/* publish.h - writing the finished content of a deal to the user's path.
 *
 * DATA 7: only verified bytes are delivered. Stored bytes may rot, so each
 * block is hashed once more when the CAR is written out.
 */
#ifndef BLOCKS_PUBLISH_H
#define BLOCKS_PUBLISH_H

#include "party/party.h"

/**
 * buyer_publish - write the finished CAR of a deal to @path, whole; "-" is standard output.
 * Explained: BAD_STATE if blocks are missing; BAD_HASH or CORRUPT, naming the block, if the stored CAR is damaged,
 * which is recorded as by buyer_note_damage(); IO if the stored CAR is gone, or @path can't be written; END if the
 * reader of a pipe went away.
 */
MUST_CHECK enum status buyer_publish(struct party *p, uint64_t deal, const char *path);
/**
 * buyer_note_damage - record that the stored CAR of a deal is damaged.
 * The deal does not count as complete any more; the next deal for the payload begins with the blocks before the damage
 * and buys the rest.
 */
MUST_CHECK enum status buyer_note_damage(struct party *p, uint64_t deal);
/** buyer_explain_gone - IO, explained: the file with the blocks of a deal does not exist. */
enum status buyer_explain_gone(struct party *p, uint64_t deal);

#endif
