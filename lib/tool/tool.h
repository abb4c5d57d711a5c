/* tool.h - shared by every main(): options, settings, output, and the end of a tool.
 *
 * A tool's main() is: tool_begin(), read its options, open what it needs,
 * one step of party/, write, tool_end().  Everything here may print and exit;
 * nothing below this layer does.
 *
 * A setting is read from its flag, else its environment variable, else the
 * configuration file, else a default.
 */
#ifndef TOOL_TOOL_H
#define TOOL_TOOL_H

#include <jansson.h>

#include "base/file.h"
#include "base/key_file.h"
#include "content/limits.h"
#include "party/party.h"
#include "peer/sink.h"

/** struct tool_option - one option of a tool; a table of them ends with an empty one. */
struct tool_option {
	const char *name;     /* long name, without dashes */
	char letter;          /* short form, or 0 */
	const char *argument; /* the name of its argument, NULL for a flag */
	const char *help;     /* one line */
};

/** struct tool_spec - a tool as its help shows it. */
struct tool_spec {
	const char *name;
	const char *
		synopsis; /* "[-nq] [-o FILE] OFFER"; equal to the man page's; lines after the first repeat the name themselves */
	const char *summary;               /* its description, one or two lines */
	const struct tool_option *options; /* its own options; the common ones are added */
};

#define TOOL_OPTIONS_MAX 48
#define TOOL_REPEATS_MAX 64

struct recorder; /* record/recorder.h */

/** struct tool - a running tool. */
struct tool {
	const struct tool_spec *spec;
	const char *values[TOOL_OPTIONS_MAX]; /* by option index; "" for a given flag */
	/* Every option that was given, in order: for options that may be repeated. */
	struct {
		const char *name, *value;
	} given[TOOL_REPEATS_MAX];
	size_t given_count;
	struct party party;
	struct limits limits; /* of the client, where the tool judges proposals */
	char **arguments;     /* the arguments after the options */
	int argument_count;
	bool quiet, json, dry_run, text;
	bool data_to_stdout; /* set by a tool whose -o is not for the output of tool_write() */
	bool stdout_is_data; /* set by a tool that writes data to standard output without tool_write() */
	bool reported;       /* a report was made, so no result is printed as text */
	json_t *results;     /* of tool_result(), until the tool ends: a list, or NULL */
	struct file_out out;
	bool out_open;
	bool keep_output; /* the output is whole, also if the tool fails later */
	struct bytes config;
	struct bytes home;
	bool reads_only;           /* the store was opened for reading */
	const char *peer;          /* the client whom all messages are about, named in each; "" for none */
	struct recorder *recorder; /* NULL until there is a frame or an event to record */
};

/** tool_begin - read options; prints help, the version, or a usage error, and exits in those cases. Installs the handlers that turn a damaged store's crash into exit 7. */
void tool_begin(struct tool *t, const struct tool_spec *spec, int argc, char **argv);
/** tool_value - the argument of option @name, NULL if not given. tool_flag: was it given? @name must be in the table of options. */
const char *tool_value(const struct tool *t, const char *name);
bool tool_flag(const struct tool *t, const char *name);
/** tool_has_option - does the tool know option @name? */
bool tool_has_option(const struct tool *t, const char *name);
/** tool_value_at - the argument of the @n-th occurrence of option @name, from 0; NULL if there are not so many. */
const char *tool_value_at(const struct tool *t, const char *name, size_t n);
/** tool_setting - @name as a flag (if the tool has it), then @variable, then the configuration; NULL if nowhere. Without a @variable the flag alone counts: a deal's terms are never taken from a file that was forgotten. */
const char *tool_setting(struct tool *t, const char *name, const char *variable);
/** tool_expect_arguments - exit with usage unless @least to @most (-1: any number) are left. */
void tool_expect_arguments(struct tool *t, int least, int most);

