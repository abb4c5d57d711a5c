/* record_tap.c - the options of a recording, and the way of a tool's frames to the recorder. Knows no file of a recording. */
#include "tool/record_tap.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "record/recorder.h"

/* The folder of the recording; NULL if none is wanted. */
static const char *wanted_folder(struct tool *t)
{
	const char *folder = tool_setting(t, "record", "RETRIEVAL_RECORD");

	return folder != NULL && *folder != '\0' ? folder : NULL;
}

enum status record_tap_open(struct tool *t)
{
	const char *folder = wanted_folder(t), *keys = getenv("RETRIEVAL_RECORD_KEYS");

	if (folder == NULL || t->recorder != NULL)
		return STATUS_OK;
	return recorder_open(&t->recorder, &t->party,
		&(struct recorder_options){.folder = folder,
			.seed = tool_setting(t, "seed", "RETRIEVAL_SEED"),
			.with_keys = keys != NULL && strcmp(keys, "1") == 0});
}

/* Report once that frames were left out. */
static void report_other(struct tool *t)
{
	if (recorder_met_another_deal(t->recorder))
		tool_say(t, "'%s' is a recording of another deal: not recorded", recorder_folder(t->recorder));
}

void record_tap_read(struct tool *t, const struct frame *frame)
{
	if (t->recorder == NULL)
		return;
	recorder_read(t->recorder, frame);
	report_other(t);
}

void record_tap_wrote(struct tool *t, struct span frames)
{
	if (t->recorder == NULL)
		return;
	recorder_wrote(t->recorder, frames);
	report_other(t);
}

/* A tool without frames, for example channel, adds events to a recording that another tool has begun. */
static enum status join(struct tool *t)
{
	const char *folder = wanted_folder(t);

	if (t->party.store == NULL || t->reads_only || folder == NULL || access(folder, W_OK) != 0)
		return STATUS_OK;
	return record_tap_open(t);
}

static enum status finish(struct tool *t)
{
	enum status s = join(t);

	if (s != STATUS_OK || t->recorder == NULL || t->party.store == NULL)
		return s;
	return recorder_finish(t->recorder);
}

enum status record_tap_finish(struct tool *t, enum status s)
{
	struct error before = t->party.error;
	enum status recorded;

	recorded = finish(t);
	if (recorded == STATUS_OK)
		return s;
	if (s == STATUS_OK || status_class(s) == CLASS_PAYMENT)
		return recorded;
	t->party.error = before; /* a failure to record does not replace the tool's own failure */
	return s;
}

static void received(void *ctx, const struct frame *frame)
{
	record_tap_read(ctx, frame);
}

static void sent(void *ctx, struct span frames)
{
	record_tap_wrote(ctx, frames);
}

enum status record_tap_connect(struct tool *t, struct connection *connection)
{
	enum status s = record_tap_open(t);

	if (s != STATUS_OK || t->recorder == NULL)
		return s;
	connection->received = received;
	connection->sent = sent;
	connection->ctx = t;
	return STATUS_OK;
}
