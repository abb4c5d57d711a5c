/* dagpb.h - dag-pb: PBNode { Links: [PBLink {Hash, Name, Tsize}], Data }.
 *
 * Source: https://ipld.io/specs/codecs/dag-pb/spec/: fields of a link in order; Links before Data, or, as
 * other programs accept, Data before Links; never Links around Data. We write Links first.
 */
#ifndef IPLD_DAGPB_H
#define IPLD_DAGPB_H

#include "ipld/cid.h"

struct dagpb_link {
	struct cid hash;
	struct span name; /* borrowed */
	bool has_name, has_size;
	uint64_t size; /* cumulative size as claimed by its maker; never trusted */
};

/** struct dagpb_node - a checked node, whose links are read one by one. */
struct dagpb_node {
	struct span links; /* the bytes of the link fields */
	size_t link_count;
	struct span data;
	bool has_data;
	bool data_first; /* Data lies before the links */
};

/** dagpb_fault - why dagpb_decode() refuses @block, static, and the place in @at; NULL if @block decodes. For messages. */
const char *dagpb_fault(struct span block, size_t *at);

/** dagpb_decode - check the whole of @block and find its parts; BAD_BLOCK if @block is not dag-pb. Borrows. */
MUST_CHECK enum status dagpb_decode(struct dagpb_node *node, struct span block);
/** dagpb_next_link - take the next link off @links (start with a copy of node->links); false at the end. */
MUST_CHECK bool dagpb_next_link(struct dagpb_link *link, struct span *links);
/** dagpb_put_link - append one link field; call in order. dagpb_put_data - append the data; call last. */
void dagpb_put_link(struct bytes *out, const struct dagpb_link *link);
void dagpb_put_data(struct bytes *out, struct span data);

#endif
