/* show_recording.c - a recording as one object: its parties, its terms, and the sums over its frames. */
#include <errno.h>
#include <string.h>

#include "check/check_recording.h"
#include "show/show_folders.h"

/* A text of meta.json, or null. */
static json_t *copy_text(const json_t *from, const char *key)
{
	const char *text = json_string_value(json_object_get(from, key));

	return text != NULL ? show_text(span_text(text)) : json_null();
}

static void add_identity(json_t *object, const struct recording *r, const struct recording_sums *sums)
{
	const json_t *id = json_object_get(r->meta, "deal_id");

	json_object_update_new(object,
		json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "name", copy_text(r->scenario, "name"), "deal",
			json_is_integer(id) ? tool_json_id((uint64_t)json_integer_value(id)) : json_null(), "root",
			show_cid(&sums->root), "client", copy_text(r->meta, "client_address"), "provider",
			copy_text(r->meta, "provider_address"), "channel", copy_text(r->meta, "channel")));
}

static void add_terms(json_t *object, const struct deal_params *terms)
{
	json_object_update_new(
		object, json_pack("{s:o, s:o, s:o, s:o}", "price_per_byte", tool_json_amount(&terms->price_per_byte),
				"payment_interval", show_bytes(terms->payment_interval), "payment_interval_increase",
				show_bytes(terms->payment_interval_increase), "unseal_price",
				tool_json_amount(&terms->unseal_price)));
}

static void add_sums(json_t *object, const struct recording *r, const struct recording_sums *sums)
{
	const struct event_line *last = recording_last_event(r, SIDE_PROVIDER);

	json_object_update_new(object,
		json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "client_frames", show_bytes(r->streams[SIDE_CLIENT].count),
			"provider_frames", show_bytes(r->streams[SIDE_PROVIDER].count), "blocks",
			show_bytes(sums->blocks), "bytes", show_bytes(sums->bytes), "links", show_bytes(sums->links),
			"payments", show_bytes(sums->payments)));
	json_object_update_new(
		object, json_pack("{s:o, s:o, s:o, s:o}", "paid", tool_json_amount(&sums->paid), "events",
				show_bytes(r->event_count), "client_ended", copy_text(r->meta, "final_client_status"),
				"provider_ended", last != NULL ? show_text(span_text(last->state)) : json_null()));
}

static void print(struct tool *t, const struct recording *r, const struct recording_sums *sums,
	const struct show_options *o, bool verified)
{
	json_t *object = json_pack("{s:o, s:s}", "thing", tool_json_text(o->name), "kind", "recording");

	add_identity(object, r, sums);
	if (sums->has_terms)
		add_terms(object, &sums->terms);
	add_sums(object, r, sums);
	if (verified)
		json_object_set_new(object, "verified", json_true());
	show_print(t, object);
}

bool show_is_recording(const char *folder)
{
	json_t *meta;
	bool is;

	if (strlen(folder) >= RECORDING_FOLDER_MAX || recording_read_meta(&meta, folder) != STATUS_OK)
		return false;
	is = *field_text(meta, "root") != '\0';
	json_decref(meta);
	return is;
}

enum status show_recording(struct tool *t, const struct show_options *o)
{
	CLEAN_RECORDING struct recording recording = {0};
	struct recording_sums sums;
	struct findings f = {0};
	enum status s = check_recording(&f, &sums, &recording, o->name);

	if (s != STATUS_OK) {
		s = party_fail(&t->party, s, "cannot read the recording '%.200s': %s", o->name,
			s == STATUS_IO ? strerror(errno) : status_text(s));
		findings_release(&f);
		return s;
	}
	print(t, &recording, &sums, o, o->verify && f.count == 0);
	if (o->verify)
		return show_findings(t, &f, o->name);
	findings_release(&f);
	return STATUS_OK;
}
