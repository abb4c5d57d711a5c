/* keygen - make or import a secp256k1 key, and say its Filecoin address (f1).
 *
 * keygen [-nqs] [--protect | --unprotect] [-i FILE] [-o FILE]
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "tool/tool.h"

static const struct tool_option options[] = {
	{"output", 'o', "FILE", "where the key goes (default: RETRIEVAL_KEY, else HOME/key)"},
	{"import", 'i', "FILE",
		"take an existing key: our form, 64 hex digits, or a Lotus export ('-': standard input)"},
	{"protect", 0, NULL, "protect the key file with a passphrase, which is asked for"},
	{"unprotect", 0, NULL, "write the key without protection, even if the imported one was protected"},
	{"show", 's', NULL, "make no key; show the address of the existing key"},
	{"dry-run", 'n', NULL, "write nothing, only say what would be done"},
	{NULL, 0, NULL, NULL},
};
static const struct tool_spec spec = {
	"keygen",
	"[-nqs] [--protect | --unprotect] [-i FILE] [-o FILE]",
	"Make or import a secp256k1 key, and say its Filecoin address (f1).\n"
	"The key file can be read by its owner alone (0600).",
	options,
};

/* A seed gives everybody the same key: the user must notice a seed that a test left in the environment. */
static enum status make_key(struct tool *t, struct key *key)
{
	uint8_t seed[32];
	enum status s;

	if (tool_setting(t, "seed", "RETRIEVAL_SEED") == NULL)
		return key_generate(key);
	if (!tool_flag(t, "seed"))
		tool_warn(t, "this key is drawn from a seed (RETRIEVAL_SEED, or seed in the configuration): "
			     "anybody who guesses the seed has the key");
	tool_random(t, seed, "key");
	s = key_from_seed(key, seed);
	explicit_bzero(seed, sizeof(seed));
	return s;
}

/* Fill @passphrase with the passphrase that will protect the key at @path; false for a plain key. */
static bool choose_passphrase(struct tool *t, struct passphrase *passphrase, const char *path)
{
	bool was_protected = passphrase->len != 0;

	if (tool_flag(t, "unprotect"))
		return false;
	if (was_protected && !tool_flag(t, "protect"))
		return true;
	if (!was_protected && !tool_flag(t, "protect") && !tool_has_passphrase(t))
		return false;
	passphrase_release(passphrase);
	if (!t->dry_run)
		tool_new_passphrase(t, passphrase, path);
	return true;
}

static void save_key(struct tool *t, const struct key *key, const char *path, const struct passphrase *passphrase)
{
	enum status s = tool_value(t, "output") == NULL ? file_make_folders(tool_home(t), 0700) : STATUS_OK;

	if (s == STATUS_OK)
		s = key_save(key, path, passphrase);
	if (s == STATUS_EXISTS)
		tool_fail(t, s, "'%s' exists already: a key is never overwritten", path);
	if (s != STATUS_OK)
		tool_fail(t, s, "cannot write '%s': %s", path, s == STATUS_IO ? strerror(errno) : status_text(s));
}

/* Make or import the key, and write it to @path. Is it protected? */
static bool new_key(struct tool *t, const char *path)
{
	const char *from = tool_value(t, "import");
	struct passphrase passphrase = {.len = 0};
	struct key *key = &t->party.key;
	bool sealed;
	enum status s;

	s = from != NULL ? tool_import_key(t, key, &passphrase, from) : make_key(t, key);
	if (s != STATUS_OK) {
		int saved = errno;

		passphrase_release(&passphrase);
		errno = saved;
		tool_fail(t, s, "cannot make a key from '%s': %s", from != NULL ? from : "randomness",
			s == STATUS_IO ? strerror(errno) : status_text(s));
	}
	sealed = choose_passphrase(t, &passphrase, path);
	if (!t->dry_run)
		save_key(t, key, path, sealed ? &passphrase : NULL);
	passphrase_release(&passphrase);
	return sealed;
}

static void check_options(struct tool *t, const char *path)
{
	bool makes = tool_flag(t, "protect") || tool_flag(t, "unprotect") || tool_flag(t, "import");

	if (tool_flag(t, "protect") && tool_flag(t, "unprotect"))
		tool_fail(t, STATUS_USAGE, "give --protect or --unprotect, not both");
	if (tool_flag(t, "show") && makes)
		tool_fail(t, STATUS_USAGE, "--show makes no key: it goes without --import, --protect and --unprotect");
	if (strcmp(path, "-") == 0 && (t->json || isatty(STDOUT_FILENO)))
		tool_fail(t, STATUS_USAGE,
			"a key is written neither to a terminal nor between the lines of a report: use -o FILE");
}

static json_t *report(const char *address, const char *path, bool sealed)
{
	json_t *object = json_pack("{s:s, s:o}", "address", address, "key", tool_json_text(path));

	if (sealed)
		json_object_set_new(object, "protected", json_true());
	return object;
}

int main(int argc, char **argv)
{
	char text[ADDRESS_TEXT_MAX];
	struct address address;
	bool sealed = false;
	struct tool t;
	const char *path;

	tool_begin(&t, &spec, argc, argv);
	tool_expect_arguments(&t, 0, 0);
	path = tool_value(&t, "output") != NULL ? tool_value(&t, "output") : tool_key_path(&t);
	check_options(&t, path);
	tool_guard_secrets(&t);
	if (tool_flag(&t, "show"))
		tool_open_party(&t, NEED_KEY);
	else
		sealed = new_key(&t, path);
	address = address_of_key(t.party.key.public);
	address_text(text, &address, t.party.network);
	tool_report_json(&t, report(text, path, sealed));
	party_done(&t.party, "%s", text);
	return tool_end(&t, STATUS_OK);
}
