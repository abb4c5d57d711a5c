/* terms.c - reading small files that may be in either form. */
#include "tool/terms.h"

#include <errno.h>
#include <string.h>

#include "base/multibase.h"

void tool_read_whole(struct tool *t, struct bytes *out, const char *path, size_t max)
{
	struct bytes raw = {0}, decoded = {0};
	enum status s = file_slurp_path(&raw, path, max);
	struct span text;

	if (s != STATUS_OK)
		tool_fail(t, s, "cannot read '%s': %s", path, s == STATUS_IO ? strerror(errno) : status_text(s));
	text = bytes_span(&raw);
	while (text.len > 0 && (text.data[text.len - 1] == '\n' || text.data[text.len - 1] == '\r'))
		text.len--;
	if (text.len > 0 && base_decode(&decoded, BASE64URL, text) == STATUS_OK)
		bytes_append(out, decoded.data, decoded.len);
	else
		bytes_append(out, raw.data, raw.len);
	if (bytes_status(out) != STATUS_OK)
		tool_fail(t, STATUS_NO_MEMORY, "out of memory");
	bytes_release(&raw);
	bytes_release(&decoded);
}