/* Each reads a setting, and exits with a clear message if it is malformed; @fallback if it is not given. */
struct amount tool_amount(struct tool *t, const char *name, const char *variable, struct amount fallback);
/** tool_ceiling - a ceiling on money; negative if none is given anywhere. */
struct amount tool_ceiling(struct tool *t, const char *name, const char *variable);
uint64_t tool_size(struct tool *t, const char *name, uint64_t fallback);
uint64_t tool_number(struct tool *t, const char *name, uint64_t fallback);
/* Each reads one argument, and exits with a clear message if it is malformed. */
struct amount tool_parse_amount(struct tool *t, const char *text);
uint64_t tool_parse_size(struct tool *t, const char *text);
uint64_t tool_parse_number(struct tool *t, const char *text);
struct address tool_parse_address(struct tool *t, const char *text);
struct cid tool_parse_cid(struct tool *t, const char *text);
/** tool_parse_epochs - "12h", "30s", "90m", "2d": rounded up to whole epochs; "10e": ten epochs. */
int64_t tool_parse_epochs(struct tool *t, const char *text);
/** tool_parse_seconds - "30s", "2m", "12h". */
uint64_t tool_parse_seconds(struct tool *t, const char *text);

/* The parts of its party that a tool needs. */
#define NEED_STORE      1u /* an existing store */
#define NEED_NEW_STORE  2u /* make the store if it is not there */
#define NEED_LEDGER     4u
#define NEED_KEY        8u
#define WANT_KEY        16u /* load the key if there is one */
#define NEED_READ_STORE 32u /* an existing store, read only */
#define WANT_LEDGER                                                                                                    \
	64u /* open the ledger if there is one and the store belongs to it; a warning if it is another one */
#define LEDGER_AS_IS 128u /* with NEED_LEDGER: whatever the store has seen of it */
#define MAY_SIGN     256u /* load the key if that works without asking for a passphrase; go on without a key otherwise */
/** tool_open_party - open store, ledger and key; exits with a message and a hint if a part is missing. */
struct party *tool_open_party(struct tool *t, unsigned needs);
/**
 * tool_try_party - for a program that goes on for long: close store and ledger, and open them again. The key stays
 * open. A failure is returned, explained, and nothing is open then. Exits only where a setting or the key is wrong.
 */
MUST_CHECK enum status tool_try_party(struct tool *t, unsigned needs);
/** tool_close_party - close the store and the ledger; harmless if neither is open. */
void tool_close_party(struct tool *t);
/** tool_home, tool_ledger_path, tool_key_path - their paths by the settings. */
const char *tool_home(struct tool *t);
const char *tool_ledger_path(struct tool *t);
/** tool_ledger_name - the same without a token that stands before a node: for messages. */
const char *tool_ledger_name(struct tool *t);
/** tool_fail_no_ledger - exit because no ledger is @where; the hint is the way to make one, or the URL of a node. */
_Noreturn void tool_fail_no_ledger(struct tool *t, const char *where);
/** tool_open_ledger - open the ledger @where for the party, with the token of the settings; as ledger_open_place(). */
MUST_CHECK enum status tool_open_ledger(struct tool *t, const char *where);
const char *tool_key_path(struct tool *t);
/** tool_guard_secrets - before a secret is read or made: keep it out of core files. */
void tool_guard_secrets(struct tool *t);
/** tool_has_passphrase - do the settings name a source of a passphrase? If not, the user is asked on the terminal. */
bool tool_has_passphrase(struct tool *t);
/**
 * tool_passphrase, tool_new_passphrase - the passphrase of the key @path; a new one is asked for twice.
 * @p: to be released. Exits with a message if there is none.
 */
void tool_passphrase(struct tool *t, struct passphrase *p, const char *path);
void tool_new_passphrase(struct tool *t, struct passphrase *p, const char *path);
/**
 * tool_import_key - read the key that a user brings, in any form of key_parse_import(), from the file @path or from
 * standard input for "-". @passphrase: gets the passphrase that opened the key, and stays empty for a plain key.
 */
MUST_CHECK enum status tool_import_key(
	struct tool *t, struct key *key, struct passphrase *passphrase, const char *path);
/**
 * tool_set_wait - let the party's steps wait for their messages to the ledger for the time of --wait. Without --wait:
 * for @minutes, if the epochs of the ledger follow a clock; not at all otherwise.
 */
void tool_set_wait(struct tool *t, unsigned minutes);
/** tool_now - the unix time by --clock, RETRIEVAL_CLOCK or the system. */
int64_t tool_now(struct tool *t);
/** tool_random - 32 bytes from the system's randomness, or from --seed and @label. */
void tool_random(struct tool *t, uint8_t out[32], const char *label);

/* Output of data: to -o FILE, which appears whole or not at all, or to standard output, which must not be a terminal unless in text form. */
/**
 * tool_check_output - would the first tool_write() succeed? Called before a step that stores or pays.
 * As tool_write(): USAGE for a terminal, IO for a place that can't be written; explained.
 */
