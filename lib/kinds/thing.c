/* thing.c - a file, a stream or a string, opened so that its kind can be recognized. */
#include "kinds/thing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/multibase.h"
#include "base/unfinished.h"

#define HEAD_MAX (4u << 20) /* bytes read to recognize a file; small things are read whole */

/* A copy of a stream or a string that can be read anywhere; nameless. */
static enum status spool(struct thing *x, int from, struct span text)
{
	uint8_t buffer[1 << 16];
	size_t got = sizeof(buffer);
	const char *folder = getenv("TMPDIR");
	enum status s;

	if (from < 0) {
		x->fd = memfd_create("inspect", MFD_CLOEXEC);
		return x->fd >= 0 ? file_write_full(x->fd, text.data, text.len) : STATUS_IO;
	}
	s = unfinished_spool(&x->fd, folder != NULL && *folder != '\0' ? folder : "/tmp");
	while (s == STATUS_OK && got == sizeof(buffer)) {
		s = file_read_full(from, buffer, sizeof(buffer), &got);
		if (s == STATUS_END || s == STATUS_CUT)
			s = STATUS_OK;
		if (s == STATUS_OK)
			s = file_write_full(x->fd, buffer, got);
	}
	return s;
}

/* Reads the head, and decodes it if it is one line of base64url, or the first such line. */
static enum status read_head(struct thing *x)
{
	uint8_t *room = bytes_grow(&x->head, HEAD_MAX + 1);
	struct span line;
	size_t got;
	enum status s = room == NULL ? STATUS_NO_MEMORY : lseek(x->fd, 0, SEEK_SET) < 0 ? STATUS_IO : STATUS_OK;

	if (s == STATUS_OK)
		s = file_read_full(x->fd, room, HEAD_MAX + 1, &got);
	if (s == STATUS_END || s == STATUS_CUT)
		s = STATUS_OK;
	if (s != STATUS_OK)
		return s;
	x->whole = got <= HEAD_MAX;
	x->head.len = got;
	x->item = bytes_span(&x->head);
	line = x->item;
	if (got > 0 && memchr(line.data, '\n', got) != NULL)
		line.len = (size_t)((const uint8_t *)memchr(line.data, '\n', got) - line.data);
	if (line.len > 1 && line.data[line.len - 1] == '\r') /* the ends of lines in mail */
		line.len--;
	if (line.len > 1 && base_decode(&x->decoded, BASE64URL, line) == STATUS_OK)
		x->item = bytes_span(&x->decoded);
	return lseek(x->fd, 0, SEEK_SET) < 0 ? STATUS_IO : STATUS_OK;
}

enum status thing_open(struct tool *t, struct thing *x)
{
	bool input = strcmp(x->name, "-") == 0;
	struct stat st;
	enum status s;
	int fd = input ? dup(STDIN_FILENO) : open(x->name, O_RDONLY | O_CLOEXEC);

	if (fd < 0 && !input && (errno == ENOENT || errno == ENAMETOOLONG || errno == ENOTDIR)) {
		x->string = true;
		s = spool(x, -1, span_text(x->name));
	} else if (fd < 0 || fstat(fd, &st) != 0) {
		return party_fail(&t->party, STATUS_IO, "cannot open '%.200s': %s", x->name, strerror(errno));
	} else if (S_ISDIR(st.st_mode)) {
		x->folder = true;
		close(fd);
		return STATUS_OK;
	} else if (S_ISREG(st.st_mode)) {
		x->fd = fd;
		s = STATUS_OK;
	} else {
		s = spool(x, fd, (struct span){0});
		close(fd);
	}
	if (s == STATUS_OK)
		s = read_head(x);
	if (s != STATUS_OK)
		return party_fail(&t->party, s, "cannot read '%.200s': %s", x->name,
			s == STATUS_IO ? strerror(errno) : status_text(s));
	return STATUS_OK;
}

void thing_close(struct thing *x)
{
	if (x->fd >= 0)
		close(x->fd);
	if (x->head.data != NULL)
		explicit_bzero(x->head.data, x->head.len); /* the bytes may be a key */
	if (x->decoded.data != NULL)
		explicit_bzero(x->decoded.data, x->decoded.len);
	bytes_release(&x->head);
	bytes_release(&x->decoded);
}
