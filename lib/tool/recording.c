/* recording.c - the frames of a recording, in the order in which they were first seen.
 *
 * A line of frames.jsonl is written after the frame that it stands for: what
 * lies behind the last line in a stream is from a killed run, and is cut off.
 */
#include "tool/recording.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/multibase.h"
#include "base/number.h"
#include "peer/connection.h"
#include "tool/recording_private.h"
#include "wire/frame.h"

#define LINES_MAX  (1u << 30) /* bytes of JSON lines in a recording */
#define HASH_SHOWN 8

static const char *const side_names[] = {"client", "provider"};

static enum status read_hash(uint64_t *hash, const char *hex)
{
	struct bytes bytes = {0};
	enum status s = base_decode(&bytes, BASE16, span_text(hex));

	if (s == STATUS_OK && bytes.len != HASH_SHOWN)
		s = STATUS_BAD_TEXT;
	if (s == STATUS_OK)
		*hash = span_number(bytes_span(&bytes), 0);
	bytes_release(&bytes);
	return s;
}

/* One whole line of frames.jsonl or deal.jsonl. */
static enum status take_line(struct recorder *r, const struct recording_list *list, const char *line, size_t len)
{
	json_t *object = json_loadb(line, len, 0, NULL);
	const char *from = json_string_value(json_object_get(object, "from"));
	enum deal_side side = from != NULL && strcmp(from, "client") == 0 ? SIDE_CLIENT : SIDE_PROVIDER;
	const char *hash = json_string_value(json_object_get(object, "hash"));
	json_int_t number;
	uint64_t value = 0;

	if (object == NULL || from == NULL) {
		json_decref(object);
		return STATUS_BAD_TEXT;
	}
	if (list == &r->frames) {
		if (hash != NULL && read_hash(&value, hash) != STATUS_OK) {
			json_decref(object);
			return STATUS_BAD_TEXT;
		}
		r->recorded[side] += (uint64_t)json_integer_value(json_object_get(object, "bytes"));
		bytes_append(&r->hashes[side], &value, sizeof(value));
	} else {
		number = json_integer_value(json_object_get(object, "sequence"));
		if (number > 0 && (uint64_t)number > r->last_event[side])
			r->last_event[side] = (uint64_t)number;
	}
	json_decref(object);
	return STATUS_OK;
}

/* Read the lines that came since we last looked; half a line is from a killed run, and goes. */
static enum status catch_up(struct recorder *r, struct recording_list *list)
{
	struct bytes text = {0};
	const char *at, *end, *newline;
	enum status s = STATUS_OK;

	if (lseek(list->fd, list->seen, SEEK_SET) < 0)
		return STATUS_IO;
	s = file_slurp(&text, list->fd, LINES_MAX);
	at = (const char *)text.data;
	end = at + text.len;
	while (s == STATUS_OK && at < end && (newline = memchr(at, '\n', (size_t)(end - at))) != NULL) {
		s = take_line(r, list, at, (size_t)(newline - at));
		list->seen += newline + 1 - at;
		list->lines++;
		at = newline + 1;
	}
	if (s == STATUS_OK && at < end && ftruncate(list->fd, list->seen) != 0)
		s = STATUS_IO;
	bytes_release(&text);
	return s;
}

enum status recording_lock(struct recorder *r)
{
	enum status s = STATUS_OK;

	while (flock(r->frames.fd, LOCK_EX) != 0) {
		if (errno != EINTR)
			return STATUS_IO;
	}
	s = catch_up(r, &r->frames);
	if (s == STATUS_OK)
		s = catch_up(r, &r->events);
	for (int side = 0; s == STATUS_OK && side < 2; side++) {
		off_t size = lseek(r->streams[side], 0, SEEK_END);

		if (size < (off_t)r->recorded[side])
			s = STATUS_CORRUPT;
		else if (size > (off_t)r->recorded[side] && ftruncate(r->streams[side], (off_t)r->recorded[side]) != 0)
			s = STATUS_IO;
	}
	if (s != STATUS_OK)
		recording_unlock(r);
	return s;
}

void recording_unlock(struct recorder *r)
{
	flock(r->frames.fd, LOCK_UN);
}

enum status recording_append(struct recording_list *list, json_t *object)
{
	char *text = json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS);
	size_t len = text != NULL ? strlen(text) : 0;
	enum status s = text != NULL ? STATUS_OK : STATUS_NO_MEMORY;

	json_decref(object);
	if (s != STATUS_OK)
		return s;
	text[len] = '\n'; /* in place of the final zero: one write */
	s = file_write_full(list->fd, text, len + 1);
	free(text);
	if (s == STATUS_OK) {
		list->seen += (off_t)(len + 1);
		list->lines++;
	}
	return s;
}

