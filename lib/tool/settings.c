/* settings.c - the sources of a tool's settings, and the forms in which people write values. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/random.h"
#include "party/ledger_place.h"
#include "tool/tool_private.h"

const char *tool_setting(struct tool *t, const char *name, const char *variable)
{
	const char *value = tool_value(t, name);

	if (value != NULL || variable == NULL)
		return value;
	value = getenv(variable);
	return value != NULL && *value != '\0' ? value : tool_config_value(t, name);
}

/*
 * A text to follow a value that can't be used: its source, if that is the environment or the configuration; "" for a value
 * from the command line, which the user sees. For the message that ends the tool.
 */
static const char *whence(const struct tool *t, const char *text)
{
	const char *config = (const char *)t->config.data;
	static char words[128] = "";

	if (config != NULL && text >= config && text < config + t->config.len) {
		const char *name = text;

		while (name > config && name[-1] != '\0')
			name--;
		name += strspn(name, " \t");
		snprintf(words, sizeof(words), ", %.*s in the configuration,", (int)strcspn(name, " \t="), name);
	}
	for (char **e = environ; *e != NULL; e++)
		if (text > *e && text <= *e + strlen(*e))
			snprintf(words, sizeof(words), " in %.*s", (int)strcspn(*e, "="), *e);
	return words;
}

struct amount tool_parse_amount(struct tool *t, const char *text)
{
	struct amount a;
	enum status s = amount_parse(&a, text);

	if (s == STATUS_NO_UNIT)
		tool_fail(t, s, "'%.80s'%s has no unit: write afil, nfil or fil behind it, as in 2afil or 0.1fil", text,
			whence(t, text));
	if (s != STATUS_OK)
		tool_fail(t, s, "'%.80s'%s is not an amount: write a number and a unit, as in 2afil or 0.1fil", text,
			whence(t, text));
	return a;
}

struct amount tool_amount(struct tool *t, const char *name, const char *variable, struct amount fallback)
{
	const char *text = tool_setting(t, name, variable);

	return text != NULL ? tool_parse_amount(t, text) : fallback;
}

struct amount tool_ceiling(struct tool *t, const char *name, const char *variable)
{
	struct amount none, one = amount_u64(1), zero = amount_zero();

	if (!amount_sub(&none, &zero, &one))
		tool_fail(t, STATUS_BAD_AMOUNT, "amounts do not work");
	return tool_amount(t, name, variable, none);
}

static uint64_t parse_digits(struct tool *t, const char *text, const char **end, const char *what)
{
	unsigned long long value;

	errno = 0;
	value = strtoull(text, (char **)(uintptr_t)end, 10);
	if (isdigit((unsigned char)*text) && errno == ERANGE)
		tool_fail(t, STATUS_BAD_NUMBER, "'%.80s'%s is too large", text, whence(t, text));
	if (!isdigit((unsigned char)*text) || errno != 0)
		tool_fail(t, STATUS_BAD_NUMBER, "'%.80s'%s is not %s", text, whence(t, text), what);
	return value;
}

uint64_t tool_parse_size(struct tool *t, const char *text)
{
	static const struct {
		const char *name;
		uint64_t bytes;
	} units[] = {{"B", 1}, {"KiB", 1ull << 10}, {"MiB", 1ull << 20}, {"GiB", 1ull << 30}, {"TiB", 1ull << 40},
		{"kB", 1000}, {"MB", 1000000}, {"GB", 1000000000}, {"TB", 1000000000000}};
	static const char what[] = "a size: write a number and a unit, as in 1MiB or 512B";
	const char *unit;
	uint64_t n = parse_digits(t, text, &unit, what), bytes;

	if (n == 0 && *unit == '\0')
		return 0;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(unit, units[i].name) == 0) {
			if (__builtin_mul_overflow(n, units[i].bytes, &bytes))
				tool_fail(t, STATUS_BAD_NUMBER, "'%.80s'%s is too large", text, whence(t, text));
			return bytes;
		}
	}
	tool_fail(t, STATUS_NO_UNIT, "'%.80s'%s is not %s", text, whence(t, text), what);
}

uint64_t tool_size(struct tool *t, const char *name, uint64_t fallback)
{
	const char *text = tool_setting(t, name, NULL);

	return text != NULL ? tool_parse_size(t, text) : fallback;
}

uint64_t tool_parse_number(struct tool *t, const char *text)
{
	const char *end;
	uint64_t n = parse_digits(t, text, &end, "a number");

	if (*end != '\0')
		tool_fail(t, STATUS_BAD_NUMBER, "'%.80s'%s is not a number", text, whence(t, text));
	return n;
}

uint64_t tool_number(struct tool *t, const char *name, uint64_t fallback)
{
	const char *text = tool_setting(t, name, NULL);

	return text != NULL ? tool_parse_number(t, text) : fallback;
}

struct address tool_parse_address(struct tool *t, const char *text)
{
	struct address a;
	enum network network;
	enum status s = address_parse(&a, &network, span_text(text));

	if (s == STATUS_BAD_CHECKSUM)
		tool_fail(t, s, "'%.100s' is mistyped: the checksum of the address does not match", text);
	if (s != STATUS_OK && (*text == NETWORK_MAIN || *text == NETWORK_TEST) && text[1] == '4')
		tool_fail(t, s, "'%.100s' has no key that signs vouchers: payment channels need an f1 or f3 address",
			text);
	if (s != STATUS_OK)
		tool_fail(t, s, "'%.100s' is not a Filecoin address", text);
	return a;
}

struct cid tool_parse_cid(struct tool *t, const char *text)
{
	struct cid c;

