/* output.c - the data that a tool writes, whole or not at all; amounts, sizes and times for people. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/multibase.h"
#include "peer/sink.h"
#include "tool/record_tap.h"
#include "tool/tool_private.h"

#define PIPE_SIZE (1 << 20) /* a pipe of this size moves bulk data twice as fast as the default one */

static bool is_stdout(const char *path)
{
	return path == NULL || strcmp(path, "-") == 0;
}

/* Only a character device is opened here: the other end of a pipe would notice. */
static bool is_terminal(const char *path)
{
	struct stat st;
	bool terminal;
	int fd;

	if (is_stdout(path))
		return isatty(STDOUT_FILENO);
	if (stat(path, &st) != 0 || !S_ISCHR(st.st_mode))
		return false;
	fd = open(path, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	terminal = fd >= 0 && isatty(fd);
	if (fd >= 0)
		close(fd);
	return terminal;
}

static enum status explain_open(struct tool *t, enum status s, const char *path)
{
	return party_fail(&t->party, s, "cannot write '%s': %s", path != NULL ? path : "standard output",
		s == STATUS_IO ? strerror(errno) : status_text(s));
}

/* Is the file at @path one of the arguments, or standard input where that is read? It would be lost. */
static bool is_input(const struct tool *t, const char *path)
{
	struct stat out, in;

	if (is_stdout(path) || stat(path, &out) != 0 || !S_ISREG(out.st_mode))
		return false;
	for (int i = 0; i < t->argument_count; i++) {
		const char *argument = t->arguments[i];
		int failed = strcmp(argument, "-") == 0 ? fstat(STDIN_FILENO, &in) : stat(argument, &in);

		if (failed == 0 && in.st_dev == out.st_dev && in.st_ino == out.st_ino)
			return true;
	}
	return false;
}

/* Can the file be made, without an end to what is read? */
static enum status check_path(struct tool *t, const char *path)
{
	enum status s = file_out_check(path);

	if (s != STATUS_OK)
		return explain_open(t, s, path);
	if (is_input(t, path))
		return party_fail(&t->party, STATUS_USAGE, "'%s' is the input: the output needs another name", path);
	return STATUS_OK;
}

enum status tool_check_place(struct tool *t, const char *path)
{
	if (is_terminal(path))
		return party_fail(
			&t->party, STATUS_USAGE, "binary output is not for a terminal: use -o FILE or a pipe");
	return check_path(t, path);
}

/* The place for tool_write(), which has a form for terminals if the tool has -a. */
static enum status check_output_at(struct tool *t, const char *path)
{
	if (!tool_has_option(t, "text"))
		return tool_check_place(t, path);
	if (!t->text && is_terminal(path)) {
		party_hint(&t->party, "%s -a", t->spec->name);
		return party_fail(
			&t->party, STATUS_USAGE, "binary output is not for a terminal: use -o FILE, a pipe, or -a");
	}
	return check_path(t, path);
}

/* The place for tool_write(); NULL for standard output. */
static const char *output_path(const struct tool *t)
{
	return t->data_to_stdout ? NULL : tool_value(t, "output");
}

enum status tool_check_output(struct tool *t)
{
	return t->out_open ? STATUS_OK : check_output_at(t, output_path(t));
}

void tool_expect_output(struct tool *t)
{
	enum status s = tool_check_output(t);

	if (s != STATUS_OK)
		tool_fail(t, s, "%s", t->party.error.why);
}

static enum status open_output(struct tool *t)
{
	const char *path = output_path(t);
	enum status s = check_output_at(t, path);

	if (s != STATUS_OK)
		return s;
	s = file_out_open(&t->out, path, 0644);
	if (s != STATUS_OK)
		return explain_open(t, s, path);
	if (is_stdout(path))
		fcntl(STDOUT_FILENO, F_SETPIPE_SZ, PIPE_SIZE);
	t->out_open = true;
	return STATUS_OK;
}

enum status tool_fail_output(struct tool *t, enum status s, int why)
{
	if (why == EPIPE)
		return party_fail(&t->party, STATUS_END, "the reader of the output went away");
	if (t->out_open && t->out.path != NULL)
		return party_fail(&t->party, s, "cannot write '%.400s': %s", t->out.path, strerror(why));
	return party_fail(&t->party, s, "cannot write the output: %s", strerror(why));
}

static enum status explain_output(struct tool *t, enum status s)
{
	return s == STATUS_IO ? tool_fail_output(t, s, errno) : s;
}

enum status tool_write(struct tool *t, struct span bytes)
{
	CLEAN_BYTES struct bytes line = {0};
	enum status s = STATUS_OK;

	if (!t->out_open)
		s = open_output(t);
	if (s != STATUS_OK)
		return s;
	if (t->text && bytes.len != 0) {
		base_encode(&line, BASE64URL, bytes);
		bytes_append_byte(&line, '\n');
		s = bytes_status(&line);
		bytes = bytes_span(&line);
	}
	if (s != STATUS_OK)
		return s;
	return explain_output(t, file_write_full(t->out.fd, bytes.data, bytes.len));
}

enum status tool_write_frames(void *ctx, struct span bytes)
{
	struct tool *t = ctx;
	enum status s = record_tap_open(t); /* a recording that can't be made stops the tool before anything is sent */

	if (s != STATUS_OK)
		return s;
	s = tool_write(t, bytes);
	if (s != STATUS_OK)
		return s;
	record_tap_wrote(t, bytes);
	return STATUS_OK;
}

static enum status write_file(void *ctx, int fd, uint64_t offset, uint64_t len)
{
	struct tool *t = ctx;
	enum status s = t->out_open ? STATUS_OK : open_output(t);

	return s == STATUS_OK ? explain_output(t, file_send_full(t->out.fd, fd, offset, len)) : s;
}

enum status tool_sink(struct tool *t, struct sink *sink)
{
	enum status s = record_tap_open(t);

	*sink = (struct sink){tool_write_frames, t->text || t->recorder != NULL ? NULL : write_file, t};
	return s;
}

char *tool_amount_text(char *text, const struct amount *a)
{
	size_t digits;

	amount_decimal(text, a);
	digits = strlen(text);
	if (digits > 15 && strspn(text + digits - 15, "0") == 15) { /* a whole number of mfil: shift the point by 18 */
		char whole[AMOUNT_TEXT_MAX - 16], fraction[4];

		snprintf(whole, sizeof(whole), "%.*s", digits > 18 ? (int)(digits - 18) : 1, digits > 18 ? text : "0");
		snprintf(fraction, sizeof(fraction), "%03d", 0);
		for (size_t i = 0; i < 3; i++) {
			size_t from_end = 18 - i;

			fraction[i] = digits >= from_end ? text[digits - from_end] : '0';
		}
		for (size_t i = 3; i > 0 && fraction[i - 1] == '0'; i--)
			fraction[i - 1] = '\0';
		snprintf(text, AMOUNT_TEXT_MAX, "%s%s%s fil", whole, fraction[0] != '\0' ? "." : "", fraction);
		return text;
	}
	memcpy(text + digits, strcmp(text, "0") == 0 ? " fil" : " afil", strcmp(text, "0") == 0 ? 5 : 6);
	return text;
}

char *tool_size_text(char *text, uint64_t bytes)
{
	static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	double value = (double)bytes;
	size_t unit = 0;

	if (bytes < 1024) {
		snprintf(text, 32, "%" PRIu64 " B", bytes);
		return text;
	}
	value /= 1024;
	while (value >= 1024 && unit + 1 < sizeof(units) / sizeof(units[0])) {
		value /= 1024;
		unit++;
	}
	snprintf(text, 32, "%.1f %s", value, units[unit]);
	return text;
}

char *tool_epochs_text(char *text, int64_t epochs)
{
	static const char letters[] = "dhms";
	static const int64_t seconds[] = {86400, 3600, 60, 1};
	int64_t left = epochs * EPOCH_SECONDS;
	size_t n = 0;

	snprintf(text, 64, "0s");
	for (size_t i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++) {
		if (left >= seconds[i])
			n += (size_t)snprintf(text + n, 64 - n, "%s%lld%c", n != 0 ? " " : "",
				(long long)(left / seconds[i]), letters[i]);
		left %= seconds[i];
	}
	return text;
}
