/* places.h - where the programs and their manual pages are. */
#ifndef CMD_RETRIEVAL_PLACES_H
#define CMD_RETRIEVAL_PLACES_H

#include <limits.h>

/* Each gives 1 for yes or found, and 0 for no. */
/** is_program - can @name in @folder be run? */
int is_program(const char *folder, const char *name);
/** own_folder - the folder in which this program lies, links resolved. */
int own_folder(char folder[PATH_MAX]);
/** find_tools - the folder of the tools: beside us (a build), where they were to be installed, or where a moved installation has them. */
int find_tools(char tools[PATH_MAX], const char *own);
/** find_page - the manual page of the tool @name. */
int find_page(char page[PATH_MAX], const char *own, const char *name);

#endif
