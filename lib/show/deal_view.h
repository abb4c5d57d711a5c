/* deal_view.h - a deal of either side, for people: its fields, its state, and the next step. */
#ifndef SHOW_DEAL_VIEW_H
#define SHOW_DEAL_VIEW_H

#include "tool/tool.h"

/** struct deal_view - one deal; holds values only. */
struct deal_view {
	enum deal_side side;
	struct client_deal client;     /* if side is SIDE_CLIENT */
	struct provider_deal provider; /* if side is SIDE_PROVIDER */
	uint64_t size;                 /* bytes of the whole content, 0 if unknown */
	uint64_t nonce;                /* nonce of the last voucher, 0 if none */
	bool collected;                /* if side is SIDE_PROVIDER: the channel was collected, and pays no more */
	char absent
		[640]; /* if side is SIDE_PROVIDER and the deal is not over: the reason why the content can't be read now; else "" */
	char client_name[CLIENT_NAME_MAX]; /* if side is SIDE_PROVIDER: as named by the transport, else "" */
};

/** struct deal_next - the side that must act next, and the command. */
struct deal_next {
	const char *who;   /* "client", "provider", or "nobody" */
	char command[320]; /* the command; "" if the other side must act */
};

/** deal_view_load - read a deal, in a transaction of its own. */
MUST_CHECK enum status deal_view_load(struct tool *t, struct deal_view *v, const struct deal_name *name);
/** deal_view_look - is the content of a deal that we sell, and that is not over, there now? Fills in @v->absent. */
MUST_CHECK enum status deal_view_look(struct tool *t, struct deal_view *v);
/** deal_view_next - the next step by the state of the deal. */
void deal_view_next(struct deal_next *next, const struct deal_view *v);
/* Fields that both sides have, under one name. */
const char *deal_side_name(enum deal_side side);
/** deal_short_state - a state's name without its prefix: "Ongoing". */
const char *deal_short_state(unsigned state);
uint64_t deal_view_number(const struct deal_view *v);
enum deal_state deal_view_state(const struct deal_view *v);
uint64_t deal_view_bytes(const struct deal_view *v);
const struct cid *deal_view_payload(const struct deal_view *v);
const struct amount *deal_view_funds(const struct deal_view *v);
const struct deal_params *deal_view_params(const struct deal_view *v);
const struct address *deal_view_channel(const struct deal_view *v);
/** deal_view_json - every field that is kept. */
json_t *deal_view_json(const struct deal_view *v);

#endif
