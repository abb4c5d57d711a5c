/* names.c - the names of the tools, and which names are like a mistyped name. */
#include "names.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "places.h"

#define NAMES_MAX 64

/* What each tool does, as its manual page has it. A tool that is not here is listed by its name. */
static const struct {
	const char *name, *text;
} tools_are[] = {
	{"channel", "open payment channels and see the payments through them"},
	{"deals", "see deals, follow and cancel them"},
	{"inspect", "say what a file, a stream or a string is"},
	{"keygen", "make or import a key"},
	{"ledger", "keep the payment ledger that stands for the chain"},
	{"make-voucher", "sign the next voucher of a deal, or one without a deal"},
	{"offer", "put a price on content"},
	{"pack", "a file or a folder into a CAR, and back"},
	{"propose", "turn an offer into a deal proposal"},
	{"query", "ask what content would cost, and compare the answers"},
	{"receive-blocks", "verify and keep the blocks of a deal"},
	{"replay", "run recorded deals again, and compare"},
	{"retrieve", "buy content in one command"},
	{"send-blocks", "send the blocks of a deal up to its payment interval"},
	{"serve", "serve retrieval deals on standard input and output"},
	{"settle", "take the next right step to be paid or refunded"},
	{"validate", "judge what the other side of a deal sent"},
};

static const char *text_of(const char *name)
{
	for (size_t i = 0; i < sizeof(tools_are) / sizeof(tools_are[0]); i++)
		if (strcmp(name, tools_are[i].name) == 0)
			return tools_are[i].text;
	return NULL;
}

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
		const char *text = text_of(names.name[i]);

		if (text != NULL)
			printf("  %-15s %s\n", names.name[i], text);
		else
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
