/* tool_private.h - for lib/tool only. */
#ifndef TOOL_TOOL_PRIVATE_H
#define TOOL_TOOL_PRIVATE_H

#include "tool/tool.h"

/** tool_load_config - read $XDG_CONFIG_HOME/retrieval/config, lines of "name = value"; exits if it is malformed. */
void tool_load_config(struct tool *t);
/** report_begin - note from here on whether a report, or anything else in JSON, lacks what memory did not suffice for. */
void report_begin(void);
bool report_failed(void);
/** tool_print_results - the results so far, now that the tool ends with @s; @beside_data: standard output has data on it. */
void tool_print_results(struct tool *t, enum status s, bool beside_data);
/** tool_print_failure - the line that says what went wrong, and the one that says what to do; @hint may be "". */
void tool_print_failure(struct tool *t, enum status s, const char *why, const char *hint);
/** tool_open_key - load the key, asking for its passphrase if it has one; exits with a message. @needed: also if there is none. */
void tool_open_key(struct tool *t, bool needed);

#endif
