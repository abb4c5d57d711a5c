/* nearest.c - the distance of two words: a table of the distances of their beginnings. */
#include "base/nearest.h"

#include <stdint.h>
#include <string.h>

#define LONG 31

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

size_t word_distance(const char *a, const char *b)
{
	size_t d[LONG + 1][LONG + 1], n = strlen(a), m = strlen(b);

	if (n > LONG || m > LONG)
		return SIZE_MAX;
	for (size_t i = 0; i <= n; i++)
		for (size_t j = 0; j <= m; j++) {
			if (i == 0 || j == 0) {
				d[i][j] = i + j;
				continue;
			}
			d[i][j] = least(d[i - 1][j - 1] + (a[i - 1] != b[j - 1]), least(d[i - 1][j], d[i][j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
		}
	return d[n][m];
}

bool word_is_near(const char *a, const char *b)
{
	return word_distance(a, b) <= (strlen(a) > 4 ? 2 : 1);
}