MUST_CHECK enum status tool_check_output(struct tool *t);
/** tool_expect_output - the same; exits with the message. */
void tool_expect_output(struct tool *t);
/** tool_check_place - the same for another output, which has no text form: the file @path, or standard output for "-". */
MUST_CHECK enum status tool_check_place(struct tool *t, const char *path);
/** tool_write - some bytes; in text form (-a) one line of base64url per call. */
MUST_CHECK enum status tool_write(struct tool *t, struct span bytes);
/** tool_write_frames - the only way to write frames: whole frames; recorded if the options ask for a recording. The signature is the one that party expects; @ctx is the struct tool. */
MUST_CHECK enum status tool_write_frames(void *ctx, struct span bytes);
/** tool_sink - the same for a step with much output: bytes of a file need not be copied through here. */
MUST_CHECK enum status tool_sink(struct tool *t, struct sink *sink);

/* Reports, on standard output. A report without memory for it is left out, and the tool ends with NO_MEMORY. */
/** tool_report - one line of a report: @object as JSON with --json (stolen), else the formatted text. */
void tool_report(struct tool *t, json_t *object, const char *format, ...) __attribute__((format(printf, 3, 4)));
/** tool_report_json - a report that people do not need: with --json only. @object is stolen. */
void tool_report_json(struct tool *t, json_t *object);
/**
 * tool_result - the result of a command, for programs: with --json @object, which is stolen, is printed when the tool ends,
 * with the keys "tool" and, if @object has none, "exit". The object is printed on standard output, or, if that has data on it, on
 * standard error, unless --quiet is given. A tool without a report and without a result prints its message for people.
 */
void tool_result(struct tool *t, json_t *object);
/** tool_give_results - print the results now: for a tool that does not reach tool_end(). */
void tool_give_results(struct tool *t, enum status s);
/** tool_print - text for people, without control characters for a terminal; new lines and tabs stay. */
void tool_print(const char *format, ...) __attribute__((format(printf, 1, 2)));
/** tool_print_json - @object, which is stolen, as one line. */
void tool_print_json(json_t *object);
/** tool_flush - flush the output; IO, with the errno of the first failure, if any output could not be written. */
enum status tool_flush(void);
/** tool_json_amount, tool_json_id - strings, as amounts and 64-bit ids are in JSON. */
json_t *tool_json_amount(const struct amount *a);
json_t *tool_json_id(uint64_t id);
/** tool_json_text - a name or a message of any bytes: bytes that are not UTF-8 become U+FFFD, all others are kept. */
json_t *tool_json_text(const char *text);
#define TOOL_AMOUNT_MAX (AMOUNT_TEXT_MAX + 8) /* bytes of the text of each of these, with the final zero */
#define TOOL_SIZE_MAX   32
#define TOOL_EPOCHS_MAX 64
/** tool_amount_text - @a with the unit that reads best and is exact: "0.1 fil", "2 afil"; into @text of TOOL_AMOUNT_MAX bytes. */
char *tool_amount_text(char *text, const struct amount *a);
/** tool_size_text - bytes for people: "1.0 MiB", "100 B"; into @text of TOOL_SIZE_MAX bytes. */
char *tool_size_text(char *text, uint64_t bytes);
/** tool_epochs_text - a time of so many epochs for people: "12h", "1d 30s"; into @text of TOOL_EPOCHS_MAX bytes. */
char *tool_epochs_text(char *text, int64_t epochs);

/* Messages, on standard error: a line each, without control characters for a terminal. */
/** tool_say - print "name: FORMAT". tool_warn - print "name: warning: FORMAT", also with --quiet. Objects with --json. */
void tool_say(struct tool *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void tool_warn(struct tool *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** tool_say_object - with --json only, the counterpart of tool_say() for programs: print @object, which is stolen, with the key "tool" before its own. */
void tool_say_object(struct tool *t, json_t *object);
/** tool_fail - print "name: FORMAT" and exit with the class of @s. */
_Noreturn void tool_fail(struct tool *t, enum status s, const char *format, ...) __attribute__((format(printf, 3, 4)));
/** tool_complain - print a failure, as tool_end() would, and go on. */
void tool_complain(struct tool *t, enum status s);
/** tool_end - finish: commit the output, print the result or the failure and a hint, release everything; returns the exit code. */
int tool_end(struct tool *t, enum status s);

#endif
