/* tool.c - options, help, and the start of a tool; its end is in end.c. */
#include "tool/tool.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/nearest.h"
#include "tool/tool_private.h"

static const struct tool_option common_options[] = {
	{"help", 'h', NULL, "show this help"},
	{"version", 0, NULL, "show the version"},
	{"quiet", 'q', NULL, "say nothing on success"},
	{"json", 0, NULL, "print reports and errors as JSON, one object a line"},
	{"home", 0, "DIR", "the store (RETRIEVAL_HOME)"},
	{"ledger", 0, "DIR", "the payment ledger, or the URL of a Lotus node (RETRIEVAL_LEDGER)"},
	{"ledger-token", 0, "FILE", "the token of the node is in FILE, of mode 0600 (RETRIEVAL_LEDGER_TOKEN)"},
	{"key", 0, "FILE", "the key (RETRIEVAL_KEY)"},
	{"passphrase-fd", 0, "N", "the key's passphrase is the next line of descriptor N (RETRIEVAL_PASSPHRASE_FD)"},
	{"passphrase-file", 0, "FILE",
		"the key's passphrase is the first line of FILE, of mode 0600 (RETRIEVAL_PASSPHRASE_FILE)"},
	{"clock", 0, "TIME", "pretend that it is TIME, in unix seconds (RETRIEVAL_CLOCK)"},
	{"seed", 0, "N", "take randomness from N, for tests (RETRIEVAL_SEED)"},
	{"record", 0, "DIR", "record the frames that are read or written, for replay (RETRIEVAL_RECORD)"},
	{NULL, 0, NULL, NULL},
};

/* The options of a tool and the common ones behind them, as one list. */
static const struct tool_option *option_at(const struct tool_spec *spec, size_t index)
{
	size_t own = 0;

	while (spec->options != NULL && spec->options[own].name != NULL) {
		if (own == index)
			return &spec->options[own];
		own++;
	}
	return &common_options[index - own];
}

static size_t find_option(const struct tool_spec *spec, const char *name)
{
	for (size_t i = 0; i < TOOL_OPTIONS_MAX; i++) {
		const struct tool_option *o = option_at(spec, i);

		if (o->name == NULL)
			break;
		if (strcmp(o->name, name) == 0)
			return i;
	}
	return TOOL_OPTIONS_MAX;
}

const char *tool_value(const struct tool *t, const char *name)
{
	size_t i = find_option(t->spec, name);

	return i < TOOL_OPTIONS_MAX ? t->values[i] : NULL;
}

bool tool_has_option(const struct tool *t, const char *name)
{
	return find_option(t->spec, name) < TOOL_OPTIONS_MAX;
}

const char *tool_value_at(const struct tool *t, const char *name, size_t n)
{
	for (size_t i = 0; i < t->given_count; i++)
		if (strcmp(t->given[i].name, name) == 0 && n-- == 0)
			return t->given[i].value;
	return NULL;
}

bool tool_flag(const struct tool *t, const char *name)
{
	return tool_value(t, name) != NULL;
}

static void print_options(const struct tool_spec *spec)
{
	for (size_t i = 0;; i++) {
		const struct tool_option *o = option_at(spec, i);
		char left[64];

		if (o->name == NULL)
			break;
		snprintf(left, sizeof(left), "%c%c%s--%s%s%s", o->letter != 0 ? '-' : ' ',
			o->letter != 0 ? o->letter : ' ', o->letter != 0 ? ", " : "  ", o->name,
			o->argument != NULL ? " " : "", o->argument != NULL ? o->argument : "");
		printf("  %-26s %s\n", left, o->help);
	}
}

static _Noreturn void print_help(const struct tool_spec *spec)
{
	printf("usage: %s %s\n\n%s\n\n", spec->name, spec->synopsis, spec->summary);
	print_options(spec);
	exit(fflush(stdout) == 0 ? CLASS_OK : CLASS_IO);
}

static _Noreturn void print_usage(struct tool *t)
{
	if (t->json)
		tool_fail(t, STATUS_USAGE, "wrong number of arguments: usage: %s %s", t->spec->name, t->spec->synopsis);
	fprintf(stderr, "usage: %s %s\n", t->spec->name, t->spec->synopsis);
	exit(CLASS_USAGE);
}

/* LMDB trusts its file: damage that our checksums can't detect in time ends in one of these signals. */
static void on_crash(int signal_number)
{
	static const char text[] =
		"retrieval: the store or the program is damaged (crashed); nothing more was written\n";
	ssize_t ignored = write(2, text, sizeof(text) - 1);

	(void)ignored;
	(void)signal_number;
	_exit(CLASS_INTEGRITY);
}

static void install_handlers(void)
{
	struct sigaction crash = {.sa_handler = on_crash}, ignore = {.sa_handler = SIG_IGN};

	sigemptyset(&crash.sa_mask);
	sigemptyset(&ignore.sa_mask);
#ifndef __SANITIZE_ADDRESS__
	sigaction(SIGSEGV, &crash, NULL);
	sigaction(SIGBUS, &crash, NULL);
	sigaction(SIGABRT, &crash, NULL);
#endif
	sigaction(SIGPIPE, &ignore, NULL);
	sigaction(SIGXFSZ, &ignore, NULL); /* a write beyond the limit on file sizes fails, as on a full disk */
}

