/* places.c - where the programs and their manual pages are: as built, as installed, or moved. */
#include "places.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A tool that is always installed; its presence identifies the tools' folder. */
#define LANDMARK "receive-blocks"

int is_program(const char *folder, const char *name)
{
	char path[PATH_MAX];

	return snprintf(path, sizeof(path), "%s/%s", folder, name) < (int)sizeof(path) && access(path, X_OK) == 0;
}

int own_folder(char folder[PATH_MAX])
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

/* The length of the part of @path before @tail, such as DESTDIR; -1 if @path does not end with @tail. */
static int root_length(const char *path, const char *tail)
{
	size_t n = strlen(path), m = strlen(tail);

	return n >= m && strcmp(path + n - m, tail) == 0 ? (int)(n - m) : -1;
}

int find_tools(char tools[PATH_MAX], const char *own)
{
	int root = root_length(own, BINDIR);

	if (snprintf(tools, PATH_MAX, "%s", own) < PATH_MAX && is_program(tools, LANDMARK))
		return 1;
	if (root >= 0 && snprintf(tools, PATH_MAX, "%.*s%s/retrieval", root, own, LIBEXECDIR) < PATH_MAX &&
		is_program(tools, LANDMARK))
		return 1;
	return snprintf(tools, PATH_MAX, "%s/../libexec/retrieval", own) < PATH_MAX && is_program(tools, LANDMARK);
}

int find_page(char page[PATH_MAX], const char *own, const char *name)
{
	int root = root_length(own, BINDIR);

	if (root >= 0 && snprintf(page, PATH_MAX, "%.*s%s/man1/%s.1", root, own, MANDIR, name) < PATH_MAX &&
		access(page, R_OK) == 0)
		return 1;
	if (snprintf(page, PATH_MAX, "%s/../share/man/man1/%s.1", own, name) < PATH_MAX && access(page, R_OK) == 0)
		return 1;
	return snprintf(page, PATH_MAX, "%s/../../man/man1/%s.1", own, name) < PATH_MAX && access(page, R_OK) == 0;
}
