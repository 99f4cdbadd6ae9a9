/* SPDX-License-Identifier: MIT */
/*
 * The committed corpus of one target, run without libFuzzer: each file as it is, cut short, and with bytes changed, by an order
 * that is always the same. CORPUS names the directory, ROUNDS=n makes n changed ones of each file (default 40).
 */
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

enum { INPUT_MAX = 1 << 20 };

static unsigned roll(uint64_t *state, unsigned sides)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(*state >> 33) % sides;
}

/* One to four changes; bytes that mean something are likelier than others. */
static size_t change(uint64_t *state, uint8_t *data, size_t size)
{
	static const uint8_t telling[] = "\0\n\033\x7f\xff\x9b/.,-{}[]\"0x: ";

	for (unsigned n = 1 + roll(state, 4); n > 0 && size; n--) {
		size_t at = roll(state, (unsigned)size);

		if (roll(state, 8) == 0)
			size = at;
		else
			data[at] = roll(state, 2) ? telling[roll(state, sizeof(telling) - 1)]
						  : (uint8_t)roll(state, 256);
	}
	return size;
}

static unsigned replay(const uint8_t *data, size_t size, unsigned rounds, uint64_t *state)
{
	LLVMFuzzerTestOneInput(data, size);
	for (unsigned i = 0; i < rounds; i++) {
		CLEANUP(freep) uint8_t *copy = malloc(size + 1);

		MUST(copy);
		memcpy(copy, data, size);
		LLVMFuzzerTestOneInput(copy, change(state, copy, size));
	}
	return 1 + rounds;
}

static int is_file(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

static size_t read_input(const char *dir, const char *name, uint8_t *ret)
{
	char path[4096];
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "re");
	MUST(f);
	n = fread(ret, 1, INPUT_MAX, f);
	fclose(f);
	return n;
}

int main(void)
{
	const char *dir = getenv("CORPUS"), *text = getenv("ROUNDS");
	unsigned rounds = text ? (unsigned)strtoul(text, NULL, 10) : 40, runs = 0;
	CLEANUP(freep) uint8_t *data = malloc(INPUT_MAX);
	struct dirent **names = NULL;
	uint64_t state = 1;
	int n = dir ? scandir(dir, &names, is_file, alphasort) : -1;

	MUST(data && n > 0 && "CORPUS names a directory with files");
	for (int i = 0; i < n; i++) {
		size_t size = read_input(dir, names[i]->d_name, data);

		runs += replay(data, size, rounds, &state);
		free(names[i]);
	}
	free(names);
	printf("1..1\nok 1 - no promise is broken by %d corpus files in %u forms\n", n, runs);
	return 0;
}
