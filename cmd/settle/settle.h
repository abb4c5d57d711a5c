/* settle.h - the channels of one run of settle, and the results. */
#ifndef CMD_SETTLE_H
#define CMD_SETTLE_H

#include "messages/bump.h"
#include "settle/settle_total.h"
#include "tool/tool.h"

/** struct work - the channels to settle, and the results. */
struct work {
	struct tool *t;
	struct settle_policy policy;
	bool write_off;
	struct settle_total total; /* of a plan */
	struct bytes channels;     /* a list of struct address */
	struct bytes pending;      /* those of them whose messages are on their way */
	double wait_until;         /* clock_seconds() */
	enum status status;        /* the first failure; any other failure replaces TOO_EARLY and PENDING */
	struct error error;
};

/* channels.c */
/** work_choose - find the channels that the arguments name, or all; CORRUPT if a record is damaged: the others are found. */
MUST_CHECK enum status work_choose(struct work *w);

/** work_add_channel - add a channel, once; @ctx is the struct work. */
MUST_CHECK enum status work_add_channel(void *ctx, const struct address *a);

/* stream.c */
/** work_is_stream - is the only argument "-"? */
bool work_is_stream(const struct tool *t);
/** work_stream - take the next step of each channel that standard input names, as the lines come, until their end. */
MUST_CHECK enum status work_stream(struct work *w);

/* steps.c */
/** work_run - take the next step of each channel; with --wait also those that follow. */
MUST_CHECK enum status work_run(struct work *w);

/* watch.c */
/** work_watch - take the steps of all channels when they are due, until a signal comes: see settle_watch(). */
MUST_CHECK enum status work_watch(struct work *w);

/* bump.c */
/** work_bump - give the messages for the channels that the arguments name, or for all channels, a higher fee; print each. */
MUST_CHECK enum status work_bump(struct work *w);
/** report_bump - print what became of a message; @ctx is the struct work. */
void report_bump(void *ctx, const struct bump_report *r);

/* report.c */
/** report_step - print a step; @ctx is the struct work. Words and hint of a step that is not over are in party->error. */
void report_step(void *ctx, const struct settle_report *r);
/** report_total - print the sums of a plan, if any channel has a summary. */
void report_total(struct work *w);
/** report_write_off - print the loss that is not reported any more. */
void report_write_off(struct work *w, const struct address *channel, const struct amount *lost);
/** report_failure - keep the first failure for the end, and report further failures at once. TOO_EARLY and PENDING were reported with their step. */
void report_failure(struct work *w, enum status s);

#endif
