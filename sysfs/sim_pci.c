/* SPDX-License-Identifier: MIT */
/* PCI functions: how they look, what a machine file says of them, and what a reboot makes of them. */
#include "sim_pci.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define HIDDEN	"/.sim/pci"
#define GROUPS	"/sys/kernel/iommu_groups"
#define DEVICES "/sys/devices/"

char *pci_word(const struct sim *sim, const char *name, const char *key, char ret[static PCI_VALUE])
{
	char path[64];
	const char *p;
	size_t n = strlen(key);

	snprintf(path, sizeof(path), HIDDEN "/%.16s", name);
	ret[0] = '\0';
	for (p = sim_value(sim, path); *p; p += strspn(p, " ")) {
		size_t len = strcspn(p, " ");

		if (!strncmp(p, key, n) && p[n] == '=') {
			snprintf(ret, PCI_VALUE, "%.*s", (int)(len - n - 1), p + n + 1);
			break;
		}
		p += len;
	}
	return ret;
}

unsigned long pci_number(const struct sim *sim, const char *name, const char *key, int base,
			 unsigned long none)
{
	char value[PCI_VALUE];

	pci_word(sim, name, key, value);
	return value[0] ? strtoul(value, NULL, base) : none;
}

char *pci_path(const struct sim *sim, const char *name, char ret[static PCI_PATH])
{
	const char *second = strrchr(name, ':');
	char at[PCI_VALUE];

	if (pci_word(sim, name, "at", at)[0])
		snprintf(ret, PCI_PATH, DEVICES "%s/%.16s", at, name);
	else
		snprintf(ret, PCI_PATH, DEVICES "pci%.*s/%.16s",
			 second ? (int)MIN(second - name, 12) : 0, name, name);
	return ret;
}

/* What identifies a function, in numbers. */
struct ident {
	unsigned vendor, device, sub_vendor, sub_device;
	unsigned long class;
};

static void read_ident(const struct sim *sim, const char *name, struct ident *ret)
{
	char value[PCI_VALUE];

	*ret = (struct ident){ .class = pci_number(sim, name, "class", 16, 0xff0000) };
	sscanf(pci_word(sim, name, "id", value), "%4x:%4x", &ret->vendor, &ret->device);
	sscanf(pci_word(sim, name, "sub", value), "%4x:%4x", &ret->sub_vendor, &ret->sub_device);
}

static void format_modalias(const struct ident *i, char ret[static PCI_VALUE])
{
	snprintf(ret, PCI_VALUE, "pci:v%08Xd%08Xsv%08Xsd%08Xbc%02lXsc%02lXi%02lX", i->vendor,
		 i->device, i->sub_vendor, i->sub_device, i->class >> 16 & 0xff,
		 i->class >> 8 & 0xff, i->class & 0xff);
}

static int add_zpci(struct sim *sim, const char *name, const char *dir)
{
	unsigned long fid = pci_number(sim, name, "fid", 16, ~0UL);
	unsigned long uid = pci_number(sim, name, "uid", 16, 0);
	int e;

	if (fid == ~0UL)
		return 0;
	e = sim_put_attr(sim, dir, "function_id", 0444, "0x%08lx\n", fid);
	e = e < 0 ? e
		  : sim_put_attr(sim, dir, "function_handle", 0444, "0x8%07lx\n", fid & 0xfffffff);
	e = e < 0 ? e : sim_put_attr(sim, dir, "uid", 0444, "0x%lx\n", uid);
	e = e < 0 ? e : sim_put_attr(sim, dir, "uid_is_unique", 0444, "%d\n", uid != 0);
	e = e < 0 ? e
		  : sim_put_attr(sim, dir, "pchid", 0444, "0x%04lx\n",
				 pci_number(sim, name, "pchid", 16, 0));
	e = e < 0 ? e
		  : sim_put_attr(sim, dir, "pft", 0444, "0x%02lx\n",
				 pci_number(sim, name, "pft", 16, 0));
	e = e < 0 ? e
		  : sim_put_attr(sim, dir, "pfgid", 0444, "0x%02lx\n",
				 pci_number(sim, name, "pfgid", 16, 0));
	e = e < 0 ? e
		  : sim_put_attr(sim, dir, "vfn", 0444, "0x%04lx\n",
				 pci_number(sim, name, "vfn", 16, 0));
	e = e < 0 ? e
		  : sim_put_attr(sim, dir, "port", 0444, "%lu\n",
				 pci_number(sim, name, "port", 10, 0));
	e = e < 0 ? e : sim_put_attr(sim, dir, "mio_enabled", 0444, "1\n");
	e = e < 0 ? e : sim_put_attr(sim, dir, "recover", 0200, "%s", "");
	if (e == 0 && uid)
		e = sim_put_attr(sim, dir, "index", 0444, "%lu\n", uid);
	if (e == 0 && sim->level >= 702)
		e = sim_put_attr(sim, dir, "fidparm", 0444, "0x00\n");
	return e < 0 ? e : slot_add(sim, name);
}

