/* ledger - keep the embedded payment ledger, which stands for the chain.
 *
 * ledger init | head | advance | fund | balance | channels | log | watch | place | check
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "chain/embedded.h"
#include "tool/verbs.h"

#define POLL_MS 200

static const struct tool_option options[] = {
	{"dry-run", 'n', NULL, "change nothing, only say what would be done"},
	{"manual", 0, NULL, "init: epochs move by `ledger advance` only, not with the clock"},
	{"network", 0, "f|t", "init: how addresses begin (f)"},
	{"follow", 'f', NULL, "log: go on with new entries as they come"},
	{"from", 0, "N", "log: begin with entry N"},
	{NULL, 0, NULL, NULL},
};
static const struct tool_spec spec = {
	"ledger",
	"init [-nq] [--manual] [--network f|t]\n"
	"       ledger head\n"
	"       ledger advance [-nq] DURATION|@EPOCH\n"
	"       ledger fund [-nq] ADDRESS AMOUNT\n"
	"       ledger balance [ADDRESS ...]\n"
	"       ledger channels\n"
	"       ledger log [-f] [--from N]\n"
	"       ledger watch [--from N]\n"
	"       ledger place [-nq] CHANNEL FROM TO AMOUNT\n"
	"       ledger check",
	"Keep the payment ledger that stands for the chain: its clock, its accounts, its payment channels.",
	options,
};

static volatile sig_atomic_t stopped;
static struct embedded *books; /* the ledger, while a verb needs it */

static void on_stop(int number)
{
	(void)number;
	stopped = 1;
}

static _Noreturn void fail(struct tool *t, enum status s, const char *what)
{
	embedded_close(books);
	books = NULL;
	tool_fail(t, s, "%s: %s", what, s == STATUS_IO ? strerror(errno) : status_text(s));
}

/* Everything but init begins here; from then on the ledger's own network is how addresses are written. */
static void open_books(struct tool *t)
{
	const char *path = tool_ledger_path(t);
	struct embedded_options o;
	enum status s = strstr(path, "://") != NULL ? STATUS_UNSUPPORTED : embedded_open(&books, path);

	if (s == STATUS_NOT_FOUND || (s == STATUS_IO && errno == ENOENT)) {
		party_hint(&t->party, "ledger init");
		tool_fail(t, STATUS_USAGE, "there is no ledger in '%s'", path);
	}
	if (s == STATUS_UNSUPPORTED)
		tool_fail(t, s, "'%s' is a node, not a ledger that this tool keeps", path);
	if (s == STATUS_INSECURE)
		tool_fail(t, s, "'%s' must be a folder of yours that is closed to others (chmod 700)", path);
	if (s == STATUS_OK)
		s = embedded_about(books, &o);
	if (s != STATUS_OK)
		fail(t, s, path);
	t->party.network = o.network;
	if (tool_setting(t, "clock", "RETRIEVAL_CLOCK") != NULL)
		embedded_set_clock(books, t->party.now);
}

static int64_t epoch_now(struct tool *t)
{
	int64_t epoch = 0;
	enum status s = embedded_ops.epoch(books, &epoch);

	if (s != STATUS_OK)
		fail(t, s, "cannot read the ledger");
	return epoch;
}

static const char *write_address(char *text, struct tool *t, const struct address *a)
{
	return address_is_none(a) ? "" : address_text(text, a, t->party.network);
}

static enum status run_init(struct tool *t)
{
	const char *path = tool_ledger_path(t), *network = tool_value(t, "network");
	struct embedded_options o = {
		.network = NETWORK_MAIN, .manual = tool_flag(t, "manual"), .genesis = t->party.now};
	enum status s = STATUS_OK;

	if (network != NULL && strcmp(network, "f") != 0 && strcmp(network, "t") != 0)
		tool_fail(t, STATUS_USAGE, "'%.40s' is not a network: f or t", network);
	if (strstr(path, "://") != NULL)
		tool_fail(t, STATUS_UNSUPPORTED, "'%s' is a node, not a folder for a ledger", path);
	if (network != NULL)
		o.network = (enum network)network[0];
	tool_random(t, o.identity, "ledger");
	if (!t->dry_run)
		s = embedded_init(path, &o);
	else if (embedded_open(&books, path) == STATUS_OK)
		s = STATUS_EXISTS;
	if (s == STATUS_EXISTS)
		return party_fail(&t->party, s, "there is a ledger in '%s' already: it is never overwritten", path);
	if (s != STATUS_OK)
		fail(t, s, path);
	tool_report_json(
		t, json_pack("{s:o, s:s, s:b, s:I}", "ledger", tool_json_text(path), "network",
			   network != NULL ? network : "f", "manual", o.manual, "genesis", (json_int_t)o.genesis));
	party_done(&t->party, "%s in %s: epochs %s", t->dry_run ? "would make a ledger" : "new ledger", path,
		o.manual ? "move by ledger advance only" : "follow the clock");
	return STATUS_OK;
}

