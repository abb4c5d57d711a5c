/* act.c - deals cancel, resume, restart and forgive. */
#include <inttypes.h>

#include "buyer/propose.h"
#include "buyer/receive.h"
#include "deals.h"
#include "seller/forgive.h"
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

/* A verb that takes one step of the deal that the argument names. */
static enum status take_step(struct tool *t, unsigned sides, enum status (*step)(struct party *p, uint64_t id))
{
	struct party *p = tool_open_party(t, NEED_STORE);
	struct deal_name name;
	enum status s = party_find(p, &name, t->arguments[0], sides);

	if (s != STATUS_OK)
		return s;
	s = step(p, name.id);
	return s == STATUS_OK ? result_deal(t, &name) : s;
}

enum status deals_restart(struct tool *t)
{
	return take_step(t, SIDES_CLIENT, buyer_restart);
}

static enum status write_request(struct tool *t, struct receiver *receiver, uint64_t deal)
{
	CLEAN_BYTES struct bytes frames = {0};
	enum status s = receiver_open(receiver, deal);

	if (s != STATUS_OK)
		return s;
	if (deal_is_final(SIDE_CLIENT, receiver_deal(receiver)->state))
		return party_fail(&t->party, STATUS_BAD_STATE, "deal %" PRIu64 " is over: %s", deal,
			deal_state_name(receiver_deal(receiver)->state));
	s = receiver_request(receiver, &frames);
	return s == STATUS_OK ? tool_write_frames(t, bytes_span(&frames)) : s;
}

enum status deals_resume(struct tool *t)
{
	struct party *p = tool_open_party(t, NEED_STORE);
	struct receiver *receiver = NULL;
	struct deal_name name;
	enum status s = party_find(p, &name, t->arguments[0], SIDES_CLIENT);

	if (s != STATUS_OK)
		return s;
	s = receiver_new(&receiver, p);
	if (s != STATUS_OK)
		return s;
	s = write_request(t, receiver, name.id);
	receiver_free(receiver);
	return s == STATUS_OK ? result_deal(t, &name) : s;
}

enum status deals_forgive(struct tool *t)
{
	return take_step(t, SIDES_PROVIDER, seller_forgive);
}
