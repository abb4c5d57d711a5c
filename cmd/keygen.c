/* keygen - make or import a secp256k1 key; its Filecoin address goes to stderr.
 *
 * keygen [-n] [-o FILE] [--import FILE]
 */
#include <errno.h>
#include <string.h>

#include "tool/tool.h"

#define HEX_DIGITS ((size_t)2 * KEY_SECRET_SIZE)

static const struct tool_option options[] = {
	{"output", 'o', "FILE", "where the key goes (default: RETRIEVAL_KEY, else HOME/key)"},
	{"import", 'i', "FILE",
		"take an existing key: our form, 64 hex digits, or a Lotus export ('-': standard input)"},
	{"show", 's', NULL, "only show the address of the key that is there"},
	{"dry-run", 'n', NULL, "write nothing"},
	{NULL, 0, NULL, NULL},
};
static const struct tool_spec spec = {
	"keygen",
	"[-nqs] [-i FILE] [-o FILE]",
	"Make a key, or import one, and say its Filecoin address (f1). The file is for your eyes only (0600).",
	options,
};

/* A key file never holds bare digits, but they may be imported. */
static enum status import_key(struct key *key, struct span text)
{
	static const char prefix[] = "secp256k1 ";
	char line[sizeof(prefix) - 1 + HEX_DIGITS + 1];
	enum status s;

	if (text.len != HEX_DIGITS && text.len != HEX_DIGITS + 1)
		return key_parse(key, text);
	memcpy(line, prefix, sizeof(prefix) - 1);
	memcpy(line + sizeof(prefix) - 1, text.data, text.len);
	s = key_parse(key, span_of(line, sizeof(prefix) - 1 + text.len));
	explicit_bzero(line, sizeof(line));
	return s;
}

static void make_key(struct tool *t, struct key *key)
{
	const char *from = tool_value(t, "import");
	struct bytes text = {0};
	uint8_t seed[32];
	enum status s;

	if (from == NULL) {
		tool_random(t, seed, "key");
		s = key_from_seed(key, seed);
	} else {
		s = file_slurp_path(&text, from, KEY_FILE_MAX);
		if (s == STATUS_OK)
			s = import_key(key, bytes_span(&text));
	}
	explicit_bzero(seed, sizeof(seed));
	if (text.data != NULL)
		explicit_bzero(text.data, text.len);
	bytes_release(&text);
	if (s != STATUS_OK)
		tool_fail(t, s, "cannot make a key from '%s': %s", from != NULL ? from : "randomness",
			s == STATUS_IO ? strerror(errno) : status_text(s));
}

static void save_key(struct tool *t, const struct key *key, const char *path)
{
	enum status s = tool_value(t, "output") == NULL ? file_make_folders(tool_home(t), 0700) : STATUS_OK;

	if (s == STATUS_OK)
		s = key_save(key, path);
	if (s == STATUS_EXISTS)
		tool_fail(t, s, "'%s' is there already: a key is never overwritten", path);
	if (s != STATUS_OK)
		tool_fail(t, s, "cannot write '%s': %s", path, strerror(errno));
}

int main(int argc, char **argv)
{
	char text[ADDRESS_TEXT_MAX];
	struct address address;
	struct tool t;
	const char *path;

	tool_begin(&t, &spec, argc, argv);
	tool_expect_arguments(&t, 0, 0);
	path = tool_value(&t, "output") != NULL ? tool_value(&t, "output") : tool_key_path(&t);
	if (tool_flag(&t, "show")) {
		tool_open_party(&t, NEED_KEY);
	} else {
		make_key(&t, &t.party.key);
		if (!t.dry_run)
			save_key(&t, &t.party.key, path);
	}
	address = address_of_key(t.party.key.public);
	address_text(text, &address, t.party.network);
	if (t.json)
		tool_report(&t, json_pack("{s:s, s:s}", "address", text, "key", path), "%s", "");
	party_done(&t.party, "%s", text);
	return tool_end(&t, STATUS_OK);
}
