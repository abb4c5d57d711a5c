/* retrieve.h - the ends of retrieve: delivery, and a signal. */
#ifndef CMD_RETRIEVE_H
#define CMD_RETRIEVE_H

#include "basket/basket.h"
#include "tool/places.h"

/** retrieve_deliver - deliver all contents that are here, and report each; the first failure, explained, is the status of the tool. */
MUST_CHECK enum status retrieve_deliver(struct tool *t, struct basket *w, const struct places *places);
/** retrieve_stop - a signal stopped the tool with @s, and all state is on disk: print the command that resumes, and die of the same signal. @argv: as given. */
void retrieve_stop(struct tool *t, enum status s, int argc, char **argv);

#endif
