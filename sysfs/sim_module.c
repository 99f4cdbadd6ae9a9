/* SPDX-License-Identifier: MIT */
/*
 * Kernel modules of a simulated machine: which there are, which are loaded, and loading one.
 *
 * /.sim/module/NAME says how a module comes into the kernel and which others it needs; /sys/module/NAME exists
 * while it is loaded or built in.
 */
#include "sim_tree.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { NAME_MAX_LEN = 64, NEEDS_DEPTH = 8 };

/* The kernel writes module names with underscores, whatever their files are called. */
static int normal_name(const char *name, char ret[static NAME_MAX_LEN])
{
	size_t n = strlen(name);

	if (n == 0 || n >= NAME_MAX_LEN || strchr(name, '/') || name[0] == '.')
		return -EINVAL;
	for (size_t i = 0; i <= n; i++)
		ret[i] = name[i] == '-' ? '_' : name[i];
	return 0;
}

static const char *info_of(const struct sim *sim, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "/.sim/module/%s", name);
	return sim_value(sim, path);
}

static int note_loaded(struct sim *sim, const char *name)
{
	CLEANUP(buf_done) struct buf all = { 0 };
	char path[128];
	int e;

	snprintf(path, sizeof(path), "/sys/module/%s/refcnt", name);
	e = sim_put_file(sim, path, 0444, "0\n");
	snprintf(path, sizeof(path), "/sys/module/%s/initstate", name);
	e = e < 0 ? e : sim_put_file(sim, path, 0444, "live\n");
	e = e < 0 ? e : buf_printf(&all, "%s 16384 0 - Live 0x0000000000000000\n", name);
	if (e == 0 && sim_bytes(sim, "/proc/modules", &all) == -ENOMEM)
		e = -ENOMEM;
	e = e < 0 ? e : sim_put_file(sim, "/proc/modules", 0444, all.data);
	if (e == 0) {
		snprintf(path, sizeof(path), "/module/%s", name);
		sim_uevent(sim, "add", "module", path, "%s", "");
	}
	return e;
}

static int init_module(struct sim *sim, const char *name)
{
	for (const struct sim_bus *const *bus = sim_buses; *bus; bus++) {
		int e = (*bus)->module ? (*bus)->module(sim, name) : 0;

		if (e < 0)
			return e;
	}
	return 0;
}

static int load(struct sim *sim, const char *module, int depth)
{
	CLEANUP(buf_done) struct buf info = { 0 };
	char name[NAME_MAX_LEN], path[128], *word, *save = NULL;
	int e = normal_name(module, name);

	if (e < 0 || depth == 0)
		return -ENOENT;
	snprintf(path, sizeof(path), "/sys/module/%s", name);
	if (sim_has(sim, path))
		return 0;
	e = buf_adds(&info, info_of(sim, name));
	if (e < 0 || info.len == 0)
		return e < 0 ? e : -ENOENT;
	strtok_r(info.data, " ", &save);
	while ((word = strtok_r(NULL, " ", &save))) {
		e = load(sim, word, depth - 1);
		if (e < 0)
			return e;
	}
	/* do_init_module(): the module's own uevent comes last */
	e = init_module(sim, name);
	return e < 0 ? e : note_loaded(sim, name);
}

int sim_module_load(struct sim *sim, const char *name)
{
	return load(sim, name, NEEDS_DEPTH);
}

/* One line more in modules.dep or modules.builtin, where programs look for what could be loaded. */
static int note_available(struct sim *sim, const char *name, const char *needs, bool builtin)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	char path[256];
	int e;

	snprintf(path, sizeof(path), "/lib/modules/%.128s/modules.%s",
		 sim_value(sim, "/proc/sys/kernel/osrelease"), builtin ? "builtin" : "dep");
	e = sim_bytes(sim, path, &text);
	e = e == -ENOMEM ? e : buf_printf(&text, "kernel/%s.ko%s", name, builtin ? "\n" : ":");
	while (e == 0 && !builtin && *needs) {
		size_t n = strcspn(needs, ",");

		e = buf_printf(&text, " kernel/%.*s.ko", (int)n, needs);
		needs += n + (needs[n] == ',');
	}
	e = e < 0 || builtin ? e : buf_addc(&text, '\n');
	return e < 0 ? e : sim_put_file(sim, path, 0644, text.data);
}

