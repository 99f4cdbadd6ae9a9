/* SPDX-License-Identifier: MIT */
/*
 * What every simulated machine has whatever its buses: files, a kernel with a level and a command line, processes.
 */
#include "sim_tree.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

const struct sim_bus *const sim_buses[] = {
	&sim_bus_core,	  &sim_bus_module, &sim_bus_css,    &sim_bus_cio, &sim_bus_cmf, &sim_bus_ap,
	&sim_bus_vfio_ap, &sim_bus_mdev,   &sim_bus_driver, &sim_bus_pci, NULL,
};

int sim_put_attr(struct sim *sim, const char *dir, const char *attr, unsigned mode, const char *fmt,
		 ...)
{
	CLEANUP(buf_done) struct buf path = { 0 }, value = { 0 };
	va_list ap;
	int e;

	va_start(ap, fmt);
	e = buf_vprintf(&value, fmt, ap);
	va_end(ap);
	e = e < 0 ? e : buf_printf(&path, "%s/%s", dir, attr);
	return e < 0 ? e : sim_put_file(sim, path.data, mode, buf_str(&value));
}

int sim_link_in(struct sim *sim, const char *dir, const char *name, const char *to)
{
	CLEANUP(buf_done) struct buf path = { 0 };
	int e = buf_printf(&path, "%s/%s", dir, name);

	return e < 0 ? e : sim_link_to(sim, path.data, to);
}

/* What a directive was called with. */
struct args {
	struct sim *sim;
	char **words; /* [0] is the directive's name */
	size_t n;
};

struct core_directive {
	const char *name;
	size_t min, max; /* words, the name included */
	int (*run)(const struct args *a);
	const char *expected;
};

static int core_name(const struct args *a)
{
	int e = sim_put_filef(a->sim, "/proc/sys/kernel/hostname", 0644, "%s\n", a->words[1]);

	return e < 0 ? e : sim_put_filef(a->sim, "/etc/hostname", 0644, "%s\n", a->words[1]);
}

/* The first one stands, so that a machine can be included at another level. */
static int core_kernel(const struct args *a)
{
	char *end;
	unsigned long level = strtoul(a->words[1], &end, 10);
	const char *release = a->words[2], *arch = a->n > 3 ? a->words[3] : "s390x";
	int e;

	if (*end || level < 500 || level > 9999)
		return -EINVAL;
	if (sim_has(a->sim, "/.sim/level"))
		return 0;
	e = sim_put_filef(a->sim, "/.sim/level", 0644, "%lu\n", level);
	if (e == 0)
		e = sim_put_filef(a->sim, "/proc/sys/kernel/osrelease", 0444, "%s\n", release);
	if (e == 0)
		e = sim_put_filef(a->sim, "/proc/sys/kernel/arch", 0444, "%s\n", arch);
	if (e == 0)
		e = sim_put_filef(a->sim, "/proc/version", 0444,
				  "Linux version %s (build@sim) (gcc 12.2.0) #1 SMP\n", release);
	if (e == 0)
		a->sim->level = (unsigned)level;
	return e;
}

static int core_cmdline(const struct args *a)
{
	return sim_put_filef(a->sim, "/proc/cmdline", 0444, "%s\n", a->words[1]);
}

static int core_hidden(const struct args *a)
{
	char path[512];

	if (snprintf(path, sizeof(path), "/.sim/%s", a->words[1]) >= (int)sizeof(path) ||
	    !sys_path_ok(path))
		return -EINVAL;
	return sim_put_file(a->sim, path, 0644, a->words[2]);
}

static int core_link(const struct args *a)
{
	return sys_path_ok(a->words[1]) ? sim_put_link(a->sim, a->words[1], a->words[2]) : -EINVAL;
}

static int core_dir(const struct args *a)
{
	return sys_path_ok(a->words[1]) ? sim_put_dir(a->sim, a->words[1]) : -EINVAL;
}

static int core_drop(const struct args *a)
{
	if (!sys_path_ok(a->words[1]) || !sim_has(a->sim, a->words[1]))
		return -EINVAL;
	sim_del(a->sim, a->words[1]);
	return 0;
}

static int core_write(const struct args *a)
{
	return sys_write(&a->sim->sys, a->words[1], a->words[2]);
}

static int core_hold(const struct args *a)
{
	return sim_hold(&a->sim->sys, a->words[1], a->words[2]);
}