static int add_sriov(struct sim *sim, const char *name, const char *dir)
{
	unsigned long total = pci_number(sim, name, "vfs", 10, 0);
	char vfid[PCI_VALUE];
	int e;

	if (!total)
		return 0;
	e = sim_put_attr(sim, dir, "sriov_totalvfs", 0444, "%lu\n", total);
	e = e < 0 ? e : sim_put_attr(sim, dir, "sriov_numvfs", 0644, "0\n");
	e = e < 0 ? e : sim_put_attr(sim, dir, "sriov_drivers_autoprobe", 0644, "1\n");
	e = e < 0 ? e
		  : sim_put_attr(sim, dir, "sriov_offset", 0444, "%lu\n",
				 pci_number(sim, name, "vfoffset", 10, 128));
	if (e == 0 && strlen(pci_word(sim, name, "vfid", vfid)) == strlen("8086:1889"))
		e = sim_put_attr(sim, dir, "sriov_vf_device", 0444, "%s\n", vfid + strlen("8086:"));
	return e < 0 ? e : sim_put_attr(sim, dir, "sriov_stride", 0444, "1\n");
}

static int add_group(struct sim *sim, const char *name, const char *dir)
{
	CLEANUP(buf_done) struct buf devices = { 0 };
	char value[PCI_VALUE], group[64];
	int e;

	if (!pci_word(sim, name, "group", value)[0])
		return 0;
	snprintf(group, sizeof(group), GROUPS "/%.16s", value);
	e = sim_put_attr(sim, group, "type", 0644, "DMA-FQ\n");
	e = e < 0 ? e
		  : sim_put_attr(sim, group, "reserved_regions", 0444,
				 "0x00000000fee00000 0x00000000feefffff msi\n");
	e = e < 0 ? e : buf_printf(&devices, "%s/devices", group);
	e = e < 0 ? e : sim_link_in(sim, devices.data, name, dir);
	return e < 0 ? e : sim_link_in(sim, dir, "iommu_group", group);
}

static int add_attributes(struct sim *sim, const char *name, const char *dir)
{
	char modalias[PCI_VALUE], value[PCI_VALUE];
	struct ident i;
	int e;

	read_ident(sim, name, &i);
	format_modalias(&i, modalias);
	e = sim_put_attr(sim, dir, "vendor", 0444, "0x%04x\n", i.vendor);
	e = e < 0 ? e : sim_put_attr(sim, dir, "device", 0444, "0x%04x\n", i.device);
	e = e < 0 ? e : sim_put_attr(sim, dir, "subsystem_vendor", 0444, "0x%04x\n", i.sub_vendor);
	e = e < 0 ? e : sim_put_attr(sim, dir, "subsystem_device", 0444, "0x%04x\n", i.sub_device);
	e = e < 0 ? e : sim_put_attr(sim, dir, "class", 0444, "0x%06lx\n", i.class);
	e = e < 0 ? e : sim_put_attr(sim, dir, "revision", 0444, "0x00\n");
	e = e < 0 ? e : sim_put_attr(sim, dir, "modalias", 0444, "%s\n", modalias);
	e = e < 0 ? e : sim_put_attr(sim, dir, "irq", 0444, "0\n");
	e = e < 0 ? e : sim_put_attr(sim, dir, "enable", 0644, "1\n");
	e = e < 0 ? e : sim_put_attr(sim, dir, "power_state", 0444, "D0\n");
	e = e < 0 ? e : sim_put_attr(sim, dir, "driver_override", 0644, "(null)\n");
	if (e == 0 && !str_eq(pci_word(sim, name, "reset", value), "no"))
		e = sim_put_attr(sim, dir, "reset_method", 0644, "flr bus\n");
	return e;
}

