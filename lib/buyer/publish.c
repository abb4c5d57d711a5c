/* publish.c - the CAR of a deal is delivered. */
#include "buyer/publish.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "buyer/deal_blocks.h"

/* Copy all of @from to @to; the file system may share the bytes. */
static enum status copy_bytes(int to, int from)
{
	uint8_t buffer[1 << 16];
	enum status s = STATUS_OK;
	ssize_t n = 1;

	while (n > 0)
		n = copy_file_range(from, NULL, to, NULL, 1u << 30, 0);
	while (s == STATUS_OK && (n = read(from, buffer, sizeof(buffer))) > 0) /* what copy_file_range() could not do */
		s = file_write_full(to, buffer, (size_t)n);
	return s == STATUS_OK && n < 0 ? STATUS_IO : s;
}

/* Copy @from to @path, whole or not at all. */
static enum status copy_whole(const char *from, const char *path)
{
	struct file_out out = {.fd = -1};
	enum status s;
	int fd = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return STATUS_IO;
	s = file_out_open(&out, path, 0644);
	if (s == STATUS_OK)
		s = copy_bytes(out.fd, fd);
	if (s == STATUS_OK)
		s = file_out_commit(&out);
	file_out_release(&out);
	close(fd);
	return s;
}

enum status buyer_publish(struct party *p, uint64_t id, const char *path)
{
	CLEAN_BYTES struct bytes from = {0};
	struct client_deal deal;
	enum status s = party_get_client(p, &deal, id);

	if (s != STATUS_OK)
		return s;
	if (!deal.all_blocks_received)
		return party_fail(p, STATUS_BAD_STATE, "deal %" PRIu64 " still lacks blocks", id);
	buyer_blocks_path(p, &from, id);
	s = bytes_status(&from);
	if (s != STATUS_OK)
		return s;
	s = copy_whole(bytes_text(&from), path);
	if (s == STATUS_IO && errno == EPIPE)
		return party_fail(p, STATUS_END, "the reader of the output went away");
	if (s == STATUS_IO)
		return party_fail(p, s, "cannot write '%s': %s", path, strerror(errno));
	return s;
}
