/* names.h - the names of the tools. */
#ifndef CMD_RETRIEVAL_NAMES_H
#define CMD_RETRIEVAL_NAMES_H

/** print_names - print the tools in the folder @tools, a line each. */
void print_names(const char *tools);
/** print_like - print on standard error a hint for each tool whose name is like @wanted. */
void print_like(const char *tools, const char *wanted);

#endif
