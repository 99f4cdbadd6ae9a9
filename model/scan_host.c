/* SPDX-License-Identifier: MIT */
/* The host itself, what is installed on it, and its kernel's modules. */
#include "names.h"
#include "scan.h"
#include "sys.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The first of some files that is there; a link counts without being followed. */
static bool any(struct scan *s, const char *const *paths)
{
	struct sys_stat st;

	for (; *paths; paths++)
		if (sys_stat(s->sys, *paths, &st) == 0)
			return true;
	return false;
}

/*
 * Is a udev rule in force? A file of that name in an earlier directory replaces it, and an empty one or a link to
 * /dev/null takes it away.
 */
static bool udev_rule(struct scan *s, const char *name)
{
	static const char *const dirs[] = { "/etc/udev/rules.d", "/run/udev/rules.d",
					    "/usr/lib/udev/rules.d", "/lib/udev/rules.d" };

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		const char *path = scan_path(s, "%s/%s", dirs[i], name);
		struct sys_stat st;

		if (sys_stat(s->sys, path, &st) < 0)
			continue;
		buf_reset(&s->value);
		return sys_read(s->sys, path, &s->value) == 0 && s->value.len > 0;
	}
	return false;
}

/* Debian has the program in /usr/bin and upstream's rule, which calls it in /usr/sbin: what is called and is not there, or NULL. */
static const char *called_in_vain(struct scan *s)
{
	static const char called[] = "/usr/sbin/mdevctl";
	struct sys_stat st;

	return strstr(buf_str(&s->value), called) && sys_stat(s->sys, called, &st) < 0 ? called
										       : NULL;
}

/* What the next boot asks for. */
static void read_installed(struct scan *s, struct host *h)
{
	static const char *const mdevctl[] = { "/usr/sbin/mdevctl", "/sbin/mdevctl",
					       "/usr/bin/mdevctl", NULL };
	static const char *const ap_check[] = { "/usr/lib/mdevctl/scripts.d/callouts/ap-check",
						"/etc/mdevctl.d/scripts.d/callouts/ap-check.sh",
						NULL };
	static const char *const driverctl[] = { "/usr/sbin/driverctl", "/sbin/driverctl",
						 "/usr/bin/driverctl", NULL };

	h->has_ap_check = any(s, ap_check);
	h->has_mdevctl = any(s, mdevctl);
	h->has_driverctl = any(s, driverctl);
	h->mdev_rule = udev_rule(s, "60-mdevctl.rules");
	h->mdev_rule_lacks = h->mdev_rule ? called_in_vain(s) : NULL;
	h->mdev_rule = h->mdev_rule && !h->mdev_rule_lacks;
	h->driverctl_rule = udev_rule(s, "05-driverctl.rules");
}

/* The value of "Type:   8561" in /proc/sysinfo; "" when there is none. */
static void sysinfo_field(const char *text, const char *field, char *ret, size_t size)
{
	size_t n = strlen(field);

	*ret = '\0';
	for (; text; text = strchr(text, '\n')) {
		text += *text == '\n';
		if (strncmp(text, field, n) != 0 || text[n] != ':')
			continue;
		text += n + 1;
		text += strspn(text, " ");
		snprintf(ret, size, "%.*s", (int)strcspn(text, "\n"), text);
		n = strlen(ret);
		while (n && ret[n - 1] == ' ')
			ret[--n] = '\0';
		return;
	}
}

static void z_machine(const char *sysinfo, char *text, size_t size)
{
	char maker[32], type[16], hypervisor[32];
	const char *name;

	sysinfo_field(sysinfo, "Manufacturer", maker, sizeof(maker));
	sysinfo_field(sysinfo, "Type", type, sizeof(type));
	sysinfo_field(sysinfo, "VM00 Control Program", hypervisor, sizeof(hypervisor));
	name = names_machine(type);
	/* "z/VM    7.3.0": the release does not matter here. */
	hypervisor[strcspn(hypervisor, " ")] = '\0';
	snprintf(text, size, "%s %s%s%s", *maker ? maker : "IBM", name ? name : type,
		 *hypervisor ? " " : "", hypervisor);
}

static void read_machine(struct scan *s, struct host *h)
{
	const struct buf *sysinfo = scan_file(s, "/proc/sysinfo", MAY_BE);
	const char *vendor, *product;
	char text[96];

	if (sysinfo && sysinfo->len) {
		h->s390 = true;
		z_machine(buf_str(sysinfo), text, sizeof(text));
		h->machine = scan_intern(s, text);
		return;
	}
	vendor = scan_text(s, "/sys/class/dmi/id", "sys_vendor", MAY_BE);
	product = scan_text(s, "/sys/class/dmi/id", "product_name", MAY_BE);
	if (!vendor && !product)
		return;
	snprintf(text, sizeof(text), "%.40s%s%.40s", vendor ? vendor : "",
		 vendor && product ? " " : "", product ? product : "");
	h->machine = scan_intern(s, text);
}

/* /proc/sys/kernel/arch is from 6.1 on. */
static const char *arch_of(struct scan *s)
{
	static const char *const marks[][2] = { { "IBM/S390", "s390x" },
						{ "GenuineIntel", "x86_64" },
						{ "AuthenticAMD", "x86_64" },
						{ "CPU implementer", "aarch64" } };
	const char *arch = scan_text(s, "/proc/sys/kernel", "arch", MAY_BE);
	const struct buf *cpuinfo;

	if (arch)
		return arch;
	cpuinfo = scan_file(s, "/proc/cpuinfo", MAY_BE);
	for (size_t i = 0; cpuinfo && i < ARRAY_SIZE(marks); i++)
		if (strstr(buf_str(cpuinfo), marks[i][0]))
			return scan_intern(s, marks[i][1]);
	return NULL;
}

