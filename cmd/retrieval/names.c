/* names.c - the names of the tools, and which names are like a mistyped name. */
#include "names.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
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
	static const char *const own[] = {"help", "path"};
	struct names names = {0};
	size_t n = strlen(wanted);

	list_tools(&names, tools);
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (word_is_near(wanted, own[i]))
			fprintf(stderr, "retrieval: hint: retrieval %s\n", own[i]);
	for (size_t i = 0; i < names.count; i++) {
		if (word_is_near(wanted, names.name[i]) || (n >= 3 && strncmp(names.name[i], wanted, n) == 0))
			fprintf(stderr, "retrieval: hint: retrieval %s\n", names.name[i]);
		free(names.name[i]);
	}
}
