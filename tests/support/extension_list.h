/* extension_list.h - values of an extension's list that are refused, as rows of a table. */
#ifndef TESTS_EXTENSION_LIST_H
#define TESTS_EXTENSION_LIST_H

#include "test.h"
#include "wire/extension_list.h"

/** struct list_row - a value, the statuses of opening the list and, if that is OK, of its first item, and why. */
struct list_row {
	const char *value;
	size_t len;
	enum status opened, next;
	const char *why;
};

/** check_list_row - @next reads an item of the list of extension @name. */
static inline void check_list_row(
	const struct list_row *row, const char *name, size_t most, enum status (*next)(struct extension_list *list))
{
	struct graphsync_response response = {0};
	struct extension_list list;
	struct bytes extensions = {0};

	graphsync_extensions(
		&extensions, (const struct graphsync_extension_item[]){{name, span_of(row->value, row->len)}}, 1);
	response.extensions = bytes_span(&extensions);
	if (CHECK_EQUAL(extension_list_open(&list, &response, name, most), row->opened, row->why) &&
		row->opened == STATUS_OK)
		CHECK_EQUAL(next(&list), row->next, row->why);
	bytes_release(&extensions);
}

#endif
