/* inspect - say what a file, a folder, a stream or a string is, and whether it holds together.
 *
 * inspect [--json] [--ls] [--verify] THING ...
 * inspect --diff [--json] A B
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/multibase.h"
#include "show/diff.h"

#define HEAD_MAX (4u << 20) /* bytes looked at to tell what a file is; small things are read whole */

static const struct tool_option options[] = {
	{"verify", 0, NULL, "check signatures and hashes, whether a CAR is whole, and the invariants of a store"},
	{"diff", 0, NULL, "say where two things of one sort differ"},
	{"ls", 0, NULL, "list every block of a CAR, or every link of a node"},
	{NULL, 0, NULL, NULL},
};
static const struct tool_spec spec = {
	"inspect",
	"[--json] [--ls] [--verify] THING ...\n"
	"       inspect --diff [--json] A B",
	"Say what a file, a folder, a stream or a string is, and whether it holds together.\n"
	"THING is a path, '-' for standard input, or the string itself. inspect knows frames, CARs, offers,\n"
	"vouchers, keys (it never shows the secret), CIDs, addresses, selectors, CBOR, dag-pb blocks, JSON,\n"
	"tables, stores, ledgers and recordings.",
	options,
};

/* Things: files, streams, strings. */

/* A copy of a stream or a string that can be read anywhere; nameless. */
static enum status spool(struct thing *x, int from, struct span text)
{
	uint8_t buffer[1 << 16];
	size_t got = sizeof(buffer);
	char path[4096];
	const char *folder = getenv("TMPDIR");
	enum status s = STATUS_OK;

	snprintf(path, sizeof(path), "%s/inspect-XXXXXX", folder != NULL && *folder != '\0' ? folder : "/tmp");
	x->fd = from < 0 ? memfd_create("inspect", MFD_CLOEXEC) : mkostemp(path, O_CLOEXEC);
	if (x->fd < 0)
		return STATUS_IO;
	if (from < 0)
		return file_write_full(x->fd, text.data, text.len);
	unlink(path);
	while (s == STATUS_OK && got == sizeof(buffer)) {
		s = file_read_full(from, buffer, sizeof(buffer), &got);
		if (s == STATUS_END || s == STATUS_CUT)
			s = STATUS_OK;
		if (s == STATUS_OK)
			s = file_write_full(x->fd, buffer, got);
	}
	return s;
}

/* Reads the head, and decodes it if it is one line of base64url, or the first such line. */
static enum status read_head(struct thing *x)
{
	uint8_t *room = bytes_grow(&x->head, HEAD_MAX + 1);
	struct span line;
	size_t got;
	enum status s = room == NULL ? STATUS_NO_MEMORY : lseek(x->fd, 0, SEEK_SET) < 0 ? STATUS_IO : STATUS_OK;

	if (s == STATUS_OK)
		s = file_read_full(x->fd, room, HEAD_MAX + 1, &got);
	if (s == STATUS_END || s == STATUS_CUT)
		s = STATUS_OK;
	if (s != STATUS_OK)
		return s;
	x->whole = got <= HEAD_MAX;
	x->head.len = got;
	x->item = bytes_span(&x->head);
	line = x->item;
	if (got > 0 && memchr(line.data, '\n', got) != NULL)
		line.len = (size_t)((const uint8_t *)memchr(line.data, '\n', got) - line.data);
	if (line.len > 1 && base_decode(&x->decoded, BASE64URL, line) == STATUS_OK)
		x->item = bytes_span(&x->decoded);
	return lseek(x->fd, 0, SEEK_SET) < 0 ? STATUS_IO : STATUS_OK;
}

static enum status open_thing(struct tool *t, struct thing *x)
{
	bool input = strcmp(x->name, "-") == 0;
	struct stat st;
	enum status s;
	int fd = input ? dup(STDIN_FILENO) : open(x->name, O_RDONLY | O_CLOEXEC);