static enum status run_head(struct tool *t)
{
	struct embedded_options o;
	int64_t epoch, left;
	enum status s;

	open_books(t);
	s = embedded_about(books, &o);
	if (s != STATUS_OK)
		return s;
	epoch = epoch_now(t);
	if (o.manual || t->party.now < o.genesis) {
		tool_report(t, json_pack("{s:I, s:b}", "epoch", (json_int_t)epoch, "manual", o.manual), "epoch %lld\n",
			(long long)epoch);
		return STATUS_OK;
	}
	left = EPOCH_SECONDS - (t->party.now - o.genesis) % EPOCH_SECONDS;
	tool_report(t,
		json_pack("{s:I, s:b, s:I}", "epoch", (json_int_t)epoch, "manual", 0, "next_in", (json_int_t)left),
		"epoch %lld, next in %llds\n", (long long)epoch, (long long)left);
	return STATUS_OK;
}

static enum status run_advance(struct tool *t)
{
	const char *text = t->arguments[0];
	char duration[64];
	int64_t epoch, by, target = 0;
	enum status s = STATUS_OK;

	if (text[0] == '@')
		target = (int64_t)(tool_parse_number(t, text + 1) & INT64_MAX);
	open_books(t);
	epoch = epoch_now(t);
	by = text[0] == '@' ? target - epoch : tool_parse_epochs(t, text);
	if (by < 0)
		return party_fail(&t->party, STATUS_BAD_STATE, "time does not go back: the ledger is at epoch %lld",
			(long long)epoch);
	if (t->dry_run)
		epoch += by;
	else if (by > 0)
		s = embedded_advance(books, by, &epoch);
	if (s == STATUS_BAD_NUMBER)
		return party_fail(&t->party, s, "'%s' is too far ahead", text);
	if (s != STATUS_OK)
		return s;
	tool_report_json(t, json_pack("{s:I, s:I}", "advanced", (json_int_t)by, "epoch", (json_int_t)epoch));
	party_done(&t->party, "%s %lld epochs (%s), to epoch %lld", t->dry_run ? "would advance" : "advanced",
		(long long)by, tool_epochs_text(duration, by), (long long)epoch);
	return STATUS_OK;
}

static enum status run_fund(struct tool *t)
{
	char text[ADDRESS_TEXT_MAX], digits[AMOUNT_TEXT_MAX + 8];
	struct amount value, balance = amount_zero();
	struct address who;
	enum status s = STATUS_OK;

	open_books(t);
	who = tool_parse_address(t, t->arguments[0]);
	value = tool_parse_amount(t, t->arguments[1]);
	address_text(text, &who, t->party.network);
	if (!t->dry_run)
		s = embedded_fund(books, &who, &value);
	if (s == STATUS_BAD_ADDRESS)
		return party_fail(&t->party, s, "%s is an actor: only accounts can be funded here", text);
	if (s == STATUS_OK)
		s = embedded_ops.balance(books, &balance, &who);
	if (s == STATUS_OK && t->dry_run && !amount_add(&balance, &balance, &value))
		s = STATUS_BAD_AMOUNT;
	if (s != STATUS_OK)
		return s;
	tool_report_json(t, json_pack("{s:s, s:o, s:o}", "address", text, "amount", tool_json_amount(&value), "balance",
				    tool_json_amount(&balance)));
	party_done(&t->party, "%s %s: it %s %s", t->dry_run ? "would fund" : "funded", text,
		t->dry_run ? "would have" : "has", tool_amount_text(digits, &balance));
	return STATUS_OK;
}

static enum status print_balance(void *ctx, const struct address *who, const struct amount *balance)
{
	char text[ADDRESS_TEXT_MAX], digits[AMOUNT_TEXT_MAX + 8];
	struct tool *t = ctx;

	address_text(text, who, t->party.network);
	tool_report(t, json_pack("{s:s, s:o}", "address", text, "balance", tool_json_amount(balance)), "%s %s\n", text,
		tool_amount_text(digits, balance));
	return STATUS_OK;
}

static enum status run_balance(struct tool *t)
{
	struct amount balance;
	enum status s = STATUS_OK;

