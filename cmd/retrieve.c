/* retrieve - a whole deal in one command, over any command that reaches a provider.
 *
 * retrieve [-q] [--max-total AMOUNT] [--max-price AMOUNT] [TERMS] [--idle DURATION] --via COMMAND [-o FILE | --extract DIR] OFFER|CID
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ipld/car_index.h"
#include "ipld/pack.h"
#include "tool/line.h"
#include "tool/progress.h"
#include "tool/terms.h"

static const struct tool_option options[] = {
	{"via", 0, "COMMAND", "the command whose other end is a provider: 'ssh host serve'"},
	{"output", 'o', "FILE", "where the CAR goes"},
	{"extract", 'x', "DIR", "where the file goes, under the name of its CID"},
	{"progress", 0, "FORM", "json, or none (default: a line on a terminal)"},
	TERMS_OPTIONS,
	{"idle", 0, "DURATION", IDLE_HELP},
	{NULL, 0, NULL, NULL},
};
static const struct tool_spec spec = {
	"retrieve",
	"[-q] [--max-total AMOUNT] [--max-price AMOUNT] [TERMS] [--idle DURATION] --via COMMAND [-o FILE | -x DIR] "
	"OFFER|CID",
	"Buy content: propose, open a channel, receive, verify and pay, over the standard input and output of "
	"COMMAND.\n"
	"Interrupted, killed or out of funds, it goes on where it was when it is run again.",
	options,
};

/** struct connection - a command that runs, and the other ends of its standard input and output. */
struct connection {
	pid_t child;
	int in, out;
};

static struct connection connect_to(struct tool *t, const char *command)
{
	char *argv[] = {(char *)(uintptr_t) "sh", (char *)(uintptr_t) "-c", (char *)(uintptr_t)command, NULL};
	posix_spawn_file_actions_t actions;
	int to[2], from[2];
	pid_t child;

	if (pipe2(to, O_CLOEXEC) != 0 || pipe2(from, O_CLOEXEC) != 0 || posix_spawn_file_actions_init(&actions) != 0)
		tool_fail(t, STATUS_IO, "cannot make pipes: %s", strerror(errno));
	posix_spawn_file_actions_adddup2(&actions, to[0], STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, from[1], STDOUT_FILENO);
	if (posix_spawn(&child, "/bin/sh", &actions, NULL, argv, environ) != 0)
		tool_fail(t, STATUS_IO, "cannot run '%s': %s", command, strerror(errno));
	posix_spawn_file_actions_destroy(&actions);
	close(to[0]);
	close(from[1]);
	return (struct connection){child, from[0], to[1]};
}

/* Hang up, and wait for the command to end. */
static void disconnect(const struct connection *c)
{
	close(c->out);
	close(c->in);
	while (waitpid(c->child, NULL, 0) < 0 && errno == EINTR)
		;
}

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

static enum status deliver(struct tool *t, uint64_t deal)
{
	const char *car = tool_value(t, "output"), *folder = tool_value(t, "extract");
	char funds[AMOUNT_TEXT_MAX], size[32];
	struct client_deal d;
	enum status s = party_get_client(&t->party, &d, deal);

	if (s == STATUS_OK && car != NULL)
		s = buyer_publish(&t->party, deal, car);
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

static enum status run(struct tool *t, const struct proposal_request *request)
{
	struct progress progress = {.tool = t, .form = progress_form(t)};
	struct purchase purchase = {.max_total = request->max_total, .progress = progress_update, .ctx = &progress};
	struct bytes frames = {0};
	struct client_deal deal;
	struct connection connection;
	struct line line;
	enum status s = buyer_propose(&t->party, &frames, &deal, request);

	bytes_release(&frames);
	if (s != STATUS_OK)
		return s;
	purchase.deal = deal.id;
	if (!t->quiet)
		fprintf(stderr, "%s: deal %" PRIu64 "\n", t->spec->name, deal.id);
	connection = connect_to(t, tool_value(t, "via"));
	s = tool_line_open(t, &line, connection.in, connection.out);
	if (s == STATUS_OK)
		s = buyer_run(&t->party, &line, &purchase);
	tool_line_close();
	disconnect(&connection);
	if (tool_line_signal() == SIGALRM && s == STATUS_END)
		s = party_fail(&t->party, s,
			"nothing came from the provider for %u seconds; everything received is kept",
			tool_line_idle(t));
	progress_end(&progress);
	return s == STATUS_OK ? deliver(t, deal.id) : s;
}

int main(int argc, char **argv)
{
	struct proposal_request request;
	struct bytes owned = {0};
	char **given = calloc((size_t)argc + 1, sizeof(*given));
	struct tool t;
	enum status s;

	if (given != NULL)
		memcpy(given, argv, (size_t)argc * sizeof(*given));
	tool_begin(&t, &spec, argc, argv);
	tool_expect_arguments(&t, 1, 1);
	if (tool_value(&t, "via") == NULL)
		tool_fail(&t, STATUS_USAGE, "how is the provider reached? --via 'ssh host serve', for example");
	tool_read_request(&t, &request, &owned);
	tool_line_idle(&t); /* refused before anything is opened */
	tool_open_party(&t, NEED_NEW_STORE | WANT_KEY | NEED_LEDGER);
	s = run(&t, &request);
	bytes_release(&owned);
	if (tool_line_signal() != 0 && tool_line_signal() != SIGALRM && s != STATUS_OK && given != NULL)
		die(&t, argc, given);
	free(given);
	return tool_end(&t, s);
}
