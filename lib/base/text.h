/* text.h - text from strangers and names of files: fit for a terminal, or for JSON. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/bytes.h"

/**
 * text_clean - make @text, in place, harmless to a terminal: what is not UTF-8, what controls a terminal (C0 but those in
 * @keep, DEL, C1) and what turns the direction of text around becomes '?', one for each character.
 * @keep: control characters that stay, such as "\n"; may be "".
 * Returns @text.
 */
char *text_clean(char *text, const char *keep);
/** text_append_word - add @text to @out as one word of a shell: quoted if it has to be, and safe on a terminal. */
void text_append_word(struct bytes *out, const char *text);
/** text_append_utf8 - add @in to @out, with U+FFFD in place of each byte that is no part of UTF-8, or 0. */
void text_append_utf8(struct bytes *out, struct span in);
/** text_plural - what a noun gets after the number @n: "" for 1, "s" for any other. */
const char *text_plural(uint64_t n);

#endif
