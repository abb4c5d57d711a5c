/* channels.c - the channels to settle. */
#include "tool/channels.h"

#include <string.h>

#include "funds/channel_view.h"
#include "settle.h"

enum status work_add_channel(void *ctx, const struct address *a)
{
	struct work *w = ctx;

	for (size_t at = 0; at < w->channels.len; at += sizeof(*a))
		if (memcmp(w->channels.data + at, a, sizeof(*a)) == 0)
			return STATUS_OK;
	bytes_append(&w->channels, a, sizeof(*a));
	return bytes_status(&w->channels);
}

/* All arguments are read before the first step is taken. */
enum status work_choose(struct work *w)
{
	enum status s = STATUS_OK;

	for (int i = 0; s == STATUS_OK && i < w->t->argument_count; i++) {
		struct address a = tool_find_channel(w->t, w->t->arguments[i]);

		s = work_add_channel(w, &a);
	}
	if (w->t->argument_count == 0)
		return channel_each(&w->t->party, true, work_add_channel, w);
	return s;
}
