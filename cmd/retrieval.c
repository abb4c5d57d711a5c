/* retrieval - buy and sell content-addressed data, step by step.
 *
 * retrieval TOOL [ARGUMENT ...]
 * retrieval path | help [TOOL] | --version
 *
 * It links nothing of lib/, so that it costs one exec and no more.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAMES_MAX  64
#define EXIT_USAGE 2
#define EXIT_IO    10

/* A tool that is always there, by which the tools' folder is known. */
#define LANDMARK "receive-blocks"

static const char usage[] = "usage: retrieval TOOL [ARGUMENT ...]\n"
			    "       retrieval path | help [TOOL] | --version\n";

struct names {
	char *name[NAMES_MAX];
	size_t count;
};

static int is_program(const char *folder, const char *name)
{
	char path[PATH_MAX];

	return snprintf(path, sizeof(path), "%s/%s", folder, name) < (int)sizeof(path) && access(path, X_OK) == 0;
}

/* The folder this program lies in, links resolved. */
static int own_folder(char folder[PATH_MAX])
{
	ssize_t n = readlink("/proc/self/exe", folder, PATH_MAX - 1);
	char *slash;

	if (n < 0)
		return 0;
	folder[n] = '\0';
	slash = strrchr(folder, '/');
	if (slash == NULL)
		return 0;
	*slash = '\0';
	return 1;
}

/* What stands before @tail at the end of @path, such as DESTDIR; its length, or -1 if @path ends otherwise. */
static int root_length(const char *path, const char *tail)
{
	size_t n = strlen(path), m = strlen(tail);

	return n >= m && strcmp(path + n - m, tail) == 0 ? (int)(n - m) : -1;
}

/* The tools lie beside us (a build), where they were to be installed, or where a moved installation has them. */
static int find_tools(char tools[PATH_MAX], const char *own)
{
	int root = root_length(own, BINDIR);

	if (snprintf(tools, PATH_MAX, "%s", own) < PATH_MAX && is_program(tools, LANDMARK))
		return 1;
	if (root >= 0 && snprintf(tools, PATH_MAX, "%.*s%s/retrieval", root, own, LIBEXECDIR) < PATH_MAX &&
		is_program(tools, LANDMARK))
		return 1;
	return snprintf(tools, PATH_MAX, "%s/../libexec/retrieval", own) < PATH_MAX && is_program(tools, LANDMARK);
}

static int find_page(char page[PATH_MAX], const char *own, const char *name)
{
	int root = root_length(own, BINDIR);

	if (root >= 0 && snprintf(page, PATH_MAX, "%.*s%s/man1/%s.1", root, own, MANDIR, name) < PATH_MAX &&
		access(page, R_OK) == 0)
		return 1;
	if (snprintf(page, PATH_MAX, "%s/../share/man/man1/%s.1", own, name) < PATH_MAX && access(page, R_OK) == 0)
		return 1;
	return snprintf(page, PATH_MAX, "%s/../../man/man1/%s.1", own, name) < PATH_MAX && access(page, R_OK) == 0;
}

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

/* A word as a terminal may see it; valid until the next call. */
static const char *shown(const char *word)
{
	static char clean[256];
	size_t n = 0;

	for (; word[n] != '\0' && n + 1 < sizeof(clean); n++)
		clean[n] = word[n] < 0x20 || word[n] >= 0x7f ? '?' : word[n];
	clean[n] = '\0';
	return clean;
}

/* Say that there is no such tool, and which ones look like it. */
static int unknown_tool(const char *tools, const char *wanted)
{
	struct names names = {0};
	unsigned limit = strlen(wanted) > 4 ? 2 : 1;
	size_t n = strlen(wanted);

	fprintf(stderr, "retrieval: no tool is called '%s' (see retrieval help)\n", shown(wanted));
	list_tools(&names, tools);
	for (size_t i = 0; i < names.count; i++) {
		if (distance(wanted, names.name[i]) <= limit || (n >= 3 && strncmp(names.name[i], wanted, n) == 0))
			fprintf(stderr, "retrieval: hint: retrieval %s\n", names.name[i]);
		free(names.name[i]);
	}
	return EXIT_USAGE;
}

static int print_overview(const char *tools)
{
	struct names names = {0};

	fputs(usage, stdout);
	puts("\nBuy and sell content-addressed data, step by step.  The tools:\n");
	list_tools(&names, tools);
	for (size_t i = 0; i < names.count; i++) {
		printf("  %s\n", names.name[i]);
		free(names.name[i]);
	}
	puts("\n'retrieval help TOOL' shows what one does; eval \"$(retrieval path)\" puts them all in PATH.");
	return 0;
}

/* A line for a shell to evaluate; the folder's name may hold anything. */
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

/* The manual page for a person at a terminal; else, or if there is no man, what the tool itself says. */
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
		fputs("retrieval: cannot find the tools beside it or in " LIBEXECDIR "/retrieval\n", stderr);
		return EXIT_USAGE;
	}
	code = run(own, tools, argc, argv);
	return fflush(stdout) == 0 && !ferror(stdout) ? code : EXIT_IO;
}
