/* SPDX-License-Identifier: MIT */
/* What sysfs says: attributes, links and names, patched into a small machine. The first byte chooses what is looked at. */
#include "fuzz.h"

static const char *const tops[] = { "/sys", NULL };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(sys_freep) struct sys *sys = NULL;

	if (!size)
		return 0;
	sys = fuzz_machine(tops, data + 1, size - 1);
	fuzz_look(sys, data[0]);
	return 0;
}
