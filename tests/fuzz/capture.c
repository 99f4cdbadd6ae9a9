/* SPDX-License-Identifier: MIT */
/* Packed captures: nothing of one leads out of the tree, and what it makes can be saved and looked at. */
#include "capture.h"
#include "fuzz.h"
#include "sim_tree.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

static const char *const paths[] = { "/sys", "/proc", "/etc",  "/run", "/var",
				     "/usr", "/lib",  "/boot", "/dev", NULL };

static int check_entry(void *arg, const struct sim_entry *e)
{
	/* What the simulated kernel makes up itself. */
	bool below = str_starts(e->path, "/.sim");

	(void)arg;
	MUST(sys_path_ok(e->path));
	for (const char *const *top = paths; *top; top++)
		below = below || str_eq(e->path, *top) || fuzz_below(e->path, *top);
	MUST(below);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(sys_freep) struct sys *sys = NULL;
	CLEANUP(sys_freep) struct sys *still = NULL;
	struct capture_error error;
	CLEANUP(buf_done) struct buf saved = { 0 };
	int fd = memfd_create("capture", MFD_CLOEXEC);
	char name[32];

	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		fuzz_broken(__FILE__, __LINE__, "a file in memory");
	capture_is_packed(name);
	if (capture_open(name, &still, &error) == 0)
		MUST(!still->writable && !sim_has(sim_of(still), "/.sim"));
	if (capture_open_demo(name, &sys, &error) == 0) {
		sim_each(sim_of(sys), check_entry, NULL);
		MUST(sim_save(sys, &saved) == 0);
	}
	close(fd);
	return 0;
}