static int core_process(const struct args *a)
{
	CLEANUP(buf_done) struct buf line = { 0 };
	char path[64];
	const char *slash;
	int e = 0;

	if (strlen(a->words[1]) > 9 || strspn(a->words[1], "0123456789") != strlen(a->words[1]))
		return -EINVAL;
	for (size_t i = 2; i < a->n && e == 0; i++)
		e = buf_add_name(&line, a->words[i]);
	snprintf(path, sizeof(path), "/proc/%s/cmdline", a->words[1]);
	e = e < 0 ? e : sim_put_bytes(a->sim, path, 0444, line.data, line.len);
	if (e < 0)
		return e;
	slash = strrchr(a->words[2], '/');
	snprintf(path, sizeof(path), "/proc/%s/comm", a->words[1]);
	return sim_put_filef(a->sim, path, 0644, "%.15s\n", slash ? slash + 1 : a->words[2]);
}

static const struct core_directive directives[] = {
	{ "link", 3, 3, core_link, "link PATH TARGET" },
	{ "dir", 2, 2, core_dir, "dir PATH" },
	{ "drop", 2, 2, core_drop, "drop PATH, of something that is there" },
	{ "hidden", 3, 3, core_hidden, "hidden NAME \"bytes\"" },
	{ "write", 3, 3, core_write, "write PATH \"bytes\", which the kernel takes" },
	{ "name", 2, 2, core_name, "name HOSTNAME" },
	{ "kernel", 3, 4, core_kernel, "kernel LEVEL RELEASE [ARCH], the level as 612" },
	{ "cmdline", 2, 2, core_cmdline, "cmdline \"words\"" },
	{ "hold", 3, 3, core_hold, "hold UUID \"pid name\", of an active mediated device" },
	{ "process", 3, 512, core_process, "process PID ARGV0 ..." },
	{ 0 },
};

static int core_take(struct sim *sim, char **words, const char **expected)
{
	const struct core_directive *d = directives;
	struct args a = { .sim = sim, .words = words };
	int e;

	while (d->name && !str_eq(d->name, words[0]))
		d++;
	if (!d->name)
		return sim_gives_take(sim, words, expected);
	while (words[a.n])
		a.n++;
	e = a.n >= d->min && a.n <= d->max ? d->run(&a) : -EINVAL;
	if (e == 0)
		return 1;
	*expected = d->expected;
	return e;
}

/* A machine's next boot id: none of it is random, so that runs can be repeated. */
static int new_boot_id(struct sim *sim)
{
	unsigned long boots = strtoul(sim_value(sim, "/.sim/boots"), NULL, 10) + 1;
	int e = sim_put_filef(sim, "/.sim/boots", 0644, "%lu\n", boots);

	if (e < 0)
		return e;
	return sim_put_filef(sim, "/proc/sys/kernel/random/boot_id", 0444,
			     "b0071d00-0000-4000-8000-%012lx\n", boots);
}

/* Processes end, and what lives in memory is gone. */
static int core_reboot(struct sim *sim)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	const char *name;
	char path[300];

	if (sim_names(sim, "/proc", &names) == 0)
		buf_foreach_name (&names, name) {
			if (strspn(name, "0123456789") != strlen(name))
				continue;
			snprintf(path, sizeof(path), "/proc/%s", name);
			sim_del(sim, path);
		}
	sim_del(sim, "/.sim/past");
	sim_del(sim, "/run");
	sim_del(sim, "/tmp");
	sim_put_dir(sim, "/run/lock");
	return new_boot_id(sim);
}

/* The level of a machine copied from elsewhere is in its release. */
static int core_adopt(struct sim *sim)
{
	unsigned major = 6, minor = 12;

	if (sscanf(sim_value(sim, "/proc/sys/kernel/osrelease"), "%u.%u", &major, &minor) != 2)
		sscanf(sim_value(sim, "/proc/version"), "Linux version %u.%u", &major, &minor);
	sim->level = MIN(major, 99U) * 100 + MIN(minor, 99U);
	return sim_put_filef(sim, "/.sim/level", 0644, "%u\n", sim->level);
}

const struct sim_bus sim_bus_core = {
	.name = "core",
	.hooks = (const struct sim_hook[]){ { 0 } },
	.directive = core_take,
	.reboot = core_reboot,
	.adopt = core_adopt,
};
