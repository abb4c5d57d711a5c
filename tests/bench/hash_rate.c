/* hash_rate.c - H: how many bytes one core hashes in a second, SHA-256 over blocks of 256 KiB; the best of three tries. -b: BLAKE2b-256. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/hash.h"

#define BLOCK   (256u << 10)
#define SECONDS 0.4

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	int blake = argc > 1 && strcmp(argv[1], "-b") == 0;
	static uint8_t block[BLOCK];
	double best = 0;

	memset(block, 0x5a, sizeof(block));
	for (int i = 0; i < 3; i++) {
		double begin = now(), bytes = 0;

		while (now() - begin < SECONDS) {
			if (blake)
				blake2b(block, BLAKE2B_256_SIZE, span_of(block, sizeof(block)));
			else
				sha256(block, span_of(block, sizeof(block)));
			bytes += BLOCK;
		}
		if (bytes / (now() - begin) > best)
			best = bytes / (now() - begin);
	}
	printf("%.0f\n", best);
	return 0;
}