/* Fill in getopt's two tables. */
static void make_tables(const struct tool_spec *spec, struct option *longs, char *shorts)
{
	*shorts++ = '+';
	*shorts++ = ':';
	for (size_t i = 0; i < TOOL_OPTIONS_MAX; i++) {
		const struct tool_option *o = option_at(spec, i);

		if (o->name == NULL)
			break;
		longs[i] = (struct option){
			o->name, o->argument != NULL ? required_argument : no_argument, NULL, 1000 + (int)i};
		if (o->letter != 0) {
			*shorts++ = o->letter;
			if (o->argument != NULL)
				*shorts++ = ':';
		}
	}
	*shorts = '\0';
}

static size_t option_of_letter(const struct tool_spec *spec, int letter)
{
	size_t i = 0;

	while (option_at(spec, i)->name != NULL && option_at(spec, i)->letter != letter)
		i++;
	return i;
}

/* Is --json among the arguments? Then errors in the other arguments are reported as JSON, too. */
static bool asks_for_json(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--json") == 0)
			return true;
	return false;
}

/* Find the option most similar to @given, as the hint of the failure that follows. */
static void suggest_option(struct tool *t, const char *given)
{
	for (size_t i = 0; strncmp(given, "--", 2) == 0 && option_at(t->spec, i)->name != NULL; i++)
		if (word_is_near(given + 2, option_at(t->spec, i)->name)) {
			party_hint(&t->party, "%s --%s", t->spec->name, option_at(t->spec, i)->name);
			return;
		}
}

/* getopt names an unknown letter; it may not have left the word that the letter stands in. */
static _Noreturn void refuse_option(struct tool *t, const char *word)
{
	const char letter[] = {'-', (char)optopt, '\0'};

	if (optopt > 0 && optopt < 128)
		word = letter;
	suggest_option(t, word);
	tool_fail(t, STATUS_USAGE, "unknown option '%s' (see %s --help)", word, t->spec->name);
}

/* Options may stand anywhere before "--": take them out, and keep the rest in order. */
/* The value was forgotten if the next word is an option of this tool. --OPTION=VALUE takes any value. */
static void refuse_option_as_value(struct tool *t, const char *value, const char *option)
{
	if (strncmp(value, "--", 2) == 0 && tool_has_option(t, value + 2))
		tool_fail(t, STATUS_USAGE, "option '%s' needs a value, and is followed by '%s'", option, value);
}

static void parse(struct tool *t, int argc, char **argv)
{
	struct option longs[TOOL_OPTIONS_MAX + 1] = {0};
	char shorts[2 * TOOL_OPTIONS_MAX + 3];
	int kept = 0;

	make_tables(t->spec, longs, shorts);
	opterr = 0;
	optind = 1;
	while (optind < argc) {
		int c = getopt_long(argc, argv, shorts, longs, NULL);
		size_t i;

		if (c == -1) {
			bool ended = optind > 1 && strcmp(argv[optind - 1], "--") == 0;

			if (optind >= argc)
				break;
			argv[kept++] = argv[optind++];
			while (ended && optind < argc)
				argv[kept++] = argv[optind++];
			continue;
		}
		if (c == ':')
			tool_fail(t, STATUS_USAGE, "option '%s' needs a value", argv[optind - 1]);
		if (c == '?')
			refuse_option(t, argv[optind - 1]);
		if (optarg != NULL && optarg == argv[optind - 1])
			refuse_option_as_value(t, optarg, argv[optind - 2]);
		i = c >= 1000 ? (size_t)(c - 1000) : option_of_letter(t->spec, c);
		t->values[i] = optarg != NULL ? optarg : "";
		if (t->given_count == TOOL_REPEATS_MAX)
			tool_fail(t, STATUS_USAGE, "more than %d options", TOOL_REPEATS_MAX);
		t->given[t->given_count].name = option_at(t->spec, i)->name;
		t->given[t->given_count++].value = t->values[i];
	}
	t->arguments = argv;
	t->argument_count = kept;
	argv[kept] = NULL;
}

void tool_begin(struct tool *t, const struct tool_spec *spec, int argc, char **argv)
{
	*t = (struct tool){.spec = spec, .out = {.fd = -1}, .party = {.network = NETWORK_MAIN}, .peer = ""};
	install_handlers();
	report_begin();
	umask(umask(0) | S_IWGRP | S_IWOTH);
	t->json = asks_for_json(argc, argv);
	parse(t, argc, argv);
	t->quiet = tool_flag(t, "quiet");
	t->json = tool_flag(t, "json");
	t->dry_run = tool_flag(t, "dry-run");
	t->text = tool_flag(t, "text");
	if (tool_flag(t, "help"))
		print_help(spec);
	if (tool_flag(t, "version")) {
		printf("%s (retrieval) %s\n", spec->name, VERSION);
		exit(fflush(stdout) == 0 ? CLASS_OK : CLASS_IO);
	}
	tool_load_config(t);
	t->party.now = tool_now(t);
}

void tool_expect_arguments(struct tool *t, int least, int most)
{
	if (t->argument_count < least || (most >= 0 && t->argument_count > most))
		print_usage(t);
}
