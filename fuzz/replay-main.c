/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A fuzz target without libFuzzer, for the compilers that do not have it: every file of a corpus, then for some seconds
 * simple mutations of them. Not guided by anything, but a regression in the corpus is found by every build.
 *
 * usage: replay-NAME CORPUS [SECONDS [SEED]]
 */
#include <dirent.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FILES_MAX = 4096, INPUT_MAX = 128 * 1024, EDITS_MAX = 8 };

struct input {
	uint8_t *data;
	size_t size;
};

static struct input inputs[FILES_MAX];
static uint32_t input_count;
static uint64_t dice;

/* xorshift64* */
static uint32_t roll(uint32_t below)
{
	dice ^= dice >> 12;
	dice ^= dice << 25;
	dice ^= dice >> 27;
	return below == 0 ? 0 : (uint32_t)((dice * 2685821657736338717u) >> 33) % below;
}

static void load_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct input *in = &inputs[input_count];
	struct stat st;

	if (f == NULL || fstat(fileno(f), &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > INPUT_MAX) {
		if (f != NULL)
			fclose(f);
		return;
	}
	in->data = malloc((size_t)st.st_size + 1);
	in->size = fread(in->data, 1, (size_t)st.st_size, f);
	fclose(f);
	input_count++;
}

static void load_corpus(const char *path)
{
	struct dirent **names = NULL;
	/* in order, so that a seed means the same everywhere */
	int n = scandir(path, &names, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		char file[4096];

		if (input_count < FILES_MAX &&
		    (size_t)snprintf(file, sizeof file, "%s/%s", path, names[i]->d_name) < sizeof file)
			load_file(file);
		free(names[i]);
	}
	free(names);
}

/* Without a corpus, mutations start from noise. */
static void make_noise(void)
{
	for (uint32_t size = 1; size <= 32 * 1024; size *= 4) {
		struct input *in = &inputs[input_count++];

		*in = (struct input){.data = malloc(size), .size = size};
		for (uint32_t i = 0; i < size; i++)
			in->data[i] = (uint8_t)roll(roll(4) == 0 ? 256 : 8);
	}
}

/* One edit: change, insert, remove or repeat some bytes, or take some from another input. */
static size_t edit(uint8_t *data, size_t size)
{
	const struct input *other = &inputs[roll(input_count)];
	size_t at = roll((uint32_t)size + 1), len = 1 + roll(16), from;

	switch (roll(5)) {
	case 0:
		if (at < size)
			data[at] = (uint8_t)roll(256);
		return size;
	case 1:
		if (at < size)
			data[at] ^= (uint8_t)(1u << roll(8));
		return size;
	case 2:
		if (len > size - at)
			len = size - at;
		memmove(data + at, data + at + len, size - at - len);
		return size - len;
	case 3:
		from = roll((uint32_t)size + 1);
		if (len > size - from)
			len = size - from;
		if (size + len > INPUT_MAX)
			return size;
		memmove(data + at + len, data + at, size - at);
		/* what was copied may have moved; any bytes will do */
		memmove(data + at, data + from, len);
		return size + len;
	default:
		from = roll((uint32_t)other->size + 1);
		len = len * 16 > other->size - from ? other->size - from : len * 16;
		if (at + len > INPUT_MAX)
			len = INPUT_MAX - at;
		memcpy(data + at, other->data + from, len);
		return at + len > size ? at + len : size;
	}
}

/* An exact copy on the heap, so that sanitizers and valgrind see reads behind the end. */
static void run(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size == 0 ? 1 : size);

	if (size > 0)
		memcpy(copy, data, size);
	(void)LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

int main(int argc, char **argv)
{
	static uint8_t data[INPUT_MAX];
	time_t end = time(NULL) + (argc > 2 ? atoi(argv[2]) : 0);
	uint64_t seed = argc > 3 ? strtoull(argv[3], NULL, 10) : (uint64_t)time(NULL), mutants = 0;

	if (argc < 2) {
		fprintf(stderr, "usage: %s CORPUS [SECONDS [SEED]]\n", argv[0]);
		return 2;
	}
	dice = seed * 2 + 1;
	load_corpus(argv[1]);
	if (input_count == 0) {
		printf("no corpus at %s; starting from noise\n", argv[1]);
		make_noise();
	}
	for (uint32_t i = 0; i < input_count; i++)
		run(inputs[i].data, inputs[i].size);
	/* told before: whoever crashes does not come back to tell */
	printf("%" PRIu32 " inputs; mutations with seed %" PRIu64 "\n", input_count, seed);
	fflush(stdout);
	for (; time(NULL) < end; mutants++) {
		const struct input *in = &inputs[roll(input_count)];
		size_t size = in->size;

		memcpy(data, in->data, size);
		for (uint32_t edits = 1 + roll(EDITS_MAX); edits > 0; edits--)
			size = edit(data, size);
		run(data, size);
	}
	printf("%" PRIu64 " mutations\n", mutants);
	for (uint32_t i = 0; i < input_count; i++)
		free(inputs[i].data);
	return 0;
}
