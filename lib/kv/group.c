/* group.c - commits many transactions with one sync, after syncing the files that the records describe.
 *
 * Knows that files are synced first: a committed record may name bytes of a
 * file, so these bytes must be durable before the record.
 */
#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "kv/kv_private.h"

#define SYNC_TOGETHER                                                                                                  \
	4 /* files that are synced at the same time, because one flush of the disk is enough for all of them */

/** struct kv_file - a descriptor that the group owns, and the file's identity. */
struct kv_file {
	struct job job;
	int fd;
	dev_t device;
	ino_t inode;
	int why; /* errno of a sync that failed, else 0 */
};

void kv_group_begin(struct kv *kv)
{
	kv->grouping = true;
}

static void sync_one(struct job *j)
{
	struct kv_file *f = (struct kv_file *)j;

	f->why = fdatasync(f->fd) != 0 ? errno : 0;
}

static void sync_each(struct kv *kv)
{
	if (kv->crew == NULL && kv->file_count >= SYNC_TOGETHER && workers_new(&kv->crew) != STATUS_OK)
		kv->crew = NULL;
	for (size_t i = 0; i < kv->file_count; i++) {
		kv->files[i].job.run = sync_one;
		if (kv->crew != NULL)
			workers_add(kv->crew, &kv->files[i].job);
		else
			sync_one(&kv->files[i].job);
	}
	for (size_t i = 0; i < kv->file_count && kv->crew != NULL; i++)
		workers_wait(kv->crew, &kv->files[i].job);
}

static enum status sync_files(struct kv *kv)
{
	int why = 0;

	sync_each(kv);
	for (size_t i = 0; i < kv->file_count; i++) {
		if (kv->files[i].why != 0)
			why = kv->files[i].why;
		close(kv->files[i].fd);
	}
	kv->file_count = 0;
	return kv_fail(kv, why);
}

void kv_group_drop(struct kv *kv)
{
	for (size_t i = 0; i < kv->file_count; i++)
		close(kv->files[i].fd);
	free(kv->files);
	kv->files = NULL;
	kv->file_count = kv->file_room = 0;
	workers_free(kv->crew);
	kv->crew = NULL;
	kv_abort(&kv->group);
}

enum status kv_group_commit(struct kv *kv)
{
	enum status s = sync_files(kv);

	assert(kv->inner == NULL);
	if (s == STATUS_OK && kv->group != NULL)
		return kv_commit(&kv->group);
	kv_abort(&kv->group);
	return s;
}

enum status kv_group_end(struct kv *kv)
{
	enum status s = kv_group_commit(kv);

	kv_group_drop(kv);
	kv->grouping = false;
	return s;
}

/* Add the file to the list unless the list has the file; false on failure. */
static bool note_file(struct kv *kv, int fd)
{
	struct kv_file file = {.fd = -1}, *files;
	struct stat st;

	if (fstat(fd, &st) != 0)
		return false;
	for (size_t i = 0; i < kv->file_count; i++)
		if (kv->files[i].device == st.st_dev && kv->files[i].inode == st.st_ino)
			return true;
	files = array_grow(kv->files, kv->file_count, &kv->file_room, sizeof(*files));
	if (files == NULL)
		return false;
	kv->files = files;
	file = (struct kv_file){.fd = fcntl(fd, F_DUPFD_CLOEXEC, 3), .device = st.st_dev, .inode = st.st_ino};
	if (file.fd < 0)
		return false;
	kv->files[kv->file_count++] = file;
	return true;
}

enum status kv_sync_file(struct kv *kv, int fd)
{
	if (kv->grouping && note_file(kv, fd))
		return STATUS_OK;
	return fdatasync(fd) == 0 ? STATUS_OK : kv_fail(kv, errno);
}
