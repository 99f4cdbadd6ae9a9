/* SPDX-License-Identifier: MIT */
/*
 * Linked into the program with --wrap=rename: a machine kept in a file is replaced by a rename at each mutation, so that is where
 * it can be stopped exactly. STOP_AT="n what" in the environment: before mutation n (1: the first) the process raises the
 * signal what, or, if it begins with /, waits until that FIFO was opened for writing and closed again.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);

static struct {
	long at, count; /* the file is written once before anything happens */
	char what[128];
} stops;

/* The program drops what it doesn't know of its environment. */
__attribute__((constructor)) static void remember(void)
{
	const char *text = getenv("STOP_AT");
	char *end;

	if (!text)
		return;
	stops.at = strtol(text, &end, 10);
	snprintf(stops.what, sizeof(stops.what), "%s", *end ? end + 1 : "");
}

static void wait_here(void)
{
	int fd = open(stops.what, O_RDONLY | O_CLOEXEC);
	char byte;

	while (fd >= 0 && read(fd, &byte, 1) > 0)
		;
	if (fd >= 0)
		close(fd);
}

int __wrap_rename(const char *from, const char *to)
{
	if (stops.at && stops.count++ == stops.at) {
		if (*stops.what == '/')
			wait_here();
		else
			raise(atoi(stops.what));
	}
	return __real_rename(from, to);
}
