/* floor.c - what the disk alone makes of a paid deal: the seconds that its syncs take, with nothing else done.
 *
 * floor FOLDER INTERVALS BYTES
 *
 * For each interval, one after another as the protocol has it: BYTES more of a
 * file on the client's disk, a small transaction of the client, a small
 * transaction of the provider.  Prints the seconds of all.  With 0 BYTES the
 * transactions are alone.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "kv/kv.h"

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void must(enum status s)
{
	if (s == STATUS_OK)
		return;
	fprintf(stderr, "floor: %s\n", status_text(s));
	exit(1);
}

static struct kv *open_store(const char *folder, const char *name)
{
	struct bytes path = {0};
	struct kv *kv;

	bytes_append_format(&path, "%s/%s", folder, name);
	must(kv_open(&kv, bytes_text(&path), KV_CREATE));
	bytes_release(&path);
	return kv;
}

static void commit(struct kv *kv, unsigned long i)
{
	static const uint8_t value[300];
	struct kv_txn *txn;

	must(kv_begin_write(kv, &txn));
	must(kv_put(txn, span_of(&i, sizeof(i)), span_of(value, sizeof(value))));
	must(kv_commit(&txn));
}

int main(int argc, char **argv)
{
	unsigned long intervals, size;
	struct bytes path = {0};
	struct kv *client, *provider;
	uint8_t *data;
	double begin;
	int fd;

	if (argc != 4)
		return 2;
	intervals = strtoul(argv[2], NULL, 10);
	size = strtoul(argv[3], NULL, 10);
	client = open_store(argv[1], "client");
	provider = open_store(argv[1], "provider");
	bytes_append_format(&path, "%s/car", argv[1]);
	fd = open(bytes_text(&path), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	data = malloc(size + 1);
	if (fd < 0 || data == NULL)
		return 10;
	memset(data, 1, size);
	begin = now();
	for (unsigned long i = 0; i < intervals; i++) {
		if (size != 0)
			must(file_pwrite_full(fd, data, size, i * size));
		if (size != 0 && fdatasync(fd) != 0)
			return 10;
		commit(client, i);
		commit(provider, i);
	}
	printf("%.6f\n", now() - begin);
	kv_close(client);
	kv_close(provider);
	close(fd);
	free(data);
	bytes_release(&path);
	return 0;
}
