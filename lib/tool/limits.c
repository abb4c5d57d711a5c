/* limits.c - the name of the client, and its limits.
 *
 * A proposal does not name the client: the name comes from the transport.
 */
#include "tool/limits.h"
#include "content/limits.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define MEMORY_DEFAULT (256ull << 20)
#define MEMORY_LEAST   (8ull << 20) /* the store does not open with less; 16 MiB are enough for the largest message */

/* In this order. SSH_CONNECTION and SSH_CLIENT have more words behind the address. */
static const char *const name_variables[] = {"RETRIEVAL_CLIENT", "SOCAT_PEERADDR", "TCPREMOTEIP", "REMOTE_ADDR",
	"REMOTE_HOST", "SSH_CONNECTION", "SSH_CLIENT"};

static struct span name_by_transport(void)
{
	for (size_t i = 0; i < sizeof(name_variables) / sizeof(name_variables[0]); i++) {
		const char *value = getenv(name_variables[i]);

		if (value != NULL && *value != '\0' && *value != ' ')
			return span_of(value, strcspn(value, " "));
	}
	return (struct span){0};
}

/* One limit; without a setting, @fallback for a client that has a name, else none. */
static uint64_t limit(struct tool *t, const char *name, const char *variable, uint64_t fallback)
{
	const char *text = tool_setting(t, name, variable);

	if (text != NULL)
		return tool_parse_number(t, text);
	return t->limits.client[0] != '\0' ? fallback : 0;
}

void tool_max_owed(struct tool *t)
{
	t->limits.has_max_owed = tool_setting(t, "max-owed", "RETRIEVAL_MAX_OWED") != NULL;
	t->limits.max_owed = tool_amount(t, "max-owed", "RETRIEVAL_MAX_OWED", amount_zero());
}

void tool_limits(struct tool *t, bool connection)
{
	struct limits *l = &t->limits;
	const char *given = tool_value(t, "client");
	struct span name = {0};

	if (given != NULL)
		name = span_text(given);
	else if (connection)
		name = name_by_transport();
	if (name.len >= sizeof(l->client))
		tool_fail(
			t, STATUS_USAGE, "the name of the client has more than %zu characters", sizeof(l->client) - 1);
	span_clean(l->client, sizeof(l->client), name);
	if (connection)
		l->max_deals = limit(t, "max-deals", "RETRIEVAL_MAX_DEALS", 0);
	l->max_open = limit(t, "max-open", "RETRIEVAL_MAX_OPEN", 64);
	l->max_unpaid = limit(t, "max-unpaid", "RETRIEVAL_MAX_UNPAID", 1);
	tool_max_owed(t);
	l->max_cancelled = limit(t, "max-cancelled", "RETRIEVAL_MAX_CANCELLED", 16);
}

/* The limit on data limits allocations; the store is mapped, not allocated, and may have any size. */
static bool set_limit(uint64_t bytes)
{
#ifdef __SANITIZE_ADDRESS__ /* the sanitizer needs memory of its own */
	(void)bytes;
	return true;
#else
	struct rlimit r;

	if (getrlimit(RLIMIT_DATA, &r) != 0)
		return false;
	if (r.rlim_cur > bytes)
		r.rlim_cur = bytes;
	return setrlimit(RLIMIT_DATA, &r) == 0;
#endif
}

void tool_limit_memory(struct tool *t, char *text)
{
	const char *given = tool_setting(t, "max-memory", "RETRIEVAL_MAX_MEMORY");
	uint64_t bytes = given != NULL ? tool_parse_size(t, given) : MEMORY_DEFAULT;

	tool_size_text(text, bytes);
	if (bytes != 0 && bytes < MEMORY_LEAST)
		tool_fail(t, STATUS_BAD_NUMBER, "%s of memory are not enough: at least 8 MiB are needed", text);
	if (bytes != 0 && !set_limit(bytes))
		tool_fail(t, STATUS_IO, "cannot limit memory: %s", strerror(errno));
}
