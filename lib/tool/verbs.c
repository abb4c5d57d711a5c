/* verbs.c - finds the verb that the arguments name. */
#include "tool/verbs.h"

#include <stdio.h>
#include <string.h>

#include "base/nearest.h"

#define NAME_MAX_LEN 32

static _Noreturn void no_such_verb(struct tool *t, const struct tool_verb *verbs, const char *given)
{
	const char *nearest = NULL;
	char all[256] = "";
	size_t best = 3, len = 0;

	for (const struct tool_verb *v = verbs; v->name != NULL; v++) {
		size_t d = given != NULL && *given != '\0' ? word_distance(given, v->name) : best;

		if (d < best) {
			best = d;
			nearest = v->name;
		}
		len += (size_t)snprintf(all + len, sizeof(all) - len, "%s%s", len != 0 ? ", " : "", v->name);
		if (len >= sizeof(all))
			len = sizeof(all) - 1;
	}
	if (given == NULL)
		tool_fail(t, STATUS_USAGE, "a verb is needed: %s", all);
	if (nearest != NULL)
		tool_fail(t, STATUS_USAGE, "there is no verb '%.40s': did you mean '%s'?", given, nearest);
	tool_fail(t, STATUS_USAGE, "there is no verb '%.40s': use one of %s", given, all);
}

/* An option that belongs to another verb is a mistake, and not ignored. */
static void check_options(struct tool *t, const struct tool_verb *v)
{
	const struct tool_option *o = t->spec->options;

	for (size_t i = 0; o != NULL && o[i].name != NULL; i++) {
		char name[NAME_MAX_LEN + 2];

		snprintf(name, sizeof(name), "%s ", o[i].name);
		if (t->values[i] != NULL && strstr(v->options, name) == NULL)
			tool_fail(t, STATUS_USAGE, "%s does not take --%s", v->name, o[i].name);
	}
}

enum status tool_run_verb(struct tool *t, const struct tool_verb *verbs)
{
	const struct tool_verb *v = verbs;

	if (t->argument_count == 0)
		no_such_verb(t, verbs, NULL);
	while (v->name != NULL && strcmp(v->name, t->arguments[0]) != 0)
		v++;
	if (v->name == NULL)
		no_such_verb(t, verbs, t->arguments[0]);
	t->arguments++;
	t->argument_count--;
	if (t->argument_count < v->least || (v->most >= 0 && t->argument_count > v->most))
		tool_fail(t, STATUS_USAGE, "wrong number of arguments: usage: %s %s%s%s", t->spec->name, v->name,
			*v->arguments != '\0' ? " " : "", v->arguments);
	check_options(t, v);
	return v->run(t);
}
