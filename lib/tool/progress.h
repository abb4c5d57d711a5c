/* progress.h - the progress of a deal, on standard error: for people on a terminal, or as JSON for wrappers. */
#ifndef TOOL_PROGRESS_H
#define TOOL_PROGRESS_H

#include "buyer/buying.h"
#include "tool/tool.h"

enum progress_form { PROGRESS_NONE, PROGRESS_TERMINAL, PROGRESS_JSON };

/** struct progress - all zero but .tool and .form at the start. */
struct progress {
	struct tool *tool;
	enum progress_form form;
	double started, shown; /* seconds by a clock that never jumps; 0 before the first call */
	uint64_t before;       /* bytes that the deal had at the start */
	bool visible;          /* a line stands on the terminal */
};

/** progress_form - the form that --progress names; by default a line if standard error is a terminal, else nothing. Exits on a wrong word. */
enum progress_form progress_form(struct tool *t);
/** progress_update - show the progress of the deal, at most five times a second and not in the first second. For struct purchase, with @ctx a struct progress. */
void progress_update(void *ctx, const struct client_deal *d);
/** progress_end - leave the terminal as it was. */
void progress_end(struct progress *p);

#endif
