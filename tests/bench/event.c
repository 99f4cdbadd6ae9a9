/* SPDX-License-Identifier: MIT */
/*
 * event N ROOT: what one uevent of a subchannel or of a mediated device costs a session on a machine of N subchannels: its work with
 * all that follows from it (time of the processor), and how often the machine is asked for something.
 */
#include "figure.h"
#include "real.h"
#include "session.h"

#include <errno.h>
#include <string.h>

enum { ROUNDS = 21 };

static struct {
	const struct sys_ops *real;
	unsigned long asked;
	const struct kind *waiting; /* for who follows events; NULL: none */
} is;

static int list(struct sys *sys, const char *path, struct buf *ret)
{
	is.asked++;
	return is.real->list(sys, path, ret);
}

static int read_path(struct sys *sys, const char *path, struct buf *ret)
{
	is.asked++;
	return is.real->read(sys, path, ret);
}

static int read_link(struct sys *sys, const char *path, struct buf *ret)
{
	is.asked++;
	return is.real->readlink(sys, path, ret);
}

static int stat_path(struct sys *sys, const char *path, struct sys_stat *ret)
{
	is.asked++;
	return is.real->stat(sys, path, ret);
}

static int open_dir(struct sys *sys, const char *path)
{
	is.asked++;
	return is.real->dir(sys, path);
}

/* Scanning does this from several threads; after an event there is but one. */
static long read_at(const struct sys *sys, int dir, const char *name, char *bytes, size_t size)
{
	__atomic_add_fetch(&is.asked, 1, __ATOMIC_RELAXED);
	return is.real->read_at(sys, dir, name, bytes, size);
}

static long readlink_at(const struct sys *sys, int dir, const char *name, char *bytes, size_t size)
{
	is.asked++;
	return is.real->readlink_at(sys, dir, name, bytes, size);
}

static int list_at(const struct sys *sys, int dir, const char *name, struct buf *ret)
{
	is.asked++;
	return is.real->list_at(sys, dir, name, ret);
}

static const struct kind {
	const char *work, *operations, *subsystem, *devpath;
} kinds[] = {
	{ "event.work", "event.operations", "css", "/devices/css0/0.0.0064" },
	{ "event.mdev.work", "event.mdev.operations", "mdev",
	  "/devices/css0/0.0.0013/00000013-0000-4000-8000-000000000001" },
};

static int watch(struct sys *sys, struct sys_event *ret)
{
	(void)sys;
	if (!is.waiting)
		return 0;
	*ret = (struct sys_event){ .action = "change" };
	snprintf(ret->subsystem, sizeof(ret->subsystem), "%s", is.waiting->subsystem);
	snprintf(ret->devpath, sizeof(ret->devpath), "%s", is.waiting->devpath);
	is.waiting = NULL;
	return 1;
}

static void follow(struct session *s, const struct kind *kind, unsigned long n)
{
	double work[ROUNDS], asked[ROUNDS];

	for (size_t i = 0; i < ROUNDS; i++) {
		double from = ms_of(CLOCK_PROCESS_CPUTIME_ID);

		is.waiting = kind;
		is.asked = 0;
		if (!session_follow(s)) {
			fprintf(stderr, "event: %s: nothing followed\n", kind->devpath);
			exit(1);
		}
		work[i] = ms_of(CLOCK_PROCESS_CPUTIME_ID) - from;
		asked[i] = (double)is.asked;
	}
	figure(kind->work, n, work, ROUNDS, "ms");
	figure(kind->operations, n, asked, ROUNDS, "times");
}

int main(int argc, char **argv)
{
	struct real_opts real = { .root = argc == 3 ? argv[2] : NULL, .read_only = true };
	struct session_opts opts = { .read_only = true };
	struct session *s;
	struct sys_ops ops;
	struct sys *sys;

	if (argc != 3) {
		fprintf(stderr, "usage: event N ROOT\n");
		return 64;
	}
	if (real_new(&real, &sys) < 0)
		return 1;
	is.real = sys->ops;
	ops = *sys->ops;
	ops.list = list;
	ops.read = read_path;
	ops.readlink = read_link;
	ops.stat = stat_path;
	ops.dir = open_dir;
	ops.read_at = read_at;
	ops.readlink_at = readlink_at;
	ops.list_at = list_at;
	ops.watch = watch;
	sys->ops = &ops;
	if (session_new(sys, &opts, &s) < 0)
		return 1;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		follow(s, &kinds[i], strtoul(argv[1], NULL, 10));
	session_free(s);
	sys->ops = is.real;
	sys_free(sys);
	return 0;
}
