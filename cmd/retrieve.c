/* retrieve - whole deals in one command, over any command that reaches a provider.
 *
 * retrieve [-q] [--max-total AMOUNT] [--max-price AMOUNT] [TERMS] --via COMMAND ... [-o FILE] [-x DIR] OFFER|CID ...
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ipld/car_index.h"
#include "ipld/pack.h"
#include "tool/line.h"
#include "tool/wants.h"

static const struct tool_option options[] = {
	{"via", 0, "COMMAND",
		"the command whose other end is a provider: 'ssh host serve'; repeated: the next, if one fails"},
	{"output", 'o', "FILE", "where the CAR goes; a folder, or DIR/, for CARs under the names of their CIDs"},
	{"extract", 'x', "DIR", "where the file goes, under the name of its CID"},
	{"again", 0, NULL, "buy it even if an equal deal is complete already"},
	{"at-once", 0, "N", "how many deals may be open at the same time (default: 64)"},
	{"progress", 0, "FORM", "json, or none (default: a line on a terminal)"},
	TERMS_OPTIONS,
	{"idle", 0, "DURATION", IDLE_HELP},
	{NULL, 0, NULL, NULL},
};
static const struct tool_spec spec = {
	"retrieve",
	"[-q] [--max-total AMOUNT] [--max-price AMOUNT] [TERMS] [--again] [--at-once N] [--idle DURATION] "
	"--via COMMAND ... [-o FILE] [-x DIR] OFFER|CID ...",
	"Buy content: propose, open a channel, receive, verify and pay, over the standard input and output of "
	"COMMAND.\n"
	"Interrupted, killed or out of funds, it goes on where it was when it is run again.",
	options,
};

static enum status write_out(void *ctx, struct span bytes)
{
	const struct file_out *out = ctx;

	return file_write_full(out->fd, bytes.data, bytes.len);
}

/* The file itself, out of the deal's CAR: every hash and size is checked once more on the way. */
static enum status extract(struct tool *t, const struct client_deal *d, const char *folder)
{
	struct bytes car_path = {0}, path = {0};
	struct car_index index = {.fd = -1};
	struct file_out out = {.fd = -1};
	struct unpack u = {.load = car_index_load, .load_ctx = &index, .write = write_out, .write_ctx = &out};
	char cid[CID_TEXT_MAX];
	struct cid root;
	enum status s = file_make_folders(folder, 0755);

	bytes_append_format(&path, "%s/%s", folder, cid_text(cid, &d->payload));
	buyer_blocks_path(&t->party, &car_path, d->id);
	if (s == STATUS_OK)
		index.fd = open(bytes_text(&car_path), O_RDONLY | O_CLOEXEC);
	if (s == STATUS_OK)
		s = index.fd >= 0 ? car_index_read(&index, &root) : STATUS_IO;
	if (s == STATUS_OK)
		s = file_out_open(&out, bytes_text(&path), 0644);
	if (s == STATUS_OK)
		s = unpack_file(&u, &d->payload);
	if (s == STATUS_OK)
		s = file_out_commit(&out);
	if (s == STATUS_UNSUPPORTED)
		s = party_fail(&t->party, s, "%s is not a single file: use -o to get its CAR", cid);
	else if (s != STATUS_OK)
		s = party_fail(&t->party, s, "cannot extract to '%s': %s", bytes_text(&path),
			s == STATUS_IO ? strerror(errno) : status_text(s));
	file_out_release(&out);
	car_index_release(&index);
	if (index.fd >= 0)
		close(index.fd);
	bytes_release(&path);
	bytes_release(&car_path);
	return s;
}

static bool is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* A folder that is there, or that is to be made. */
static bool names_folder(const char *path)
{
	size_t n = strlen(path);

	return is_folder(path) || (n != 0 && path[n - 1] == '/');
}

/* The CAR, to the file that was named, or into the folder. */
static enum status publish(struct tool *t, const struct client_deal *d, const char *where)
{
	struct bytes path = {0};
	char cid[CID_TEXT_MAX];
	enum status s;

	if (!is_folder(where))
		return buyer_publish(&t->party, d->id, where);
	bytes_append_format(&path, "%s/%s.car", where, cid_text(cid, &d->payload));
	s = bytes_status(&path);
	if (s == STATUS_OK)
		s = buyer_publish(&t->party, d->id, bytes_text(&path));
	bytes_release(&path);
	return s;
}

/* Where the content is to go, if that can't be: found out before anything is paid for it. */
static void look_at_places(struct tool *t)
{
	const char *car = tool_value(t, "output"), *folder = tool_value(t, "extract");
	char *at = car != NULL ? strdup(car) : NULL;
	struct stat st;
	bool wrong =
		folder != NULL && (file_make_folders(folder, 0755) != STATUS_OK || access(folder, W_OK | X_OK) != 0);

	if (wrong)
		tool_fail(t, STATUS_IO, "cannot write to '%s': %s", folder, strerror(errno));
	if (car == NULL || strcmp(car, "-") == 0) {
		free(at);
		return;
	}
	if (names_folder(car))
		wrong = file_make_folders(car, 0755) != STATUS_OK || access(car, W_OK | X_OK) != 0;
	else if (at != NULL &&
		 (stat(car, &st) != 0 || S_ISREG(st.st_mode))) /* a new file, which gets that name at the end */
		wrong = access(dirname(at), W_OK | X_OK) != 0;
	else
		wrong = access(car, W_OK) != 0;
	if (wrong)
		tool_fail(t, STATUS_IO, "cannot write '%s': %s", car, strerror(errno));
	free(at);
}