/* pci_uevent (drivers/pci/pci-driver.c) */
static int uevent_lines(struct sim *sim, const char *name, struct buf *ret)
{
	char modalias[PCI_VALUE];
	struct ident i;

	read_ident(sim, name, &i);
	format_modalias(&i, modalias);
	return buf_printf(ret,
			  "PCI_CLASS=%lX\nPCI_ID=%04X:%04X\nPCI_SUBSYS_ID=%04X:%04X\nPCI_SLOT_NAME="
			  "%s\nMODALIAS=%s\n",
			  i.class, i.vendor, i.device, i.sub_vendor, i.sub_device, name, modalias);
}

static int ensure_bus(struct sim *sim)
{
	int e = sim_put_dir(sim, "/sys/bus/pci/drivers");

	if (e < 0 || sim_has(sim, "/sys/bus/pci/drivers_probe"))
		return e;
	e = sim_put_file(sim, "/sys/bus/pci/drivers_probe", 0200, "");
	e = e < 0 ? e : sim_put_dir(sim, "/sys/bus/pci/devices");
	return e < 0 ? e : sim_put_file(sim, "/sys/bus/pci/drivers_autoprobe", 0644, "1\n");
}

int pci_add(struct sim *sim, const char *name)
{
	CLEANUP(buf_done) struct buf env = { 0 };
	char dir[PCI_PATH], driver[PCI_VALUE];
	int e = ensure_bus(sim);

	pci_path(sim, name, dir);
	e = e < 0 ? e : add_attributes(sim, name, dir);
	e = e < 0 ? e : add_group(sim, name, dir);
	e = e < 0 ? e : add_zpci(sim, name, dir);
	e = e < 0 ? e : add_sriov(sim, name, dir);
	e = e < 0 ? e : uevent_lines(sim, name, &env);
	if (e == 0 && pci_word(sim, name, "driver", driver)[0])
		e = sim_driver_home(sim, "pci", name, driver);
	e = e < 0 ? e : sim_dev_add(sim, dir, "bus/pci", env.data);
	if (e < 0)
		return e;
	if (pci_word(sim, name, "physfn", driver)[0])
		sim_dev_uevent(sim, "change", dir, "%s", ""); /* pci_iov_sysfs_link() */
	if (str_eq(sim_value(sim, "/sys/bus/pci/drivers_autoprobe"), "1"))
		sim_driver_probe_any(sim, dir);
	return 0;
}

void pci_del(struct sim *sim, const char *name)
{
	char dir[PCI_PATH], value[PCI_VALUE];

	pci_path(sim, name, dir);
	if (!sim_has(sim, dir))
		return;
	sim_driver_unbind(sim, dir);
	if (pci_word(sim, name, "group", value)[0]) {
		CLEANUP(buf_done) struct buf left = { 0 };
		char devices[96];

		snprintf(devices, sizeof(devices), GROUPS "/%.16s/devices", value);
		sim_delf(sim, "%s/%s", devices, name);
		if (sim_names(sim, devices, &left) == 0 && left.len == 0)
			sim_delf(sim, GROUPS "/%.16s", value);
	}
	sim_dev_del(sim, dir);
}

static bool name_valid(const char *name)
{
	unsigned domain, bus, dev, fn;
	int end = 0;

	return strlen(name) < PCI_NAME &&
	       sscanf(name, "%4x:%2x:%2x.%1x%n", &domain, &bus, &dev, &fn, &end) == 4 &&
	       name[end] == '\0' && end == 12;
}