	if (fd < 0 && !input && (errno == ENOENT || errno == ENAMETOOLONG || errno == ENOTDIR)) {
		x->string = true;
		s = spool(x, -1, span_text(x->name));
	} else if (fd < 0 || fstat(fd, &st) != 0) {
		return party_fail(&t->party, STATUS_IO, "cannot open '%.200s': %s", x->name, strerror(errno));
	} else if (S_ISDIR(st.st_mode)) {
		x->folder = true;
		close(fd);
		return STATUS_OK;
	} else if (S_ISREG(st.st_mode)) {
		x->fd = fd;
		s = STATUS_OK;
	} else {
		s = spool(x, fd, (struct span){0});
		close(fd);
	}
	if (s == STATUS_OK)
		s = read_head(x);
	if (s != STATUS_OK)
		return party_fail(&t->party, s, "cannot read '%.200s': %s", x->name,
			s == STATUS_IO ? strerror(errno) : status_text(s));
	return STATUS_OK;
}

static enum status unknown(struct tool *t, const struct thing *x)
{
	struct stat st;

	if (strcmp(x->name, "-") != 0 && stat(x->name, &st) != 0)
		return party_fail(&t->party, STATUS_NOT_FOUND,
			"'%.100s' is no file, and no CID, address, voucher or frame either", x->name);
	if (x->head.len == 0)
		return party_fail(&t->party, STATUS_BAD_MESSAGE, "'%.100s' is empty", x->name);
	return party_fail(&t->party, STATUS_BAD_MESSAGE, "'%.100s' is nothing that is known here", x->name);
}

static void close_thing(struct thing *x)
{
	if (x->fd >= 0)
		close(x->fd);
	if (x->head.data != NULL)
		explicit_bzero(x->head.data, x->head.len); /* it may be a key */
	if (x->decoded.data != NULL)
		explicit_bzero(x->decoded.data, x->decoded.len);
	bytes_release(&x->head);
	bytes_release(&x->decoded);
}

static enum status compare(struct tool *t, const char *a, const char *b)
{
	struct thing x = {.name = a, .options = {.name = a}, .fd = -1};
	struct thing y = {.name = b, .options = {.name = b}, .fd = -1};
	enum status s = open_thing(t, &x);

	if (s != STATUS_OK)
		goto out;
	s = open_thing(t, &y);
	if (s != STATUS_OK)
		goto out;
	s = diff_things(t, &x, &y);
out:
	close_thing(&x);
	close_thing(&y);
	return s;
}

static enum status inspect(struct tool *t, const char *name)
{
	struct thing x = {.name = name, .options = {name, tool_flag(t, "verify"), tool_flag(t, "ls")}, .fd = -1};
	const struct kind *kind = NULL;
	enum status s = open_thing(t, &x);

	if (s != STATUS_OK)
		goto out;
	kind = thing_kind(&x);
	s = kind->name != NULL ? kind->show(t, &x) : unknown(t, &x);
out:
	if (s != STATUS_OK && !error_is_set(&t->party.error))
		s = party_fail(&t->party, s, "'%.100s' should be of the kind %s: %s", name,
			kind != NULL && kind->name != NULL ? kind->name : "-", status_text(s));
	close_thing(&x);
	return s;
}

/* Every thing is shown; the first failure is what the exit code tells. */
int main(int argc, char **argv)
{
	struct error first = {0};
	enum status worst = STATUS_OK;
	struct tool t;

	tool_begin(&t, &spec, argc, argv);
	if (tool_flag(&t, "diff")) {
		tool_expect_arguments(&t, 2, 2);
		return tool_end(&t, compare(&t, t.arguments[0], t.arguments[1]));
	}
	tool_expect_arguments(&t, 1, -1);
	for (int i = 0; i < t.argument_count; i++) {
		enum status s = inspect(&t, t.arguments[i]);

		if (i + 1 < t.argument_count && !t.json)
			tool_print("\n");
		if (s != STATUS_OK && worst == STATUS_OK) {
			worst = s;
			first = t.party.error;
		} else if (s != STATUS_OK) {
			show_print(&t, json_pack("{s:o, s:o}", "thing", tool_json_text(t.arguments[i]), "error",
					       tool_json_text(t.party.error.why)));
		}
		error_clear(&t.party.error);
	}
	t.party.error = first;
	return tool_end(&t, worst);
}