/* "Linux version 6.12.107-lab (...": where /proc/sys was not captured. */
static const char *kernel_of(struct scan *s)
{
	const char *kernel = scan_text(s, "/proc/sys/kernel", "osrelease", MAY_BE);
	const struct buf *version;
	char text[80];

	if (kernel)
		return kernel;
	version = scan_file(s, "/proc/version", MAY_BE);
	if (version && sscanf(buf_str(version), "Linux version %79s", text) == 1)
		return scan_intern(s, text);
	return NULL;
}

/* What no list shows. */
static void read_more(struct scan *s, struct host *h)
{
	static const char *const chzdev[] = { "/usr/sbin/chzdev", "/sbin/chzdev", NULL };
	static const char *const libvirt[] = { "/usr/sbin/libvirtd", "/usr/sbin/virtqemud", NULL };
	static const char *const qemu[] = {
		"/usr/bin/qemu-system-s390x",	"/usr/bin/qemu-system-x86_64",
		"/usr/bin/qemu-system-aarch64", "/usr/bin/qemu-kvm",
		"/usr/libexec/qemu-kvm",	NULL
	};

	h->name = scan_text(s, "/proc/sys/kernel", "hostname", MAY_BE);
	h->boot_id = scan_text(s, "/proc/sys/kernel/random", "boot_id", MAY_BE);
	h->has_chzdev = any(s, chzdev);
	h->has_libvirt = any(s, libvirt);
	h->has_qemu = any(s, qemu);
	read_machine(s, h);
	scan_ready(s);
}

void scan_host(struct scan *s)
{
	static const char *const s390[] = { "/sys/devices/css0", "/proc/sysinfo", NULL };
	struct host *h = &s->inv->host;
	bool brief = s->inv->scope & SCOPE_BRIEF;

	h->s390 = any(s, s390);
	/* Where no row is, it is said why. */
	if (!brief || !h->s390)
		h->arch = arch_of(s);
	h->s390 |= str_eq(h->arch, "s390x");
	scan_lacks(s);
	if (!brief) {
		h->kernel = kernel_of(s);
		h->cmdline = scan_text(s, "/proc", "cmdline", MAY_BE);
		read_installed(s, h);
	}
	if (s->inv->scope & SCOPE_READY)
		read_more(s, h);
	if (!brief)
		scan_modules(s);
}

/* -- modules -- */

/* In the kernel's spelling of /sys/module; files are spelled either way. */
static const char *const known_modules[] = {
	"kvm",	   "kvm_amd",  "kvm_intel",	   "mdev",     "vfio",
	"vfio_ap", "vfio_ccw", "vfio_iommu_type1", "vfio_pci", "zcrypt_cex4",
};

/* Is a module's file named in modules.dep or modules.builtin: ".../vfio-pci.ko.xz: ..." */
static bool is_listed(const char *list, const char *module)
{
	for (const char *ko = list; ko && (ko = strstr(ko, ".ko")); ko++) {
		const char *name = ko, *line = ko;
		size_t n = strlen(module), i = 0;

		while (line > list && line[-1] != '\n' && line[-1] != ':' && line[-1] != ' ')
			line--;
		while (name > line && name[-1] != '/')
			name--;
		while (i < n && name + i < ko &&
		       (name[i] == module[i] || (name[i] == '-' && module[i] == '_')))
			i++;
		if (i == n && name + i == ko)
			return true;
	}
	return false;
}

/* What a list of this kernel's modules says; one too long to be read says nothing, and so does not say no. */
static void mark_listed(struct scan *s, const char *file)
{
	const char *path = scan_path(s, "/lib/modules/%.80s/%s", s->inv->host.kernel, file);
	int r;

	buf_reset(&s->value);
	r = sys_path_ok(path) ? sys_read(s->sys, path, &s->value) : -ENOENT;
	if (r == -ENOMEM)
		s->nomem = true;
	for (size_t i = 0; i < s->inv->n_modules; i++) {
		struct module_state *m = &s->inv->modules[i];

		m->available |= r == -EFBIG || (r == 0 && is_listed(buf_str(&s->value), m->name));
	}
}

/* A line of /proc/modules: "vfio_ap 36864 0 - Live 0x..." */
static bool in_proc(const struct buf *modules, const char *name)
{
	size_t n = strlen(name);

	for (const char *line = buf_str(modules); *line;) {
		if (!strncmp(line, name, n) && line[n] == ' ')
			return true;
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
	return false;
}

void scan_modules(struct scan *s)
{
	CLEANUP(buf_done) struct buf modules = { 0 };

	/* What is built in shows in /sys/module only, and not always there. */
	if (sys_read(s->sys, "/proc/modules", &modules) == -ENOMEM)
		s->nomem = true;
	for (size_t i = 0; i < ARRAY_SIZE(known_modules); i++) {
		struct module_state m = { .name = known_modules[i] };
		struct sys_stat st;

		m.loaded = sys_stat(s->sys, scan_path(s, "/sys/module/%s", m.name), &st) == 0 ||
			   in_proc(&modules, m.name);
		m.available = m.loaded;
		scan_push(s, &s->inv->modules, &s->inv->n_modules, &m, sizeof(m));
	}
	if (!s->inv->host.kernel || !name_ok(s->inv->host.kernel))
		return;
	mark_listed(s, "modules.builtin");
	mark_listed(s, "modules.dep");
}
