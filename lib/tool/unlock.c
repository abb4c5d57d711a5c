/* unlock.c - the key of a tool, and the passphrase that opens it. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/secret.h"
#include "base/text.h"
#include "tool/tool_private.h"

#define PROMPT_MAX 320

/** struct source - the source of the passphrase by the settings; both NULL: the terminal. */
struct source {
	const char *fd, *file;
};

/* A flag overrides the environment, for both kinds of source. */
static struct source find_source(struct tool *t)
{
	struct source x = {tool_value(t, "passphrase-fd"), tool_value(t, "passphrase-file")};

	if (x.fd != NULL && x.file != NULL)
		tool_fail(t, STATUS_USAGE, "give --passphrase-fd or --passphrase-file, not both");
	if (x.fd == NULL && x.file == NULL)
		x.fd = tool_setting(t, "passphrase-fd", "RETRIEVAL_PASSPHRASE_FD");
	if (x.fd == NULL)
		x.file = tool_setting(t, "passphrase-file", "RETRIEVAL_PASSPHRASE_FILE");
	return x;
}

bool tool_has_passphrase(struct tool *t)
{
	struct source x = find_source(t);

	return x.fd != NULL || x.file != NULL;
}

static enum status read_descriptor(struct tool *t, struct passphrase *p, const char *text)
{
	uint64_t fd = tool_parse_number(t, text);

	if (fd > INT_MAX || fcntl((int)fd, F_GETFD) < 0)
		tool_fail(t, STATUS_USAGE, "cannot read the passphrase from descriptor %.80s: it is not open", text);
	if (fd > STDERR_FILENO)
		fcntl((int)fd, F_SETFD, FD_CLOEXEC); /* the commands that a tool runs must not inherit the descriptor */
	return passphrase_read(p, (int)fd);
}

static const char *reason(enum status s)
{
	if (s == STATUS_IO)
		return strerror(errno);
	if (s == STATUS_END)
		return "there is no line";
	if (s == STATUS_BAD_VALUE)
		return "the line is empty";
	if (s == STATUS_TOO_LARGE)
		return "the line is too long";
	if (s == STATUS_INSECURE)
		return "must be a file of yours that others can't read (chmod 600)";
	return status_text(s);
}

static void ask(struct tool *t, struct passphrase *p, const char *what, const char *path)
{
	char prompt[PROMPT_MAX];
	enum status s;

	snprintf(prompt, sizeof(prompt), "%s for '%.200s': ", what, path);
	s = passphrase_ask(p, text_clean(prompt, ""));
	if (s == STATUS_NOT_FOUND) {
		party_hint(&t->party, "%s --passphrase-file FILE", t->spec->name);
		tool_fail(
			t, STATUS_USAGE, "key '%s' needs a passphrase, and there is no terminal to ask for one", path);
	}
	if (s != STATUS_OK)
		tool_fail(t, s == STATUS_IO ? s : STATUS_USAGE, "no passphrase for '%s': %s", path, reason(s));
}

void tool_passphrase(struct tool *t, struct passphrase *p, const char *path)
{
	struct source x = find_source(t);
	enum status s;

	if (x.fd == NULL && x.file == NULL) {
		ask(t, p, "Passphrase", path);
		return;
	}
	s = x.fd != NULL ? read_descriptor(t, p, x.fd) : passphrase_read_file(p, x.file);
	if (s != STATUS_OK)
		tool_fail(t, s == STATUS_IO && errno != ENOENT ? s : STATUS_USAGE,
			"cannot read the passphrase from %s '%.300s': %s", x.fd != NULL ? "descriptor" : "file",
			x.fd != NULL ? x.fd : x.file, reason(s));
}

void tool_new_passphrase(struct tool *t, struct passphrase *p, const char *path)
{
	struct passphrase again;
	bool same;

	if (tool_has_passphrase(t)) {
		tool_passphrase(t, p, path);
		return;
	}
	ask(t, p, "New passphrase", path);
	ask(t, &again, "New passphrase again", path);
	same = passphrase_equal(p, &again);
	passphrase_release(&again);
	if (same)
		return;
	passphrase_release(p);
	tool_fail(t, STATUS_USAGE, "the two passphrases differ: nothing was written");
}

void tool_guard_secrets(struct tool *t)
{
	if (secret_guard() != STATUS_OK)
		tool_fail(t, STATUS_IO, "cannot keep secrets out of core files: %s", strerror(errno));
}

/* A key for statements that are sent with a signature if there is one: nobody is asked, and nothing fails without it. */
void tool_try_key(struct tool *t)
{
	const char *path = tool_key_path(t);
	struct passphrase passphrase;
	enum status s;

	tool_guard_secrets(t);
	s = key_load(&t->party.key, path, NULL);
	if (s == STATUS_PROTECTED && tool_has_passphrase(t)) {
		tool_passphrase(t, &passphrase, path);
		s = key_load(&t->party.key, path, &passphrase);
		passphrase_release(&passphrase);
	}
	t->party.has_key = s == STATUS_OK;
	if (s != STATUS_OK && s != STATUS_PROTECTED && !(s == STATUS_IO && errno == ENOENT))
		tool_warn(t, "nothing is signed: cannot use key '%s': %s", path,
			s == STATUS_IO ? strerror(errno) : status_text(s));
}

void tool_open_key(struct tool *t, bool needed)
{
	const char *path = tool_key_path(t);
	struct passphrase passphrase;
	enum status s;

	tool_guard_secrets(t);
	s = key_load(&t->party.key, path, NULL);
	if (s == STATUS_PROTECTED) {
		tool_passphrase(t, &passphrase, path);
		s = key_load(&t->party.key, path, &passphrase);
		passphrase_release(&passphrase);
	}
	if (s == STATUS_OK) {
		t->party.has_key = true;
		return;
	}
	if (s == STATUS_IO && errno == ENOENT) {
		if (!needed && tool_setting(t, "key", "RETRIEVAL_KEY") == NULL)
			return;
		party_hint_word(&t->party, "keygen -o", path);
		tool_fail(t, STATUS_USAGE, "cannot use key '%s': %s", path, strerror(errno));
	}
	if (s == STATUS_INSECURE)
		tool_fail(t, s, "key '%s' must be a file of yours that others can't read (chmod 600)", path);
	tool_fail(t, s, "cannot use key '%s': %s", path, s == STATUS_IO ? strerror(errno) : status_text(s));
}

enum status tool_import_key(struct tool *t, struct key *key, struct passphrase *passphrase, const char *path)
{
	struct bytes text = {0};
	enum status s = file_slurp_path(&text, path, KEY_FILE_MAX);

	if (s == STATUS_OK)
		s = key_parse_import(key, bytes_span(&text), NULL);
	if (s == STATUS_PROTECTED) {
		tool_passphrase(t, passphrase, path);
		s = key_parse_import(key, bytes_span(&text), passphrase);
	}
	if (text.data != NULL)
		explicit_bzero(text.data, text.cap);
	bytes_release(&text);
	return s;
}