static int open_in(const struct recorder *r, const char *name)
{
	char path[sizeof(r->folder) + 32];

	snprintf(path, sizeof(path), "%s/%s", r->folder, name);
	return open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
}

/* The deal that the folder is about already. */
static void recall_deal(struct recorder *r)
{
	json_t *meta = recording_read_meta(r);
	const char *request = json_string_value(json_object_get(meta, "request"));
	const char *transfer = json_string_value(json_object_get(meta, "transfer"));
	const char *root = json_string_value(json_object_get(meta, "root"));
	struct bytes id = {0};

	r->bound = request != NULL && strlen(request) == (size_t)2 * REQUEST_ID_SIZE && transfer != NULL &&
		   base_decode(&id, BASE16, span_text(request)) == STATUS_OK &&
		   number_parse(&r->transfer, span_text(transfer)) == STATUS_OK;
	if (r->bound) {
		memcpy(r->request, id.data, REQUEST_ID_SIZE);
		r->deal = (uint64_t)json_integer_value(json_object_get(meta, "deal_id"));
		if (root != NULL && cid_parse(&r->payload, span_text(root)) != STATUS_OK)
			r->payload = (struct cid){0};
	}
	for (int by = 0; by < 2; by++) {
		const json_t *list = json_object_get(json_object_get(meta, "noted"), side_names[by]);

		for (int from = 0; from < 2; from++)
			r->noted[by][from] = (uint64_t)json_integer_value(json_array_get(list, (size_t)from));
	}
	bytes_release(&id);
	json_decref(meta);
}

enum status recording_open(struct tool *t)
{
	const char *where = tool_setting(t, "record", "RETRIEVAL_RECORD");
	struct recorder *r;
	char *full;
	enum status s;

	if (where == NULL || *where == '\0' || t->recorder != NULL)
		return STATUS_OK;
	s = file_make_folders(where, 0755);
	full = s == STATUS_OK ? realpath(where, NULL) : NULL;
	r = calloc(1, sizeof(*r));
	if (full == NULL || r == NULL || strlen(full) >= sizeof(r->folder)) {
		free(full);
		free(r);
		return party_fail(&t->party, STATUS_IO, "cannot record in '%s': %s", where, strerror(errno));
	}
	memcpy(r->folder, full, strlen(full) + 1);
	free(full);
	t->recorder = r;
	r->frames.fd = open_in(r, "frames.jsonl");
	r->events.fd = open_in(r, "deal.jsonl");
	r->streams[SIDE_CLIENT] = open_in(r, "client.frames");
	r->streams[SIDE_PROVIDER] = open_in(r, "provider.frames");
	if (r->frames.fd < 0 || r->events.fd < 0 || r->streams[0] < 0 || r->streams[1] < 0)
		s = STATUS_IO;
	if (s == STATUS_OK)
		s = recording_lock(r);
	if (s == STATUS_OK) {
		recall_deal(r);
		recording_unlock(r);
		return STATUS_OK;
	}
	party_fail(&t->party, s, "cannot record in '%s': %s", where, s == STATUS_IO ? strerror(errno) : status_text(s));
	recording_free(t);
	return s;
}

/** struct about - what a frame of a deal says of itself. */
struct about {
	enum deal_side from;
	enum frame_kind kind;
	bool proposal, cancel;
	uint64_t deal; /* of a proposal */
	struct cid payload;
	uint64_t transfer; /* of a data-transfer message, and of a proposal */
	uint8_t request[REQUEST_ID_SIZE];
};

static enum status read_about(struct about *a, const struct frame *frame)
{
	struct graphsync_response response;
	struct graphsync_request request;
	struct span parts = frame->from_client ? frame->message.requests : frame->message.responses;
	struct proposal proposal;
	struct transfer t;

