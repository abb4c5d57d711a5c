/* dagpb.c - dag-pb nodes are written back the same. */
#include "ipld/dagpb.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_of(data, size), links;
	struct bytes out = {0};
	struct dagpb_link link;
	struct dagpb_node node;
	size_t count = 0;

	if (dagpb_decode(&node, in) != STATUS_OK)
		return 0;
	if (node.data_first)
		dagpb_put_data(&out, node.data);
	for (links = node.links; dagpb_next_link(&link, &links); count++)
		dagpb_put_link(&out, &link);
	MUST(count == node.link_count, "as many links as were counted");
	if (node.has_data && !node.data_first)
		dagpb_put_data(&out, node.data);
	fuzz_same(&out, in, "the node is written back the same");
	return 0;
}
