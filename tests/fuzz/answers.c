/* SPDX-License-Identifier: MIT */
/* Answers to guided set-up, as a file of them: whatever they say is shown harmlessly, and nothing is written. */
#include "batch.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const tops[] = { "/sys", NULL };
	CLEANUP(sys_freep) struct sys *sys = fuzz_machine(tops, NULL, 0);
	const struct session_opts opts = { .read_only = true };
	char setup[] = "setup", answers[] = "--answers", from[] = "-";
	char *argv[] = { setup, answers, from, NULL };
	struct batch b = { .argc = 3, .argv = argv };
	CLEANUP(freep) char *said = NULL;
	size_t n = 0;

	MUST(session_new(sys, &opts, &b.session) == 0);
	/* fmemopen takes no empty one */
	b.in = size ? fmemopen((void *)(uintptr_t)data, size, "r") : fopen("/dev/null", "re");
	b.out = b.err = open_memstream(&said, &n);
	MUST(b.in && b.out);
	MUST(batch_run(&b) == EXIT_ERRORS);
	fclose(b.in);
	fclose(b.out);
	fuzz_harmless(said, n);
	session_free(b.session);
	return 0;
}
