/* names.c - the names of the tools, and which of them are like a mistyped one. */
#include "names.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "places.h"

#define NAMES_MAX 64

struct names {
	char *name[NAMES_MAX];
	size_t count;
};

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void list_tools(struct names *names, const char *tools)
{
	DIR *folder = opendir(tools);
	struct dirent *entry;

	while (folder != NULL && names->count < NAMES_MAX && (entry = readdir(folder)) != NULL) {
		if (entry->d_name[0] == '.' || strcmp(entry->d_name, "retrieval") == 0 ||
			!is_program(tools, entry->d_name))
			continue;
		names->name[names->count] = strdup(entry->d_name);
		if (names->name[names->count] != NULL)
			names->count++;
	}
	if (folder != NULL)
		closedir(folder);
	qsort(names->name, names->count, sizeof(names->name[0]), compare_names);
}

/* How many letters must be added, dropped, changed or swapped to make @b of @a; long words count as far apart. */
static unsigned distance(const char *a, const char *b)
{
	enum { LONG = 31 };
	unsigned d[LONG + 1][LONG + 1];
	size_t n = strlen(a), m = strlen(b);

	if (n > LONG || m > LONG)
		return UINT_MAX;
	for (size_t i = 0; i <= n; i++) {
		for (size_t j = 0; j <= m; j++) {
			unsigned best;

			if (i == 0 || j == 0) {
				d[i][j] = (unsigned)(i + j);
				continue;
			}
			best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
			if (d[i - 1][j] + 1 < best)
				best = d[i - 1][j] + 1;
			if (d[i][j - 1] + 1 < best)
				best = d[i][j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
				d[i - 2][j - 2] + 1 < best)
				best = d[i - 2][j - 2] + 1;
			d[i][j] = best;
		}
	}
	return d[n][m];
}

void print_names(const char *tools)
{
	struct names names = {0};

	list_tools(&names, tools);
	for (size_t i = 0; i < names.count; i++) {
		printf("  %s\n", names.name[i]);
		free(names.name[i]);
	}
}

void print_like(const char *tools, const char *wanted)
{
	struct names names = {0};
	unsigned limit = strlen(wanted) > 4 ? 2 : 1;
	size_t n = strlen(wanted);

	list_tools(&names, tools);
	for (size_t i = 0; i < names.count; i++) {
		if (distance(wanted, names.name[i]) <= limit || (n >= 3 && strncmp(names.name[i], wanted, n) == 0))
			fprintf(stderr, "retrieval: hint: retrieval %s\n", names.name[i]);
		free(names.name[i]);
	}
}
