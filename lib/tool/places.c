/* places.c - writes contents to the places that the options name. */
#include "tool/places.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "blocks/deal_blocks.h"
#include "blocks/publish.h"
#include "ipld/car_index.h"
#include "tool/tree.h"

static bool is_standard_output(const char *path)
{
	return path != NULL && strcmp(path, "-") == 0;
}

/* An existing folder, or a folder that will be made. */
static bool names_folder(const char *path)
{
	size_t n = strlen(path);
	struct stat st;

	if (is_standard_output(path))
		return false;
	return (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) || (n != 0 && path[n - 1] == '/');
}

void places_read(struct places *p, struct tool *t)
{
	*p = (struct places){.t = t, .car = tool_value(t, "output"), .folder = tool_value(t, "extract")};
	if (t->argument_count > 1 && p->car != NULL && !names_folder(p->car))
		tool_fail(t, STATUS_USAGE, "'%s' is not a folder: several CARs don't fit into one file", p->car);
	if (t->argument_count > 1 && is_standard_output(p->folder))
		tool_fail(t, STATUS_USAGE, "standard output takes only one file");
	if (is_standard_output(p->car) && is_standard_output(p->folder))
		tool_fail(t, STATUS_USAGE, "standard output takes the CAR or its file, not both");
}

/* Make the folder, with its parents, if it is not there, and check that a new file in the folder can be written. */
static enum status check_folder(const char *path)
{
	CLEAN_BYTES struct bytes file = {0};
	enum status s = file_make_folders(path, 0755);

	if (s != STATUS_OK)
		return s;
	bytes_append_format(&file, "%s/x", path);
	s = bytes_status(&file);
	return s == STATUS_OK ? file_out_check(bytes_text(&file)) : s;
}

static void look_at_folder(struct tool *t, const char *path)
{
	enum status s = check_folder(path);

	if (s != STATUS_OK)
		tool_fail(t, s, "cannot write to '%s': %s", path, s == STATUS_IO ? strerror(errno) : status_text(s));
}

static void look_at_file(struct tool *t, const char *path)
{
	enum status s = tool_check_place(t, path);

	if (s != STATUS_OK)
		tool_fail(t, s, "%s", t->party.error.why);
}

void places_look(const struct places *p)
{
	if (p->folder != NULL && is_standard_output(p->folder))
		look_at_file(p->t, p->folder);
	else if (p->folder != NULL)
		look_at_folder(p->t, p->folder);
	if (p->car != NULL && names_folder(p->car))
		look_at_folder(p->t, p->car);
	else if (p->car != NULL)
		look_at_file(p->t, p->car);
}

/* Room in the folder in which a file at @path is made. */
static enum status room_beside(const char *path, uint64_t bytes)
{
	char *copy = strdup(path);
	enum status s = copy != NULL ? file_room(names_folder(path) ? copy : dirname(copy), bytes) : STATUS_NO_MEMORY;

	free(copy);
	return s;
}

static enum status explain_room(struct party *party, enum status s, const char *path, uint64_t bytes)
{
	if (s != STATUS_IO || errno == ENOENT) /* a folder that will be made */
		return s == STATUS_IO ? STATUS_OK : s;
	return party_fail(
		party, s, "no room in '%s' for the %" PRIu64 " further bytes: %s", path, bytes, strerror(errno));
}

enum status places_check_room(const struct places *p, uint64_t bytes)
{
	enum status s = STATUS_OK;

	if (p->car != NULL && !is_standard_output(p->car))
		s = explain_room(&p->t->party, room_beside(p->car, bytes), p->car, bytes);
	if (s == STATUS_OK && p->folder != NULL && !is_standard_output(p->folder))
		s = explain_room(&p->t->party, file_room(p->folder, bytes), p->folder, bytes);
	return s;
}

/* Append DIR/CID and @tail, or "-" alone for standard output. */
static enum status path_in(struct bytes *path, const char *folder, const struct cid *c, const char *tail)
{
	char cid[CID_TEXT_MAX];

	if (is_standard_output(folder))
		bytes_append_text(path, folder);
	else
		bytes_append_format(path, "%s/%s%s", folder, cid_text(cid, c), tail);
	return bytes_status(path);
}

/* Is the name of a file to be written free, or that of a file? */
static enum status check_no_folder(struct party *party, struct bytes *path)
{
	struct stat st;

	if (path->len == 0 || is_standard_output(bytes_text(path)) || stat(bytes_text(path), &st) != 0 ||
		!S_ISDIR(st.st_mode))
		return STATUS_OK;
	return party_fail(party, STATUS_IO, "cannot write '%s': %s", bytes_text(path), strerror(EISDIR));
}

enum status places_check_name(const struct places *p, const struct cid *payload)
{
	CLEAN_BYTES struct bytes car = {0}, file = {0};
	enum status s = places_car(p, &car, payload);

	if (s != STATUS_OK)
		return s;
	if (payload->codec == CODEC_RAW)
		s = places_extract(p, &file, payload);
	if (s != STATUS_OK)
		return s;
	s = check_no_folder(&p->t->party, &car);
	return s == STATUS_OK ? check_no_folder(&p->t->party, &file) : s;
}

