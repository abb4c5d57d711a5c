/* show_folders.h - the kinds of folders: a party's store, a ledger, a recording. */
#ifndef SHOW_SHOW_FOLDERS_H
#define SHOW_SHOW_FOLDERS_H

#include "check/findings.h"
#include "show/show.h"

/** show_folder - the kind and the contents of the folder o->name; with o->verify its invariants. NOT_FOUND if it is none of these kinds. */
MUST_CHECK enum status show_folder(struct tool *t, const struct show_options *o);

/** show_findings - print a line for each finding, and release them; if there are any, the worst, explained with @name: CORRUPT, NOT_NOW or NO_FUNDS. */
MUST_CHECK enum status show_findings(struct tool *t, struct findings *f, const char *name);
/** show_is_recording - does the folder have a meta.json that names the root of a deal? */
bool show_is_recording(const char *folder);
/** show_recording - the recording in the folder o->name, and with o->verify its contradictions. */
MUST_CHECK enum status show_recording(struct tool *t, const struct show_options *o);

#endif