static int take_function(struct sim *sim, char **words)
{
	CLEANUP(buf_done) struct buf line = { 0 };
	char path[64];
	unsigned vendor, device;
	int e, end = 0;

	if (!words[1] || !words[2] || !name_valid(words[1]) ||
	    sscanf(words[2], "%4x:%4x%n", &vendor, &device, &end) != 2 || words[2][end])
		return -EINVAL;
	e = buf_printf(&line, "id=%s", words[2]);
	for (char **w = words + 3; *w && e == 0; w++)
		e = strpbrk(*w, " \n") || !strchr(*w, '=') ? -EINVAL : buf_printf(&line, " %s", *w);
	snprintf(path, sizeof(path), HIDDEN "/%.16s", words[1]);
	e = e < 0 ? e : buf_addc(&line, '\n');
	e = e < 0 ? e : sim_put_file(sim, path, 0644, line.data);
	return e < 0 ? e : pci_add(sim, words[1]);
}

static int pci_take(struct sim *sim, char **words, const char **expected)
{
	int e;

	if (!str_eq(words[0], "pci"))
		return pci_types_take(sim, words, expected);
	*expected = "pci 0000:3b:00.0 8086:10fb [sub=8086:0003] [class=020000] [driver=NAME] "
		    "[at=pci0000:3a/0000:3a:01.0] [group=N] [vfs=N] [fid=X] ...";
	e = take_function(sim, words);
	return e < 0 ? e : 1;
}

/* Drivers went with their modules. */
static void forget_drivers(struct sim *sim)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	const char *name;

	if (sim_names(sim, "/sys/bus/pci/drivers", &names) < 0)
		return;
	buf_foreach_name (&names, name) {
		CLEANUP(buf_done) struct buf module = { 0 };

		if (buf_printf(&module, "/sys/bus/pci/drivers/%s/module", name) == 0 &&
		    sim_type(sim, module.data) == SYS_LINK && !sim_has(sim, module.data))
			sim_delf(sim, "/sys/bus/pci/drivers/%s", name);
	}
}

/* Virtual functions were made by writing, so they are gone; slots which were switched off are on again. */
static int pci_reboot(struct sim *sim)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	const char *name;
	char value[PCI_VALUE];
	int e;

	if (sim_names(sim, HIDDEN, &names) < 0)
		return 0;
	buf_foreach_name (&names, name) {
		pci_del(sim, name);
		if (pci_word(sim, name, "physfn", value)[0])
			sim_delf(sim, HIDDEN "/%s", name);
	}
	sim_del(sim, "/.sim/pci-ids");
	forget_drivers(sim);
	buf_reset(&names);
	e = sim_names(sim, HIDDEN, &names);
	if (e < 0)
		return 0;
	buf_foreach_name (&names, name) {
		e = pci_add(sim, name);
		if (e < 0)
			return e;
	}
	return 0;
}

static int hex_of(const struct sim *sim, const char *dir, const char *attr, unsigned long *ret)
{
	char path[SIM_PATH], *end;
	const char *text;

	sim_path(path, "%s/%s", dir, attr);
	text = sim_value(sim, path);
	*ret = strtoul(text, &end, 16);
	return *text && !*end ? 0 : -ENOENT;
}

/* The SR-IOV words of a copied function, physical or virtual. */
static int adopt_sriov(struct sim *sim, const char *dir, unsigned long vendor, struct buf *line)
{
	char path[SIM_PATH];
	const char *value;
	unsigned long device;
	int e = 0;

	sim_path(path, "%s/physfn", dir);
	value = sim_link_base(sim, path);
	if (*value)
		return buf_printf(line, " physfn=%s", value);
	sim_path(path, "%s/sriov_totalvfs", dir);
	value = sim_value(sim, path);
	if (!*value)
		return 0;
	e = buf_printf(line, " vfs=%s", value);
	sim_path(path, "%s/sriov_offset", dir);
	value = sim_value(sim, path);
	if (e == 0 && *value)
		e = buf_printf(line, " vfoffset=%s", value);
	if (e == 0 && hex_of(sim, dir, "sriov_vf_device", &device) == 0)
		e = buf_printf(line, " vfid=%04lx:%04lx", vendor, device);
	return e;
}