/* The file or folder out of the CAR at @car: every hash and size is checked once more on the way. */
static enum status unpack(struct tree *tree, const char *car, const struct cid *payload, const volatile int *stop)
{
	int fd = open(car, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct car_index index = {.fd = fd};
	struct unpack u = {.load = car_index_load, .length = car_index_length, .load_ctx = &index, .stop = stop};
	struct stat st;
	enum status s = fd >= 0 && fstat(fd, &st) == 0 ? STATUS_OK : STATUS_IO;

	bytes_append_text(&tree->path, tree->base);
	if (s == STATUS_OK && st.st_size != 0) /* an identity CID as payload has no blocks */
		s = car_index_read(&index);
	if (s != STATUS_OK)
		goto out;
	s = unpack_measure(&u, payload);
	if (s != STATUS_OK)
		goto out;
	s = u.files > UNPACK_FILES_MAX ? STATUS_TOO_LARGE : tree_unpack(tree, &u, payload);
out:
	car_index_release(&index);
	if (fd >= 0)
		close(fd);
	return s;
}

static const char *reason(enum status s)
{
	if (s == STATUS_IO)
		return strerror(errno);
	if (s == STATUS_DUPLICATE_KEY)
		return "a folder has a name twice";
	if (s == STATUS_TOO_LARGE)
		return "there are too many files, or blocks are linked again and again";
	return status_text(s);
}

/* Explains @s: a block has changed since it was received. */
static enum status explain_damage(struct party *party, enum status s, uint64_t deal)
{
	enum status noted = buyer_note_damage(party, deal);

	if (noted != STATUS_OK)
		return noted;
	return party_fail(party, s,
		"the kept blocks of deal %" PRIu64
		" are damaged: %s; the next run buys all blocks after the damage again",
		deal, status_text(s));
}

/* Explains why the blocks in @car could not be extracted to @at. */
static enum status explain_extract(
	const struct places *p, enum status s, const struct client_deal *d, const char *car, const char *at)
{
	struct party *party = &p->t->party;
	char cid[CID_TEXT_MAX];

	if (s == STATUS_IO && access(car, F_OK) != 0)
		return buyer_explain_gone(party, d->id);
	if (status_class(s) == CLASS_INTEGRITY)
		return explain_damage(party, s, d->id);
	if (s == STATUS_UNSUPPORTED)
		return party_fail(party, s, "%s is %s: use -o to get its CAR", cid_text(cid, &d->payload),
			is_standard_output(p->folder) ? "no single file" : "not made of files and folders alone");
	if (s == STATUS_BAD_UNIXFS || s == STATUS_BAD_NAME)
		return party_fail(party, s, "%s can't be extracted: %s: use -o to get its CAR",
			cid_text(cid, &d->payload), status_text(s));
	if (s == STATUS_IO && errno == EPIPE)
		return party_fail(party, STATUS_END, "the reader of the output went away");
	return party_fail(party, s, "cannot extract to '%s': %s", at, reason(s));
}

static enum status extract(const struct places *p, const struct client_deal *d)
{
	CLEAN_BYTES struct bytes car = {0}, path = {0};
	struct party *party = &p->t->party;
	struct tree tree = {0};
	enum status s = places_extract(p, &path, &d->payload);

	if (s != STATUS_OK)
		return s;
	buyer_blocks_path(party, &car, d->id);
	s = bytes_status(&car);
	if (s != STATUS_OK)
		return s;
	tree.base = bytes_text(&path);
	s = unpack(&tree, bytes_text(&car), &d->payload, party->stop);
	if (s != STATUS_OK)
		s = explain_extract(p, s, d, bytes_text(&car), bytes_text(&tree.path));
	tree_release(&tree);
	return s;
}

enum status places_car(const struct places *p, struct bytes *path, const struct cid *payload)
{
	if (p->car == NULL)
		return STATUS_OK;
	if (names_folder(p->car))
		return path_in(path, p->car, payload, ".car");
	bytes_append_text(path, p->car);
	return bytes_status(path);
}

enum status places_extract(const struct places *p, struct bytes *path, const struct cid *payload)
{
	return p->folder != NULL ? path_in(path, p->folder, payload, "") : STATUS_OK;
}

bool places_use_standard_output(const struct places *p)
{
	return is_standard_output(p->car) || is_standard_output(p->folder);
}

/* Writes the CAR to the named file, or into the named folder. */
static enum status publish(const struct places *p, const struct client_deal *d)
{
	CLEAN_BYTES struct bytes path = {0};
	enum status s = places_car(p, &path, &d->payload);

	return s == STATUS_OK ? buyer_publish(&p->t->party, d->id, bytes_text(&path)) : s;
}

enum status places_deliver(const struct places *p, uint64_t deal)
{
	char funds[AMOUNT_TEXT_MAX], size[TOOL_SIZE_MAX];
	struct client_deal d;
	enum status s = party_get_client(&p->t->party, &d, deal);

	if (s == STATUS_OK && p->car != NULL)
		s = publish(p, &d);
	if (s == STATUS_OK && p->folder != NULL)
		s = extract(p, &d);
	if (s != STATUS_OK)
		return s;
	party_done(&p->t->party, "deal %" PRIu64 " complete: %" PRIu64 " block%s, %s, %s afil", deal, d.blocks_received,
		text_plural(d.blocks_received), tool_size_text(size, d.total_received),
		amount_decimal(funds, &d.funds_spent));
	return STATUS_OK;
}