	open_books(t);
	if (t->argument_count == 0)
		return embedded_accounts(books, print_balance, t);
	for (int i = 0; i < t->argument_count; i++)
		(void)tool_parse_address(t, t->arguments[i]);
	for (int i = 0; s == STATUS_OK && i < t->argument_count; i++) {
		struct address who = tool_parse_address(t, t->arguments[i]);
		struct paych head = {0};

		s = embedded_ops.channel(books, &head, &who);
		balance = head.balance;
		paych_release(&head);
		if (s == STATUS_NOT_FOUND)
			s = embedded_ops.balance(books, &balance, &who);
		if (s == STATUS_OK)
			s = print_balance(t, &who, &balance);
	}
	return s;
}

static enum status print_channel(void *ctx, const struct address *channel, const struct paych *head)
{
	char text[ADDRESS_TEXT_MAX], from[ADDRESS_TEXT_MAX], to[ADDRESS_TEXT_MAX];
	char balance[AMOUNT_TEXT_MAX + 8], owed[AMOUNT_TEXT_MAX + 8], state[40] = "open";
	struct tool *t = ctx;

	address_text(text, channel, t->party.network);
	address_text(from, &head->from, t->party.network);
	address_text(to, &head->to, t->party.network);
	if (head->settling_at != 0)
		snprintf(state, sizeof(state), "settling until epoch %lld", (long long)head->settling_at);
	tool_report(t,
		json_pack("{s:s, s:s, s:s, s:o, s:o, s:I}", "channel", text, "from", from, "to", to, "balance",
			tool_json_amount(&head->balance), "owed", tool_json_amount(&head->to_send), "settling_at",
			(json_int_t)head->settling_at),
		"%s from %s to %s: balance %s, owed %s, %s\n", text, from, to,
		tool_amount_text(balance, &head->balance), tool_amount_text(owed, &head->to_send), state);
	return STATUS_OK;
}

static enum status run_channels(struct tool *t)
{
	open_books(t);
	return embedded_channels(books, print_channel, t);
}

struct following {
	struct tool *t;
	uint64_t next;
};

static json_t *entry_json(struct tool *t, const struct embedded_entry *e)
{
	char text[ADDRESS_TEXT_MAX], message[CID_TEXT_MAX];
	json_t *o = json_pack(
		"{s:o, s:I, s:s}", "entry", tool_json_id(e->number), "epoch", (json_int_t)e->epoch, "what", e->what);
	const struct {
		const char *name;
		const struct address *address;
	} addresses[] = {{"from", &e->from}, {"to", &e->to}, {"channel", &e->channel}};

	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++)
		if (!address_is_none(addresses[i].address))
			json_object_set_new(
				o, addresses[i].name, json_string(write_address(text, t, addresses[i].address)));
	json_object_set_new(o, "value", tool_json_amount(&e->value));
	if (strcmp(e->what, "update") == 0) {
		json_object_set_new(o, "lane", tool_json_id(e->lane));
		json_object_set_new(o, "nonce", tool_json_id(e->nonce));
	}
	json_object_set_new(o, "exit", json_integer(e->exit_code));
	if (e->text[0] != '\0')
		json_object_set_new(o, "error", json_string(e->text));
	if (e->message.len != 0)
		json_object_set_new(o, "message", json_string(cid_text(message, &e->message)));
	return o;
}

static enum status print_entry(void *ctx, const struct embedded_entry *e)
{
	char from[ADDRESS_TEXT_MAX], to[ADDRESS_TEXT_MAX], channel[ADDRESS_TEXT_MAX];
	char value[AMOUNT_TEXT_MAX + 8], lane[64] = "", why[256] = "";
	struct following *f = ctx;
	struct tool *t = f->t;

	f->next = e->number + 1;
	write_address(from, t, &e->from);
	if (strcmp(e->what, "update") == 0)
		snprintf(lane, sizeof(lane), " lane %llu nonce %llu", (unsigned long long)e->lane,
			(unsigned long long)e->nonce);
	if (e->exit_code != 0)
		snprintf(why, sizeof(why), ": refused (%d) %s", e->exit_code, e->text);
	tool_report(t, t->json ? entry_json(t, e) : NULL, "%llu epoch %lld %s%s%s%s%s%s%s%s%s%s%s\n",
		(unsigned long long)e->number, (long long)e->epoch, e->what, address_is_none(&e->from) ? "" : " from ",
		address_is_none(&e->from) ? "" : from, address_is_none(&e->to) ? "" : " to ",
		write_address(to, t, &e->to), address_is_none(&e->channel) ? "" : " channel ",
		write_address(channel, t, &e->channel), lane, amount_is_zero(&e->value) ? "" : " ",
		amount_is_zero(&e->value) ? "" : tool_amount_text(value, &e->value), why);
	return STATUS_OK;
}

