/* SPDX-License-Identifier: MIT */
/* What of a host only readiness asks for: KVM, protected virtualisation, the helpers' parts, other managers. */
#include "scan.h"
#include "store.h"
#include "sys.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static bool there(struct scan *s, const char *path)
{
	struct sys_stat st;

	return sys_stat(s->sys, path, &st) == 0;
}

/* A word of a line of /proc/cpuinfo that begins with one of these. */
static tri_t cpu_has(const char *cpuinfo, const char *const *words)
{
	const char *line = strstr(cpuinfo, "features");
	CLEANUP(buf_done) struct buf flags = { 0 };

	if (!line)
		line = strstr(cpuinfo, "\nflags");
	line = line ? strchr(line, ':') : NULL;
	if (!line || buf_printf(&flags, " %.*s ", (int)strcspn(line + 1, "\n"), line + 1) < 0)
		return -1;
	for (; *words; words++)
		if (strstr(buf_str(&flags), *words))
			return 1;
	return 0;
}

static void read_kvm(struct scan *s, struct host *h)
{
	static const char *const s390[] = { " sie ", NULL }, *const x86[] = { " vmx ", " svm ",
									      NULL };
	static const char *const dirs[] = { "/sys/module/kvm/parameters",
					    "/sys/module/kvm_intel/parameters",
					    "/sys/module/kvm_amd/parameters" };
	const struct buf *cpuinfo = scan_file(s, "/proc/cpuinfo", MAY_BE);

	h->virt = h->kvm_dev = h->nested = -1;
	if (cpuinfo && (h->s390 || str_eq(h->arch, "x86_64")))
		h->virt = cpu_has(buf_str(cpuinfo), h->s390 ? s390 : x86);
	/* A capture has no /dev, which says nothing. */
	if (there(s, "/dev/null") || there(s, "/dev/kvm"))
		h->kvm_dev = there(s, "/dev/kvm");
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		const char *v = scan_value(s, dirs[i], "nested", MAY_BE);

		if (v && *v)
			h->nested = *v == '1' || *v == 'Y';
	}
}

/* A number in a line of /proc/cpuinfo that begins with "facilities". */
static tri_t facility(const char *cpuinfo, const char *number)
{
	const char *line = strstr(cpuinfo, "\nfacilities");
	size_t n = strlen(number);

	line = line ? strchr(line, ':') : NULL;
	if (!line)
		return -1;
	for (line++; *line == ' ';) {
		line++;
		if (!strncmp(line, number, n) && (line[n] == ' ' || line[n] == '\n' || !line[n]))
			return 1;
		line += strcspn(line, " \n");
	}
	return 0;
}

static void read_facilities(struct scan *s, struct host *h)
{
	const struct buf *cpuinfo = h->s390 ? scan_file(s, "/proc/cpuinfo", MAY_BE) : NULL;

	h->qci = cpuinfo ? facility(buf_str(cpuinfo), "12") : -1;
	h->apft = cpuinfo ? facility(buf_str(cpuinfo), "15") : -1;
	h->apqi = cpuinfo ? facility(buf_str(cpuinfo), "65") : -1;
}

/* Guests as libvirt keeps them, running or not. */
static void read_huge_guests(struct scan *s, struct host *h)
{
	static const char dir[] = "/etc/libvirt/qemu";
	CLEANUP(buf_done) struct buf names = { 0 };
	char text[160] = "";
	const char *name;

	scan_list(s, dir, MAY_BE, &names);
	buf_foreach_name (&names, name) {
		const struct buf *b =
			str_ends(name, ".xml") && name_ok(name)
				? scan_file(s, scan_path(s, "%s/%s", dir, name), MAY_BE)
				: NULL;
		size_t n = strlen(text);

		if (b && strstr(buf_str(b), "<hugepages") && n < sizeof(text) - 8)
			snprintf(text + n, sizeof(text) - n, "%s%.*s", n ? ", " : "",
				 (int)(strlen(name) - strlen(".xml")), name);
	}
	h->huge_guests = *text ? scan_intern(s, text) : NULL;
}