static int define(struct sim *sim, const char *module, const char *kind, const char *needs)
{
	CLEANUP(buf_done) struct buf info = { 0 };
	bool builtin = str_eq(kind, "builtin");
	char name[NAME_MAX_LEN], path[128];
	int e = normal_name(module, name);

	e = e < 0 ? e : buf_printf(&info, "%s %s\n", kind, needs);
	if (e < 0)
		return e;
	for (char *p = info.data; *p; p++)
		*p = *p == ',' ? ' ' : *p;
	snprintf(path, sizeof(path), "/.sim/module/%s", name);
	e = sim_put_file(sim, path, 0644, info.data);
	e = e < 0 ? e : note_available(sim, name, needs, builtin);
	if (e < 0 || str_eq(kind, "available"))
		return e;
	if (!builtin)
		return sim_module_load(sim, name);
	snprintf(path, sizeof(path), "/sys/module/%s", name);
	e = sim_put_dir(sim, path);
	return e < 0 ? e : init_module(sim, name);
}

static int module_take(struct sim *sim, char **words, const char **expected)
{
	static const char *const kinds[] = { "boot", "loaded", "builtin", "available" };
	const char *needs = words[1] && words[2] && words[3] ? words[3] : "needs=";
	int e = -EINVAL;

	if (str_eq(words[0], "load")) {
		*expected = "load NAME, of a module this kernel has";
		e = words[1] && !words[2] ? sim_module_load(sim, words[1]) : -EINVAL;
		return e < 0 ? e : 1;
	}
	if (!str_eq(words[0], "module"))
		return 0;
	*expected = "module NAME boot|loaded|builtin|available [needs=a,b]";
	if (!words[1] || !words[2] || !str_starts(needs, "needs="))
		return -EINVAL;
	for (size_t i = 0; i < ARRAY_SIZE(kinds) && e == -EINVAL; i++)
		if (str_eq(words[2], kinds[i]))
			e = define(sim, words[1], kinds[i], needs + strlen("needs="));
	return e < 0 ? e : 1;
}

/* All modules are gone until somebody loads them; what is built in stays. */
static int module_reboot(struct sim *sim)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	const char *name;
	char path[300];
	int e = sim_put_file(sim, "/proc/modules", 0444, "");

	if (e < 0 || sim_names(sim, "/sys/module", &names) < 0)
		return e;
	buf_foreach_name (&names, name) {
		const char *info = info_of(sim, name);

		/* Captured machines have modules nobody described; they are as good as built in. */
		if (*info == '\0' || str_starts(info, "builtin"))
			continue;
		snprintf(path, sizeof(path), "/sys/module/%s", name);
		sim_del(sim, path);
	}
	return 0;
}

/* What the initial RAM disk and udev's rules for device aliases load at each boot. */
int sim_module_boot(struct sim *sim)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	const char *name;
	int e = sim_names(sim, "/.sim/module", &names);

	if (e < 0)
		return e == -ENOENT ? 0 : e;
	buf_foreach_name (&names, name) {
		e = 0;
		if (str_starts(info_of(sim, name), "builtin"))
			e = init_module(sim, name);
		else if (str_starts(info_of(sim, name), "boot"))
			e = sim_module_load(sim, name);
		if (e < 0)
			return e;
	}
	return 0;
}

/* A copied machine: what its files list can be loaded, and what is loaded stays so over a reboot. */
static int module_adopt(struct sim *sim)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	char name[NAME_MAX_LEN], path[256], *line, *save = NULL;
	int e;

	snprintf(path, sizeof(path), "/lib/modules/%.128s/modules.dep",
		 sim_value(sim, "/proc/sys/kernel/osrelease"));
	e = sim_bytes(sim, path, &text);
	if (e < 0)
		return e == -ENOMEM ? e : 0;
	for (line = strtok_r(text.data, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *colon = strchr(line, ':'), *slash, *dot;

		if (!colon)
			continue;
		*colon = '\0';
		slash = strrchr(line, '/');
		dot = strstr(slash ? slash : line, ".ko");
		if (dot)
			*dot = '\0';
		if (normal_name(slash ? slash + 1 : line, name) < 0)
			continue;
		snprintf(path, sizeof(path), "/.sim/module/%s", name);
		e = sim_put_file(sim, path, 0644, "available\n");
		if (e < 0)
			return e;
	}
	return 0;
}

const struct sim_bus sim_bus_module = {
	.name = "module",
	.hooks = (const struct sim_hook[]){ { 0 } },
	.directive = module_take,
	.reboot = module_reboot,
	.adopt = module_adopt,
};
