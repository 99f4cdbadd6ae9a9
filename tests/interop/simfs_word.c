/* SPDX-License-Identifier: MIT */
#include "simfs.h"

#include "boot.h"
#include "sim_tree.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The masks' variables end in a newline in the kernel, too: ap_send_mask_changed_uevent(). */
static int add_variable(struct buf *ret, const char *var)
{
	size_t n = strlen(var);

	return buf_printf(ret, " %.*s", (int)(n - (n && var[n - 1] == '\n')), var);
}

int simfs_events(struct sys *sys, struct buf *ret)
{
	struct sys_event e = { 0 };
	const char *var;
	int r = 0;

	while (r == 0 && sys_watch(sys, &e) == 1) {
		r = buf_printf(ret, "%s %s %s", e.action, e.subsystem, e.devpath);
		buf_foreach_name (&e.env, var)
			r = r < 0 ? r : add_variable(ret, var);
		r = r < 0 ? r : buf_addc(ret, '\n');
		sys_event_done(&e);
	}
	return r;
}

static int save_to(struct sys *sys, const char *file)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	int r = sim_save(sys, &text);
	FILE *f = r < 0 ? NULL : fopen(file, "w");

	if (!f)
		return r < 0 ? r : -errno;
	fputs(buf_str(&text), f);
	return fclose(f) ? -EIO : 0;
}

static int hold(struct sys *sys, const char *words)
{
	CLEANUP(freep) char *uuid = strdup(words);
	char *space = uuid ? strchr(uuid, ' ') : NULL;

	if (!space)
		return uuid ? -EINVAL : -ENOMEM;
	*space = '\0';
	return sim_hold(sys, uuid, space + 1);
}

/* A process as far as it has a name. */
static int process(struct sys *sys, const char *words)
{
	char path[64], name[16];
	unsigned pid;

	if (sscanf(words, "%u %15s", &pid, name) != 2)
		return -EINVAL;
	snprintf(path, sizeof(path), "/proc/%u/comm", pid);
	return sim_put_filef(sim_of(sys), path, 0644, "%s\n", name);
}

int simfs_obey(struct sys *sys, const char *word)
{
	if (str_starts(word, "save "))
		return save_to(sys, word + strlen("save "));
	if (str_starts(word, "load "))
		return sys_load_module(sys, word + strlen("load "));
	if (str_starts(word, "hold "))
		return hold(sys, word + strlen("hold "));
	if (str_starts(word, "process "))
		return process(sys, word + strlen("process "));
	if (str_starts(word, "release "))
		return sim_hold(sys, word + strlen("release "), NULL);
	if (!strcmp(word, "kernel-reboot"))
		return sim_reboot(sys);
	if (!strcmp(word, "reboot"))
		return sim_reboot(sys) < 0 ? -EIO : boot_play(sys);
	return sim_poke(sys, word);
}

int simfs_load(const char *name, struct sys **ret)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	struct sim_error error = { 0 };
	char bytes[65536];
	size_t n;
	FILE *f;
	int r = sim_new_named(name, ret);

	if (r != -ENOENT)
		return r;
	f = fopen(name, "r");
	if (!f)
		return -errno;
	while ((n = fread(bytes, 1, sizeof(bytes), f)) > 0)
		buf_add(&text, bytes, n);
	fclose(f);
	r = sim_new(buf_str(&text), text.len, ret, &error);
	if (r == -EINVAL)
		fprintf(stderr, "simfs: %s:%u: expected %s\n", name, error.line, error.expected);
	return r;
}
