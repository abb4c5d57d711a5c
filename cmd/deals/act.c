/* act.c - deals cancel and restart. */
#include "buyer/propose.h"
#include "deals.h"
#include "seller/take.h"
#include "show/result.h"

enum status deals_cancel(struct tool *t)
{
	CLEAN_BYTES struct bytes frames = {0};
	struct party *p = &t->party;
	struct deal_name name;
	enum status s;

	tool_expect_output(t);
	tool_open_party(t, NEED_STORE);
	s = party_find(p, &name, t->arguments[0], SIDES_BOTH);
	if (s != STATUS_OK)
		return s;
	s = name.side == SIDE_CLIENT ? buyer_cancel(p, &frames, name.id) : seller_cancel(p, &frames, name.id);
	if (s != STATUS_OK)
		return s;
	s = tool_write_frames(t, bytes_span(&frames));
	return s == STATUS_OK ? result_deal(t, &name) : s;
}

enum status deals_restart(struct tool *t)
{
	struct party *p = tool_open_party(t, NEED_STORE);
	struct deal_name name;
	enum status s = party_find(p, &name, t->arguments[0], SIDES_CLIENT);

	if (s == STATUS_OK)
		s = buyer_restart(p, name.id);
	return s == STATUS_OK ? result_deal(t, &name) : s;
}