/* A copied function: what sysfs shows of it becomes its words; its native driver is the one it has, if any but vfio's. */
static int adopt_function(struct sim *sim, const char *name)
{
	static const struct {
		const char *attr, *key;
		const char *fmt;
	} numbers[] = {
		{ "class", "class", " class=%06lx" }, { "function_id", "fid", " fid=%lx" },
		{ "uid", "uid", " uid=%lx" },	      { "pchid", "pchid", " pchid=%lx" },
		{ "pft", "pft", " pft=%lx" },
	};
	CLEANUP(buf_done) struct buf line = { 0 }, dir = { 0 };
	unsigned long vendor = 0, device = 0, sv = 0, sd = 0, n;
	char path[SIM_PATH];
	const char *base, *at, *slash;
	int e;

	sim_path(path, "/sys/bus/pci/devices/%s", name);
	if (sim_real_path(sim, path, &dir) < 0 || !str_starts(dir.data, DEVICES) ||
	    hex_of(sim, dir.data, "vendor", &vendor) < 0 ||
	    hex_of(sim, dir.data, "device", &device) < 0)
		return 0;
	hex_of(sim, dir.data, "subsystem_vendor", &sv);
	hex_of(sim, dir.data, "subsystem_device", &sd);
	at = dir.data + strlen(DEVICES);
	slash = strrchr(at, '/');
	if (!slash || strpbrk(at, " \n"))
		return 0;
	e = buf_printf(&line, "at=%.*s id=%04lx:%04lx sub=%04lx:%04lx", (int)(slash - at), at,
		       vendor, device, sv, sd);
	for (size_t i = 0; i < ARRAY_SIZE(numbers) && e == 0; i++)
		if (hex_of(sim, dir.data, numbers[i].attr, &n) == 0)
			e = buf_printf(&line, numbers[i].fmt, n);
	sim_path(path, "%s/iommu_group", dir.data);
	base = sim_link_base(sim, path);
	e = e < 0 || !*base ? e : buf_printf(&line, " group=%s", base);
	e = e < 0 ? e : adopt_sriov(sim, dir.data, vendor, &line);
	sim_path(path, "%s/driver", dir.data);
	base = sim_link_base(sim, path);
	e = e < 0 || !*base || str_eq(base, "vfio-pci") ? e : buf_printf(&line, " driver=%s", base);
	sim_path(path, HIDDEN "/%s", name);
	e = e < 0 ? e : buf_addc(&line, '\n');
	return e < 0 ? e : sim_put_file(sim, path, 0644, line.data);
}

static int pci_adopt(struct sim *sim)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	const char *name;
	int e;

	if (sim_names(sim, "/sys/bus/pci/devices", &names) < 0)
		return 0;
	buf_foreach_name (&names, name) {
		e = name_valid(name) ? adopt_function(sim, name) : 0;
		if (e < 0)
			return e;
	}
	return 0;
}

static const struct sim_hook hooks[] = {
	{ "*/sriov_numvfs", sriov_write, NULL, "sriov_numvfs_store (drivers/pci/iov.c)" },
	{ "*/sriov_drivers_autoprobe", sriov_autoprobe, NULL,
	  "sriov_drivers_autoprobe_store (drivers/pci/iov.c)" },
	{ "/sys/bus/pci/slots/*/power", slot_write, NULL,
	  "power_write_file (drivers/pci/hotplug/pci_hotplug_core.c)" },
	{ "/sys/bus/pci/drivers/*/new_id", pci_new_id, NULL,
	  "new_id_store (drivers/pci/pci-driver.c)" },
	{ "/sys/bus/pci/drivers/*/remove_id", pci_remove_id, NULL,
	  "remove_id_store (drivers/pci/pci-driver.c)" },
	{ 0 },
};

const struct sim_bus sim_bus_pci = {
	.name = "pci",
	.hooks = hooks,
	.directive = pci_take,
	.reboot = pci_reboot,
	.module = pci_driver_module,
	.adopt = pci_adopt,
};
