/* parcel.h - one message with blocks, being put together.
 *
 * The data of a block stays in its file until the message goes out, and then
 * goes from file to pipe without passing through here, if the sink can do so.
 */
#ifndef PARTY_PARCEL_H
#define PARTY_PARCEL_H

#include "party/content.h"
#include "party/frames.h"

/** struct parcel - all zero is an empty one; released by parcel_release(). */
struct parcel {
	struct bytes links,
		items; /* of the message's lists: announced links; blocks, less the data that is in a file */
	size_t link_count, block_count;
	struct parcel_gap *gaps; /* where that data goes */
	size_t gap_count, gap_room;
	uint64_t gap_bytes;
	struct bytes frame;
};

/** parcel_announce - add a link whose block is not in this message. */
MUST_CHECK enum status parcel_announce(struct parcel *p, const struct cid *link, enum graphsync_link kind);
/** parcel_add - add a link and its block, which lies at @place of @content. @whole: the sink wants whole frames. */
MUST_CHECK enum status parcel_add(struct parcel *p, const struct cid *link, struct content_reader *content,
	const struct block_place *place, bool whole);
/** parcel_size - bytes of its blocks, about. */
uint64_t parcel_size(const struct parcel *p);
/** parcel_send - send it with @status and (not NULL) @answer, and empty it. An empty one is a message without blocks. */
MUST_CHECK enum status parcel_send(struct parcel *p, const struct response_head *head, struct content_reader *content,
	enum graphsync_status status, const struct deal_answer *answer, const struct sink *sink);
void parcel_release(struct parcel *p);

#endif
