/* vectors.c - files, JSON and hex for the tests that replay recorded vectors.
 *
 * Knows where things lie below the vectors' folder; refuses to know what
 * any of them means.
 */
#include "vectors.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

json_t *vectors_load(const char *dir, const char *name)
{
	char path[PATH_MAX];
	json_error_t error;
	json_t *json;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	errno = 0;
	json = json_load_file(path, 0, &error);
	if (!json && errno != ENOENT)
		fprintf(stderr, "%s:%d: %s\n", path, error.line, error.text);
	return json;
}

bool vectors_file(struct bytes *out, const char *dir, const char *name)
{
	char path[PATH_MAX];
	uint8_t chunk[16384];
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "rb");
	if (!f)
		return false;
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		bytes_append(out, chunk, n);
	fclose(f);
	return true;
}

const char *vectors_text(json_t *row, const char *field)
{
	const char *text = json_string_value(json_object_get(row, field));

	return text ? text : "";
}

static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

void vectors_hex(struct bytes *out, const char *hex)
{
	bytes_clear(out);
	for (; *hex; hex += 2) {
		if (nibble(hex[0]) < 0 || nibble(hex[1]) < 0) {
			out->failed = true;
			return;
		}
		bytes_append_byte(out, (uint8_t)(nibble(hex[0]) << 4 | nibble(hex[1])));
	}
}

int vectors_bytes_equal(struct span got, const char *hex)
{
	struct bytes want = {0};
	int equal;

	vectors_hex(&want, hex);
	equal = !want.failed && span_equal(got, bytes_span(&want));
	bytes_release(&want);
	return equal;
}
