/* check_messages.c - the messages to the ledger that a store holds. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "check/check_private.h"
#include "store/pending.h"
#include "wire/message.h"

/* INVARIANT 30: a form that does not verify would never be executed; another call could be executed beside ours. */
static void check_form(struct store_check *k, const struct message *newest, struct span encoded)
{
	struct signed_message m;

	if (signed_message_decode(&m, encoded) != STATUS_OK || signed_message_verify(&m) != STATUS_OK)
		finding(k->f, 30, "a message with nonce %" PRIu64 " has a try that is not signed by its sender",
			newest->nonce);
	else if (!message_same_call(&m.message, newest))
		finding(k->f, 30, "a message with nonce %" PRIu64 " has a try that is another call", newest->nonce);
}

static enum status check_tries(struct store_check *k, const struct message *newest, const struct kept_message *kept)
{
	CLEAN_BYTES struct bytes older = {0};
	struct span rest, one;
	enum status s = store_get_tries(k->t, &older, kept->about);

	if (s != STATUS_OK)
		return judge_read(k, s, "the tries of a message");
	check_form(k, newest, kept->message);
	for (rest = bytes_span(&older); rest.len != 0;) {
		if (!tries_next(&rest, &one)) {
			finding(k->f, 30, "the tries of the message with nonce %" PRIu64 " can't be read",
				newest->nonce);
			return STATUS_OK;
		}
		check_form(k, newest, one);
	}
	return STATUS_OK;
}

/** struct sent - whose nonce a message has. */
struct sent {
	struct address from;
	uint64_t nonce;
};

static int compare(const void *left, const void *right)
{
	const struct sent *a = left, *b = right;

	if (a->nonce != b->nonce)
		return a->nonce < b->nonce ? -1 : 1;
	return memcmp(&a->from, &b->from, sizeof(a->from));
}

static void check_nonces(struct store_check *k, struct bytes *sent)
{
	struct sent *at = (struct sent *)(void *)sent->data;
	size_t count = sent->len / sizeof(*at);

	if (count > 1)
		qsort(at, count, sizeof(*at), compare);
	for (size_t i = 1; i < count; i++) {
		if (compare(&at[i - 1], &at[i]) == 0)
			finding(k->f, 30, "two messages have nonce %" PRIu64, at[i].nonce);
	}
}

static enum status check_message(struct store_check *k, struct bytes *sent, const struct kept_message *kept)
{
	struct sent one = {.nonce = 0}; /* compared as bytes */
	struct signed_message m;

	if (signed_message_decode(&m, kept->message) != STATUS_OK) {
		finding(k->f, 30, "a message to the ledger can't be read");
		return STATUS_OK;
	}
	one.from = m.message.from;
	one.nonce = m.message.nonce;
	bytes_append(sent, &one, sizeof(one));
	return check_tries(k, &m.message, kept);
}

enum status check_messages(struct store_check *k)
{
	CLEAN_MESSAGES struct message_list list = {0};
	CLEAN_BYTES struct bytes sent = {0};
	enum status s = store_list_messages_in(k->t, &list);

	if (s != STATUS_OK)
		s = judge_read(k, s, "the list of messages to the ledger");
	if (s != STATUS_OK)
		return s;
	for (size_t i = 0; i < list.count; i++) {
		s = check_message(k, &sent, &list.at[i]);
		if (s != STATUS_OK)
			return s;
	}
	s = bytes_status(&sent);
	if (s == STATUS_OK)
		check_nonces(k, &sent);
	return s;
}
