/* SPDX-License-Identifier: MIT */
/*
 * Processes, in one pass over /proc: virtual machines by their command lines, and whoever has a device open.
 *
 * Rule: processes come and go, and those of others are hidden from all but root. What has gone is no fault; what
 * could not be looked at is told, once, and nothing is concluded from it.
 */
#include "sys.h"
#include "usage.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { LINKS_MAX = 1 << 19 };

/* One pass. */
struct pass {
	struct open_index index;
	size_t links;	/* looked at so far */
	size_t hidden;	/* processes whose open files are not shown to us */
	char first[64]; /* the first of these */
};

bool usage_is_vmm(const char *program)
{
	static const char *const vmms[] = { "qemu",   "kvm",	     "cloud-hypervisor",
					    "crosvm", "firecracker", "krun" };
	const char *base = strrchr(program, '/');

	base = base ? base + 1 : program;
	for (size_t i = 0; i < ARRAY_SIZE(vmms); i++)
		if (str_starts(base, vmms[i]))
			return true;
	return false;
}

/* "-name guest=db1,debug-threads=on" or "-name db1" */
static void name_in(const struct buf *args, char ret[64])
{
	const char *arg;
	bool next = false;

	*ret = '\0';
	buf_foreach_name (args, arg) {
		if (next) {
			const char *at = strstr(arg, "guest=");

			sscanf(at ? at + strlen("guest=") : arg, "%63[^,]", ret);
			return;
		}
		next = !strcmp(arg, "-name") || !strcmp(arg, "--name");
	}
}

/* The command line of a virtual machine; false: it is something else. */
static bool read_vmm(struct scan *s, const char *pid, struct guest *ret)
{
	CLEANUP(buf_done) struct buf args = { 0 };
	const char *arg;
	char name[64];

	if (sys_read(s->sys, scan_path(s, "/proc/%.20s/cmdline", pid), &args) < 0 || !args.len ||
	    !usage_is_vmm(args.data))
		return false;
	if (args.data[args.len - 1] != '\0' && buf_addc(&args, '\0') < 0) {
		s->nomem = true;
		return false;
	}
	name_in(&args, name);
	usage_name_guest(ret, name, strtol(pid, NULL, 10));
	buf_foreach_name (&args, arg)
		usage_find_devices(s, arg, ret);
	return true;
}

/* What the kernel calls a process: anything its owner liked, up to 15 bytes. */
static void read_comm(struct scan *s, const char *pid, char ret[20])
{
	CLEANUP(buf_done) struct buf comm = { 0 };

	snprintf(ret, 20, "?");
	if (sys_read(s->sys, scan_path(s, "/proc/%.20s/comm", pid), &comm) < 0 || !comm.len)
		return;
	snprintf(ret, 20, "%.15s", buf_str(&comm));
	if (str_ends(ret, "\n"))
		ret[strlen(ret) - 1] = '\0';
	usage_plain(ret);
}

/* Nodes that most processes have open and no single device is behind. */
static bool is_everybodys(const char *name)
{
	static const char *const all[] = { "null",    "zero",	   "full", "random", "urandom",
					   "tty",     "ptmx",	   "kvm",  "fuse",   "vhost-net",
					   "net/tun", "vfio/vfio", "shm" };

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (!strcmp(name, all[i]))
			return true;
	return str_starts(name, "pts/") || str_starts(name, "shm/");
}

static bool is_device(const char *link)
{
	return (str_starts(link, "/dev/") && !is_everybodys(link + strlen("/dev/"))) ||
	       !strcmp(link, "anon_inode:[vfio-device]");
}

static void read_link(struct scan *s, struct pass *p, const char *pid, const char *fd,
		      const struct guest *guest)
{
	CLEANUP(buf_done) struct buf link = { 0 };
	char comm[20], who[40], node[400], vfio[200], fdinfo[64];
	struct holder holder = { { USE_VITAL, who, vfio }, { USE_PROTECTED, who, node }, fdinfo };

	if (sys_readlink(s->sys, scan_path(s, "/proc/%.20s/fd/%.20s", pid, fd), &link) < 0 ||
	    !is_device(buf_str(&link)))
		return;
	snprintf(fdinfo, sizeof(fdinfo), "/proc/%.20s/fdinfo/%.20s", pid, fd);
	if (guest) {
		holder.vfio = holder.node = (struct claim){ USE_VITAL, guest->who, guest->text };
	} else {
		read_comm(s, pid, comm);
		snprintf(who, sizeof(who), "process %s", comm);
		snprintf(vfio, sizeof(vfio),
			 "is held through vfio by the process %s (pid %.20s), perhaps a guest",
			 comm, pid);
		snprintf(node, sizeof(node), "is open in the process %s (pid %.20s) as %.250s",
			 comm, pid, buf_str(&link));
		usage_plain(node);
	}
	usage_add_open(s, &p->index, buf_str(&link), &holder);
}

static void read_process(struct scan *s, struct pass *p, const char *pid)
{
	CLEANUP(buf_done) struct buf fds = { 0 };
	struct guest guest;
	bool vmm = read_vmm(s, pid, &guest);
	const char *path = scan_path(s, "/proc/%.20s/fd", pid), *fd;
	int r = sys_list(s->sys, path, &fds);

	if ((r == -EACCES || r == -EPERM) && p->hidden++ == 0)
		snprintf(p->first, sizeof(p->first), "%s", path);
	buf_foreach_name (&fds, fd)
		if (p->links < LINKS_MAX && fd[strspn(fd, "0123456789")] == '\0') {
			p->links++;
			read_link(s, p, pid, fd, vmm ? &guest : NULL);
		}
}

/* Who else may have a device is not known; a wish against it would not be protected. */
static void tell_hidden(struct scan *s, const struct pass *p)
{
	char text[120];

	if (p->hidden) {
		snprintf(text, sizeof(text),
			 "root's rights: what %zu processes have open is not known", p->hidden);
		scan_denied(s, p->first, EACCES, text);
	}
	if (p->links >= LINKS_MAX)
		scan_denied(s, "/proc", EFBIG, "fewer open files: the further ones are not known");
}

void usage_processes(struct scan *s)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	struct pass p = { 0 };
	const char *name;

	scan_list(s, "/proc", MAY_BE, &names);
	buf_foreach_name (&names, name)
		if (name[strspn(name, "0123456789")] == '\0')
			read_process(s, &p, name);
	tell_hidden(s, &p);
	open_index_done(&p.index);
}
