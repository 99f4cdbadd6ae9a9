/* SPDX-License-Identifier: MIT */
#include "late.h"
#include "real_in.h"

#include <errno.h>
#include <string.h>

#ifdef HAVE_KMOD
#include <libkmod.h>

/*
 * An `install` line of modprobe.d would have to be given to a shell. Most of those say that a module shall not be
 * loaded at all, so neither running nor ignoring it is right here.
 */
static int no_commands(struct kmod_module *mod, const char *command, void *data)
{
	(void)mod;
	(void)command;
	(void)data;
	return -EPERM;
}

static int load(struct kmod_ctx *ctx, const char *name)
{
	struct kmod_list *list = NULL, *entry;
	int r = kmod_module_new_from_lookup(ctx, name, &list);

	if (r == 0 && !list)
		r = -ENOENT;
	if (r == 0)
		kmod_list_foreach(entry, list)
		{
			struct kmod_module *mod = kmod_module_get_module(entry);

			r = kmod_module_probe_insert_module(mod, 0, NULL, no_commands, NULL, NULL);
			kmod_module_unref(mod);
			if (r != 0)
				break;
		}
	kmod_module_unref_list(list);
	return r > 0 ? -EPERM : r;
}

int real_load_module(struct sys *sys, const char *name)
{
	struct kmod_ctx *ctx;
	int r;

	if (!real_of(sys)->host || !late_kmod())
		return -ENOTSUP;
	ctx = kmod_new(NULL, NULL);
	if (!ctx)
		return -ENOMEM;
	kmod_set_log_priority(ctx, 0);
	r = load(ctx, name);
	kmod_unref(ctx);
	return r;
}
#else
int real_load_module(struct sys *sys, const char *name)
{
	(void)sys;
	(void)name;
	return -ENOTSUP;
}
#endif
