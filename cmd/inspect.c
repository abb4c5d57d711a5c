/* inspect - say what a file, a folder, a stream or a string is, and whether it holds together.
 *
 * inspect [--json] [--ls] [--verify] THING ...
 * inspect --diff [--json] A B
 */
#include <string.h>
#include <sys/stat.h>

#include "diff/diff.h"
#include "kinds/thing.h"

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

static enum status unknown(struct tool *t, const struct thing *x)
{
	struct stat st;

	if (strcmp(x->name, "-") != 0 && stat(x->name, &st) != 0)
		return party_fail(&t->party, STATUS_NOT_FOUND,
			"'%.100s' is neither a file nor a CID, an address, a voucher or a frame", x->name);
	if (x->head.len == 0)
		return party_fail(&t->party, STATUS_BAD_MESSAGE, "'%.100s' is empty", x->name);
	return party_fail(&t->party, STATUS_BAD_MESSAGE, "'%.100s' is of no known kind", x->name);
}

static enum status compare(struct tool *t, const char *a, const char *b)
{
	struct thing x = {.name = a, .options = {.name = a}, .fd = -1};
	struct thing y = {.name = b, .options = {.name = b}, .fd = -1};
	enum status s = thing_open(t, &x);

	if (s != STATUS_OK)
		goto out;
	s = thing_open(t, &y);
	if (s != STATUS_OK)
		goto out;
	s = diff_things(t, &x, &y);
out:
	thing_close(&x);
	thing_close(&y);
	return s;
}

static enum status inspect(struct tool *t, const char *name)
{
	struct thing x = {.name = name, .options = {name, tool_flag(t, "verify"), tool_flag(t, "ls")}, .fd = -1};
	const struct kind *kind = NULL;
	enum status s = thing_open(t, &x);

	if (s != STATUS_OK)
		goto out;
	kind = thing_kind(&x);
	s = kind->name != NULL ? kind->show(t, &x) : unknown(t, &x);
out:
	thing_close(&x);
	return party_explain(&t->party, s, "'%.100s' should be of the kind %s: %s", name,
		kind != NULL && kind->name != NULL ? kind->name : "-", status_text(s));
}

/* Every thing is shown; the first failure gives the exit code. */
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
					       tool_json_text(party_words(&t.party, s))));
		}
		error_clear(&t.party.error);
	}
	t.party.error = first;
	return tool_end(&t, worst);
}
