/* show_folders.h - what a folder is: a party's store, a ledger, a recording. */
#ifndef SHOW_SHOW_FOLDERS_H
#define SHOW_SHOW_FOLDERS_H

#include "show/show.h"

/** show_folder - what the folder o->name is and holds; with o->verify its invariants. NOT_FOUND if it is none of these. */
MUST_CHECK enum status show_folder(struct tool *t, const struct show_options *o);

#endif
