/* extension_list.h - a counted list as the value of an extension of a graphsync response.
 *
 * The value is an array; what an item is, and how many there may be, the list's
 * own header says (left_deals.h, recovery.h).
 */
#ifndef WIRE_EXTENSION_LIST_H
#define WIRE_EXTENSION_LIST_H

#include "ipld/cbor.h"
#include "wire/graphsync.h"

/** struct extension_list - the unread items of a list. */
struct extension_list {
	struct cbor_reader reader;
	size_t left;
};

/** extension_list_encode - append the extension's value: the @count encoded items in @items. */
void extension_list_encode(struct bytes *out, struct span items, size_t count);
/** extension_list_open - open the list of extension @name of a response; NOT_FOUND without the extension, TOO_LARGE for more than @most items. */
MUST_CHECK enum status extension_list_open(
	struct extension_list *list, const struct graphsync_response *response, const char *name, size_t most);
/** extension_list_read - open the list in an extension's value, which is borrowed; TOO_LARGE for more than @most items. */
MUST_CHECK enum status extension_list_read(struct extension_list *list, struct span value, size_t most);
/** extension_list_next - step to an item of @fields fields, which the caller reads from @list->reader; END after the last item, or the status of a value that does not decode. */
MUST_CHECK enum status extension_list_next(struct extension_list *list, size_t fields);

#endif
