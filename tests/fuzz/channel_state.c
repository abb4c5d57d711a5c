/* channel_state.c - the blocks of a payment channel's state, as a node sends them. */
#include "wire/channel_state.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_of(data, size);
	struct channel_state state;
	struct lanes_root root;
	struct lanes_node node;
	struct bytes out = {0};
	struct cid cid;

	if (channel_state_decode(&state, in) == STATUS_OK) {
		channel_state_encode(&out, &state);
		fuzz_same(&out, in, "the head of a channel is written back the same");
	}
	if (lanes_root_decode(&root, in) == STATUS_OK) {
		lanes_root_encode(&out, &root);
		fuzz_same(&out, in, "the root of the lanes is written back the same");
	}
	for (unsigned height = 0; height < 2; height++) {
		if (lanes_node_decode(&node, height, in) != STATUS_OK)
			continue;
		lanes_node_encode(&out, &node);
		fuzz_same(&out, in, "a node of the lanes is written back the same");
	}
	if (system_state_decode(&cid, in) == STATUS_OK) {
		system_state_encode(&out, &cid);
		fuzz_same(&out, in, "the head of the system actor is written back the same");
	}
	if (manifest_find(&cid, in, "paymentchannel") == STATUS_OK)
		MUST(!cid_is_none(&cid), "a code that was found is one");
	return 0;
}
