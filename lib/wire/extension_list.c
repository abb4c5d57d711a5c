/* extension_list.c - a counted list as the value of an extension of a graphsync response.
 *
 * Knows the array and its count.  Refuses to know the items.
 */
#include "wire/extension_list.h"

void extension_list_encode(struct bytes *out, struct span items, size_t count)
{
	cbor_put_array(out, count);
	cbor_put_raw(out, items);
}

enum status extension_list_open(
	struct extension_list *list, const struct graphsync_response *response, const char *name, size_t most)
{
	struct span value;
	enum status s;

	if (response->extensions.len == 0)
		return STATUS_NOT_FOUND;
	s = graphsync_extension(&value, response->extensions, name);
	return s == STATUS_OK ? extension_list_read(list, value, most) : s;
}

enum status extension_list_read(struct extension_list *list, struct span value, size_t most)
{
	list->reader = cbor_reader(value);
	list->left = cbor_read_array(&list->reader);
	if (list->left > most)
		cbor_fail(&list->reader, STATUS_TOO_LARGE);
	return list->reader.status;
}

enum status extension_list_next(struct extension_list *list, size_t fields)
{
	enum status s;

	if (list->left == 0) {
		s = cbor_end(&list->reader);
		return s == STATUS_OK ? STATUS_END : s;
	}
	list->left--;
	cbor_expect_array(&list->reader, fields);
	return list->reader.status;
}
