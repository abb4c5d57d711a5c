/* text.c - text from strangers and names of files: fit for a terminal, or for JSON. */
#include "base/text.h"

#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* The length of the character of UTF-8 at @at, in bytes, and the character; 0 if there is none. */
static size_t next_character(uint32_t *character, const uint8_t *at, size_t len)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t n = at[0] < 0x80 ? 1 : at[0] >= 0xc2 && at[0] < 0xe0 ? 2 : (at[0] & 0xf0) == 0xe0 ? 3 : 4;

	if (at[0] >= 0xf5 || (at[0] >= 0x80 && at[0] < 0xc2) || n > len)
		return 0;
	*character = n == 1 ? at[0] : at[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		*character = *character << 6 | (at[i] & 0x3f);
	}
	return *character >= least[n] && *character <= 0x10ffff && (*character < 0xd800 || *character > 0xdfff) ? n : 0;
}

/* True if @c controls a terminal, or changes the order of the text around @c. */
static bool is_command(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c || c == 0x200e || c == 0x200f ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

char *text_clean(char *text, const char *keep)
{
	size_t len = strlen(text), done = 0, n;

	for (size_t i = 0; i < len; i += n) {
		uint32_t c = 0;

		n = next_character(&c, (const uint8_t *)text + i, len - i);
		if (n == 0 || (is_command(c) && (c >= 0x20 || strchr(keep, (int)c) == NULL))) {
			text[done++] = '?';
			n = n == 0 ? 1 : n;
			continue;
		}
		memmove(text + done, text + i, n);
		done += n;
	}
	text[done] = '\0';
	return text;
}

/* Characters that are not printable ASCII need the form $'...', in which they are octal numbers. */
static bool is_odd(char c)
{
	return (unsigned char)c < 0x20 || (unsigned char)c >= 0x7f;
}

static void append_odd_word(struct bytes *out, const char *text)
{
	bytes_append_text(out, "$'");
	for (; *text != '\0'; text++)
		if (is_odd(*text) || *text == '\'' || *text == '\\')
			bytes_append_format(out, "\\%03o", (unsigned char)*text);
		else
			bytes_append_byte(out, (uint8_t)*text);
	bytes_append_byte(out, '\'');
}

void text_append_word(struct bytes *out, const char *text)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-+=./:,@%";

	if (*text != '\0' && text[strspn(text, plain)] == '\0') {
		bytes_append_text(out, text);
		return;
	}
	for (const char *c = text; *c != '\0'; c++)
		if (is_odd(*c)) {
			append_odd_word(out, text);
			return;
		}
	bytes_append_byte(out, '\'');
	for (; *text != '\0'; text++)
		if (*text == '\'')
			bytes_append_text(out, "'\\''");
		else
			bytes_append_byte(out, (uint8_t)*text);
	bytes_append_byte(out, '\'');
}

void text_append_utf8(struct bytes *out, struct span in)
{
	size_t n;

	for (size_t i = 0; i < in.len; i += n) {
		uint32_t c = 0;

		n = next_character(&c, in.data + i, in.len - i);
		if (n == 0 || c == 0)
			bytes_append_text(out, REPLACEMENT);
		else
			bytes_append(out, in.data + i, n);
		n = n == 0 ? 1 : n;
	}
}

const char *text_plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}
