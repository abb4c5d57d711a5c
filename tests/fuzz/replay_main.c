/* replay_main.c - runs a fuzz target over its seeds, and over cheap mutations of them, without libFuzzer.
 *
 * NAME [-m MUTATIONS] [-o FOLDER] FILE...
 *
 * A FILE that ends in ".hex" holds one seed a line: hex digits in runs parted
 * by spaces, a run followed by "*N" standing N times, '#' beginning a remark.
 * Any other FILE is one seed.  Mutations are drawn from a fixed generator, so
 * that a run is the same every time.  -o writes the seeds to FOLDER instead,
 * for libFuzzer.  When a seed crashes its target, the input goes to standard
 * error in hex.
 */
#include <ctype.h>
#include <signal.h>
#include <string.h>

#include "base/file.h"
#include "fuzz.h"

#define SEED_MAX    (8u << 20)
#define MUTATED_MAX 4096 /* longer seeds are run as they are, and mutated less */

static struct bytes current; /* what the target is working on */
static unsigned long seeds, mutations;
static uint64_t state = 0x9e3779b97f4a7c15u;

static uint64_t draw(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* Only what a signal handler may do. */
static void on_abort(int number)
{
	static const char head[] = "input: ", hex[] = "0123456789abcdef";
	ssize_t ignored = write(STDERR_FILENO, head, sizeof(head) - 1);

	for (size_t i = 0; i < current.len && i < 2048; i++) {
		char pair[2] = {hex[current.data[i] >> 4], hex[current.data[i] & 15]};

		ignored = write(STDERR_FILENO, pair, sizeof(pair));
	}
	ignored = write(STDERR_FILENO, "\n", 1);
	(void)ignored;
	signal(number, SIG_DFL);
}

/* The target gets a copy of exactly that size, so that reading past its end is seen. */
static void run_current(void)
{
	uint8_t *copy = malloc(current.len != 0 ? current.len : 1);

	MUST(copy != NULL, "there is memory");
	if (current.len != 0)
		memcpy(copy, current.data, current.len);
	LLVMFuzzerTestOneInput(copy, current.len);
	free(copy);
}

/* One small change: a bit, a byte, a cut, a repetition, an interesting value. */
static void mutate(struct bytes *b)
{
	static const uint8_t interesting[] = {
		0x00, 0x01, 0x7f, 0x80, 0xff, 0x1b, 0x3b, 0x5b, 0x9b, 0xbb, 0xd8, 0xf6, 0xf7};
	size_t at = b->len != 0 ? draw() % b->len : 0, n;
	uint8_t chunk[16];

	if (b->len == 0) {
		bytes_append_byte(b, (uint8_t)draw());
		return;
	}
	switch (draw() % 6) {
	case 0:
		b->data[at] ^= (uint8_t)(1u << draw() % 8);
		break;
	case 1:
		b->data[at] = (uint8_t)draw();
		break;
	case 2:
		b->data[at] = interesting[draw() % sizeof(interesting)];
		break;
	case 3:
		b->len = at;
		break;
	case 4:
		n = 1 + draw() % 8;
		if (at + n < b->len) {
			memmove(b->data + at, b->data + at + n, b->len - at - n);
			b->len -= n;
		}
		break;
	case 5:
		n = b->len - at < sizeof(chunk) ? b->len - at : sizeof(chunk);
		memcpy(chunk, b->data + at, n);
		bytes_append(b, chunk, n);
		break;
	}
}

static void run_seed(struct span seed, unsigned long count)
{
	bytes_clear(&current);
	bytes_append(&current, seed.data, seed.len);
	run_current();
	if (seed.len > MUTATED_MAX)
		count /= 100;
	for (unsigned long i = 0; i < count; i++) {
		bytes_clear(&current);
		bytes_append(&current, seed.data, seed.len);
		for (uint64_t n = 1 + draw() % 3; n > 0; n--)
			mutate(&current);
		run_current();
		mutations++;
	}
	seeds++;
}

static int save_seed(struct span seed, const char *folder)
{
	struct bytes path = {0};
	struct file_out out;
	enum status s;

	bytes_append_format(&path, "%s/seed-%03lu", folder, seeds++);
	s = file_out_open(&out, bytes_text(&path), 0644);
	if (s == STATUS_OK) {
		s = file_write_full(out.fd, seed.data, seed.len);
		if (s == STATUS_OK)
			s = file_out_commit(&out);
		file_out_release(&out);
	}
	bytes_release(&path);
	return s == STATUS_OK;
}

static int digit(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One line of a .hex file: the bytes it stands for; 0 if there is something else in it. */
static int read_line(struct bytes *out, const char *at)
{
	while (*at != '\0' && *at != '\n' && *at != '#') {
		size_t begin = out->len;

		while (digit(at[0]) >= 0 && digit(at[1]) >= 0) {
			bytes_append_byte(out, (uint8_t)(digit(at[0]) << 4 | digit(at[1])));
			at += 2;
		}
		if (*at == '*' && out->len > begin) {
			char *end;
			unsigned long times = strtoul(at + 1, &end, 10);
			size_t n = out->len - begin;

			if (times == 0 || times > SEED_MAX / n)
				return 0;
			for (uint8_t *to = bytes_grow(out, n * (times - 1)); to != NULL && times > 1; times--, to += n)
				memcpy(to, out->data + begin, n);
			at = end;
		}
		if (*at != ' ' && *at != '\0' && *at != '\n')
			return 0;
		at += strspn(at, " ");
	}
	return 1;
}

static int each_line(const char *path, struct bytes *text, unsigned long count, const char *folder)
{
	struct bytes seed = {0};
	char *rest = NULL;
	int good = 1, number = 0;

	bytes_append_byte(text, '\0');
	for (char *line = strtok_r((char *)text->data, "\n", &rest); line != NULL && good;
		line = strtok_r(NULL, "\n", &rest)) {
		number++;
		if (*line == '#')
			continue;
		bytes_clear(&seed);
		good = read_line(&seed, line) && bytes_status(&seed) == STATUS_OK;
		if (!good)
			fprintf(stderr, "%s: line %d (empty ones aside) is not a seed\n", path, number);
		else if (folder != NULL)
			good = save_seed(bytes_span(&seed), folder);
		else
			run_seed(bytes_span(&seed), count);
	}
	bytes_release(&seed);
	return good;
}

static int each_file(const char *path, unsigned long count, const char *folder)
{
	struct bytes content = {0};
	size_t n = strlen(path);
	int good = file_slurp_path(&content, path, SEED_MAX) == STATUS_OK;

	if (!good)
		fprintf(stderr, "cannot read '%s'\n", path);
	else if (n > 4 && strcmp(path + n - 4, ".hex") == 0)
		good = each_line(path, &content, count, folder);
	else
		run_seed(bytes_span(&content), count);
	bytes_release(&content);
	return good;
}

int main(int argc, char **argv)
{
	unsigned long count = 2000, failed = 0;
	const char *folder = NULL;
	int c;

	while ((c = getopt(argc, argv, "m:o:")) != -1) {
		if (c == 'm')
			count = strtoul(optarg, NULL, 10);
		else if (c == 'o')
			folder = optarg;
		else
			return 2;
	}
	signal(SIGABRT, on_abort);
	for (; optind < argc; optind++)
		failed += !each_file(argv[optind], count, folder);
	bytes_release(&current);
	fprintf(stderr, "%lu seeds, %lu mutations\n", seeds, mutations);
	printf("%lu passed, %lu failed\n", seeds, failed);
	return failed != 0;
}
