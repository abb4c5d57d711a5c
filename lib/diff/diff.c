/* diff.c - two things, field by field. */
#include "diff/diff.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIFFERENCES_SHOWN 32
#define PATH_MAX_SHOWN    512
#define LINE_SHOWN        1024

void difference(struct differences *d, json_t *object, const char *format, ...)
{
	char line[LINE_SHOWN];
	va_list args;

	d->count++;
	if (d->count > DIFFERENCES_SHOWN) {
		json_decref(object);
		return;
	}
	if (d->t->json) {
		show_print_line(d->t, object);
		return;
	}
	json_decref(object);
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	tool_print("%s\n", line);
}

/* A value, shortened to fit on a line. */
static const char *brief(char *out, size_t size, const json_t *value)
{
	char *text = value != NULL ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;

	span_clean(out, size, span_text(text != NULL ? text : "nothing"));
	free(text);
	return out;
}

/* A recording's meta.json may have secret keys: only the fact that they differ is printed. */
static bool is_secret(const char *where)
{
	size_t len = strlen(where);

	return len > 4 && strcmp(where + len - 4, "_key") == 0;
}

static void differ(struct differences *d, const char *where, const json_t *a, const json_t *b)
{
	char left[120], right[120];

	if (is_secret(where)) {
		difference(d, json_pack("{s:o}", "field", show_text(span_text(where))), "%s", where);
		return;
	}
	difference(d,
		json_pack("{s:o, s:O?, s:O?}", "field", show_text(span_text(where)), "a", (json_t *)(uintptr_t)a, "b",
			(json_t *)(uintptr_t)b),
		"%s: %s / %s", where, brief(left, sizeof(left), a), brief(right, sizeof(right), b));
}

static uint64_t diff_objects(struct differences *d, const char *where, const json_t *a, const json_t *b)
{
	char path[PATH_MAX_SHOWN], clean[128];
	const char *key, *gap = *where == '\0' || where[strlen(where) - 1] == ' ' ? "" : ".";
	uint64_t before = d->count;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)a, key, value)
	{
		span_clean(clean, sizeof(clean), span_text(key));
		snprintf(path, sizeof(path), "%s%s%s", where, gap, clean);
		diff_json(d, path, value, json_object_get(b, key));
	}
	json_object_foreach((json_t *)(uintptr_t)b, key, value)
	{
		if (json_object_get(a, key) != NULL)
			continue;
		span_clean(clean, sizeof(clean), span_text(key));
		snprintf(path, sizeof(path), "%s%s%s", where, gap, clean);
		differ(d, path, NULL, value);
	}
	return d->count - before;
}

static uint64_t diff_arrays(struct differences *d, const char *where, const json_t *a, const json_t *b)
{
	size_t n = json_array_size(a) > json_array_size(b) ? json_array_size(a) : json_array_size(b);
	uint64_t before = d->count;
	char path[PATH_MAX_SHOWN];

	for (size_t i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s[%zu]", where, i);
		diff_json(d, path, json_array_get(a, i), json_array_get(b, i));
	}
	return d->count - before;
}

uint64_t diff_json(struct differences *d, const char *where, const json_t *a, const json_t *b)
{
	if (a != NULL && b != NULL && json_is_object(a) && json_is_object(b))
		return diff_objects(d, where, a, b);
	if (a != NULL && b != NULL && json_is_array(a) && json_is_array(b))
		return diff_arrays(d, where, a, b);
	if (a != NULL && b != NULL && json_equal(a, b))
		return 0;
	differ(d, *where != '\0' ? where : "the whole", a, b);
	return 1;
}

void diff_bytes(struct differences *d, const char *where, struct span a, struct span b)
{
	size_t at = 0;

	while (at < a.len && at < b.len && a.data[at] == b.data[at])
		at++;
	if (at == a.len && at == b.len)
		return;
	difference(d,
		json_pack("{s:o, s:o, s:o, s:o}", "field", show_text(span_text(where)), "byte", show_bytes(at), "a",
			show_hex(span_of(a.data + at, a.len - at < 16 ? a.len - at : 16)), "b",
			show_hex(span_of(b.data + at, b.len - at < 16 ? b.len - at : 16))),
		"%s%sbyte %zu differs, of %zu / %zu", where,
		*where != '\0' && where[strlen(where) - 1] == ' ' ? "" : ": ", at, a.len, b.len);
}

static json_t *shown(struct tool *t, const struct kind *kind, const struct thing *x, enum status *s)
{
	struct thing copy = *x;
	json_t *object = NULL;

	/* For JSON its contents; for other things the object that is shown. */
	if (strcmp(kind->name, "json") == 0)
		return json_loadb((const char *)x->head.data, x->head.len, 0, NULL);
	copy.shown = &object;
	copy.options.verify = false;
	copy.options.list = true;
	*s = kind->show(t, &copy);
	if (object != NULL)
		json_object_del(object, "thing");
	return object;
}

static enum status diff_items(
	struct differences *d, const struct kind *kind, const struct thing *a, const struct thing *b)
{
	enum status s = STATUS_OK;
	json_t *left = shown(d->t, kind, a, &s);
	json_t *right = s == STATUS_OK ? shown(d->t, kind, b, &s) : NULL;

	if (s == STATUS_OK && left != NULL && right != NULL && diff_json(d, "", left, right) == 0)
		diff_bytes(d, "bytes", a->item, b->item);
	json_decref(left);
	json_decref(right);
	return s;
}

enum status diff_things(struct tool *t, const struct thing *a, const struct thing *b)
{
	const struct kind *kind = thing_kind(a), *other = thing_kind(b);
	struct differences d = {.t = t};
	enum status s;

	if (a->folder || b->folder)
		return party_fail(&t->party, STATUS_USAGE, "only files and strings can be compared, not folders");
	if (kind->name == NULL || other->name == NULL)
		return party_fail(&t->party, STATUS_BAD_MESSAGE, "'%.200s' is of no known kind",
			kind->name == NULL ? a->name : b->name);
	if (strcmp(kind->name, other->name) != 0)
		difference(&d, json_pack("{s:s, s:s, s:s}", "field", "kind", "a", kind->name, "b", other->name),
			"kind: %s / %s", kind->name, other->name);
	if (d.count != 0)
		s = STATUS_OK;
	else if (strcmp(kind->name, "frames") == 0)
		s = diff_frames(&d, a, b);
	else if (strcmp(kind->name, "car") == 0)
		s = diff_cars(&d, a, b);
	else
		s = diff_items(&d, kind, a, b);
	if (s != STATUS_OK || d.count == 0)
		return s;
	if (d.count > DIFFERENCES_SHOWN && !t->json)
		tool_print("and %" PRIu64 " more\n", d.count - DIFFERENCES_SHOWN);
	return party_fail(&t->party, STATUS_DIFFERS, "'%.200s' and '%.200s' differ", a->name, b->name);
}
