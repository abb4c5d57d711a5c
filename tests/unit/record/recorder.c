/* recorder.c - tests of record/recorder.h and recording.h: frames that are recorded are loaded, decoded, in their order; each flaw is told. */
#include "../../support/test.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "record/recorder.h"
#include "record/recording.h"

static char folder[64];

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void begin(void)
{
	snprintf(folder, sizeof(folder), "/tmp/recorder-XXXXXX");
	CHECK(mkdtemp(folder) != NULL, "there is a folder");
}

static void end(void)
{
	nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* A proposal's frame would need a whole deal: a recording of a deal is bound by its ids in meta.json instead. */
static void bind(const char *transfer)
{
	char path[RECORDING_PATH_MAX], text[256];
	FILE *meta = fopen(recording_path(path, folder, RECORDING_META), "w");

	snprintf(text, sizeof(text), "{\"request\": \"%032d\", \"transfer\": %s, \"scenario\": {}}", 0, transfer);
	CHECK(meta != NULL && fputs(text, meta) >= 0 && fclose(meta) == 0, "meta.json names the deal");
}

/* A data-transfer message of the deal; what else is in it does not matter. */
static void put_message(struct bytes *out, uint64_t transfer, bool from_client, bool pause)
{
	struct transfer message = {.is_request = from_client, .has_request = from_client, .has_response = !from_client};

	if (from_client)
		message.request = (struct transfer_request){.type = TRANSFER_UPDATE, .pause = pause, .id = transfer};
	else
		message.response = (struct transfer_response){.type = TRANSFER_UPDATE, .paused = pause, .id = transfer};
	frame_put_transfer(out, &message);
}

static struct recorder *open_recorder(struct party *p)
{
	struct recorder *r = NULL;

	CHECK_EQUAL(recorder_open(&r, p, &(struct recorder_options){.folder = folder}), STATUS_OK, "it opens");
	return r;
}

/** struct flaws - those that were told. */
struct flaws {
	unsigned count;
	char last[320];
};

static void note(void *ctx, const char *file, const char *text)
{
	struct flaws *flaws = ctx;

	flaws->count++;
	snprintf(flaws->last, sizeof(flaws->last), "%s: %s", file, text);
}

static void load(struct recording *r, struct flaws *flaws)
{
	*flaws = (struct flaws){0};
	CHECK_EQUAL(recording_load(r, folder, (struct flaw_taker){note, flaws}), STATUS_OK, "it loads");
}

static void test_round_trip(void)
{
	CLEAN_RECORDING struct recording recording = {0};
	CLEAN_BYTES struct bytes client = {0}, provider = {0}, other = {0};
	struct party p = {0};
	struct recorder *mine, *theirs;
	struct flaws flaws;

	begin();
	bind("\"77\"");
	put_message(&client, 77, true, false);
	put_message(&client, 77, true, true);
	put_message(&provider, 77, false, false);
	put_message(&other, 78, true, false);
	mine = open_recorder(&p);
	theirs = open_recorder(&p);
	recorder_wrote(mine, bytes_span(&client));
	recorder_wrote(theirs, bytes_span(&provider));
	CHECK(!recorder_met_another_deal(mine), "all is of one deal so far");
	recorder_wrote(mine, bytes_span(&other));
	CHECK(recorder_met_another_deal(mine), "another deal's frame is told");
	CHECK(!recorder_met_another_deal(mine), "once");
	CHECK_EQUAL(recorder_finish(mine), STATUS_OK, "a party without a store records its frames");
	recorder_free(mine);
	recorder_free(theirs);
	load(&recording, &flaws);
	CHECK_EQUAL(flaws.count, 0, "nothing is wrong");
	CHECK_EQUAL(recording.count, 3, "three frames");
	CHECK_EQUAL(recording.streams[SIDE_CLIENT].count, 2, "two of the client");
	CHECK(recording.count == 3 && recording.order[2]->from == SIDE_PROVIDER && recording.order[2]->number == 0 &&
			recording.order[2]->frame.decoded == STATUS_OK &&
			!recording.order[2]->frame.transfer.is_request &&
			recording.order[1]->frame.transfer.request.pause && recording.order[1]->number == 1 &&
			recording.order[1]->offset == recording.order[0]->size,
		"in the order in which they were said, and decoded");
	end();
}

static void overwrite(const char *name, const char *text)
{
	char path[RECORDING_PATH_MAX];
	FILE *file = fopen(recording_path(path, folder, name), "w");

	CHECK(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0, "a file is damaged");
}

static const struct {
	const char *file, *text,
		*want; /* what is written over a file of a recording with one frame, and the last flaw */
} damages[] = {
	{"client.frames", "\x7f", "frames.jsonl: line 1 is a frame that client.frames does not have"},
	{"frames.jsonl", "", "frames.jsonl: has 0 frames of client.frames, which has 1"},
	{"frames.jsonl", "1\n", "frames.jsonl: has 0 frames of client.frames, which has 1"},
	{"frames.jsonl", "{\"from\": \"client\", \"bytes\": 1}",
		"frames.jsonl: line 1 says 1 bytes, but frame 1 of client.frames has "},
	{"deal.jsonl", "[]", "deal.jsonl: line 1 is no JSON object"},
};

static void test_flaws(void)
{
	CLEAN_BYTES struct bytes frame = {0};

	put_message(&frame, 77, true, false);
	for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
		CLEAN_RECORDING struct recording recording = {0};
		struct party p = {0};
		struct recorder *r;
		struct flaws flaws;

		begin();
		bind("\"77\"");
		r = open_recorder(&p);
		recorder_wrote(r, bytes_span(&frame));
		recorder_free(r);
		load(&recording, &flaws);
		CHECK_EQUAL(flaws.count, 0, "nothing is wrong before");
		recording_release(&recording);
		overwrite(damages[i].file, damages[i].text);
		load(&recording, &flaws);
		flaws.last[strlen(damages[i].want)] = '\0';
		CHECK_TEXT(flaws.last, damages[i].want, "each flaw is told");
		end();
	}
}

/* Files of a recording that are no files, or mean nothing. */
static void test_no_recording(void)
{
	CLEAN_RECORDING struct recording recording = {0};
	struct flaws flaws = {0};
	char path[RECORDING_PATH_MAX];

	begin();
	CHECK_EQUAL(recording_load(&recording, folder, (struct flaw_taker){note, &flaws}), STATUS_IO, "no meta.json");
	recording_release(&recording);
	overwrite(RECORDING_META, "[]");
	CHECK_EQUAL(recording_load(&recording, folder, (struct flaw_taker){note, &flaws}), STATUS_BAD_TEXT, "a list");
	recording_release(&recording);
	unlink(recording_path(path, folder, RECORDING_META));
	CHECK(mkfifo(path, 0600) == 0, "there is a FIFO");
	CHECK_EQUAL(recording_load(&recording, folder, (struct flaw_taker){note, &flaws}), STATUS_NOT_REGULAR,
		"a FIFO is not waited for");
	recording_release(&recording);
	unlink(path);
	overwrite(RECORDING_META, "{\"scenario\": {}}");
	CHECK(mkfifo(recording_path(path, folder, RECORDING_ORDER), 0600) == 0, "there is another");
	load(&recording, &flaws);
	CHECK_TEXT(flaws.last, "frames.jsonl: not a regular file", "nor that one");
	end();
}

int main(void)
{
	test_round_trip();
	test_flaws();
	test_no_recording();
	return test_end();
}