/* Wait for a moment; END if the reader of our output has gone. */
static enum status wait_a_moment(void)
{
	struct pollfd out = {.fd = STDOUT_FILENO};

	if (poll(&out, 1, POLL_MS) > 0 && (out.revents & (POLLERR | POLLNVAL)))
		return STATUS_END;
	return STATUS_OK;
}

static enum status follow(struct tool *t, bool go_on)
{
	struct following f = {t, tool_number(t, "from", 0)};
	struct sigaction stop = {.sa_handler = on_stop};
	enum status s;

	open_books(t);
	if (go_on) {
		sigemptyset(&stop.sa_mask);
		sigaction(SIGINT, &stop, NULL);
		sigaction(SIGTERM, &stop, NULL);
	}
	do {
		s = embedded_log(books, f.next, print_entry, &f);
		if (s == STATUS_OK && go_on && tool_flush() != STATUS_OK)
			return STATUS_IO;
		if (s == STATUS_OK && go_on && !stopped)
			s = wait_a_moment();
	} while (s == STATUS_OK && go_on && !stopped);
	return s == STATUS_END ? party_fail(&t->party, s, "the reader of the output went away") : s;
}

static enum status run_log(struct tool *t)
{
	return follow(t, tool_flag(t, "follow"));
}

static enum status run_watch(struct tool *t)
{
	return follow(t, true);
}

static enum status run_place(struct tool *t)
{
	char text[ADDRESS_TEXT_MAX], digits[AMOUNT_TEXT_MAX + 8];
	struct address channel, from, to;
	struct amount value;
	enum status s = STATUS_OK;

	open_books(t);
	channel = tool_parse_address(t, t->arguments[0]);
	from = tool_parse_address(t, t->arguments[1]);
	to = tool_parse_address(t, t->arguments[2]);
	value = tool_parse_amount(t, t->arguments[3]);
	address_text(text, &channel, t->party.network);
	if (!t->dry_run)
		s = embedded_place(books, &channel, &from, &to, &value);
	if (s == STATUS_EXISTS)
		return party_fail(&t->party, s, "%s is on the ledger already", text);
	if (s != STATUS_OK)
		return s;
	tool_report_json(t, json_pack("{s:s, s:o}", "channel", text, "balance", tool_json_amount(&value)));
	party_done(&t->party, "%s channel %s with %s", t->dry_run ? "would place" : "placed", text,
		tool_amount_text(digits, &value));
	return STATUS_OK;
}

static enum status run_check(struct tool *t)
{
	char in[AMOUNT_TEXT_MAX + 8], there[AMOUNT_TEXT_MAX + 8];
	struct amount funded = amount_zero(), held = amount_zero();
	enum status s;

	open_books(t);
	s = embedded_check(books, &funded, &held);
	tool_amount_text(in, &funded);
	tool_amount_text(there, &held);
	if (s == STATUS_CORRUPT)
		return party_fail(
			&t->party, s, "the books do not balance: %s funded, %s in accounts and channels", in, there);
	if (s == STATUS_OK)
		tool_report(t,
			json_pack("{s:b, s:o, s:o}", "balanced", 1, "funded", tool_json_amount(&funded), "held",
				tool_json_amount(&held)),
			"the books balance: %s funded, %s in accounts and channels\n", in, there);
	return s;
}

static const struct tool_verb verbs[] = {
	{"init", run_init, 0, 0, "[--manual] [--network f|t]", "dry-run manual network "},
	{"head", run_head, 0, 0, "", ""},
	{"advance", run_advance, 1, 1, "DURATION|@EPOCH", "dry-run "},
	{"fund", run_fund, 2, 2, "ADDRESS AMOUNT", "dry-run "},
	{"balance", run_balance, 0, -1, "[ADDRESS ...]", ""},
	{"channels", run_channels, 0, 0, "", ""},
	{"log", run_log, 0, 0, "[-f] [--from N]", "follow from "},
	{"watch", run_watch, 0, 0, "[--from N]", "from "},
	{"place", run_place, 4, 4, "CHANNEL FROM TO AMOUNT", "dry-run "},
	{"check", run_check, 0, 0, "", ""},
	{NULL, NULL, 0, 0, NULL, NULL},
};

int main(int argc, char **argv)
{
	struct tool t;
	enum status s;

	tool_begin(&t, &spec, argc, argv);
	s = tool_run_verb(&t, verbs);
	embedded_close(books);
	return tool_end(&t, s);
}
