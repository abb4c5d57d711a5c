/* retrieval - buy and sell content-addressed data, step by step.
 *
 * retrieval TOOL [ARGUMENT ...]
 * retrieval path | help [TOOL] | --version
 *
 * This program links nothing of lib/, so that a call costs one exec and no more.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "retrieval/names.h"
#include "retrieval/places.h"

#define EXIT_USAGE 2
#define EXIT_IO    10

static const char usage[] = "usage: retrieval TOOL [ARGUMENT ...]\n"
			    "       retrieval path | help [TOOL] | --version\n";

/* A word that is safe on a terminal; valid until the next call. */
static const char *shown(const char *word)
{
	static char clean[256];
	size_t n = 0;

	for (; word[n] != '\0' && n + 1 < sizeof(clean); n++)
		clean[n] = word[n] < 0x20 || word[n] >= 0x7f ? '?' : word[n];
	clean[n] = '\0';
	return clean;
}

static int unknown_tool(const char *tools, const char *wanted)
{
	fprintf(stderr, "retrieval: no tool is called '%s' (see retrieval help)\n", shown(wanted));
	print_like(tools, wanted);
	return EXIT_USAGE;
}

static int print_overview(const char *tools)
{
	fputs(usage, stdout);
	puts("\nBuy and sell content-addressed data, step by step.  The tools:\n");
	print_names(tools);
	puts("\n'retrieval help TOOL' shows what one does; eval \"$(retrieval path)\" puts them all in PATH.");
	return 0;
}

/* A line for a shell to evaluate; the folder's name may have any bytes. */
static int print_path(const char *tools)
{
	fputs("PATH='", stdout);
	for (const char *c = tools; *c != '\0'; c++)
		fputs(*c == '\'' ? "'\\''" : (char[]){*c, '\0'}, stdout);
	puts("':\"$PATH\"; export PATH");
	return 0;
}

static int become(const char *tools, const char *name, char **argv)
{
	char path[PATH_MAX];
	const char *reason;

	if (snprintf(path, sizeof(path), "%s/%s", tools, name) >= (int)sizeof(path))
		errno = ENAMETOOLONG;
	else
		execv(path, argv);
	reason = strerror(errno);
	fprintf(stderr, "retrieval: cannot run '%s': %s\n", shown(name), reason);
	return EXIT_IO;
}

/* The manual page for a person at a terminal; else, or if there is no man(1), the tool's own help. */
static int help(const char *own, const char *tools, const char *name)
{
	char page[PATH_MAX];
	char man[] = "man", local[] = "-l", copy[NAME_MAX + 1], option[] = "--help";

	if (isatty(STDOUT_FILENO) && find_page(page, own, name))
		execvp(man, (char *[]){man, local, page, NULL});
	if (strcmp(name, "retrieval") == 0)
		return print_overview(tools);
	snprintf(copy, sizeof(copy), "%s", name);
	return become(tools, name, (char *[]){copy, option, NULL});
}

static int is_tool(const char *tools, const char *name)
{
	return name[0] != '\0' && strchr(name, '/') == NULL && name[0] != '.' && is_program(tools, name);
}

static int run(const char *own, const char *tools, int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : "--help", *subject = argc > 2 ? argv[2] : NULL;

	if (strcmp(word, "--version") == 0)
		return puts("retrieval " VERSION) < 0;
	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || (strcmp(word, "help") == 0 && subject == NULL))
		return print_overview(tools);
	if (strcmp(word, "path") == 0 && argc == 2)
		return print_path(tools);
	if (strcmp(word, "help") == 0)
		return is_tool(tools, subject) || strcmp(subject, "retrieval") == 0 ? help(own, tools, subject)
										    : unknown_tool(tools, subject);
	if (word[0] == '-' || strcmp(word, "path") == 0) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	return is_tool(tools, word) && strcmp(word, "retrieval") != 0 ? become(tools, word, argv + 1)
								      : unknown_tool(tools, word);
}

int main(int argc, char **argv)
{
	char own[PATH_MAX], tools[PATH_MAX];
	int code;

	if (!own_folder(own) || !find_tools(tools, own)) {
		fputs("retrieval: cannot find the tools beside this program or in " LIBEXECDIR "/retrieval\n", stderr);
		return EXIT_USAGE;
	}
	code = run(own, tools, argc, argv);
	return fflush(stdout) == 0 && !ferror(stdout) ? code : EXIT_IO;
}
