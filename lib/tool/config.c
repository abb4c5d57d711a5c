/* config.c - the configuration file: lines of "name = value".
 *
 * A mistake in it is never passed over: a ceiling or a limit that is not read
 * is not enforced.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool/tool_private.h"

#define CONFIG_MAX (64u << 10)

/* The names that the configuration may set. */
static const char *const names[] = {"home", "ledger", "ledger-token", "key", "passphrase-file", "clock", "seed",
	"record", "max-fee", "max-price", "max-total", "max-open", "max-unpaid", "max-cancelled", "max-owed",
	"max-deals", "max-time", "max-memory", "risk", "when"};
#define NAMES (sizeof(names) / sizeof(names[0]))

/** struct config_reading - the file, and where each name was set. */
struct config_reading {
	struct tool *t;
	const char *path;
	unsigned number;    /* of the line; the first is 1 */
	unsigned at[NAMES]; /* the line in which a name was set; 0 for none */
};

void tool_xdg_path(struct bytes *out, const char *variable, const char *under, const char *tail)
{
	const char *base = getenv(variable), *home = getenv("HOME");

	bytes_clear(out);
	if (base != NULL && *base == '/')
		bytes_append_format(out, "%s/%s", base, tail);
	else if (home != NULL && *home != '\0')
		bytes_append_format(out, "%s/%s/%s", home, under, tail);
}

static size_t find_name(struct span name)
{
	size_t i = 0;

	while (i < NAMES && !span_equal(name, span_text(names[i])))
		i++;
	return i;
}

/* Exits unless the line, which is cut off, is a setting or a comment. */
static void check_line(struct config_reading *r, const char *line)
{
	const char *name = line + strspn(line, " \t"), *equals = strchr(name, '='), *value;
	int len = (int)strcspn(name, " \t=");
	size_t i;

	if (*name == '#' || *name == '\0')
		return;
	if (equals == NULL || name + len + strspn(name + len, " \t") != equals)
		tool_fail(r->t, STATUS_USAGE, "'%s', line %u: expected a name, '=' and a value", r->path, r->number);
	i = find_name(span_of(name, (size_t)len));
	if (i == NAMES)
		tool_fail(
			r->t, STATUS_USAGE, "'%s', line %u: there is no setting '%.*s'", r->path, r->number, len, name);
	if (r->at[i] != 0)
		tool_fail(r->t, STATUS_USAGE, "'%s', line %u: '%s' is set in line %u already", r->path, r->number,
			names[i], r->at[i]);
	value = equals + 1 + strspn(equals + 1, " \t");
	if (*value == '\0')
		tool_fail(r->t, STATUS_USAGE, "'%s', line %u: '%s' has no value", r->path, r->number, names[i]);
	if (*value == '~')
		tool_fail(r->t, STATUS_USAGE,
			"'%s', line %u: '%.200s': a '~' is not read as a home here: write the path", r->path, r->number,
			value);
	r->at[i] = r->number;
}

/* Cut the configuration in place into lines; exits if a line is neither a setting nor a comment. */
static void cut_lines(struct config_reading *r)
{
	char *line = (char *)r->t->config.data, *next;

	for (r->number = 1; line != NULL && *line != '\0'; line = next, r->number++) {
		char *end = strchr(line, '\n');

		next = end != NULL ? end + 1 : NULL;
		if (end == NULL)
			end = line + strlen(line);
		*end = '\0';
		while (end > line && isspace((unsigned char)end[-1]))
			*--end = '\0';
		check_line(r, line);
	}
}

void tool_load_config(struct tool *t)
{
	CLEAN_BYTES struct bytes path = {0};
	struct config_reading r = {.t = t};
	enum status s;

	tool_xdg_path(&path, "XDG_CONFIG_HOME", ".config", "retrieval/config");
	if (path.len == 0)
		return;
	r.path = bytes_text(&path);
	s = file_slurp_regular(&t->config, r.path, CONFIG_MAX);
	if (s == STATUS_IO && (errno == ENOENT || errno == ENOTDIR))
		return;
	if (s == STATUS_TOO_LARGE)
		tool_fail(t, STATUS_USAGE, "cannot read '%s': it has more than %u bytes", r.path, CONFIG_MAX);
	if (s != STATUS_OK)
		tool_fail(t, STATUS_USAGE, "cannot read '%s': %s", r.path,
			s == STATUS_IO ? strerror(errno) : status_text(s));
	if (t->config.len != 0 && memchr(t->config.data, 0, t->config.len) != NULL)
		tool_fail(t, STATUS_USAGE, "cannot read '%s': it has a zero byte, and is no text", r.path);
	bytes_text(&t->config);
	cut_lines(&r);
}

const char *tool_config_value(const struct tool *t, const char *name)
{
	const char *line = (const char *)t->config.data, *end = line + t->config.len;
	size_t n = strlen(name);

	while (line != NULL && line < end) {
		const char *at = line + strspn(line, " \t");

		if (strncmp(at, name, n) == 0) {
			at += n + strspn(at + n, " \t");
			if (*at == '=')
				return at + 1 + strspn(at + 1, " \t");
		}
		while (line < end && *line != '\0')
			line++;
		while (line < end && *line == '\0')
			line++;
	}
	return NULL;
}
