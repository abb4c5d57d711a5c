/* channels.c - finds the channel that a person names. */
#include "tool/channels.h"

#include <inttypes.h>
#include <string.h>

#include "store/channel_lists.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyz234567"

static _Noreturn void fail(struct tool *t, enum status s)
{
	tool_fail(t, s, "%s", party_words(&t->party, s));
}

static enum status get_channel(struct party *p, struct address *channel, const struct deal_name *name)
{
	struct provider_deal sold = {.id = 0};
	struct client_deal bought = {.id = 0};
	enum status s = name->side == SIDE_CLIENT ? party_get_client(p, &bought, name->id)
						  : party_get_provider(p, &sold, name->id);

	if (s != STATUS_OK)
		return s;
	*channel = name->side == SIDE_CLIENT ? bought.channel : sold.channel;
	return STATUS_OK;
}

static struct address channel_of_deal(struct tool *t, const char *text)
{
	struct address channel = {0};
	struct deal_name name;
	enum status s = party_find(&t->party, &name, text, SIDES_BOTH);

	if (s != STATUS_OK)
		fail(t, s);
	s = get_channel(&t->party, &channel, &name);
	if (s != STATUS_OK)
		fail(t, s);
	if (address_is_none(&channel))
		tool_fail(t, STATUS_BAD_STATE, "deal %" PRIu64 " has no channel: %s", name.id,
			name.side == SIDE_CLIENT ? "none was opened for it" : "no payment has come in");
	return channel;
}

static struct address channel_of_prefix(struct tool *t, const char *prefix)
{
	struct address found = {0};
	CLEAN_CHANNELS struct channel_list list = {0};
	char text[ADDRESS_TEXT_MAX];
	size_t matches = 0;
	enum status s = store_list_channels(t->party.store, &list);

	if (s != STATUS_OK)
		tool_fail(t, s, "cannot list the channels: %s", status_text(s));
	for (size_t i = 0; i < list.count; i++) {
		address_text(text, &list.at[i].address, t->party.network);
		if (strncmp(text, prefix, strlen(prefix)) == 0) {
			found = list.at[i].address;
			matches++;
		}
	}
	if (matches > 1)
		tool_fail(t, STATUS_AMBIGUOUS, "more than one channel begins with '%.100s'", prefix);
	if (matches == 0)
		tool_fail(t, STATUS_NOT_FOUND, "no channel here begins with '%.100s'", prefix);
	return found;
}

struct address tool_find_channel(struct tool *t, const char *text)
{
	struct address a;
	enum status s = address_parse(&a, NULL, span_text(text));

	if (s == STATUS_OK)
		return a;
	if (*text == '@' || (*text >= '0' && *text <= '9'))
		return channel_of_deal(t, text);
	if (s != STATUS_BAD_CHECKSUM && (*text == 'f' || *text == 't') &&
		(text[1] == '\0' ||
			(strchr("0123", text[1]) != NULL && strspn(text + 2, LETTERS) == strlen(text + 2))) &&
		strlen(text) < 41)
		return channel_of_prefix(t, text);
	if (s != STATUS_BAD_CHECKSUM && *text != 'f' && *text != 't')
		tool_fail(t, STATUS_USAGE,
			"'%.100s' is not a channel: give an address, the beginning of a known address, the id of a "
			"deal, or @ for the newest",
			text);
	return tool_parse_address(t, text);
}