static enum status deliver(struct tool *t, uint64_t deal)
{
	const char *car = tool_value(t, "output"), *folder = tool_value(t, "extract");
	char funds[AMOUNT_TEXT_MAX], size[32];
	struct client_deal d;
	enum status s = party_get_client(&t->party, &d, deal);

	if (s == STATUS_OK && car != NULL)
		s = publish(t, &d, car);
	if (s == STATUS_OK && folder != NULL)
		s = extract(t, &d, folder);
	if (s == STATUS_OK)
		party_done(&t->party, "deal %" PRIu64 " complete: %" PRIu64 " blocks, %s, %s afil", deal,
			d.blocks_received, tool_size_text(size, d.total_received),
			amount_decimal(funds, &d.funds_spent));
	return s;
}

/* Stopped by a signal: all is on disk; say how to go on, and die of it. */
static void die(struct tool *t, int argc, char **argv)
{
	fprintf(stderr, "%s: stopped; everything received is kept\n%s: hint: retrieve", t->spec->name, t->spec->name);
	for (int i = 1; i < argc; i++)
		fprintf(stderr, strpbrk(argv[i], " \t'\"$&;") != NULL ? " '%s'" : " %s", argv[i]);
	fputc('\n', stderr);
	signal(tool_line_signal(), SIG_DFL);
	raise(tool_line_signal());
}

/* All that is here goes where it was wanted; the first failure of any is what the tool ends with. */
static enum status deliver_all(struct tool *t, struct wants *w)
{
	enum status first = STATUS_OK;
	size_t here = 0;

	for (size_t i = 0; i < w->count; i++) {
		struct want *x = &w->list[i];
		enum status s = x->status, delivered = STATUS_OK;

		t->party.why[0] = '\0';
		if (x->whole)
			delivered = deliver(t, x->deal);
		here += x->whole && delivered == STATUS_OK;
		if (s == STATUS_OK)
			s = delivered;
		else if (x->why != NULL) /* it may be here all the same, if only the last payment failed */
			party_fail(&t->party, s, "%s", x->why);
		if (s != STATUS_OK && w->count > 1)
			fprintf(stderr, "%s: %.200s: %s\n", t->spec->name, x->name,
				t->party.why[0] != '\0' ? t->party.why : status_text(s));
		if (first == STATUS_OK)
			first = s;
	}
	if (w->count > 1 && first == STATUS_OK)
		party_done(&t->party, "%zu contents are here", here);
	else if (w->count > 1)
		party_fail(&t->party, first, "%zu of %zu contents are here", here, w->count);
	return first;
}

/* Why the next provider is asked: the reason of the first content that this one did not deliver. */
static void say_next(const struct tool *t, const struct wants *w, const char *command)
{
	for (size_t i = 0; i < w->count && !t->quiet; i++)
		if (!w->list[i].whole && w->list[i].why != NULL) {
			fprintf(stderr, "%s: '%.200s': %s; the next provider is tried\n", t->spec->name, command,
				w->list[i].why);
			return;
		}
}

static enum status run(struct tool *t, struct wants *w)
{
	const char *command;
	enum status s = wants_look(w);

	for (size_t i = 0; s == STATUS_OK && wants_open(w) && (command = tool_value_at(t, "via", i)) != NULL; i++) {
		s = wants_buy(w, command, i);
		if (tool_line_signal() != 0 && tool_line_signal() != SIGALRM)
			break;
		s = STATUS_OK; /* each content has its own */
		if (wants_open(w) && tool_value_at(t, "via", i + 1) != NULL)
			say_next(t, w, command);
	}
	return s != STATUS_OK && !w->list[0].tried ? s : deliver_all(t, w);
}

int main(int argc, char **argv)
{
	char **given = calloc((size_t)argc + 1, sizeof(*given));
	struct wants wants;
	struct tool t;
	enum status s;

	if (given != NULL)
		memcpy(given, argv, (size_t)argc * sizeof(*given));
	tool_begin(&t, &spec, argc, argv);
	tool_expect_arguments(&t, 1, -1);
	if (tool_value(&t, "via") == NULL)
		tool_fail(&t, STATUS_USAGE, "how is the provider reached? --via 'ssh host serve', for example");
	if (t.argument_count > 1 && tool_value(&t, "output") != NULL && !names_folder(tool_value(&t, "output")))
		tool_fail(&t, STATUS_USAGE, "'%s' is no folder: several CARs don't fit one file",
			tool_value(&t, "output"));
	wants_read(&wants, &t);
	tool_line_idle(&t); /* refused before anything is opened */
	look_at_places(&t);
	tool_open_party(&t, NEED_NEW_STORE | WANT_KEY | NEED_LEDGER);
	s = run(&t, &wants);
	wants_release(&wants);
	if (tool_line_signal() != 0 && tool_line_signal() != SIGALRM && s != STATUS_OK && given != NULL)
		die(&t, argc, given);
	free(given);
	return tool_end(&t, s);
}
