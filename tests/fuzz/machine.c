/* SPDX-License-Identifier: MIT */
/* Machine files: what is taken is saved as text that is taken again, and saved as the same text. */
#include "fuzz.h"
#include "sim.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(freep) char *text = fuzz_string(data, size);
	CLEANUP(sys_freep) struct sys *sys = NULL;
	CLEANUP(sys_freep) struct sys *copy = NULL;
	CLEANUP(buf_done) struct buf saved = { 0 };
	CLEANUP(buf_done) struct buf again = { 0 };
	struct sim_error where = { 0 };
	int r = sim_new(text, size, &sys, &where);

	if (r < 0) {
		MUST(where.line > 0 && where.expected[0]);
		return 0;
	}
	MUST(sim_save(sys, &saved) == 0);
	MUST(sim_new(buf_str(&saved), saved.len, &copy, &where) == 0);
	MUST(sim_save(copy, &again) == 0);
	MUST(saved.len == again.len && !memcmp(buf_str(&saved), buf_str(&again), saved.len));
	return 0;
}