static void read_huge_pages(struct scan *s, struct host *h)
{
	static const char dir[] = "/sys/kernel/mm/hugepages";
	CLEANUP(buf_done) struct buf names = { 0 };
	const char *name, *v;

	h->huge_pages = -1;
	h->hpage = -1;
	read_huge_guests(s, h);
	if (!h->huge_guests)
		return;
	scan_list(s, dir, MAY_BE, &names);
	buf_foreach_name (&names, name) {
		int64_t n = -1;
		char size[512];

		snprintf(size, sizeof(size), "%s/%s", dir, name);
		if (name_ok(name))
			n = scan_number(s, size, "nr_hugepages", 10, INT32_MAX, MAY_BE);
		if (n >= 0)
			h->huge_pages = MAX(h->huge_pages, 0) + n;
	}
	v = h->s390 ? scan_value(s, "/sys/module/kvm/parameters", "hpage", MAY_BE) : NULL;
	h->hpage = v && *v ? *v == '1' || *v == 'Y' : -1;
}

static void read_ultravisor(struct scan *s, struct host *h)
{
	const char *v = scan_value(s, "/sys/firmware/uv", "prot_virt_host", MAY_BE);

	h->uv_host = v ? *v == '1' : -1;
}

static void read_driverctl(struct scan *s, struct host *h)
{
	static const char *const units[] = { "/etc/systemd/system/driverctl@.service",
					     "/usr/lib/systemd/system/driverctl@.service",
					     "/lib/systemd/system/driverctl@.service" };
	CLEANUP(buf_done) struct buf hooks = { 0 };
	const char *name;

	h->driverctl_unit =
		there(s, "/usr/lib/systemd/system") || there(s, "/lib/systemd/system") ? 0 : -1;
	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (there(s, units[i]))
			h->driverctl_unit = 1;
	h->driverctl_initrd = false;
	scan_list(s, "/usr/lib/dracut/modules.d", MAY_BE, &hooks);
	buf_foreach_name (&hooks, name)
		h->driverctl_initrd |= strstr(name, "driverctl") != NULL;
}

static int64_t mtime(struct scan *s, const char *path)
{
	struct sys_stat st;

	return sys_stat(s->sys, path, &st) == 0 && st.mtime > 0 ? st.mtime : -1;
}

/* Changed are the files, or by a removal the directory. */
static int64_t overrides_changed(struct scan *s)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	int64_t last = mtime(s, DRIVERCTL_DIR);
	const char *name;

	scan_list(s, DRIVERCTL_DIR, MAY_BE, &names);
	buf_foreach_name (&names, name)
		if (name_ok(name))
			last = MAX(last, mtime(s, scan_path(s, "%s/%s", DRIVERCTL_DIR, name)));
	return last;
}

/* An image is not opened: the times tell only that its copy may be old. */
static void read_initrd(struct scan *s, struct host *h)
{
	static const char *const images[] = { "/boot/initramfs-%s.img", "/boot/initrd-%s",
					      "/boot/initrd.img-%s" };
	int64_t made, changed;

	h->initrd = NULL;
	h->initrd_old = -1;
	if (!h->driverctl_initrd || !h->kernel || !name_ok(h->kernel))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(images); i++) {
		const char *path = scan_path(s, images[i], h->kernel);

		if (!there(s, path))
			continue;
		h->initrd = scan_intern(s, path);
		made = mtime(s, path);
		changed = overrides_changed(s);
		if (made > 0)
			h->initrd_old = changed > made;
		return;
	}
}

static void add_manager(char text[160], const char *name)
{
	size_t n = strlen(text);

	if (!strstr(text, name))
		snprintf(text + n, 160 - n, "%s%s", n ? ", " : "", name);
}