	a->kind = frame->kind;
	a->from = frame->from_client ? SIDE_CLIENT : SIDE_PROVIDER;
	if (frame->kind == FRAME_TRANSFER) {
		const struct transfer *own = &frame->transfer;

		a->transfer = own->is_request ? own->request.id : own->response.id;
		a->cancel = (own->is_request ? own->request.type : own->response.type) == TRANSFER_CANCEL;
		return STATUS_OK;
	}
	if (!frame->from_client) {
		if (!graphsync_next_response(&response, &parts))
			return STATUS_BAD_MESSAGE;
		memcpy(a->request, response.id, REQUEST_ID_SIZE);
		return STATUS_OK;
	}
	if (!graphsync_next_request(&request, &parts))
		return STATUS_BAD_MESSAGE;
	memcpy(a->request, request.id, REQUEST_ID_SIZE);
	a->cancel = request.type == GRAPHSYNC_CANCEL;
	if (request_proposal(&proposal, &t, &request) != STATUS_OK)
		return STATUS_OK;
	a->proposal = true;
	a->deal = proposal.id;
	a->transfer = t.request.id;
	a->payload = proposal.payload;
	return STATUS_OK;
}

/* The deal of a frame that is no proposal, from the store: the recording begins in the middle. */
static bool find_deal(struct tool *t, struct recorder *r, const struct about *a)
{
	struct kv_txn *txn;
	struct client_deal client;
	struct provider_deal provider;
	bool found = false;
	uint64_t id;

	if (t->party.store == NULL || kv_begin_read(store_kv(t->party.store), &txn) != STATUS_OK)
		return false;
	for (int side = 0; side < 2 && !found; side++) {
		enum status s = a->kind == FRAME_TRANSFER
					? store_find_transfer(txn, &id, (enum deal_side)side, a->transfer)
					: store_find_request(txn, &id, (enum deal_side)side, a->request);

		if (s == STATUS_OK && side == SIDE_CLIENT && store_get_client(txn, &client, id) == STATUS_OK) {
			r->transfer = client.transfer;
			r->payload = client.payload;
			memcpy(r->request, client.request, REQUEST_ID_SIZE);
			found = true;
		} else if (s == STATUS_OK && side == SIDE_PROVIDER &&
			   store_get_provider(txn, &provider, id) == STATUS_OK) {
			r->transfer = provider.transfer;
			r->payload = provider.payload;
			memcpy(r->request, provider.request, REQUEST_ID_SIZE);
			found = true;
		}
		r->deal = found ? id : 0;
	}
	kv_abort(&txn);
	return found;
}

/* Is the frame about the deal of this recording? The first frame decides which that is. */
static bool is_ours(struct tool *t, struct recorder *r, const struct about *a)
{
	if (!r->bound && a->proposal) {
		r->deal = a->deal;
		r->transfer = a->transfer;
		r->payload = a->payload;
		memcpy(r->request, a->request, REQUEST_ID_SIZE);
		r->bound = true;
	} else if (!r->bound) {
		r->bound = find_deal(t, r, a);
	}
	if (!r->bound)
		return false;
	return a->kind == FRAME_TRANSFER ? a->transfer == r->transfer
					 : memcmp(a->request, r->request, REQUEST_ID_SIZE) == 0;
}

/*
 * Both sides may record here, and each sees every frame: as its writer or as its reader. What the other side has noted
 * already is found from where we stand in the stream on; a frame that is really said twice is recorded twice.
 */
static bool is_noted(struct recorder *r, enum deal_side by, enum deal_side from, uint64_t hash)
{
	const struct bytes *hashes = &r->hashes[from];
	bool writer_records = by != from && r->noted[from][from] != 0;
	uint64_t one;

	/* Where the writer records too, a frame that was read before is only read again. */
	for (uint64_t i = writer_records ? 0 : r->noted[by][from]; (i + 1) * sizeof(one) <= hashes->len; i++) {
		memcpy(&one, hashes->data + i * sizeof(one), sizeof(one));
		if (one == hash) {
			r->noted[by][from] = i + 1 > r->noted[by][from] ? i + 1 : r->noted[by][from];
			return true;
		}
	}
	return false;
}

static enum status add_frame(struct recorder *r, const struct about *a, enum deal_side by, struct span body)
{
	uint8_t digest[RECORDING_HASH_SIZE];
	struct bytes frame = {0};
	char shown[2 * HASH_SHOWN + 1];
	uint64_t hash = 0;
	enum status s = recording_lock(r);

