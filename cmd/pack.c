/* pack - pack a file or a folder as a UnixFS DAG into a CAR, or unpack a CAR.
 *
 * pack [-q] [--chunk-size SIZE] [--width N] [--hash NAME] [--hidden] [-o FILE.car] FILE|DIR
 * pack -x [-q] [--max-size SIZE] [--max-files N] [--root CID] [-o FILE|DIR] FILE.car
 */
#include "pack/pack.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct tool_option options[] = {
	{"output", 'o', "FILE", "where the CAR goes, or with -x the file or folder (default: standard output)"},
	{"extract", 'x', NULL, "unpack: write the file or folder that a CAR holds"},
	{"chunk-size", 0, "SIZE", "bytes in a leaf (default: 1MiB)"},
	{"width", 0, "N", "links in a node (default: 1024)"},
	{"hash", 0, "NAME", "the hash of the CIDs: sha2-256 (default) or blake2b-256"},
	{"hidden", 0, NULL, "also pack names in a folder that begin with a dot"},
	{"max-size", 0, "SIZE", "with -x: write at most SIZE bytes of files (default: the free space of the disk)"},
	{"max-files", 0, "N", "with -x: write at most N files and folders (default: 1000000)"},
	{"root", 0, "CID", "with -x: the root to extract, of a CAR that has none or several"},
	{NULL, 0, NULL, NULL},
};
static const struct tool_spec spec = {
	"pack",
	"[-q] [--chunk-size SIZE] [--width N] [--hash NAME] [--hidden] [-o FILE.car] FILE|DIR\n"
	"       pack -x [-q] [--max-size SIZE] [--max-files N] [--root CID] [-o FILE|DIR] FILE.car",
	"Pack a file or a folder as a UnixFS DAG into a CAR, or unpack a CAR.\n"
	"The CAR has its blocks in the order in which they will be sent; the CID goes to standard error.\n"
	"With -x, every block is verified before it is written.",
	options,
};

enum status pack_write(void *ctx, struct span bytes)
{
	return tool_write(ctx, bytes);
}

int pack_open_input(struct tool *t, const char *path)
{
	int wait =
		tool_flag(t, "extract") ? O_NONBLOCK : 0; /* a CAR is a file: nobody waits for the writer of a pipe */
	int fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | wait);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0)
		tool_fail(t, STATUS_IO, "cannot open '%s': %s", path, strerror(errno));
	return fd;
}

/* Nobody wants a part of a CAR or of a file, whatever the exit code. */
static enum status whole_or_nothing(struct tool *t, enum status s)
{
	if (s == STATUS_OK || !t->out_open)
		return s;
	file_out_release(&t->out);
	t->out_open = false;
	return s;
}

int main(int argc, char **argv)
{
	struct tool t;

	tool_begin(&t, &spec, argc, argv);
	tool_expect_arguments(&t, 1, 1);
	return tool_end(&t, whole_or_nothing(&t, tool_flag(&t, "extract") ? pack_extract(&t) : pack_create(&t)));
}
