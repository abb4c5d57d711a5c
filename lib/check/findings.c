/* findings.c - what checks find, gathered. */
#include "check/findings.h"

#include <stdarg.h>
#include <stdio.h>

#define FINDINGS_KEPT 256

void finding(struct findings *f, unsigned rule, const char *format, ...)
{
	struct finding found = {.rule = rule};
	char text[FINDING_TEXT_MAX];
	va_list args;

	f->count++;
	if (findings_kept(f) == FINDINGS_KEPT)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	span_clean(found.text, sizeof(found.text), span_text(text));
	bytes_append(&f->list, &found, sizeof(found));
}

size_t findings_kept(const struct findings *f)
{
	return f->list.len / sizeof(struct finding);
}

const struct finding *findings_at(const struct findings *f, size_t i)
{
	return (const struct finding *)(const void *)f->list.data + i;
}

void findings_release(struct findings *f)
{
	bytes_release(&f->list);
	*f = (struct findings){0};
}
