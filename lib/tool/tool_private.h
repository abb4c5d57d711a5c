/* tool_private.h - for lib/tool only. */
#ifndef TOOL_TOOL_PRIVATE_H
#define TOOL_TOOL_PRIVATE_H

#include "tool/tool.h"

/** tool_load_config - read $XDG_CONFIG_HOME/retrieval/config, lines of "name = value"; exits if it is malformed. */
void tool_load_config(struct tool *t);
/** tool_config_value - the value of @name in the configuration, which lives as long as the tool; NULL. */
const char *tool_config_value(const struct tool *t, const char *name);
/** tool_xdg_path - $@variable/@tail, or $HOME/@under/@tail; "" if neither is set. */
void tool_xdg_path(struct bytes *out, const char *variable, const char *under, const char *tail);
/** report_begin - from here on note whether a report, or any other JSON, is incomplete for lack of memory. */
void report_begin(void);
bool report_failed(void);
/** tool_fail_output - explain the failed write of a tool's output: END if the reader went away, else @s with errno value @why. */
enum status tool_fail_output(struct tool *t, enum status s, int why);
/** tool_print_results - the results so far, now that the tool ends with @s; @beside_data: standard output has data on it. */
void tool_print_results(struct tool *t, enum status s, bool beside_data);
/** tool_print_failure - the line with the failure, and the line with the hint; @hint may be "". */
void tool_print_failure(struct tool *t, enum status s, const char *why, const char *hint);
/** tool_open_key - load the key, asking for the passphrase of a protected key; exits with a message on a failure. @needed: exits also if there is no key. */
void tool_open_key(struct tool *t, bool needed);
/** tool_try_key - load the key for MAY_SIGN; a warning if there is one that can't be used. */
void tool_try_key(struct tool *t);

#endif