	if (cid_parse(&c, span_text(text)) != STATUS_OK)
		tool_fail(t, STATUS_BAD_CID, "'%.100s' is not a CID", text);
	return c;
}

/* The seconds of a duration's unit letter; 0 for any other text. */
static uint64_t unit_seconds(const char *unit)
{
	static const char letters[] = "smhd";
	static const uint64_t seconds[] = {1, 60, 3600, 86400};
	const char *letter = *unit != '\0' && unit[1] == '\0' ? strchr(letters, *unit) : NULL;

	return letter != NULL ? seconds[letter - letters] : 0;
}

uint64_t tool_parse_seconds(struct tool *t, const char *text)
{
	static const char what[] = "a duration: write a number and s, m, h or d, as in 30s";
	const char *unit;
	uint64_t n = parse_digits(t, text, &unit, what);

	if (n > UINT32_MAX)
		tool_fail(t, STATUS_BAD_NUMBER, "'%.80s'%s is too long", text, whence(t, text));
	if (unit_seconds(unit) == 0)
		tool_fail(t, STATUS_NO_UNIT, "'%.80s'%s is not %s", text, whence(t, text), what);
	return n * unit_seconds(unit);
}

int64_t tool_parse_epochs(struct tool *t, const char *text)
{
	static const char what[] = "a duration: write a number and s, m, h, d or e (epochs), as in 12h";
	const char *unit;
	uint64_t n = parse_digits(t, text, &unit, what);

	if (n > 1000000000000u)
		tool_fail(t, STATUS_BAD_NUMBER, "'%.80s'%s is too long", text, whence(t, text));
	if (strcmp(unit, "e") == 0)
		return (int64_t)n;
	if (unit_seconds(unit) == 0)
		tool_fail(t, STATUS_NO_UNIT, "'%.80s'%s is not %s", text, whence(t, text), what);
	return (int64_t)((n * unit_seconds(unit) + EPOCH_SECONDS - 1) / EPOCH_SECONDS);
}

/* Said once, and to people only: minutes may pass without a word otherwise. */
static void say_waits(struct party *p)
{
	struct tool *t = (struct tool *)((char *)p - offsetof(struct tool, party));
	double left = p->wait_until - clock_seconds();
	bool minutes = left > 90;

	p->waits = NULL;
	tool_say(t, "waiting for the ledger, %.0f%c at most; after ctrl-C the same command goes on",
		minutes ? left / 60 : left, minutes ? 'm' : 's');
}

void tool_set_wait(struct tool *t, unsigned minutes)
{
	const char *given = tool_value(t, "wait");
	int64_t epoch = 0;

	if (!t->quiet && !t->json && isatty(STDERR_FILENO))
		t->party.waits = say_waits;
	if (given != NULL) {
		t->party.wait_until = clock_seconds() + (double)tool_parse_seconds(t, given);
		return;
	}
	if (minutes != 0 && ledger_epoch_seconds(t->party.ledger, &epoch) == STATUS_OK && epoch != 0)
		t->party.wait_until = clock_seconds() + 60.0 * minutes;
}

const char *tool_home(struct tool *t)
{
	const char *given = tool_setting(t, "home", "RETRIEVAL_HOME");

	if (given != NULL) {
		bytes_clear(&t->home);
		bytes_append_text(&t->home, given);
	} else {
		tool_xdg_path(&t->home, "XDG_STATE_HOME", ".local/state", "retrieval");
	}
	if (t->home.len == 0)
		tool_fail(t, STATUS_USAGE, "no home: set RETRIEVAL_HOME or --home");
	return bytes_text(&t->home);
}

const char *tool_ledger_path(struct tool *t)
{
	static struct bytes path;
	const char *given = tool_setting(t, "ledger", "RETRIEVAL_LEDGER");

	if (given != NULL)
		return given;
	tool_xdg_path(&path, "XDG_STATE_HOME", ".local/state", "retrieval-ledger");
	if (path.len == 0)
		tool_fail(t, STATUS_USAGE, "no ledger: set RETRIEVAL_LEDGER or --ledger");
	return bytes_text(&path);
}

const char *tool_ledger_name(struct tool *t)
{
	return ledger_place_name(tool_ledger_path(t));
}

const char *tool_key_path(struct tool *t)
{
	static struct bytes path;
	const char *given = tool_setting(t, "key", "RETRIEVAL_KEY");

	if (given != NULL)
		return given;
	bytes_clear(&path);
	bytes_append_format(&path, "%s/key", tool_home(t));
	return bytes_text(&path);
}

int64_t tool_now(struct tool *t)
{
	const char *given = tool_setting(t, "clock", "RETRIEVAL_CLOCK"), *end;
	uint64_t seconds;

	if (given == NULL)
		return (int64_t)time(NULL);
	seconds = parse_digits(t, given, &end, "a time: write unix seconds");
	if (*end != '\0' || seconds > INT32_MAX * (uint64_t)1000)
		tool_fail(t, STATUS_BAD_NUMBER, "'%.80s'%s is not a time: write unix seconds", given, whence(t, given));
	return (int64_t)seconds;
}

void tool_random(struct tool *t, uint8_t out[32], const char *label)
{
	const char *seed = tool_setting(t, "seed", "RETRIEVAL_SEED");
	struct bytes text = {0};

	if (seed == NULL) {
		if (random_fill(out, 32) != STATUS_OK)
			tool_fail(t, STATUS_IO, "cannot get random bytes from the system");
		return;
	}
	bytes_append_format(&text, "retrieval seed %s for %s", seed, label);
	if (bytes_status(&text) != STATUS_OK)
		tool_fail(t, STATUS_NO_MEMORY, "out of memory");
	blake2b(out, 32, bytes_span(&text));
	bytes_release(&text);
}
