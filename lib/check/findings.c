/* findings.c - the list of the findings of checks. */
#include "check/findings.h"

#include <stdarg.h>
#include <stdio.h>

#define FINDINGS_KEPT 256

static __attribute__((format(printf, 3, 0))) void add(
	struct findings *f, unsigned rule, const char *format, va_list args)
{
	struct finding found = {.rule = rule};
	char text[FINDING_TEXT_MAX];

	f->count++;
	if (findings_kept(f) == FINDINGS_KEPT)
		return;
	vsnprintf(text, sizeof(text), format, args);
	span_clean(found.text, sizeof(found.text), span_text(text));
	bytes_append(&f->list, &found, sizeof(found));
}

void finding(struct findings *f, unsigned rule, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(f, rule, format, args);
	va_end(args);
}

void finding_absent(struct findings *f, unsigned rule, const char *format, ...)
{
	va_list args;

	f->absent++;
	va_start(args, format);
	add(f, rule, format, args);
	va_end(args);
}

void finding_owed(struct findings *f, unsigned rule, const char *format, ...)
{
	va_list args;

	f->owed++;
	va_start(args, format);
	add(f, rule, format, args);
	va_end(args);
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
