/* kinds_private.h - shared by the files that know the sorts of things. */
#ifndef KINDS_KINDS_PRIVATE_H
#define KINDS_KINDS_PRIVATE_H

#include "kinds/kinds.h"

/** thing_begin - an object with the name and the kind of a thing. */
json_t *thing_begin(const struct thing *x, const char *kind);
/** thing_print - all that is printed of a single item goes through here. @object is stolen. */
void thing_print(struct tool *t, const struct thing *x, json_t *object);
/** thing_text - the text of a thing, without the white space behind it. */
struct span thing_text(const struct thing *x);
/** starts_with - do the first @len bytes of @s equal @bytes? */
bool starts_with(struct span s, const char *bytes, size_t len);
/** is_named - is the thing a file whose name ends with @end? */
bool is_named(const struct thing *x, const char *end);

/* Single items, in kind_items.c: for each sort, a function to recognize it and one to show it. */
bool is_offer(const struct thing *x);
enum status show_offer(struct tool *t, const struct thing *x);
bool is_voucher(const struct thing *x);
enum status show_voucher_item(struct tool *t, const struct thing *x);
bool is_statement(const struct thing *x);
enum status show_statement_item(struct tool *t, const struct thing *x);
bool is_nearly_statement(const struct thing *x);
enum status refuse_statement(struct tool *t, const struct thing *x);
bool is_message(const struct thing *x);
enum status show_message(struct tool *t, const struct thing *x);
bool is_selector(const struct thing *x);
enum status show_selector(struct tool *t, const struct thing *x);
bool is_dagpb(const struct thing *x);
enum status show_dagpb_block(struct tool *t, const struct thing *x);
bool is_cbor(const struct thing *x);
enum status show_cbor(struct tool *t, const struct thing *x);

/* Broken things that look like a sort, by their name or their first bytes. */
bool is_nearly_voucher(const struct thing *x);
enum status refuse_voucher(struct tool *t, const struct thing *x);
bool is_nearly_offer(const struct thing *x);
enum status refuse_offer(struct tool *t, const struct thing *x);
bool is_nearly_cbor(const struct thing *x);
enum status refuse_cbor(struct tool *t, const struct thing *x);

#endif
