/* replay.c - the ways to replay a recording, and their output. */
#include "replay/replay.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "replay/replay_private.h"

static enum status play_sides(struct replay *r, struct replay_options *o)
{
	enum status s = replay_open_scene(r, false);

	if (s != STATUS_OK)
		return s;
	if (o->provider && !r->has_offer) {
		o->provider = false;
		tool_say(r->tool, "%s has no content: its provider is not replayed", r->name);
	}
	return replay_play(r);
}

/* Play the recording once, as these sides. */
static enum status play_as(struct replay *r, bool client, bool provider)
{
	const struct replay_options *before = r->o;
	struct replay_options o = *before;
	enum status s;

	o.client = client;
	o.provider = provider;
	r->o = &o;
	r->deal = 0;
	r->vouchers = 0;
	s = play_sides(r, &o);
	replay_explain(r, s);
	replay_close_scene(r);
	r->o = before;
	return s;
}

/* Each side alone against the recording, and then a whole deal between two sides of ours. */
static enum status play_foreign(struct replay *r)
{
	enum status s;

	if (r->o->client) {
		s = play_as(r, true, false);
		if (s != STATUS_OK)
			return s;
	}
	if (r->o->provider) {
		s = play_as(r, false, true);
		if (s != STATUS_OK)
			return s;
	}
	if (r->o->client && r->o->provider && !r->o->limited)
		return replay_line(r, (struct fault){0});
	return STATUS_OK;
}

/* If the original failed, our first difference is printed, and a whole deal between two sides of ours must end rightly. */
static enum status play_excused(struct replay *r, const char *why)
{
	enum status s;

	r->excused = true;
	s = play_foreign(r);
	if (s != STATUS_OK)
		return s;
	tool_report(r->tool,
		json_pack("{s:o, s:i, s:i, s:s, s:s}", "recording", tool_json_text(r->name), "frames",
			(int)r->recording.count, "differences", 0, "differs_by_design", why, "first", r->first),
		"%s: differs by design: %s (first at %s); ours ends as it should\n", r->name, why, r->first);
	return STATUS_OK;
}

static void report(struct replay *r)
{
	char verdict[64] = "agree";

	if (r->differences != 0)
		snprintf(verdict, sizeof(verdict), "%" PRIu64 " differences", r->differences);
	if (r->o->stats || (r->o->check && r->differences == 0))
		return;
	tool_report(r->tool,
		json_pack("{s:o, s:I, s:I}", "recording", tool_json_text(r->name), "frames",
			(json_int_t)r->recording.count, "differences", (json_int_t)r->differences),
		"%s: %zu frames: %s\n", r->name, r->recording.count, verdict);
}

/* One fault, or each kind at each frame in turn, until no frame has that number. */
static enum status inject(struct replay *r, struct fault fault)
{
	enum fault_kind first = fault.kind == FAULT_ALL ? FAULT_DROP : fault.kind;
	enum fault_kind last = fault.kind == FAULT_ALL ? FAULT_SWAP : fault.kind;
	enum status s = STATUS_OK, worst = STATUS_OK;

	if (fault.at != FAULT_EVERYWHERE)
		return replay_line(r, fault);
	for (enum fault_kind kind = first; kind <= last; kind++) {
		r->hit = true;
		for (uint64_t at = 0; r->hit; at++) {
			s = replay_line(r, (struct fault){kind, at});
			if (status_class(s) == CLASS_IO)
				return s;
			if (s != STATUS_OK && worst == STATUS_OK)
				worst = s;
		}
	}
	return worst;
}

static enum status run(struct replay *r)
{
	const struct replay_options *o = r->o;
	char why[256];
	enum status s;

	if (o->fault.kind != FAULT_NONE)
		return inject(r, o->fault);
	if (!o->stats && !o->step && replay_is_excused(r, why, sizeof(why)))
		return play_excused(r, why);
	s = o->foreign && !o->stats && !o->step ? play_foreign(r) : play_as(r, o->client, o->provider);
	if (s != STATUS_OK)
		return s;
	report(r);
	if (r->differences != 0)
		return party_fail(&r->tool->party, STATUS_DIFFERS, "%s differs from its recording", r->name);
	return STATUS_OK;
}

enum status replay_run(struct tool *t, const char *given, const struct replay_options *o)
{
	struct replay r = {.tool = t, .o = o};
	char folder[RECORDING_FOLDER_MAX];
	const char *slash;
	enum status s;

	if (snprintf(folder, sizeof(folder), "%s", given) >= (int)sizeof(folder))
		return party_fail(&t->party, STATUS_USAGE, "the name of a folder is too long");
	for (size_t n = strlen(folder); n > 1 && folder[n - 1] == '/'; n--)
		folder[n - 1] = '\0';
	slash = strrchr(folder, '/');
	r.name = slash != NULL && slash[1] != '\0' ? slash + 1 : folder;
	s = replay_load(&r, folder);
	if (s == STATUS_OK)
		s = run(&r);
	recording_release(&r.recording);
	return s;
}

enum status fault_parse(struct fault *f, const char *text)
{
	static const struct {
		const char *name;
		enum fault_kind kind;
	} names[] = {{"drop@", FAULT_DROP}, {"dup@", FAULT_DUP}, {"flip@", FAULT_FLIP}, {"cut@", FAULT_CUT},
		{"delay@", FAULT_DELAY}, {"swap@", FAULT_SWAP}};

	if (strcmp(text, "all") == 0) {
		*f = (struct fault){FAULT_ALL, FAULT_EVERYWHERE};
		return STATUS_OK;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t n = strlen(names[i].name);
		uint64_t at = FAULT_EVERYWHERE;

		if (strncmp(text, names[i].name, n) != 0)
			continue;
		if (strcmp(text + n, "all") != 0 &&
			(number_parse(&at, span_text(text + n)) != STATUS_OK || at == FAULT_EVERYWHERE))
			return STATUS_USAGE;
		*f = (struct fault){names[i].kind, at};
		return STATUS_OK;
	}
	return STATUS_USAGE;
}
