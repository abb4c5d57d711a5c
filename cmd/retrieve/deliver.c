/* deliver.c - delivers the contents of a basket, and reports each. */
#include "retrieve.h"
#include "show/result.h"

enum status retrieve_deliver(struct tool *t, struct basket *w, const struct places *places)
{
	struct party *p = &t->party;
	struct error first = {0};
	size_t here = 0;

	for (size_t i = 0; i < w->count; i++) {
		struct basket_item *x = &w->list[i];
		enum status s = x->status, delivered = STATUS_OK;

		error_clear(&p->error);
		if (x->whole)
			delivered = places_deliver(places, x->deal);
		here += x->whole && delivered == STATUS_OK;
		if (s == STATUS_OK)
			s = delivered;
		else if (x->error != NULL) /* the content may still be here, if only the last payment failed */
			p->error = *x->error;
		if (result_content(t, x, places, s) != STATUS_OK)
			return STATUS_NO_MEMORY;
		if (s != STATUS_OK && w->count > 1 && !t->json)
			tool_say(t, "%.200s: %s", x->name, party_words(p, s));
		party_explain(p, s, "%s", status_text(s));
		if (first.status == STATUS_OK && s != STATUS_OK)
			first = p->error;
	}
	p->error = first;
	if (w->count > 1 && first.status == STATUS_OK)
		party_done(p, "%zu contents are complete", here);
	else if (w->count > 1)
		party_fail(p, first.status, "%zu of %zu contents are complete", here, w->count);
	return first.status;
}