	if (s != STATUS_OK)
		return s;
	blake2b(digest, sizeof(digest), body);
	for (size_t i = 0; i < HASH_SHOWN; i++) {
		hash = hash << 8 | digest[i];
		snprintf(shown + 2 * i, 3, "%02x", digest[i]);
	}
	if (!is_noted(r, by, a->from, hash)) {
		frame_put(&frame, body);
		s = bytes_status(&frame);
		if (s == STATUS_OK)
			s = file_write_full(r->streams[a->from], frame.data, frame.len);
		if (s == STATUS_OK)
			s = recording_append(
				&r->frames, json_pack("{s:I, s:s, s:s, s:s, s:I, s:I}", "bytes", (json_int_t)frame.len,
						    "from", side_names[a->from], "hash", shown, "kind",
						    a->kind == FRAME_TRANSFER ? "data-transfer" : "graphsync", "n",
						    (json_int_t)r->frames.lines, "seq", recording_next(r)));
		r->recorded[a->from] += frame.len;
		bytes_append(&r->hashes[a->from], &hash, sizeof(hash));
		r->noted[by][a->from] = r->hashes[a->from].len / sizeof(hash);
	}
	recording_unlock(r);
	bytes_release(&frame);
	return s;
}

static void note(struct tool *t, const struct frame *frame, bool written)
{
	struct recorder *r = t->recorder;
	struct about about = {0};

	if (r == NULL || r->failed != STATUS_OK || frame->decoded != STATUS_OK || !frame_is_of_deal(frame) ||
		read_about(&about, frame) != STATUS_OK)
		return;
	if (!r->bound && about.cancel) /* no recording begins with the end of a deal */
		return;
	if (is_ours(t, r, &about)) {
		r->failed = add_frame(
			r, &about, (about.from == SIDE_CLIENT) == written ? SIDE_CLIENT : SIDE_PROVIDER, frame->body);
	} else if (!r->complained) {
		tool_say(t, "'%s' is a recording of another deal: not recorded", r->folder);
		r->complained = true;
	}
}

void recording_frame(struct tool *t, const struct frame *frame)
{
	note(t, frame, false);
}

void recording_frames(struct tool *t, struct span frames)
{
	uint64_t len;
	struct frame frame;
	size_t used;

	if (t->recorder == NULL)
		return;
	while (frames.len != 0 && varint_decode(&len, &used, frames.data, frames.len) == STATUS_OK &&
		len <= frames.len - used) {
		struct span body = span_of(frames.data + used, (size_t)len);

		if (frame_decode(&frame, body) == STATUS_OK && !frame.from_client)
			t->recorder->sold = true;
		note(t, &frame, true);
		frames = span_of(body.data + body.len, frames.len - used - body.len);
	}
}

enum status recording_finish(struct tool *t, enum status s)
{
	struct recorder *r;
	enum status recorded = STATUS_OK;

	/* A tool that speaks no frames, such as channel, still has events for a recording that has begun. */
	if (t->recorder == NULL && t->party.store != NULL && !t->reads_only) {
		const char *where = tool_setting(t, "record", "RETRIEVAL_RECORD");

		if (where != NULL && *where != '\0' && access(where, W_OK) == 0)
			recorded = recording_open(t);
	}
	r = t->recorder;
	if (r == NULL || t->party.store == NULL)
		return s == STATUS_OK ? recorded : s;
	recorded = r->failed;
	if (recorded == STATUS_OK && r->bound) {
		recorded = recording_lock(r);
		if (recorded == STATUS_OK) {
			recorded = recording_add_events(t, r);
			if (recorded == STATUS_OK)
				recorded = recording_update_meta(t, r);
			recording_unlock(r);
		}
	}
	if (recorded != STATUS_OK && (s == STATUS_OK || status_class(s) == CLASS_PAYMENT))
		s = party_fail(&t->party, recorded, "cannot record in '%.400s': %s", r->folder,
			recorded == STATUS_IO ? strerror(errno) : status_text(recorded));
	return s;
}

void recording_free(struct tool *t)
{
	struct recorder *r = t->recorder;

	if (r == NULL)
		return;
	for (int side = 0; side < 2; side++) {
		if (r->streams[side] > 0)
			close(r->streams[side]);
		bytes_release(&r->hashes[side]);
	}
	if (r->frames.fd > 0)
		close(r->frames.fd);
	if (r->events.fd > 0)
		close(r->events.fd);
	free(r);
	t->recorder = NULL;
}

static void heard(void *ctx, const struct frame *frame)
{
	recording_frame(ctx, frame);
}

static void said(void *ctx, struct span frames)
{
	recording_frames(ctx, frames);
}

enum status recording_tap(struct tool *t, struct connection *line)
{
	enum status s = recording_open(t);

	if (s == STATUS_OK && t->recorder != NULL) {
		line->heard = heard;
		line->said = said;
		line->ctx = t;
	}
	return s;
}
