/* SPDX-License-Identifier: MIT */
/*
 * keys N ROOT: what each key costs the program on a machine of N subchannels that is exported as a tree: the key, everything that
 * follows from it, and the whole screen drawn anew. No terminal takes part. Time of the processor.
 */
#include "figure.h"
#include "screen.h"

#include <string.h>

enum { ROUNDS = 24, DOUBLINGS = 6 };

static double ms_now(void)
{
	return ms_of(CLOCK_PROCESS_CPUTIME_ID);
}

struct work {
	const char *name;
	/* A key, or in quotes a line, for each round in turn. */
	const char *script[4];
};

static const struct work works[] = {
	{ "keys.cursor", { "j", "k" } },
	{ "keys.page", { "F8", "F8", "F7" } },
	{ "keys.overview", { "1", "j", "k" } },
	{ "keys.changes", { "6", "j", "k" } },
	{ "keys.place", { "5", "2" } },
	{ "keys.stage", { "space j" } },
	{ "keys.undo", { "u" } },
	{ "keys.sort.device", { "\"sort device\"" } },
	{ "keys.sort.text", { "\"sort bound\"", "\"sort what\"" } },
	{ "keys.sort.facts", { "\"sort used_by\"", "\"sort after_reboot\"" } },
	{ "keys.unsort", { "\"sort\"" } },
	{ "keys.stage.sorted", { "space j" } },
	{ "keys.filter", { "\"only 1\"", "\"only 12\"", "\"only 123\"", "\"all\"" } },
	{ "keys.filter.key", { "\"only bound=vfio\"", "\"all\"" } },
	{ "keys.find", { "\"find fff\"", "\"find no-such\"", "\"find host\"" } },
	{ "keys.mark", { "v", "j" } },
};

/* So many rows selected and staged at once, twice as many each time, and taken back. n: the rows. */
static void bulk(struct screen *s, unsigned long most)
{
	double select[DOUBLINGS], stage[DOUBLINGS], of_select[DOUBLINGS], of_stage[DOUBLINGS], t;
	unsigned long n = 128;
	size_t k = 0;

	for (; k < DOUBLINGS && 2 * n <= most; k++) {
		char range[64];

		n *= 2;
		snprintf(range, sizeof(range), "\"select 0.0.0000-0.0.%04lx\"", n - 1);
		t = ms_now();
		screen_keys(s, range);
		select[k] = ms_now() - t;
		t = ms_now();
		screen_keys(s, "space");
		stage[k] = ms_now() - t;
		screen_keys(s, "u");
		figure("keys.bulk.select", n, &select[k], 1, "ms");
		figure("keys.bulk.stage", n, &stage[k], 1, "ms");
		of_select[k] = k ? select[k] / select[k - 1] : 0;
		of_stage[k] = k ? stage[k] / stage[k - 1] : 0;
	}
	/* Twice as many rows: twice the work and no more. */
	if (k > 1) {
		figure("keys.bulk.select.doubled", n, of_select + 1, k - 1, "times");
		figure("keys.bulk.stage.doubled", n, of_stage + 1, k - 1, "times");
	}
}

int main(int argc, char **argv)
{
	static char machine[4096];
	double v[ROUNDS], t;
	struct screen s;
	unsigned long n;

	if (argc != 3) {
		fprintf(stderr, "usage: keys N ROOT\n");
		return 64;
	}
	n = strtoul(argv[1], NULL, 10);
	snprintf(machine, sizeof(machine), "dir:%s", argv[2]);
	t = ms_now();
	screen_open(&s, machine, 43, 132);
	v[0] = ms_now() - t;
	figure("keys.open", n, v, 1, "ms");
	screen_keys(&s, "2");
	for (size_t k = 0; k < ARRAY_SIZE(works); k++) {
		const struct work *w = &works[k];
		size_t scripts = 0;

		while (scripts < ARRAY_SIZE(w->script) && w->script[scripts])
			scripts++;
		for (size_t i = 0; i < ROUNDS; i++) {
			t = ms_now();
			screen_keys(&s, w->script[i % scripts]);
			v[i] = ms_now() - t;
		}
		figure(w->name, n, v, ROUNDS, "ms");
	}
	bulk(&s, n);
	screen_done(&s);
	return 0;
}