/* Containers keep their files elsewhere; their processes are seen here. The kernel keeps 15 characters of a name. */
static void read_running_managers(struct scan *s, char text[160])
{
	static const struct {
		const char *comm, *name;
	} programs[] = {
		{ "kubelet", "kubelet" },      { "virt-handler", "virt-handler (KubeVirt)" },
		{ "nova-compute", "nova" },    { "cex-plugin", "its crypto plug-in" },
		{ "pvedaemon", "Proxmox VE" },
	};
	CLEANUP(buf_done) struct buf pids = { 0 };
	const char *pid;

	scan_list(s, "/proc", MAY_BE, &pids);
	buf_foreach_name (&pids, pid) {
		const char *comm;
		char where[32];

		if (*pid < '1' || *pid > '9' || strlen(pid) > 10)
			continue;
		snprintf(where, sizeof(where), "/proc/%s", pid);
		comm = scan_value(s, where, "comm", MAY_BE);
		for (size_t i = 0; comm && i < ARRAY_SIZE(programs); i++)
			if (!strcmp(comm, programs[i].comm))
				add_manager(text, programs[i].name);
	}
}

/* By what they keep on disk or in /run, and by their processes, which may be in other name spaces. */
static void read_managers(struct scan *s, struct host *h)
{
	static const struct {
		const char *path, *name;
	} marks[] = {
		{ "/var/lib/kubelet", "kubelet" },
		{ "/var/lib/kubelet/device-plugins/kubelet.sock", "its device plug-ins" },
		{ "/run/kubevirt", "virt-handler (KubeVirt)" },
		{ "/var/lib/nova", "nova" },
		{ "/etc/pve", "Proxmox VE" },
	};
	char text[160] = "";

	for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
		if (there(s, marks[i].path))
			add_manager(text, marks[i].name);
	read_running_managers(s, text);
	h->managers = *text ? scan_intern(s, text) : NULL;
}

/* "s390-ccw-virtio-10.0": the higher number wins. */
static void newer(const char *text, const char *family, char best[48], double *version)
{
	for (const char *at = text; (at = strstr(at, family)); at++) {
		double v = strtod(at + strlen(family), NULL);
		const char *name = at + strlen("name='");
		size_t n = strcspn(name, "'\"<> ");

		if (v > *version && v < 1000 && n < 48) {
			*version = v;
			snprintf(best, 48, "%.*s", (int)n, name);
		}
	}
}

/* <version>10000002</version> is 10.0.2. */
static void version_of(struct scan *s, const char *caps, struct host *h)
{
	const char *at = strstr(caps, "<version>");
	unsigned long v = at ? strtoul(at + strlen("<version>"), NULL, 10) : 0;
	char text[40];

	snprintf(text, sizeof(text), "%lu.%lu.%lu", v / 1000000, v / 1000 % 1000, v % 1000);
	if (v >= 1000000 && v < 1000000000)
		h->qemu_version = scan_intern(s, text);
}

/* libvirt has asked QEMU already and kept the answer. */
static void read_machine_type(struct scan *s, struct host *h)
{
	static const char dir[] = "/var/cache/libvirt/qemu/capabilities";
	const char *family = h->s390			  ? "name='s390-ccw-virtio-"
			     : str_eq(h->arch, "aarch64") ? "name='virt-"
							  : "name='pc-q35-";
	CLEANUP(buf_done) struct buf names = { 0 };
	char best[48] = "";
	double version = 0;
	const char *name;

	scan_list(s, dir, MAY_BE, &names);
	buf_foreach_name (&names, name) {
		const struct buf *b =
			str_ends(name, ".xml") && name_ok(name)
				? scan_file(s, scan_path(s, "%s/%s", dir, name), MAY_BE)
				: NULL;

		if (!b || !strstr(buf_str(b), family))
			continue;
		version_of(s, buf_str(b), h);
		newer(buf_str(b), family, best, &version);
	}
	h->machine_type = *best ? scan_intern(s, best) : NULL;
}

void scan_ready(struct scan *s)
{
	struct host *h = &s->inv->host;

	read_kvm(s, h);
	read_ultravisor(s, h);
	read_facilities(s, h);
	read_huge_pages(s, h);
	read_driverctl(s, h);
	read_initrd(s, h);
	read_managers(s, h);
	read_machine_type(s, h);
}
