/* replay_load.c - loads a recording for a replay, and refuses the recording on its first flaw. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "replay/replay_private.h"

enum status replay_broken(struct replay *r, const char *folder, const char *file, const char *why)
{
	return party_fail(
		&r->tool->party, STATUS_BAD_MESSAGE, "'%.400s' is not a recording: %s: %s", folder, file, why);
}

/** struct loading - a recording that is loaded; its first flaw is explained. */
struct loading {
	struct replay *r;
	const char *folder;
	bool flawed;
};

static void take_flaw(void *ctx, const char *file, const char *text)
{
	struct loading *loading = ctx;

	if (!loading->flawed)
		replay_broken(loading->r, loading->folder, file, text);
	loading->flawed = true;
}

/* A folder that is not there, or that can't be read, says nothing about a recording. */
static enum status explain_unread(struct replay *r, enum status s, const char *folder)
{
	int why = errno;
	struct stat st;

	if (s == STATUS_NO_MEMORY)
		return s;
	if (s == STATUS_IO && stat(folder, &st) != 0)
		return party_fail(
			&r->tool->party, s, "cannot read the recording '%.400s': %s", folder, strerror(errno));
	if (s == STATUS_IO && why != ENOENT && why != ENOTDIR && why != ELOOP)
		return party_fail(&r->tool->party, s, "cannot read the recording '%.400s': " RECORDING_META ": %s",
			folder, strerror(why));
	return replay_broken(r, folder, RECORDING_META, s == STATUS_IO ? strerror(why) : status_text(s));
}

enum status replay_load(struct replay *r, const char *folder)
{
	struct loading loading = {.r = r, .folder = folder};
	struct recording *recording = &r->recording;
	enum status s = recording_load(recording, folder, (struct flaw_taker){take_flaw, &loading});

	if (s != STATUS_OK)
		return explain_unread(r, s, folder);
	if (!json_is_object(recording->scenario))
		return replay_broken(r, folder, RECORDING_META, "it has no scenario");
	if (loading.flawed)
		return STATUS_BAD_MESSAGE;
	if (!recording->has_order || recording->count == 0)
		return replay_broken(r, folder, RECORDING_ORDER, "there is no frame in it");
	if (!recording->has_events)
		return replay_broken(r, folder, RECORDING_EVENTS, "it is not there");
	return STATUS_OK;
}

enum status replay_need(struct replay *r, const char *field)
{
	char why[160];

	if (field_is_there(r->recording.meta, field))
		return STATUS_OK;
	snprintf(why, sizeof(why), "'%s' is missing", field);
	return replay_broken(r, r->recording.folder, RECORDING_META, why);
}
